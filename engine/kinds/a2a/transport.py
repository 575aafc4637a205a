"""Carries the SDK's requests: each address is judged where it leads, each answer is bounded and made safe to read."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import httpx

from engine.base.addresses import Gate, allowed, guarded_client
from engine.base.errors import NodeError
from engine.kinds.fetching import Answer, authority, certificates, short, status_error, unreachable
from engine.models.bodies import plain
from engine.models.sse import EventParser, TooMuch, Unreadable

_STATUS_CAP: Final = 16 * 1024
"""Bytes of an answer with an error status that are read."""
_BREAKS: Final = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
"""What httpx takes for the end of a line though it is ordinary text inside JSON (trust.md)."""


@dataclass
class Reach:
    """What the requests of one remote agent may reach, and with what.

    Attributes:
        private_hosts: hosts that may be reached although their address is not public (T5).
        headers: sent with each request; secrets are filled in.
        home: scheme and host, as `authority` gives them, that alone gets the headers when they hold a secret (T3);
            None when they hold none.
        idle_s: longest silence, in seconds.
        max_bytes: of one answer, unpacked.
    """

    private_hosts: Collection[str] = ()
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    home: tuple[str, str] | None = None
    idle_s: float = 60.0
    max_bytes: int = 64 * 1024 * 1024


class JudgedTransport(httpx.AsyncBaseTransport):
    """A transport for the SDK's client. Raises NodeError, which the SDK lets through, and nothing else."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.ended = False
        """Set by whoever has heard enough: bodies that are being read then end, as if there were no more."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends it. Redirects are refused: an agent's address is in its card.

        Raises:
            NodeError: no answer, one with an error status, or an address that must not be reached.
        """
        reach, url = self._reach, str(request.url)
        if reach.home is not None and authority(url) != reach.home:
            raise NodeError(
                "bad_request", f"The agent's card leads to another server, {short(url)}, and would be sent a secret.",
                "Give the address of a card that stands on the agent's own server.",
            )  # fmt: skip
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        gate = Gate(allowed(host, port, reach.private_hosts))
        client = guarded_client(gate, certificates())
        request.headers.update(reach.headers)
        request.headers["accept-encoding"] = "identity"
        timeout = httpx.Timeout(reach.idle_s, connect=client.timeout.connect)
        request.extensions = {**request.extensions, "timeout": timeout.as_dict()}
        try:
            response = await client.send(request, stream=True)
            if response.status_code >= 300:
                raise await _refusal(url, response)
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, UnicodeError) as error:
            await client.aclose()
            failure = unreachable(url, gate, error)
            failure.unpaid = isinstance(error.__cause__, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
            raise failure from None
        except BaseException:
            await client.aclose()
            raise
        sort = response.headers.get("content-type", "")
        body = _Body(self, url, client, response, gate, reach, events="text/event-stream" in sort.lower())
        return httpx.Response(response.status_code, headers={"content-type": sort}, stream=body)


async def _refusal(url: str, response: httpx.Response) -> NodeError:
    """The error that an answer of 300 and more stands for."""
    if response.status_code < 400:
        return NodeError(
            "bad_request", f"{short(url)} redirects, and an agent's address must not.", "Write the new one."
        )
    raw = bytearray()
    async with aclosing(plain(response, _STATUS_CAP)) as chunks:
        async for chunk in chunks:
            raw += chunk
            if len(raw) >= _STATUS_CAP:
                break
    headers = {name.lower(): value for name, value in response.headers.items()}
    error = status_error(Answer(url, response.status_code, headers, b""), bytes(raw).decode("utf-8", "replace"))
    error.unpaid = True  # it took nothing
    error.hint = "Check the address and what the agent asks for, such as a token in “Headers”."
    return error


class _Body(httpx.AsyncByteStream):
    """The body of an answer within bounds; a stream of events comes out with one event in each block of lines."""

    def __init__(
        self, owner: JudgedTransport, url: str, client: httpx.AsyncClient, response: httpx.Response, gate: Gate,
        reach: Reach, *, events: bool,
    ) -> None:  # fmt: skip
        self._owner = owner
        self._url, self._client, self._response = url, client, response
        self._gate, self._reach, self._events = gate, reach, events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = plain(self._response, self._reach.max_bytes)
        try:
            async with aclosing(self._tidied(chunks) if self._events else self._counted(chunks)) as pieces:
                async for piece in pieces:
                    yield piece
                    if self._owner.ended:
                        return
        except (TooMuch, Unreadable) as error:
            raise NodeError("tool", f"{short(self._url)} answered with what cannot be taken: {error}.") from None
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise unreachable(self._url, self._gate, error) from None

    async def aclose(self) -> None:
        await self._response.aclose()
        await self._client.aclose()

    async def _counted(self, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        size = 0
        async with aclosing(chunks):
            async for chunk in chunks:
                size += len(chunk)
                if size > self._reach.max_bytes:
                    raise TooMuch("it is too long")
                yield chunk

    async def _tidied(self, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        parser = EventParser(total_cap=self._reach.max_bytes)
        async with aclosing(chunks):
            async for chunk in chunks:
                for event in parser.feed(chunk):
                    yield _block(event.name, event.data)
        for event in parser.finish():
            yield _block(event.name, event.data)


def _block(name: str, data: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in data.translate(_BREAKS).split("\n"))
    return f"{f'event: {name}' + chr(10) if name else ''}{lines}\n".encode()
