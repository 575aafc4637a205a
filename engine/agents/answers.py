"""Reads the JSON in a model's answer (semantics.md S8)."""

from __future__ import annotations

from engine.base import incoming
from engine.base.values import Value


def read_json(text: str) -> Value:
    """The JSON in an answer: the whole text, what stands in a code fence, or from the first bracket to the last.

    Raises:
        ValueError: there is none that can be stored; the message completes "it is ...".
    """
    candidates = [text.strip()]
    if "```" in text:
        candidates.append(text.split("```")[1].removeprefix("json").strip())
    for opening, closing in ("{}", "[]"):
        start, end = text.find(opening), text.rfind(closing)
        if 0 <= start < end:
            candidates.append(text[start : end + 1])
    failure = ValueError("empty")
    for candidate in filter(None, candidates):
        try:
            return incoming.read_json(candidate)
        except ValueError as error:
            failure = error
    raise failure
