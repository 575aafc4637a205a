"""The HTTP around a served graph: this machine only, a token, `Host` and `Origin`, bounded bodies, an end (T11)."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import socket
from collections.abc import Awaitable, Callable, Collection, Generator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
from mcp.server.transport_security import RequestBodyLimitMiddleware
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from engine.base.errors import WrongUse
from engine.serve.signals import stopping

HOST: Final = "127.0.0.1"
TOKEN_VARIABLE: Final = "BATON_SERVE_TOKEN"  # noqa: S105 - a variable's name
BODY_CAP: Final = 16 * 1024 * 1024
"""Bytes that a request may have."""
MOST_CONNECTIONS: Final = 200
HEAD_S: Final = 10.0
"""Longest wait for the head of the first request on a connection."""
GRACE_S: Final = 6
"""Longest wait for connections when the server ends; a stopped run may take 5 s (S10)."""


_CLOSE: Final = {"Connection": "close"}
"""Whoever is refused keeps no connection."""
REFUSED_CAP: Final = 64 * 1024
REFUSED_S: Final = 2.0
"""How much of a refused request is read, in bytes, and for how long."""


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(32)


def listening(port: int) -> socket.socket:
    """A socket that listens on this machine alone; port 0 is any free one.

    Raises:
        WrongUse: the port is taken, or not ours to use.
    """
    try:
        return socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        raise WrongUse(f"Port {port} cannot be used: {error.strerror}.", "Choose another with --port.") from None


class Gatekeeper:
    """Lets in who speaks to this machine by its own name, comes from no other site, and knows the token.

    Args:
        port: that the server listens on.
        open_paths: what may be read without the token.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str, open_paths: Collection[str] = ()) -> None:
        self._app = RequestBodyLimitMiddleware(app, BODY_CAP)
        self._token, self._open = token.encode(), frozenset(open_paths)
        self._hosts = frozenset(f"{name}:{port}" for name in (HOST, "localhost", "[::1]"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers for the server where a request may not come in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is None:
            await self._app(scope, receive, send)
        else:
            await _read_out(receive)
            await refused(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            return JSONResponse({"error": "This server answers to its own address only."}, 421, _CLOSE)
        origin = headers.get("origin")
        if origin is not None and origin.lower().partition("://")[2] not in self._hosts:
            return JSONResponse({"error": "Requests from other sites are refused."}, 403, _CLOSE)
        if scope["path"] in self._open and scope["method"] in ("GET", "HEAD"):
            return None
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token):
            asked = {"WWW-Authenticate": "Bearer", **_CLOSE}
            return JSONResponse(
                {"error": f"Give the token that was printed at the start, or {TOKEN_VARIABLE}."}, 401, asked
            )
        return None


async def _read_out(receive: Receive) -> None:
    """Takes what a refused request still sends: a connection that is closed with something unread in it is reset, often
    before the answer was read."""
    left = REFUSED_CAP
    with suppress(TimeoutError):
        async with asyncio.timeout(REFUSED_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return


class Bounded(H11Protocol):
    """HTTP with heads of at most 64 kB, which h11 sees to, and a first one that comes in time: whoever has no token
    takes neither memory nor one of the connections for long."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base has it
        """Somebody has connected."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_S, self._judge)

    def connection_lost(self, exc: Exception | None) -> None:
        """They have gone."""
        self._late.cancel()
        super().connection_lost(exc)

    def _judge(self) -> None:
        if self.cycle is None:  # no request has begun
            self.transport.close()  # type: ignore[unreachable]  # uvicorn declares what it has from the first one on


class _Server(uvicorn.Server):
    """The server without its own way with signals: they are ours."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leaves them alone."""
        yield


async def serve_http(app: ASGIApp, listener: socket.socket, stop_runs: Callable[[], Awaitable[None]]) -> int:
    """Serves until a signal comes. Returns the exit code.

    Args:
        stop_runs: stops all runs, which ends the answers that are still being given.
    """
    config = uvicorn.Config(
        app, http=Bounded, log_level="critical", access_log=False, server_header=False,
        limit_concurrency=MOST_CONNECTIONS, timeout_graceful_shutdown=GRACE_S, lifespan="on", ws="none",
    )  # fmt: skip
    server = _Server(config)
    with stopping() as stopped:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        await stop_runs()
        server.should_exit = True
        await serving
        return 130 if stopped.is_set() else 1
