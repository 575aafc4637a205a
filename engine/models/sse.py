"""Reads server-sent events from bytes of any size and shape, within fixed bounds (T6)."""

from __future__ import annotations

from typing import Final, NamedTuple

from engine.base.tuples import maker

LINE_CAP = 8 * 1024 * 1024
"""Bytes that one line may have."""
EVENT_CAP = 8 * 1024 * 1024
"""Bytes that the data of one event may have."""
TOTAL_CAP = 64 * 1024 * 1024
"""Bytes that a whole stream may have, decompressed."""


LINES_CAP = 1_000_000
"""Lines that a whole stream may have: reading them costs time even when they say nothing."""


class TooMuch(ValueError):
    """The stream goes over one of the caps."""


class Unreadable(ValueError):
    """The bytes cannot be unpacked; the message completes 'answered with ...'."""


class Event(NamedTuple):
    """One event: `name` is empty when the stream did not say. `data` has its lines joined by `\\n`."""

    name: str
    data: str


_event: Final = maker(Event)


class EventParser:
    """Feeds on bytes as they arrive and gives complete events.

    Lines end at `\\n`, `\\r\\n` or `\\r` and nowhere else: U+2028 and its like are ordinary text inside JSON
    (trust.md). How the bytes are cut into chunks never changes the result.
    """

    def __init__(self, line_cap: int = LINE_CAP, event_cap: int = EVENT_CAP, total_cap: int = TOTAL_CAP) -> None:
        self._line_cap, self._event_cap, self._total_cap = line_cap, event_cap, total_cap
        self._least_cap = min(line_cap, event_cap)
        self._line = bytearray()
        self._after_cr = False
        self._first = True
        self._name = ""
        self._data: list[bytes] = []
        self._size = 0
        self.total = 0
        self.lines = 0
        """Lines seen so far, comments and pings too: a sign of life."""

    def feed(self, chunk: bytes) -> list[Event]:
        """Takes the next bytes and returns the events that they complete.

        Raises:
            TooMuch: a line, an event or the whole stream is over its cap.
        """
        self.total += len(chunk)
        if self.total > self._total_cap:
            raise TooMuch("the stream is too long")
        if not chunk:
            return []
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
            if not chunk:
                return []
        self._after_cr = chunk.endswith(b"\r")
        events: list[Event] = []
        whole = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in chunk else chunk
        *blocks, rest = whole.split(b"\n\n")
        between = not (self._first or self._line or self._data or self._name)
        for block in blocks:
            # Nearly all events are one line of data: to take such a block at once halves the time of a stream.
            if between and block.startswith(b"data: ") and b"\n" not in block and len(block) <= self._least_cap:
                self._count(2)
                events.append(_event(("", block[6:].decode("utf-8", "replace"))))
            else:
                self._lines(block + b"\n\n", events)
            between = True
        self._lines(rest, events)
        return events

    def finish(self) -> list[Event]:
        """The stream has ended: what stands without its final blank line still counts."""
        events: list[Event] = []
        if self._line:
            line, self._line = bytes(self._line), bytearray()
            self._take(line, events)
        self._take(b"", events)
        return events

    def _lines(self, block: bytes, events: list[Event]) -> None:
        """Takes the lines of a block, and keeps the one that is only begun."""
        *parts, begun = block.split(b"\n")
        for part in parts:
            if self._line or len(part) > self._line_cap:
                self._grow(part)
                part, self._line = bytes(self._line), bytearray()
            self._take(part, events)
        self._grow(begun)

    def _count(self, lines: int) -> None:
        self.lines += lines
        if self.lines > LINES_CAP:
            raise TooMuch("the stream has too many lines")

    def _grow(self, part: bytes) -> None:
        if len(self._line) + len(part) > self._line_cap:
            raise TooMuch("a line is too long")
        self._line += part

    def _take(self, line: bytes, events: list[Event]) -> None:
        self._count(1)
        if self._first:
            self._first = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            if self._data:
                events.append(_event((self._name, b"\n".join(self._data).decode("utf-8", "replace"))))
                self._data, self._size = [], 0
            self._name = ""
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._size += len(value) + 1
            if self._size > self._event_cap:
                raise TooMuch("an event is too long")
            self._data.append(value)
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")
