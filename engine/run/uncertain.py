"""Asks a person about a write that may have happened before the program was cut off (semantics.md S11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from engine.base.values import Value
from engine.kinds.contract import Review
from engine.tools.contract import Doubt

if TYPE_CHECKING:
    from engine.run.context import NodeCall

SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {"do": {"type": "string", "enum": ["repeat", "skip", "fail"]}, "value": {}},
    "required": ["do"],
    "additionalProperties": False,
}
"""What is answered: do it again, go on with `value` as its result, or let it fail. A rejection lets it fail too."""


async def resolved(call: NodeCall, what: str) -> Doubt:
    """What is to become of a write that began in an earlier session and never said that it ended.

    Args:
        what: who writes, for people: `write_files`, the name of a tool.
    """
    call.emit("node.uncertain", {"what": what})
    question = (
        f"“{call.title}” was cut off while {what} was at work: it may have happened. "
        "Do it again, skip it with a value, or let it fail?"
    )
    verdict = await call.review(Review("uncertain", question, SCHEMA, {"do": "repeat"}))
    if verdict.decision == "rejected":
        return Doubt("fail")
    answer: Value = dict(verdict.form) or verdict.value
    return Doubt(answer["do"], answer.get("value"))
