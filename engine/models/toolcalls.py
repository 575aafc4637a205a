"""Puts tool calls together from the pieces of a chat completion's stream, in every dialect that servers speak."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any, Final

from engine.base.values import TEXT_CAP, repair_text
from engine.models import failures
from engine.models.contract import Endpoint, ToolCall
from engine.models.messages import ToolNames, tool_call

MOST: Final = 512
"""Calls in one answer."""
PIECE: Final = 8
"""Characters that a piece counts for at least: finding its call takes time, however little it says."""
_MARK: Final = re.compile(r'[{}"\\]')


@dataclass(slots=True)
class Pieces:
    """JSON text that comes in pieces, and whether it is a whole object yet: each piece is looked at once."""

    parts: list[str] = field(default_factory=list)
    size: int = 0
    _depth: int = 0
    _in_text: bool = False
    _skip: bool = False
    whole: bool = False

    def add(self, piece: str) -> None:
        """The next piece."""
        self.parts.append(piece)
        self.size += len(piece)
        at = 0
        if self._skip and piece:
            at, self._skip = 1, False
        while (found := _MARK.search(piece, at)) is not None:
            at, mark = found.end(), found.group()
            if mark == '"':
                self._in_text = not self._in_text
            elif mark == "\\" and self._in_text:
                self._skip = at == len(piece)
                at += 1
            elif mark in "{}" and not self._in_text:
                self._depth += 1 if mark == "{" else -1
                self.whole = self._depth == 0

    def __str__(self) -> str:
        # Both halves of a surrogate pair may stand in different pieces: joined first, repaired then.
        return repair_text("".join(self.parts))


@dataclass(slots=True)
class _Call:
    """A tool call while it streams in."""

    index: int | None
    id: str = ""
    name: str = ""
    arguments: Pieces = field(default_factory=Pieces)


@dataclass(slots=True)
class CallPieces:
    """The calls of one answer so far, in the order in which they began."""

    endpoint: Endpoint
    calls: list[_Call] = field(default_factory=list)
    size: int = 0

    def add(self, piece: dict[str, Any]) -> None:
        """One element of a delta's `tool_calls`.

        Raises:
            NodeError: `transient`, for more or larger calls than any answer has.
        """
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        name, given = function.get("name"), function.get("arguments")
        arguments = json.dumps(given) if isinstance(given, dict) else given if isinstance(given, str) else ""
        call_id, name = str(piece.get("id") or ""), name if isinstance(name, str) else ""
        self.size += max(len(arguments), PIECE)
        call = self._slot(_index(piece.get("index")), call_id, name, arguments)
        if self.size > TEXT_CAP or len(self.calls) > MOST:
            raise failures.garbage(self.endpoint, "far too many calls of tools")
        before = call.arguments
        if before.whole and before.size == len(arguments) and str(before) == arguments:
            return  # told twice
        if before.whole and before.size == len("{}") and arguments.lstrip().startswith("{"):
            call.arguments = Pieces()  # empty ones only stood there until the right ones came
        call.arguments.add(arguments)

    def _slot(self, index: int | None, call_id: str, name: str, arguments: str) -> _Call:
        """The call that a piece belongs to.

        Servers differ: some repeat id and name in every piece, some use one index for all calls, some send no index,
        some no id. A new id or name where one is known, or new arguments after complete ones, starts another call.
        """
        same = (call for call in reversed(self.calls) if index is None or call.index == index)
        newest = next(same, None)
        known = (
            next((call for call in chain((newest,), same) if call.id == call_id), None) if newest and call_id else None
        )
        last = known or newest
        if last is not None:
            other = (call_id and last.id and call_id != last.id) or (name and last.name and name != last.name)
            again = name and arguments.strip() and last.arguments.whole
            repeated = again and known is last and str(last.arguments) == arguments
            if repeated or not (other or again):
                last.id, last.name = last.id or call_id, last.name or name
                return last
        self.calls.append(_Call(index, call_id, name))
        return self.calls[-1]

    def made(self, names: ToolNames) -> tuple[ToolCall, ...]:
        """The calls under our names, each with an id of its own.

        Raises:
            NodeError: `transient`, for a call without a name.
        """
        if not all(call.name for call in self.calls):
            raise failures.garbage(self.endpoint, "a tool call without a name")
        ids = own_ids([call.id for call in self.calls])
        return tuple(
            tool_call(call_id, names.back(repair_text(call.name)), str(call.arguments))
            for call_id, call in zip(ids, self.calls, strict=True)
        )


def own_ids(given: Sequence[str]) -> list[str]:
    """An id for each call, no two alike: those that the server gave, and others where it gave none or one twice."""
    made: list[str] = []
    spare = (name for number in count(1) if (name := f"call_{number}") not in given)
    for call_id in map(repair_text, given):
        made.append(call_id if call_id and call_id not in made else next(spare))
    return made


def _index(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 6:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
