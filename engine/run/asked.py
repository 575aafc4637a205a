"""Which question is which: keys that hold over restarts, with the deadline and the answer of earlier sessions (S13)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.kinds.contract import Review


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a question before anybody is asked.

    Attributes:
        key: the node's own, `scope/node`, for its first question; its next ones end in `#2`, `#3`.
        deadline: seconds since 1970 until when an earlier session let people answer; None when it set no time.
        answer: data of the event that told an earlier answer, `by` whom too; None when there was none.
    """

    key: str
    deadline: float | None = None
    answer: Mapping[str, Any] | None = None


class Questions:
    """The questions that the nodes of one run have asked, in earlier sessions of it too.

    A node that is run again asks again, but perhaps not everything, such as whether a budget may be raised. So a
    question is known again by what it asks; an answer counts only where that is the same to the letter.

    Args:
        asked, answers: data of `human.requested`, with the `node` that asked, and of its end, by the question's key.
    """

    def __init__(self, asked: Mapping[str, Mapping[str, Any]], answers: Mapping[str, Mapping[str, Any]]) -> None:
        self._answers = answers
        self._before: dict[str, dict[str, Mapping[str, Any]]] = {}
        for key, told in asked.items():
            self._before.setdefault(told["node"], {})[key] = told
        self._count = {node: len(found) for node, found in self._before.items()}

    def find(self, node: str, asked: Review) -> Known:
        """The key of what a node, `scope/node`, asks now, and what earlier sessions know of it."""
        before = self._before.get(node, {})
        wanted = _content(asked.question, asked.schema, asked.value)
        alike = {key: told for key, told in before.items() if told["kind"] == asked.kind}
        for key, told in alike.items():
            if _content(told["question"], told["schema"], told["value"]) == wanted:
                return self._taken(node, key)
        for key, told in alike.items():  # what was hidden in the stored value, such as a secret, makes it another one
            if key not in self._answers and told["question"] == asked.question:
                return self._taken(node, key)
        self._count[node] = number = self._count.get(node, 0) + 1
        return Known(node if number == 1 else f"{node}#{number}")

    def _taken(self, node: str, key: str) -> Known:
        told = self._before[node].pop(key)
        return Known(key, told.get("deadline"), self._answers.get(key))


def _content(*parts: Any) -> str:
    return json.dumps(parts, sort_keys=True, default=dict)
