"""Requests to servers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from engine.export.standalone.parts.values import Failed, text

STATUSES = {
    401: "credentials", 403: "credentials", 407: "credentials", 408: "transient", 425: "transient", 429: "rate",
}  # fmt: skip


async def fetch(
    method: str, url: str, headers: Mapping[str, str], body: Any = None, *, fail_on_status: bool = True,
    timeout_s: float | None = 30.0,
) -> dict[str, Any]:  # fmt: skip
    """The body of an answer (JSON where the server says so, else text) and its status."""
    sent = dict(headers)
    data = None if body is None else body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    if data is not None and "content-type" not in {name.lower() for name in sent}:
        sent["Content-Type"] = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
    try:
        async with httpx.AsyncClient(timeout=timeout_s, follow_redirects=True) as http:
            answer = await http.request(method, url, headers=sent, content=None if data is None else data.encode())
    except httpx.TimeoutException:
        raise Failed("timeout", f"The server gave no complete answer in {timeout_s:g} s.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Failed("transient", f"The server cannot be reached: {error}.") from None
    if answer.status_code >= 400 and fail_on_status:
        usual = "transient" if answer.status_code >= 500 else "bad_request"
        kind = STATUSES.get(answer.status_code, usual)
        raise Failed(kind, f"The server answered with the status {answer.status_code}.")
    sort = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = bool(answer.content) and (sort == "application/json" or sort.endswith("+json"))
    return {"body": answer.json() if is_json else answer.text, "status": answer.status_code}


def address_part(value: Any) -> str:
    """A value as one part of an address: it can add no folder, no query and no other host."""
    if text(value).strip() in (".", ".."):
        raise Failed("bad_request", f"“{text(value)}” cannot stand in an address.")
    return quote(text(value), safe="")
