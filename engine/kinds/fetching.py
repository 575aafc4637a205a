"""One HTTP request whose address may come from data: judged at each connection, bounded in time, size and hops (T5)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from engine.base.addresses import Gate, allowed, guarded_client
from engine.base.errors import ErrorClass, NodeError
from engine.base.values import repair_text

if TYPE_CHECKING:
    import ssl

    import httpx
    from aiohttp.abc import AbstractResolver

MAX_REDIRECTS: Final = 5
MAX_URL: Final = 16_384
"""Characters that an address may have."""
BINARY: Final = ("image/", "audio/", "video/", "font/", "application/octet-stream", "application/pdf",
                 "application/zip", "application/gzip")  # fmt: skip
"""How the media types begin of what is no text."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NEVER_ACROSS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that never follow a redirect to another server; headers with a secret do not either."""
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_AUTHORITY: Final = re.compile(r"(https?)://([^/?#]*)", re.IGNORECASE)
HINT_PRIVATE: Final = "If that is meant, add the host to allow_private_addresses in the settings."


@dataclass(frozen=True)
class Request:
    """What is sent.

    Attributes:
        secret_headers: names, in lower case, of the headers that hold a secret.
        secret_body: whether the body does.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    secret_headers: frozenset[str] = frozenset()
    secret_body: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back, unpacked. Names of headers are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


async def fetch(
    request: Request, *, private_hosts: Collection[str] = (), max_bytes: int, resolver: AbstractResolver | None = None,
    permit: Callable[[str], None] = lambda _url: None,
) -> Answer:  # fmt: skip
    """Sends a request and follows up to five redirects, each judged anew.

    Args:
        private_hosts: hosts that may be reached although their address is not public.
        max_bytes: of the answer, unpacked.
        resolver: finds addresses of names; by default the system's.
        permit: is shown each address before it is asked, and raises when it must not be.

    Raises:
        NodeError: whatever kept an answer from coming; an answer with an error status is an answer.
    """
    for _ in range(MAX_REDIRECTS + 1):
        authority(request.url)
        permit(request.url)
        answer = await _once(request, private_hosts, max_bytes, resolver)
        target = answer.headers.get("location", "")
        if answer.status not in _REDIRECTS or not target:
            return answer
        request = _redirected(request, answer.status, target)
    raise NodeError("tool", f"The address {short(request.url)} redirects more than {MAX_REDIRECTS} times.")


def authority(url: str) -> tuple[str, str]:
    """Scheme and host with port of an address, both in lower case.

    Raises:
        NodeError: `bad_request`: it is none that may be fetched.
    """
    found = _AUTHORITY.match(url)
    if found is None:
        raise NodeError(
            "bad_request", f"The address “{short(url)}” is not one of the web.", "Write it with http:// or https://."
        )
    name, colon, port = found[2].rpartition(":")
    if not colon or port.endswith("]"):
        name, port = found[2], ""
    if not _HOST.fullmatch(_ascii(name)) or (port and not (port.isascii() and port.isdigit() and int(port) < 65_536)):
        raise NodeError("bad_request", f"The address “{short(url)}” has no valid host.", "Write http://host/path.")
    if len(url) > MAX_URL or any(char <= " " or char in '\\"<>\x7f' for char in url):
        raise NodeError("bad_request", f"The address “{short(url)}” has characters that none may have, or too many.")
    return found[1].lower(), found[2].lower()


def _ascii(name: str) -> str:
    """A host's name as the network knows it; names with an “ä” are written in ASCII there."""
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


async def _once(
    request: Request, private_hosts: Collection[str], max_bytes: int, resolver: AbstractResolver | None
) -> Answer:
    import aiohttp
    import httpx

    from engine.models.sse import TooMuch

    gate = Gate()
    try:
        url = httpx.URL(request.url)
        gate = Gate(allowed(url.host, url.port or (443 if url.scheme == "https" else 80), private_hosts))
        async with (
            guarded_client(gate, certificates(), resolver) as client,
            client.stream(request.method, url, headers=dict(request.headers), content=request.body) as response,
        ):
            return await _read(request.url, response, max_bytes)
    except TooMuch as error:
        raise NodeError("tool", f"{short(request.url)} gave what cannot be taken: {error}.") from None
    except (httpx.InvalidURL, UnicodeError):
        raise NodeError("bad_request", f"The address “{short(request.url)}” is not valid.") from None
    except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
        raise unreachable(request.url, gate, error) from None


