"""Text that streams in pieces, with the secrets taken out also where one stands in two pieces (T3)."""

from __future__ import annotations

from collections.abc import Callable

from engine.base.secrets import Redactor


class RedactedText:
    """Passes pieces on, and holds back an end that may be the begin of a secret until it is known.

    Args:
        shown: takes what may be seen.
    """

    def __init__(self, redactor: Redactor, shown: Callable[[str], None]) -> None:
        self._redactor, self._shown = redactor, shown
        self._held = ""

    def add(self, piece: str) -> None:
        """The next piece."""
        text = self._redactor.text(self._held + piece)
        shown = len(text) - self._redactor.begun(text)
        self._held = text[shown:]
        if shown:
            self._shown(text[:shown])

    def finish(self) -> None:
        """Nothing more comes: what was held back was no secret."""
        if self._held:
            self._shown(self._held)
            self._held = ""
