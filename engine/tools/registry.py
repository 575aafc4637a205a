"""The tools that there are, and those that an agent's list of names and patterns means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import cast

from engine.base import discover
from engine.base.suggest import nearest
from engine.tools.contract import Tool, ToolSource


class Tools:
    """Tools by name. `Tools.load()` gives those of the program and of other distributions.

    Args:
        sources: where they come from; of two tools with one name the first counts.
    """

    def __init__(self, sources: Iterable[ToolSource]) -> None:
        self._tools: dict[str, Tool] = {}
        for source in sources:
            for tool in source.tools():
                self._tools.setdefault(tool.name, tool)

    @classmethod
    @cache
    def load(cls) -> Tools:
        """Scans the built-in folder and the entry points `baton.tools`; once, since neither changes while we run."""
        ours = [cast("ToolSource", module.SOURCE) for module in discover.modules("engine.tools.sources")]
        return cls([*ours, *(cast("ToolSource", found) for found in discover.offered("baton.tools"))])

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    @property
    def sources(self) -> frozenset[str]:
        """The servers' parts of the names of all tools."""
        return frozenset(name.partition(".")[0] for name in self._tools)

    def chosen(self, patterns: Sequence[str]) -> tuple[Tool, ...]:
        """The tools that a list such as `["clock.now", "calc.*"]` means, each once, in the order of the list."""
        found = {name: tool for pattern in patterns for name, tool in self._tools.items() if _fits(name, pattern)}
        return tuple(found.values())

    def unknown(self, patterns: Sequence[str]) -> list[tuple[str, str]]:
        """The names and patterns that mean no tool, each with the nearest name that there is, or ""."""
        missing = [pattern for pattern in patterns if not any(_fits(name, pattern) for name in self._tools)]
        return [(pattern, self.nearest(pattern, self._tools)) for pattern in dict.fromkeys(missing)]

    def nearest(self, pattern: str, names: Iterable[str]) -> str:
        """The name, or the pattern for one server's tools, that was perhaps meant; "" when there is none like it."""
        server, dot, tool = pattern.partition(".")
        if dot and any(letter in tool for letter in "*?["):
            found = nearest(server, sorted({name.partition(".")[0] for name in names}))
            return f"{found}.*" if found else ""
        return nearest(pattern, names)


def from_servers(patterns: Sequence[str]) -> list[str]:
    """The names and patterns that may mean tools of servers, which are known only once those run."""
    sources = Tools.load().sources
    heads = ((pattern.strip(), pattern.strip().partition(".")[0]) for pattern in patterns)
    return [pattern for pattern, head in heads if head not in sources]


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern.strip())