async def _read(url: str, response: httpx.Response, max_bytes: int) -> Answer:
    from engine.models.bodies import plain

    raw = bytearray()
    headers = {name.lower(): value for name, value in response.headers.items()}
    if response.status_code not in _REDIRECTS:  # nobody reads what stands beside a redirect
        async with aclosing(plain(response, max_bytes)) as chunks:
            async for chunk in chunks:
                raw += chunk
                if len(raw) > max_bytes:
                    raise NodeError(
                        "tool", f"{short(url)} gave more than the {max_bytes:,} bytes allowed.", "Raise “Most bytes”."
                    )
    return Answer(url, response.status_code, headers, bytes(raw))


@cache
def certificates() -> ssl.SSLContext:
    """What servers are judged by; reading them is slow, so it is done once."""
    import httpx

    return httpx.create_ssl_context()


def _redirected(request: Request, status: int, target: str) -> Request:
    """The request that a redirect asks for: secrets stay with the server that they were meant for."""
    try:
        url = urljoin(request.url, target.strip())
    except ValueError:
        raise NodeError("tool", f"{short(request.url)} redirects to no address.") from None
    after = replace(request, url=url.partition("#")[0])
    if (status == 303 and request.method != "HEAD") or (status in (301, 302) and request.method == "POST"):
        headers = {key: value for key, value in request.headers.items() if not key.lower().startswith("content-")}
        after = replace(after, method="GET", body=None, secret_body=False, headers=headers)
    if authority(after.url) == authority(request.url):
        return after
    if after.secret_body:
        raise NodeError("tool", f"{short(request.url)} redirects a secret to another server.", "Write its address.")
    kept = {
        key: value for key, value in after.headers.items()
        if key.lower() not in _NEVER_ACROSS and key.lower() not in request.secret_headers
    }  # fmt: skip
    return replace(after, headers=kept)


def unreachable(url: str, gate: Gate, error: Exception) -> NodeError:
    """Why a server gave no answer: an address that is not public, no connection, or one that broke."""
    import aiohttp
    import httpx

    if gate.refused:
        address, why = gate.refused[0]
        return NodeError("bad_request", f"{short(url)} leads to {address}, {why}.", HINT_PRIVATE)
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return NodeError("bad_request", f"{short(url)} has no certificate that can be trusted.", "Check the address.")
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return NodeError("transient", f"The host of {short(url)} cannot be found.", "Check the address.")
    if isinstance(error, httpx.TimeoutException) and isinstance(cause, TimeoutError):
        return NodeError("timeout", f"{short(url)} did not answer in time.", "Try again later.")
    return NodeError("transient", f"{short(url)} cannot be reached.", "Check the address and the network.")


def status_error(answer: Answer, said: str) -> NodeError:
    """The error that a status of 400 or more stands for (S8).

    Args:
        said: what the server said, to be quoted.
    """
    from engine.models.failures import retry_after

    status = answer.status
    kinds: dict[int, ErrorClass] = {
        401: "credentials", 403: "credentials", 407: "credentials", 408: "transient", 425: "transient", 429: "rate",
    }  # fmt: skip
    kind = kinds.get(status, "bad_request" if status < 500 else "transient")
    quoted = " ".join("".join(char if char.isprintable() else " " for char in said[:400]).split())[:200]
    told = f": {quoted}" if quoted else "."
    wait = retry_after(answer.headers, time.time()) if kind in ("rate", "transient") else None
    hint = "Turn “Fail on error status” off to take such an answer as one."
    return NodeError(kind, f"{short(answer.url)} answered {status}{told}", hint, retry_after=wait)


def decoded(body: bytes, parameters: str) -> str:
    """The text of an answer in the charset that its type names, else in UTF-8.

    Args:
        parameters: what stands behind the media type, in lower case.
    """
    named = re.search(r"charset=\"?([a-z0-9_.:-]+)", parameters)
    try:
        return repair_text(body.decode(named[1] if named else "utf-8-sig", "replace"))
    except LookupError:
        return body.decode("utf-8", "replace")


def short(url: str) -> str:
    """An address without what may be private in it: no query, no user, at most 120 characters."""
    bare = re.sub(r"//[^/@]*@", "//", url.partition("?")[0].partition("#")[0])
    shown = "".join(char if char.isprintable() else "\ufffd" for char in bare)
    return shown if len(shown) <= 120 else f"{shown[:120]}…"
