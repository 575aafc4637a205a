"""Requests to servers."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from engine.export.standalone.parts.guarding import Asked, as_words, failed_with, got
from engine.export.standalone.parts.values import Failed, text


async def fetch(
    method: str, url: str, headers: Mapping[str, str], body: Any = None, *, secret: Collection[str] = (),
    fail_on_status: bool = True, most_bytes: int = 4 * 1024 * 1024,
) -> dict[str, Any]:  # fmt: skip
    """The body of an answer (JSON where the server says so, else text) and its status. `secret`: see `Asked`."""
    sent = dict(headers)
    data = None if body is None else body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    if data is not None and "content-type" not in {name.lower() for name in sent}:
        sent["Content-Type"] = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
    asked = Asked(method, url.partition("#")[0], sent, None if data is None else data.encode(), secret)
    answer = await got(asked, most_bytes)
    if answer.status >= 400 and fail_on_status:
        said = answer.body[:2_000].decode("utf-8", "replace")
        raise failed_with(answer, said)
    sort = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not answer.body or not (sort == "application/json" or sort.endswith("+json")):
        return {"body": as_words(answer) if answer.body else "", "status": answer.status}
    try:
        return {"body": json.loads(answer.body), "status": answer.status}
    except ValueError as error:
        raise Failed("tool", f"The server's answer is said to be JSON, but is {error}.") from None


def address_part(value: Any) -> str:
    """A value as one part of an address: it can add no folder, no query and no other host."""
    if text(value).strip() in (".", ".."):
        raise Failed("bad_request", f"“{text(value)}” cannot stand in an address.")
    return quote(text(value), safe="")
