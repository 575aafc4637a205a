"""One HTTP client for all calls of models on one event loop: keep-alive, no redirects, no cookies, no surprises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_S = 10.0
"""Longest wait for a connection, in seconds, where a request says nothing else."""
KEEPALIVE_S = 30.0
FILES = 8192
"""Open files and connections that a run may want."""
# Compressed answers could unpack to anything (T6): identity is asked for, and the reader is bounded anyway.
HEADERS: Final = {"accept-encoding": "identity", "user-agent": "baton"}
_LOCAL = ("localhost", "127.0.0.1", "[::1]")


class Certificates:
    """Those that servers are judged by. Reading them takes longer than a small run: they are read once."""

    @cached_property
    def context(self) -> ssl.SSLContext:
        """For every client of a process; read when first asked for."""
        import httpx

        return httpx.create_ssl_context()


class HttpClients:
    """Hands out one shared client for each event loop: a run lives on its own loop, the studio on another."""

    def __init__(self, certificates: Certificates) -> None:
        self._certificates = certificates
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()

    def here(self) -> httpx.AsyncClient:
        """The client of the running loop, made when first asked for."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None or client.is_closed:
            import urllib.request

            allow_files()
            client = self._clients[loop] = open_client(urllib.request.getproxies(), self._certificates.context)
        return client

    async def aclose(self) -> None:
        """Closes the client of the running loop. To be awaited before a loop ends (S10)."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()


def allow_files() -> None:
    """Lets this process hold as many connections as its hard limit allows: each costs a file, and 1,000 agents may
    speak at once. Windows has no such limit."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def open_client(proxies: Mapping[str, str], context: ssl.SSLContext) -> httpx.AsyncClient:
    """A client over the aiohttp transport: 0.5 ms of CPU a call at 500 at once, httpx's own pool takes 13.6.

    Args:
        proxies: scheme -> address of a proxy, and `no` -> hosts that need none, as `urllib.request.getproxies` gives
            them. This machine itself is never reached through a proxy.
        context: `Certificates.context`.
    """
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx

    direct = _transport(context, None)
    mounts: dict[str, httpx.AsyncBaseTransport | None] = {}
    for scheme in ("http", "https"):
        if address := proxies.get(scheme, ""):
            mounts[f"{scheme}://"] = _transport(
                context, httpx.Proxy(address if "://" in address else f"http://{address}")
            )
    if mounts:
        bare = [host.strip().lstrip(".") for host in proxies.get("no", "").split(",")]
        mounts |= {f"all://{host}": direct for host in (*_LOCAL, *filter(None, bare))}
    return httpx.AsyncClient(
        transport=direct,
        mounts=mounts,
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers=HEADERS,
        timeout=httpx.Timeout(CONNECT_S),
    )


@asynccontextmanager
async def post(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str], body: bytes, *, connect_s: float, idle_s: float
) -> AsyncIterator[httpx.Response]:
    """A POST whose answer is read as it comes. Goes straight to the transport: redirects, cookies and what else the
    client sees to never apply to a call of a model, and take a quarter of its time.

    Args:
        connect_s: longest wait for a connection, finding the address included, in seconds.
        idle_s: longest wait between two pieces, in seconds.

    Raises:
        httpx.HTTPError, httpx.InvalidURL: as the client does.
    """
    import httpx

    address, everything = _address(url), {**HEADERS, **headers}
    # What the transport calls pool is the whole way to a connection.
    limits = {"timeout": {"pool": connect_s, "read": idle_s}}
    # As a stream, since the transport adds host and length itself: httpx would work them out before it.
    request = httpx.Request("POST", address, headers=everything, stream=httpx.ByteStream(body), extensions=limits)
    request.read()
    # The client's own choice between its direct transport and those to proxies; httpx has no public name for it.
    response = await client._transport_for_url(address).handle_async_request(request)
    try:
        yield response
    finally:
        await response.aclose()


@lru_cache(maxsize=64)
def _address(url: str) -> httpx.URL:
    """A parsed address: there are few, and parsing one takes long."""
    import httpx

    return httpx.URL(url)


def _transport(context: ssl.SSLContext, proxy: httpx.Proxy | None) -> httpx.AsyncBaseTransport:
    import aiohttp
    from httpx_aiohttp import AiohttpTransport

    def session() -> aiohttp.ClientSession:
        # limit=0: how many calls run at once is decided by admission (S9), never by a pool that queues in silence.
        connector = aiohttp.TCPConnector(limit=0, ssl=context, keepalive_timeout=KEEPALIVE_S)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)

    return AiohttpTransport(verify=context, client=session, proxy=proxy)
