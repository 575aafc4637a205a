"""One HTTP client for all calls of models on one event loop: keep-alive, no redirects, no cookies, no surprises."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_S = 10.0
"""Longest wait for a connection, in seconds, where a request says nothing else."""
KEEPALIVE_S = 30.0
FILES = 8192
"""Open files and connections that a run may want."""
_LOCAL = ("localhost", "127.0.0.1", "[::1]")


class HttpClients:
    """Hands out one shared client for each event loop: a run lives on its own loop, the studio on another."""

    def __init__(self) -> None:
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()

    def here(self) -> httpx.AsyncClient:
        """The client of the running loop, made when first asked for."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None or client.is_closed:
            allow_files()
            client = self._clients[loop] = open_client(urllib.request.getproxies())
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


def open_client(proxies: Mapping[str, str]) -> httpx.AsyncClient:
    """A client over the aiohttp transport: 0.5 ms of CPU a call at 500 at once, httpx's own pool takes 13.6.

    Args:
        proxies: scheme -> address of a proxy, and `no` -> hosts that need none, as `urllib.request.getproxies` gives
            them. This machine itself is never reached through a proxy.
    """
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx

    context = httpx.create_ssl_context()
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
        # Compressed answers could unpack to anything (T6): identity is asked for, and the reader is bounded anyway.
        headers={"accept-encoding": "identity", "user-agent": "baton"},
        timeout=httpx.Timeout(CONNECT_S),
    )


def _transport(context: ssl.SSLContext, proxy: httpx.Proxy | None) -> httpx.AsyncBaseTransport:
    import aiohttp
    from httpx_aiohttp import AiohttpTransport

    def session() -> aiohttp.ClientSession:
        # limit=0: how many calls run at once is decided by admission (S9), never by a pool that queues in silence.
        connector = aiohttp.TCPConnector(limit=0, ssl=context, keepalive_timeout=KEEPALIVE_S)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)

    return AiohttpTransport(verify=context, client=session, proxy=proxy)
