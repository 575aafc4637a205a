"""Names of secrets in templates, filled in at the last moment: only what the graph says is one, never a value (T3)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, NamedTuple

from engine.base.values import Value
from engine.kinds import templates

NAMED: Final = re.compile(r"secret://([A-Za-z0-9_][A-Za-z0-9_.-]*)")
"""How a graph names a secret (formats.md)."""
_MARK: Final = secrets.token_hex(16)
"""Stands before and after a name while values are put in. No value can contain it: nobody outside has seen it."""
_MARKED: Final = re.compile(f"{_MARK}<([^>]+)>{_MARK}")


_WHOLE: Final = re.compile(r"\s*\{\{\s*([a-z_][a-z0-9_]*)\s*\}\}\s*\Z")


class Marked(NamedTuple):
    """A template whose secrets are marked, and their names."""

    template: str
    names: tuple[str, ...]


def with_secrets(template: str) -> Marked:
    """Marks the secrets that a template names, so that a value which looks like such a name is not taken for one."""
    if "secret://" not in template:
        return Marked(template, ())
    return Marked(NAMED.sub(rf"{_MARK}<\1>{_MARK}", template), tuple(dict.fromkeys(NAMED.findall(template))))


def secrets_in(templates: Iterable[str]) -> list[str]:
    """The names of the secrets that templates name, in order, each once."""
    return sorted({name for template in templates for name in with_secrets(template).names})


class Filled:
    """Fills templates with values and secrets.

    Args:
        find: gives a secret by its name; raises NodeError when there is none.
    """

    def __init__(self, values: Mapping[str, Value], find: Callable[[str], Awaitable[str]]) -> None:
        self.values = values
        self._find = find

    async def text(self, template: str) -> str:
        """The template filled in.

        Raises:
            NodeError: it cannot be filled in, or a secret is missing.
        """
        marked = with_secrets(template)
        text = templates.render(marked.template, self.values)
        known = {name: await self._find(name) for name in marked.names}
        return _MARKED.sub(lambda found: known[found[1]], text) if known else text

    async def json(self, value: Value) -> Value:
        """A JSON value with its texts filled in; one that is only `{{ name }}` becomes the value itself.

        Raises:
            NodeError: as `text`.
        """
        if isinstance(value, str):
            whole = _WHOLE.match(value)
            return self.values[whole[1]] if whole and whole[1] in self.values else await self.text(value)
        if isinstance(value, Mapping):
            return {key: await self.json(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [await self.json(item) for item in value]
        return value
