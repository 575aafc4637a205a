"""Turns whatever a model's server did wrong into one typed error that says what to do (S1, S8)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from engine.base.errors import ErrorClass, NodeError
from engine.base.secrets import Redactor
from engine.base.values import repair_text
from engine.models.contract import Endpoint

LONGEST_WAIT_S = 3600.0
"""Cap on what a server may ask us to wait; the run gives up long before (S8)."""
_SHOWN = 300

_BY_STATUS: dict[int, ErrorClass] = {
    400: "bad_request", 401: "credentials", 402: "credentials", 403: "credentials", 404: "bad_request",
    405: "bad_request", 408: "transient", 409: "transient", 413: "context", 422: "bad_request", 425: "transient",
    429: "rate",
}  # fmt: skip

_BY_WORD: tuple[tuple[str, ErrorClass], ...] = (
    ("insufficient_quota", "credentials"),
    ("context_length", "context"), ("context_window", "context"), ("request_too_large", "context"),
    ("rate_limit", "rate"), ("too_many_requests", "rate"), ("resource_exhausted", "rate"),
    ("authentication", "credentials"), ("permission", "credentials"), ("invalid_api_key", "credentials"),
    ("billing", "credentials"),
    ("content_policy", "refused"), ("content_filter", "refused"), ("moderation", "refused"),
    ("not_found", "bad_request"), ("invalid_request", "bad_request"), ("bad_request", "bad_request"),
)  # fmt: skip

_CONTEXT = ("context length", "context window", "maximum context", "prompt is too long", "too many tokens",
            "input token count", "exceeds the maximum number of tokens")  # fmt: skip


def from_status(endpoint: Endpoint, status: int, headers: Mapping[str, str], body: Any, now: float) -> NodeError:
    """The error that an HTTP status of 300 or more stands for.

    Args:
        headers: of the response, lower-case names.
        body: what the server said, parsed from JSON where it was JSON.
        now: seconds since 1970, for a `Retry-After` that is a date.
    """
    if 300 <= status < 400:
        who = _who(endpoint)
        said = f"{who} answered with a redirect, which is not followed."
        return NodeError("bad_request", said, _address(endpoint), unpaid=True)
    kind = _BY_STATUS.get(status, "bad_request" if status < 500 else "transient")
    said = _said(body)
    if kind in ("bad_request", "rate") and (told := _from_words(body)) in ("context", "credentials", "refused"):
        kind = told
    error = _error(endpoint, kind, said, f" ({status})", retry_after=retry_after(headers, now))
    error.unpaid, error.headers = True, headers
    return error


def from_error_body(endpoint: Endpoint, body: Any) -> NodeError:
    """The error that a server reports inside a stream or a reply with status 200."""
    code = body.get("error") if isinstance(body, dict) else None
    number = code.get("code") if isinstance(code, dict) else None
    kind = _from_words(body) or (_BY_STATUS.get(number) if isinstance(number, int) else None) or "transient"
    return _error(endpoint, kind, _said(body), "")


def cut_off(endpoint: Endpoint) -> NodeError:
    """The stream ended before the answer did: partial text is never an answer (S8)."""
    return NodeError("transient", f"The answer of {_who(endpoint)} was cut off.", "Try again.")


def garbage(endpoint: Endpoint, what: str) -> NodeError:
    """The server answered with something that is not of its protocol. `what` completes 'answered with ...'."""
    return NodeError(
        "transient",
        f"{_who(endpoint)} answered with {what}.",
        f"Try again. If that does not help: {_address(endpoint)}",
    )


def silent(endpoint: Endpoint, seconds: float, what: str) -> NodeError:
    """Nothing came for `seconds`; `what` says which limit it was."""
    hint = "Try again, choose another model, or raise the limit."
    return NodeError("timeout", f"{_who(endpoint)} was silent for {seconds:g} s ({what}).", hint)


def refusal(endpoint: Endpoint, said: str) -> NodeError:
    """The model or its provider declined to answer."""
    told = f": {_clean(endpoint, said)}" if said else ""
    return NodeError("refused", f"{_who(endpoint)} declined to answer{told or '.'}", "Change the prompt or the model.")


def unreachable(endpoint: Endpoint, error: BaseException) -> NodeError:
    """No connection, or one that broke."""
    import aiohttp
    import httpx

    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        said = f"The address of {_who(endpoint)} is not valid."
        return NodeError("bad_request", said, _address(endpoint), unpaid=True)
    broken = aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError | aiohttp.ClientOSError
    refused = isinstance(error.__cause__, aiohttp.ClientConnectorError)
    if isinstance(error, httpx.ReadError | httpx.RemoteProtocolError | aiohttp.ClientResponseError) or (
        isinstance(error.__cause__, broken) and not refused
    ):
        return NodeError("transient", f"The connection to {_who(endpoint)} broke.", "Try again.")
    hint = f"Start {_who(endpoint)}, or choose another model." if endpoint.local else "Check the network."
    return NodeError("transient", f"{_who(endpoint)} cannot be reached.", f"{hint} {_address(endpoint)}", unpaid=True)


def no_key(title: str, key_env: str) -> NodeError:
    """A provider without its key."""
    return NodeError("credentials", f"No key for {title}.", f"Set {key_env} or add it in Settings.", unpaid=True)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the server asks us to wait: in milliseconds, seconds or a date; None for none or nonsense (T6)."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        said = headers.get(name, "").strip()
        if not said or len(said) > 64:
            continue
        try:
            seconds = float(said) * unit
        except ValueError:
            try:
                seconds = max(0.0, parsedate_to_datetime(said).timestamp() - now)
            except (ValueError, TypeError, OverflowError, IndexError):
                continue
        if math.isfinite(seconds) and seconds >= 0:
            return min(seconds, LONGEST_WAIT_S)
    return None


def _error(endpoint: Endpoint, kind: ErrorClass, said: str, status: str, retry_after: float | None = None) -> NodeError:
    who, told = _who(endpoint), _clean(endpoint, said)
    because = f": {told}" if told else "."
    if kind == "credentials":
        # What the server says of a key may quote a part of it, so it is not shown.
        hint = f"Check {endpoint.key_env or 'the key'} (or the key in Settings) and the account."
        return NodeError("credentials", f"{who} did not accept the key or the account{status}.", hint)
    if kind == "rate":
        hint = "Wait, lower the concurrency, or use another model."
        return NodeError("rate", f"{who} asks to slow down{status}.", hint, retry_after=retry_after)
    if kind == "context":
        return NodeError("context", f"The text is too long for this model of {who}{status}.", "Shorten it or split it.")
    if kind == "transient":
        hint = "Try again later, or use another model."
        return NodeError("transient", f"{who} has a problem of its own{status}{because}", hint, retry_after=retry_after)
    if kind == "refused":
        return refusal(endpoint, said)
    return NodeError("bad_request", f"{who} did not accept the request{status}{because}", _address(endpoint, "model"))


def _from_words(body: Any) -> ErrorClass | None:
    error = body.get("error", body) if isinstance(body, dict) else None
    if isinstance(error, dict):
        words = " ".join(str(error.get(key, "")) for key in ("type", "code", "status")).lower().replace("-", "_")
    else:
        words = ""
    said = _said(body).lower()
    if any(phrase in said for phrase in _CONTEXT):
        return "context"
    return next((kind for word, kind in _BY_WORD if word in words), None)


def _said(body: Any) -> str:
    """The server's own words, wherever the vendors hide them."""
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, dict):
        inner = body.get("error", body)
        for key in ("message", "detail", "msg"):
            if isinstance(inner, dict) and isinstance(inner.get(key), str):
                return str(inner[key])
        return inner if isinstance(inner, str) else ""
    return ""


def _clean(endpoint: Endpoint, said: str) -> str:
    """One line of at most 300 characters, without the key."""
    hidden = Redactor([endpoint.key]).text(repair_text(said))[: 4 * _SHOWN]  # first, lest a part of the key be left
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in hidden).split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _who(endpoint: Endpoint) -> str:
    return endpoint.title or endpoint.provider


def _address(endpoint: Endpoint, what: str = "") -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(endpoint.base_url)
        shown = f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
    except ValueError:
        shown = "that is set"
    return f"Check the {'model and the ' if what else ''}address {shown}."
