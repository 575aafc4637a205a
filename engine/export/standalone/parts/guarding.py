"""Requests whose address may come from data: no private address is reached, whatever a name or a redirect leads to."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urljoin

import httpx

from engine.export.standalone.parts.values import Failed

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
NEVER_ACROSS = ("authorization", "cookie", "proxy-authorization")
INNER = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
STATUSES = {
    401: "credentials", 403: "credentials", 407: "credentials", 408: "transient", 425: "transient", 429: "rate",
}  # fmt: skip
OF_CLOUDS = (IPv4Address("168.63.129.16"), IPv4Address("192.0.0.192"))


@dataclass(frozen=True)
class Asked:
    """A request. `secret` names its headers that hold a secret, in lower case, and "body" where that does."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    secret: Collection[str] = ()


@dataclass(frozen=True)
class Got:
    """An answer, whatever its status."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes


class Guarded(httpx.AsyncHTTPTransport):
    """Connects to the very address that was judged, so that a second answer of its name's server cannot slip in."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of a server with a public address, or one that BATON_ALLOW_PRIVATE names."""
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        extensions = {**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")}
        there = request.url.copy_with(host=await _public(host, port))
        asked = httpx.Request(
            request.method, there, headers=request.headers, stream=request.stream, extensions=extensions
        )
        return await super().handle_async_request(asked)


async def _public(host: str, port: int) -> str:
    known = {entry.strip().lower() for entry in os.environ.get("BATON_ALLOW_PRIVATE", "").split(",")}
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx.ConnectError(f"The host {host} cannot be found.") from error
    name, refused = host.strip("[]").rstrip(".").lower(), ""
    for *_, target in found:
        address = str(target[0])
        why = "" if known & {name, f"[{name}]", f"{name}:{port}", f"[{name}]:{port}"} else why_private(address)
        if not why:
            return address
        refused = f"{host} leads to {address}, {why}. If that is meant, set BATON_ALLOW_PRIVATE={host}."
    raise Failed("bad_request", refused)


def why_private(address: str) -> str:
    """Why an address is not to be reached by what comes from data, or "" for a public one."""
    try:
        found = _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return "not an internet address"
    if found.is_loopback or found.is_unspecified:
        return "an address of this machine"
    if found.is_link_local or found in OF_CLOUDS:
        return "an address of this network's own machinery"
    if found.is_multicast:
        return "an address of many machines"
    if not found.is_global or found.is_reserved or (isinstance(found, IPv6Address) and found.is_site_local):
        return "an address of a private network"
    return ""


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that stands inside an IPv6 one, where the network would lead there."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and any(address in network for network in INNER) and int(address) > 1:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def guarded(**how: Any) -> httpx.AsyncClient:
    """A client that reaches public addresses only. It keeps no cookies, uses no proxy and follows no redirects."""
    return httpx.AsyncClient(transport=Guarded(), trust_env=False, **how)


async def got(
    asked: Asked, most_bytes: int, permit: Callable[[str], None] = lambda _url: None, timeout_s: float | None = None
) -> Got:
    """The answer to a request after up to five redirects, each judged anew; `permit` raises at what may not be."""
    usual = {"accept-encoding": "identity", "user-agent": "baton", "accept": "*/*"}
    first = asked.url
    for _ in range(MOST_REDIRECTS + 1):
        host_of(asked.url)
        permit(asked.url)
        try:
            async with (
                guarded(headers=usual, timeout=httpx.Timeout(timeout_s, connect=10.0)) as http,
                http.stream(asked.method, asked.url, headers=dict(asked.headers), content=asked.body) as answer,
            ):
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > most_bytes:
                        raise Failed("tool", f"{short(asked.url)} gave more than the {most_bytes:,} bytes allowed.")
        except httpx.TimeoutException:
            raise Failed("timeout", f"{short(asked.url)} did not answer in time. Try again later.") from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            kind = "transient" if isinstance(error, httpx.TransportError) else "bad_request"
            raise Failed(kind, f"{short(asked.url)} cannot be reached. Check the address and the network.") from None
        target = answer.headers.get("location", "")
        if answer.status_code not in REDIRECTS or not target:
            return Got(asked.url, answer.status_code, answer.headers, bytes(body))
        asked = _redirected(asked, answer.status_code, target)
    raise Failed("tool", f"The address {short(first)} redirects more than {MOST_REDIRECTS} times.")


def _redirected(asked: Asked, status: int, target: str) -> Asked:
    """The request that a redirect asks for: secrets stay with the server that they were meant for."""
    after = replace(asked, url=urljoin(asked.url, target.strip()).partition("#")[0])
    if (status == 303 and asked.method != "HEAD") or (status in (301, 302) and asked.method == "POST"):
        headers = {key: value for key, value in after.headers.items() if not key.lower().startswith("content-")}
        secret = [name for name in after.secret if name != "body"]
        after = replace(after, method="GET", body=None, headers=headers, secret=secret)
    if host_of(after.url) == host_of(asked.url):
        return after
    if "body" in after.secret:
        raise Failed("tool", f"{short(asked.url)} redirects a secret to another server. Write its address.")
    never = {*NEVER_ACROSS, *after.secret}
    return replace(after, headers={key: value for key, value in after.headers.items() if key.lower() not in never})


def host_of(url: str) -> tuple[str, str]:
    """Scheme and host with port of an address of the web, both in lower case."""
    found = re.match(r"(https?)://([^/?#]+)", url, re.IGNORECASE)
    if found is None:
        raise Failed("bad_request", f"The address “{short(url)}” is not one of the web. "
                     "Write it with http:// or https://.")  # fmt: skip
    if "@" in found[2] or any(char <= " " or char in '\\"<>\x7f' for char in url):
        raise Failed("bad_request", f"The address “{short(url)}” has no valid host. Write http://host/path.")
    return found[1].lower(), found[2].lower()


def short(url: str) -> str:
    """An address without what may be private in it: no query, no user, at most 120 characters."""
    bare = re.sub(r"//[^/@]*@", "//", url.partition("?")[0].partition("#")[0])
    shown = "".join(char if char.isprintable() else "\ufffd" for char in bare)
    return shown if len(shown) <= 120 else f"{shown[:120]}…"


def failed_with(answer: Got, said: str = "") -> Failed:
    """What a status of 400 or more stands for."""
    kind = STATUSES.get(answer.status, "bad_request" if answer.status < 500 else "transient")
    quoted = " ".join("".join(char if char.isprintable() else " " for char in said[:400]).split())[:200]
    try:
        wait = float(answer.headers.get("retry-after", "")) if kind in ("rate", "transient") else None
    except ValueError:
        wait = None
    return Failed(kind, f"{short(answer.url)} answered {answer.status}{f': {quoted}' if quoted else '.'}", wait)


def as_words(answer: Got) -> str:
    """The body of an answer that is text."""
    sort, _, parameters = answer.headers.get("content-type", "text/plain").lower().partition(";")
    files = ("application/octet-stream", "application/pdf", "application/zip", "application/gzip")
    if sort.strip().startswith(("image/", "audio/", "video/", "font/", *files)):
        raise Failed("tool", f"The server answered with {sort.strip()[:60]}, which is not text.")
    named = re.search(r"charset=\"?([a-z0-9_.:-]+)", parameters)
    try:
        return answer.body.decode(named[1] if named else "utf-8-sig", "replace")
    except LookupError:
        return answer.body.decode("utf-8", "replace")
