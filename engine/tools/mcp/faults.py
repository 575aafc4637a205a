"""What goes wrong with a tool server, its last words, and how people are told (T4)."""

from __future__ import annotations

import shutil
from collections import deque
from typing import Final

from engine.base.errors import NodeError
from engine.base.visible import visible
from engine.tools.mcp.description import Description

SHOWN: Final = 300
"""Characters of a server's own words in an error."""
LOG_CHARS: Final = 16_000
"""Characters of what a server writes on stderr that are kept."""


class Broken(Exception):
    """A server did what ends the connection; the message completes "it ...", for people."""


class Tail:
    """The end of what a server writes on stderr, in bounded memory."""

    def __init__(self) -> None:
        self._parts: deque[str] = deque()
        self._size = 0

    def add(self, text: str) -> None:
        """More of it."""
        self._parts.append(text[-LOG_CHARS:])
        self._size += len(self._parts[-1])
        while self._size - len(self._parts[0]) > LOG_CHARS:
            self._size -= len(self._parts.popleft())

    def __str__(self) -> str:
        return "".join(self._parts)[-LOG_CHARS:]


def said(error: BaseException) -> str:
    """What went wrong, to complete "it ..."; the first of a group speaks for all."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    words = visible(str(error) or type(error).__name__, SHOWN).rstrip(".")
    if isinstance(error, Broken):
        return words
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be started or reached: {error.strerror}"
    # These two by name: what they come from is imported only once a server is needed.
    if type(error).__module__.startswith("httpx2"):
        return f"cannot be reached: {words}"
    if type(error).__name__ == "ValidationError":
        return "answers with what is no message of this protocol"
    return f"does not speak the protocol: {words}"


def unusable(server: Description, what: str, log: str, *, timeout: bool = False) -> NodeError:
    """The error for a server that cannot be used.

    Args:
        what: what it did, to complete "The server ...".
        log: what it wrote on stderr, without secrets; its last line is shown.
    """
    lines = log.strip().splitlines()
    words = f" It said: {visible(lines[-1].strip(), SHOWN)}" if lines else ""
    hint = "Check its command and its settings: baton tools list."
    if server.command and not shutil.which(server.command, path=server.env.get("PATH")):
        what, words = f"cannot be started: there is no program “{server.command}” here", ""
        hint = "Install it."
    elif server.url:
        hint = "Check its address, and that it runs."
    return NodeError("timeout" if timeout else "tool", f"The tool server “{server.name}” {what}.{words}", hint)
