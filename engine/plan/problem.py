"""A problem: something that check found in a graph, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of check, as `baton check --json` prints it (formats.md).

    Attributes:
        severity: an `error` keeps the graph from running (exit 2); a `warning` does not.
        code: a stable name of what is wrong, such as `dangling_edge`.
        node: the node's id, `outer/inner` inside a container, or "" for the graph as a whole.
        message: what is wrong, in one sentence.
        fix: what to do about it, in one sentence.
        edge: the key of the edge that it is about, or "".
        place: a path into the node's config or into the file, or "".
        offer: the machine name of a fix that the studio can make with one click, or "".
    """

    severity: Severity
    code: str
    node: str
    message: str
    fix: str
    edge: str = ""
    place: str = ""
    offer: str = ""

    def as_json(self) -> dict[str, Any]:
        """The problem as a JSON object; what does not apply is absent."""
        known = {"severity": self.severity, "code": self.code, "node": self.node}
        known |= {"message": self.message, "fix": self.fix}
        return known | {key: text for key in ("edge", "place", "offer") if (text := getattr(self, key))}


def error(code: str, node: str, message: str, fix: str, *, edge: str = "", place: str = "", offer: str = "") -> Problem:
    """A problem that keeps the graph from running."""
    return Problem("error", code, node, message, fix, edge, place, offer)


def warning(
    code: str, node: str, message: str, fix: str, *, edge: str = "", place: str = "", offer: str = ""
) -> Problem:
    """A problem that the graph can run with."""
    return Problem("warning", code, node, message, fix, edge, place, offer)
