"""What becomes of contradictions between branches: decided by the config, by a model, or by a person (S4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from engine.agents.judging import Dispute, settle
from engine.agents.parts import Judge
from engine.base.errors import NodeError
from engine.base.values import Value, as_text, canonical
from engine.kinds.contract import Call, Review
from engine.kinds.merging import GONE, Conflict, Resolved

OnConflict = Literal["fail", "prefer", "collect", "judge", "ask"]
ASKING: Final = ("judge", "ask")
"""Policies that wait for somebody."""
WHOLE: Final = "value"
"""How the path of the whole value reads, where a name is needed."""
TEXTS: Final = "texts"
"""In the schema of a person's answer, at each place: what each branch says there, for whoever shows the question."""
_SHOWN: Final = 5
_LONGEST, _ROOM = 4_000, 200_000
"""Characters of such a text, and of all texts of one question."""


def by_config(policy: OnConflict, prefer: Sequence[str], conflict: Conflict) -> Resolved:
    """The value that the config decides for: a preferred branch's, or what each one says.

    Raises:
        NodeError: `invalid_output`: the policy is to fail.
    """
    if policy == "collect":
        said: list[Value] = [{"from": label, "value": value} for label, value in conflict.values.items()]
        return Resolved([*said, *({"from": label, "deleted": True} for label in conflict.deleted)], by="collect")
    if policy == "prefer":
        there = (*conflict.values, *conflict.deleted)
        named = (label for wanted in prefer for label in there if wanted in (label, label.partition(".")[0]))
        return follow(conflict, next(named, there[0]), "prefer")
    raise contradiction([conflict])


def contradiction(conflicts: Sequence[Conflict]) -> NodeError:
    """The failure of a merge that is to fail: what the branches say at the first place, and where else they differ."""
    conflict, *others = conflicts
    words = [f"{label} says {_shown(value)}" for label, value in list(conflict.values.items())[:_SHOWN]]
    words += [f"{len(conflict.values) - _SHOWN} more say other things"] * (len(conflict.values) > _SHOWN)
    words += [f"{label} took it away" for label in conflict.deleted[:_SHOWN]]
    place = f"at “{conflict.path}” " if conflict.path else ""
    more = [f"“{other.path}”" for other in others[:_SHOWN]]
    more += [f"{len(others) - _SHOWN} more places"] * (len(others) > _SHOWN)
    also = f", and at {', '.join(more)}" if more else ""
    return NodeError(
        "invalid_output", f"The branches differ {place}({'; '.join(words)}){also}.",
        "Prefer a branch, collect them, or let a model or a person decide.",
    )  # fmt: skip


def follow(conflict: Conflict, label: str, by: str, reason: str = "") -> Resolved:
    """The value of one branch; the field is gone where that branch took it away."""
    return Resolved(conflict.values.get(label, GONE), label, by, reason)


async def by_judge(judge: Judge, conflicts: Sequence[Conflict]) -> list[Resolved]:
    """What a model decides for each conflict.

    Raises:
        NodeError: why the models failed, or `context`.
    """
    disputes = [Dispute(conflict.path or WHOLE, alternatives(conflict)) for conflict in conflicts]
    picked = await settle(judge, disputes)
    return [
        follow(conflict, label, "judge", reason) for conflict, (label, reason) in zip(conflicts, picked, strict=True)
    ]


async def by_person(call: Call[Any], conflicts: Sequence[Conflict]) -> list[Resolved]:
    """What a person decides for each conflict, all of them in one question.

    Raises:
        NodeError: `refused`: the person rejected them all.
    """
    places = _places(conflicts)
    wanted: dict[str, Any] = {}
    said = [alternatives(conflict) for conflict in conflicts]
    room = max(80, min(_LONGEST, _ROOM // sum(map(len, said))))
    for place, texts in zip(places, said, strict=True):
        told = "\n".join(f"{label}: {_shown(text)}" for label, text in texts.items())
        whole = {label: _shown(text, room) for label, text in texts.items()}
        wanted[place] = {"title": place, "enum": list(texts), "description": told, TEXTS: whole}
    schema = {"type": "object", "properties": wanted, "required": places, "additionalProperties": False}
    named = f"{', '.join(places[:_SHOWN])}{' and more' if len(places) > _SHOWN else ''}"
    question = f"The branches that meet in “{call.title}” differ at {named}. Which one is right?"
    first = {place: options["enum"][0] for place, options in wanted.items()}
    verdict = await call.review(Review("merge", question, schema, first))
    if verdict.decision == "rejected":
        raise NodeError("refused", f"A person rejected what the branches say at {named}.", "Change the branches.")
    answer = dict(verdict.form) or verdict.value
    return [follow(conflict, answer[place], "person") for place, conflict in zip(places, conflicts, strict=True)]


def alternatives(conflict: Conflict) -> dict[str, str]:
    """The different things that are said, as text, each under the first branch that says it."""
    found: dict[str, tuple[str, str]] = {}
    for label, value in conflict.values.items():
        found.setdefault(canonical(value), (label, value if isinstance(value, str) else _as_json(value)))
    gone = [(label, "(takes it away)") for label in conflict.deleted[:1]]
    return dict([*found.values(), *gone])


def _places(conflicts: Iterable[Conflict]) -> list[str]:
    return [conflict.path or WHOLE for conflict in conflicts]


def _as_json(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shown(value: Value, room: int = 80) -> str:
    text = "null" if value is None else as_text(value)
    return text if len(text) <= room else f"{text[: room - 1]}…"
