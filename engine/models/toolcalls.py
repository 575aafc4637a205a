"""Puts tool calls together from the pieces of a chat completion's stream, in every dialect that servers speak."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from engine.base.values import repair, repair_text
from engine.models import failures
from engine.models.contract import Endpoint, ToolCall
from engine.models.messages import ToolNames, parse_arguments


@dataclass(slots=True)
class _Call:
    """A tool call while it streams in."""

    index: int | None
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether its arguments are complete JSON already."""
        try:
            return isinstance(json.loads("".join(self.arguments)), dict)
        except (ValueError, RecursionError):
            return False


@dataclass(slots=True)
class CallPieces:
    """The calls of one answer so far, in the order in which they began."""

    pieces: list[_Call] = field(default_factory=list)

    def add(self, piece: dict[str, Any]) -> None:
        """One element of a delta's `tool_calls`."""
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        index = piece.get("index") if isinstance(piece.get("index"), int) else None
        name, arguments = function.get("name") or "", function.get("arguments")
        call = self._slot(index, str(piece.get("id") or ""), str(name), arguments)
        if isinstance(arguments, dict):
            call.arguments = [json.dumps(arguments)]
        elif isinstance(arguments, str):
            call.arguments.append(arguments)

    def _slot(self, index: int | None, call_id: str, name: str, arguments: Any) -> _Call:
        """The call that a piece belongs to.

        Servers differ: some repeat id and name in every piece, some use one index for all calls, some send no index,
        some no id. A new id or name where one is known, or new arguments after complete ones, starts another call.
        """
        same = [call for call in self.pieces if call.index == index] if index is not None else self.pieces
        last = same[-1] if same else None
        if last is not None:
            other = (call_id and last.id and call_id != last.id) or (name and last.name and name != last.name)
            again = name and isinstance(arguments, str | dict) and arguments and last.finished
            if not other and not again:
                last.id, last.name = last.id or call_id, last.name or name
                return last
            if known := next((call for call in same if call_id and call.id == call_id and not again), None):
                return known
        self.pieces.append(_Call(index, call_id, name))
        return self.pieces[-1]

    def made(self, names: ToolNames, endpoint: Endpoint) -> tuple[ToolCall, ...]:
        """The complete calls under our names, each with an id of its own.

        Raises:
            NodeError: a call without a name, or with arguments that are not a JSON object.
        """
        made: list[ToolCall] = []
        for number, call in enumerate(self.pieces, 1):
            if not call.name:
                raise failures.garbage(endpoint, "a tool call without a name")
            raw = repair("".join(call.arguments))
            arguments = parse_arguments(call.name, raw, endpoint.title or endpoint.provider)
            free = call.id and all(call.id != other.id for other in made)
            call_id = repair_text(call.id) if free else f"call_{number}"
            made.append(ToolCall(call_id, names.back(repair_text(call.name)), repair(arguments)))
        return tuple(made)
