"""What a run has said, as statements for the journal: one row for all of it, large texts by their hash (S11). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from engine.run.events import ENDS, Event
from engine.run.texts import LARGE, without_large

HANDFUL: Final = 16
"""Events that are encoded together."""
FEW: Final = 64
"""Events that are tried together when there are no more: all that a small run says, unless its values are long."""
PEOPLE: Final = b'"human.'
"""Stands in what was encoded of a question to people, or of an answer."""
_BEGINS: Final = """
    INSERT INTO runs (id, name, file, created, graph, ended, status, cost_usd, bytes, owner)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ENDS: Final = "UPDATE runs SET ended=?, status=?, cost_usd=?, bytes=?, owner=? WHERE id=?"

Row = tuple[str, str, str, float, str]
"""Id, name, file, time of creation (seconds since 1970) and text of the graph of a run."""
Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Events of one run that are stored as one.

    Attributes:
        coded: all of them as JSON.
        texts: their large texts by hash.
    """

    first: Event
    last: Event
    coded: bytes
    texts: Mapping[str, str]

    @classmethod
    def of(cls, events: Sequence[Event]) -> Encoded:
        """Encodes events, at least one.

        Raises:
            TypeError, ValueError: one of them holds what is no JSON.
        """
        texts: dict[str, str] = {}
        size = len(events) if len(events) <= FEW else HANDFUL
        handfuls = [events[start : start + size] for start in range(0, len(events), size)]
        coded = b"[%b]" % b",".join([_coded(handful, texts) for handful in handfuls])
        return cls(events[0], events[-1], coded, texts)

    def size(self, known: Collection[str]) -> int:
        """The bytes that it takes, with its large texts but for those that are `known`."""
        fresh = (text for name, text in self.texts.items() if name not in known)
        return len(self.coded) + sum(len(text.encode("utf-8", "surrogatepass")) for text in fresh)

    def statements(self, row: Row, size: int, owner: str, *, begun: bool) -> Iterator[Statement]:
        """What stores it.

        Args:
            row: what the list of runs says of the run.
            size: the bytes that the run takes with it.
            owner: the process that the run belongs to (`engine.base.process`).
            begun: whether it stands in the list.
        """
        run, last, ends = row[0], self.last, self.last.kind in ENDS
        over = (last.ts, last.data["status"], last.data.get("cost_usd"), size, "") if ends else None
        stands = over or (None, "running", None, 0, owner)
        if not begun:
            yield _BEGINS, (*row, *stands)
        elif ends:
            yield _ENDS, (*stands, run)
        for name, text in self.texts.items():
            yield "INSERT OR IGNORE INTO texts VALUES (?, ?)", (name, text)
            yield "INSERT OR IGNORE INTO uses VALUES (?, ?)", (name, run)
        yield "INSERT INTO events VALUES (?, ?, ?, ?)", (run, self.first.seq, last.seq, self.coded)
        if PEOPLE in self.coded:
            yield "INSERT OR IGNORE INTO asked VALUES (?, ?)", (run, self.first.seq)


def _coded(events: Sequence[Event], texts: dict[str, str]) -> bytes:
    """Events as JSON, one behind the other; their large texts are put into `texts`.

    They are encoded together, which is six times as fast as one by one, and looked into only when the whole is long
    enough to hold a large text.
    """
    together = orjson.dumps([*map(tuple, events)])
    if len(together) <= LARGE:
        return together[1:-1]
    parts = [orjson.dumps(tuple(event)) for event in events]
    for place, part in enumerate(parts):
        if len(part) > LARGE:
            data = without_large(events[place].data, texts)
            parts[place] = orjson.dumps(tuple(events[place]._replace(data=data)))
    return b",".join(parts)
