"""Text from outside as it is: what hides, moves the cursor or goes on for ever is shown, or cut out (T4, T7)."""

from __future__ import annotations

import unicodedata
from typing import Final

_PLAIN: Final = frozenset("\n\t")
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters by their category that draw nothing."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def hides(char: str) -> bool:
    """Whether a character does not show, or changes how its neighbours do; line breaks and tabs do show."""
    if char in _PLAIN:
        return False
    return unicodedata.category(char) in _UNSEEN or char in _BLANK or _selects(char)


def _selects(char: str) -> bool:
    """Whether it is a variation selector: 256 of them carry any text unseen behind one letter."""
    return "\u180b" <= char <= "\u180f" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def without_hidden(text: str) -> str:
    """`text` without what does not show."""
    return text if text.isascii() and text.isprintable() else "".join(char for char in text if not hides(char))


def escaped(text: str) -> str:
    """`text` with everything that does not show written out, such as `\\u202e`; line breaks and tabs stay."""
    return "".join(_escape(char) if hides(char) else char for char in text)


def visible(text: str, limit: int) -> str:
    """`text` on one line with everything escaped that does not show, cut with its length when it is long."""
    head = "".join(_escape(char) if hides(char) or not char.isprintable() else char for char in text[:limit])
    return head if len(text) <= limit else f"{head}… ({len(text):,} characters in all)"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
