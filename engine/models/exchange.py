"""One request to a model's server and its answer as parsed events, bounded in time and memory (T6).

The wires share this: they say what to send and what the events mean, and nothing here knows a protocol.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.base.errors import NodeError
from engine.base.values import TEXT_CAP, repair_text
from engine.models import failures
from engine.models.bodies import loads, plain
from engine.models.contract import Endpoint, ModelRequest, OnText
from engine.models.http import post
from engine.models.patience import Patience
from engine.models.sse import TOTAL_CAP, Event, EventParser, TooMuch, Unreadable

if TYPE_CHECKING:
    import httpx

DONE = "[DONE]"
_ERROR_CAP = 64 * 1024
_DRAIN_S = 0.25
GRACE_S = 2.0
"""How long what may follow a complete answer, such as its usage, is waited for, in seconds."""
LONGEST_S = 3600.0
"""Longest time of one exchange, in seconds: pings and empty pieces keep an answer alive only so long."""


@dataclass(slots=True)
class Exchange:
    """A POST whose answer streams. `headers` and `whole` are known once the first event is there."""

    http: httpx.AsyncClient
    endpoint: Endpoint
    path: str
    sent_headers: Mapping[str, str]
    body: Mapping[str, Any]
    request: ModelRequest
    headers: dict[str, str] = field(default_factory=dict)
    whole: bool = False
    """The server ignored `stream` and sent one JSON object: it is the only event."""
    started: bool = False
    """Set by the wire with the first piece of an answer: ends the wait for the first token."""
    complete: bool = False
    """Set by the wire when the whole answer is there: nothing that goes wrong after it can spoil it."""
    over: bool = False
    """Set by the wire when nothing more is to come, although the stream may stay open."""
    ended: bool = False
    """The server said that nothing more is to come."""
    after_read: Callable[[], None] = lambda: None
    """Called when all that one read brought has been taken."""

    async def read(self, take: Callable[[Any], None]) -> None:
        """Sends the request and hands each event to `take` as it comes: parsed JSON, or `DONE` at the very end. Its
        texts may hold lone surrogates still.

        Raises:
            NodeError: for every way in which a server can fail.
        """
        import aiohttp
        import httpx

        self._judge_headers()
        parser = EventParser()
        try:
            async with Patience(self._until_answered(), LONGEST_S) as patience, self._open() as response:
                self._alive(patience)
                await self._check(response, patience)
                async with aclosing(plain(response, TOTAL_CAP)) as chunks:
                    await self._read(parser, chunks, take, patience)
        except TooMuch as error:
            raise failures.garbage(self.endpoint, "far too much") from error
        except Unreadable as error:
            raise failures.garbage(self.endpoint, str(error)) from error
        except httpx.ConnectTimeout as error:
            raise failures.unreachable(self.endpoint, error) from error
        except (httpx.TimeoutException, TimeoutError) as error:
            if not self.complete:
                raise self._too_slow() from error
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, UnicodeError) as error:
            if not self.complete:
                raise failures.unreachable(self.endpoint, error) from error
        if not self.ended:
            self._finish(parser, take)

    def _judge_headers(self) -> None:
        """Raises NodeError for a key that no header can carry, such as one that was pasted with a line break."""
        for value in self.sent_headers.values():
            if not (value.isascii() and value.isprintable()):
                hint = f"Enter {self.endpoint.key_env or 'the key'} again."
                raise NodeError("credentials", f"The key for {self.endpoint.title} has letters that no key has.", hint)

    def _open(self) -> AbstractAsyncContextManager[httpx.Response]:
        return post(
            self.http,
            self.endpoint.base_url.rstrip("/") + self.path,
            {**self.sent_headers, **self.endpoint.extra_headers},
            json.dumps(self.body, separators=(",", ":"), default=str).encode(),
            connect_s=self.request.connect_s,
            idle_s=max(self.request.idle_s, self.request.first_token_s or 0.0),
        )

    async def _check(self, response: httpx.Response, patience: Patience) -> None:
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        if response.status_code < 300:
            return
        raw = bytearray()
        patience.anew(self.request.idle_s)
        async with aclosing(plain(response, _ERROR_CAP)) as chunks:
            async for chunk in chunks:
                raw += chunk
                if len(raw) > _ERROR_CAP:
                    break
        raise failures.from_status(self.endpoint, response.status_code, self.headers, loads(bytes(raw)), time.time())

    async def _read(
        self, parser: EventParser, chunks: AsyncIterator[bytes], take: Callable[[Any], None], patience: Patience
    ) -> None:
        head = await self._head(chunks)
        if head.lstrip()[:1] in (b"{", b"["):
            patience.anew(self.request.idle_s)  # it is whole on the server already
            self.whole = self.ended = True
            take(self._parsed(await self._all(head, chunks)))
            self.after_read()
            return
        if head.lstrip()[:1] == b"<":
            raise failures.garbage(self.endpoint, "a web page")
        self._alive(patience)
        await self._follow(parser, head, chunks, take, patience)

    def _finish(self, parser: EventParser, take: Callable[[Any], None]) -> None:
        """Takes what stands without its final blank line; half an event after a whole answer is nothing."""
        try:
            self._hand_over(parser.finish(), take)
        except NodeError:
            if not self.complete:
                raise

    async def _follow(
        self, parser: EventParser, chunk: bytes, chunks: AsyncIterator[bytes], take: Callable[[Any], None],
        patience: Patience,
    ) -> None:  # fmt: skip
        """Takes what comes for as long as it comes; sets `ended` when nothing is to follow."""
        while True:
            lines = parser.lines
            if self._hand_over(parser.feed(chunk), take):
                self.ended = True
                await _drain(chunks)
                return
            if self.complete:
                patience.at_most(GRACE_S)
            elif parser.lines > lines:
                self._alive(patience)
            try:
                chunk = await anext(chunks)
            except StopAsyncIteration:
                return

    def _hand_over(self, events: Sequence[Event], take: Callable[[Any], None]) -> bool:
        """Hands events to the wire. Returns whether the answer ends with one of them."""
        ends = False
        for event in events:
            data = self._event(event.data)
            take(data)
            if ends := data == DONE or self.over:
                break
        self.after_read()
        return ends

    async def _head(self, chunks: AsyncIterator[bytes]) -> bytes:
        """The first bytes that are not white space: they tell JSON from a stream, whatever the headers claim."""
        head = b""
        async for chunk in chunks:
            head += chunk
            if head.strip() or len(head) > _ERROR_CAP:
                break
        return head

    async def _all(self, head: bytes, chunks: AsyncIterator[bytes]) -> bytes:
        parts, size = [head], len(head)
        async for chunk in chunks:
            size += len(chunk)
            if size > TOTAL_CAP:
                raise TooMuch("the answer is too long")
            parts.append(chunk)
        return b"".join(parts)

    def _until_answered(self) -> float:
        """Seconds until the server must have said something. The limit on the first token is one from the very
        beginning; without it, a server that is never reached runs into the connect limit before this one."""
        return self.request.first_token_s or self.request.connect_s + self.request.idle_s

    def _alive(self, patience: Patience) -> None:
        """Takes a sign of life: it moves the limit on, but that on the first token is met by a token alone."""
        if self.started or not self.request.first_token_s:
            patience.anew(self.request.idle_s)

    def _too_slow(self) -> NodeError:
        first = self.request.first_token_s
        if first and not self.started:
            return failures.silent(self.endpoint, first, "first token")
        return failures.silent(self.endpoint, self.request.idle_s, "idle limit")

    def _event(self, data: str) -> Any:
        return DONE if data[:1] != "{" and data.strip() == DONE else self._parsed(data)

    def _parsed(self, raw: bytes | str) -> Any:
        data = loads(raw)
        if data is None:
            raise failures.garbage(self.endpoint, "something that is not JSON")
        if isinstance(data, dict) and (data.get("error") or data.get("type") == "error"):
            raise failures.from_error_body(self.endpoint, data)
        return data


@dataclass(slots=True)
class Text:
    """Collects the text of an answer and passes it on, within the cap of one text (formats.md).

    What came in one read is passed on as one: a piece apart for each word would cost more than all else (S15).
    """

    exchange: Exchange
    on_text: OnText
    parts: list[str] = field(default_factory=list)
    size: int = 0
    _half: str = ""
    _shown: int = 0

    def __post_init__(self) -> None:
        self.exchange.after_read = self.show

    def add(self, piece: str) -> None:
        """One more piece; an empty one is nothing. A surrogate pair may come in two pieces."""
        if not piece:
            return
        self.exchange.started = True
        if self._half or not piece.isascii():
            piece = self._half + piece
            self._half = piece[-1] if "\ud800" <= piece[-1] <= "\udbff" else ""
            piece = repair_text(piece[:-1] if self._half else piece)
        self.size += len(piece)
        if self.size > TEXT_CAP:
            raise failures.garbage(self.exchange.endpoint, "far too much text")
        self.parts.append(piece)

    def show(self) -> None:
        """Passes on what was not yet."""
        if self._shown < len(self.parts):
            new, self._shown = "".join(self.parts[self._shown :]), len(self.parts)
            if new:
                self.on_text(new)

    def __str__(self) -> str:
        return "".join(self.parts) + repair_text(self._half)


def rate_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What admission learns from (S9)."""
    wanted = ("x-ratelimit-", "anthropic-ratelimit-", "retry-after")
    return {name: value for name, value in headers.items() if name.startswith(wanted)}


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    """Reads what little follows the end of an answer, so that the connection can be used again."""
    try:
        async with asyncio.timeout(_DRAIN_S):
            for _ in range(8):
                if await anext(chunks, None) is None:
                    return
    except Exception:  # noqa: S110 - the answer is complete; what becomes of the connection no longer matters
        pass
