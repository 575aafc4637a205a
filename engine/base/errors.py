"""Errors for people: one sentence that says what happened and one that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

ErrorClass = Literal[
    "transient", "rate", "credentials", "bad_request", "refused", "context", "invalid_output",
    "timeout", "tool", "budget", "type", "port_conflict", "internal",
]  # fmt: skip
"""What went wrong with a node, in the words of semantics.md S1."""

ERROR_CLASSES: frozenset[str] = frozenset(get_args(ErrorClass))


_ENDS = (".", "!", "?", "…", ":", ";", ",")


class BatonError(Exception):
    """Anything that a person is told about. `message` says what happened, `hint` what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        if not (self.message and self.hint):
            return self.message or self.hint
        # What others said, such as a model's server, often ends a message, and often without a full stop.
        stop = "" if self.message.rstrip("”\"')").endswith(_ENDS) else "."
        return f"{self.message}{stop} {self.hint}"


class FileProblem(BatonError):
    """A graph file that cannot be read or written. `place` is a path into the file, such as `nodes[3].id`."""

    def __init__(self, message: str, hint: str = "", *, place: str = "") -> None:
        super().__init__(message, hint)
        self.place = place


class Refused(BatonError):
    """A command that cannot be applied to this graph, such as an edge between ports that do not fit."""


class WrongUse(BatonError):
    """Wrong arguments or an invalid graph: the command line ends with exit code 2."""


class NotTrusted(BatonError):
    """The graph would do something that the person has not allowed: exit code 4."""


class NodeError(BatonError):
    """A node failed. Carries what the error port shows (semantics.md S1).

    Args:
        kind_of_error: one of the classes of S1.
        retry_after: seconds that the other side asked us to wait, if it did.
        unpaid: nothing was done for which the other side could ask money.
        headers: of the other side's answer, for what they say of limits (S9).
    """

    def __init__(
        self,
        kind_of_error: ErrorClass,
        message: str,
        hint: str = "",
        *,
        retry_after: float | None = None,
        unpaid: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.error_class: ErrorClass = kind_of_error
        self.retry_after = retry_after
        self.unpaid = unpaid
        self.headers = headers or {}
