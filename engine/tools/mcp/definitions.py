"""What a server says of its tools: hashed as it came, shown for what it is, cleaned before a model reads it (T4)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.base.incoming import judge
from engine.base.visible import escaped, hides, without_hidden

LONGEST: Final = 4_000
"""Characters of a description that a model is shown; of those inside a schema, a quarter."""
LARGEST: Final = 64 * 1024
"""Characters of a schema, as JSON."""
DEEPEST: Final = 32
"""Levels of a schema."""
_NAME: Final = re.compile(r"[A-Za-z0-9_./:-]{1,128}\Z")
_SAID: Final = frozenset({"description", "title", "$comment"})
"""Keys of a schema whose texts are only read."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One tool as its server defines it, unchanged.

    Attributes:
        parameters: JSON Schema of the arguments.
        annotations: hints such as `readOnlyHint`; nobody vouches for them.
        result: JSON Schema of the structured result, or None; what is in it changes nothing that a model sees.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def reads(self) -> bool:
        """Whether it says that it changes nothing. What does not say so writes (S14)."""
        return self.annotations.get("readOnlyHint") is True

    def as_json(self) -> dict[str, Any]:
        """All that is pinned."""
        return {
            "name": self.name, "description": self.description, "parameters": dict(self.parameters),
            "annotations": dict(self.annotations),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Definition:
        """What `as_json` gave."""
        return cls(str(data["name"]), str(data["description"]), dict(data["parameters"]), dict(data["annotations"]))

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of all that is pinned."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()

    def told(self) -> str:
        """The description as a model reads it."""
        return _cut(without_hidden(self.description).strip(), LONGEST)

    def taken(self) -> dict[str, Any]:
        """The schema as a model reads it, always of an object."""
        cleaned: dict[str, Any] = _cleaned(dict(self.parameters))
        return {**cleaned, "type": "object"}


def refused(definition: Definition) -> str:
    """Why a tool cannot be offered to a model, in one clause; "" when it can."""
    if not _NAME.match(definition.name):
        return "its name has characters that names of tools do not have, or is too long"
    if why := unfit(definition.parameters):
        return f"its schema is {why}"
    if why := unfit(definition.annotations):
        return f"its annotations are {why}"
    if any(any(map(hides, text)) for text in _binding(definition.parameters)):
        return "its schema hides characters that do not show"
    return ""


def unfit(schema: Mapping[str, Any]) -> str:
    """Why what a server sent cannot be shown and stored, as a clause behind "it is"; "" when it can."""
    if _depth(schema) > DEEPEST:
        return f"nested more than {DEEPEST} levels deep"
    if len(json.dumps(schema)) > LARGEST:
        return f"larger than {LARGEST // 1024} KB"
    try:
        judge(dict(schema))
    except ValueError as error:
        return f"not to be stored: it holds {error}"
    return ""


def notes(definition: Definition) -> list[str]:
    """What a person should know of how the tool is described: what is hidden in it, what is cut (T4)."""
    found = []
    count = sum(map(hides, definition.description))
    if count:
        shows = "1 character of its description does" if count == 1 else f"{count} characters of its description do"
        found.append(f"{shows} not show; a model never sees what hides")
    if len(definition.description) > LONGEST:
        found.append(f"its description has {len(definition.description):,} characters; a model sees {LONGEST:,}")
    return found


def difference(before: Definition | None, now: Definition | None) -> str:
    """What has changed in a definition, line by line, with nothing hidden; None stands for no such tool."""
    from difflib import unified_diff

    old, new = (_lines(each) for each in (before, now))
    return "\n".join(unified_diff(old, new, "accepted", "offered now", lineterm="", n=2))


def _lines(definition: Definition | None) -> list[str]:
    if definition is None:
        return []
    rest = {key: value for key, value in definition.as_json().items() if key != "description"}
    shown = escaped(json.dumps(rest, indent=2, ensure_ascii=False, sort_keys=True))
    return [*escaped(definition.description).splitlines(), *shown.splitlines()]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}\n[cut here: {most:,} of {len(text):,} characters]"


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _cut(without_hidden(item), LONGEST // 4) if key in _SAID and isinstance(item, str) else _cleaned(item)
            for key, item in value.items()
        }
    return [_cleaned(item) for item in value] if isinstance(value, list | tuple) else value


def _binding(schema: Any, key: str = "") -> Iterator[str]:
    """The texts of a schema that cannot be cleaned, since arguments are judged by them: names, choices, patterns."""
    if isinstance(schema, str):
        if key not in _SAID:
            yield schema
    elif isinstance(schema, Mapping):
        for name, item in schema.items():
            yield str(name)
            yield from _binding(item, str(name))
    elif isinstance(schema, list | tuple):
        for item in schema:
            yield from _binding(item)


def _depth(value: Any) -> int:
    deepest, todo = 0, [(value, 1)]
    while todo:
        one, depth = todo.pop()
        deepest = max(deepest, depth)
        if depth > DEEPEST:
            return depth
        inner = one.values() if isinstance(one, Mapping) else one if isinstance(one, list | tuple) else ()
        todo.extend((item, depth + 1) for item in inner if isinstance(item, Mapping | list | tuple))
    return deepest
