"""Fills a JSON Schema with material from a text: what the rehearsal model gives where JSON is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.base.fitting import Patience
from engine.models.rehearsal import fields, pattern
from engine.models.rehearsal.choose import Choice, choose
from engine.models.rehearsal.language import stem, stems, words
from engine.models.rehearsal.schema import bounds, kind_of, merged, satisfies, sized, target, types_of, within
from engine.models.rehearsal.shape import Material
from engine.models.rehearsal.tables import Row, coerced, column

_DEPTH = 12
_DEEPEST = 60
"""Levels of references and alternatives in each other that are followed."""
_OPTIONAL_DEPTH = 4
"""Optional keys are filled down to this depth, so that a schema that contains itself comes to an end."""
_LIST = 3
_PARTS = 20_000
"""Parts of a schema that are filled; what is beyond them is left empty, however large a stranger's schema wants it."""
_DIFFERENT = 1_000
"""Items of a list without repetition."""


def _roots(name: str) -> frozenset[str]:
    """The stems of the words in a name such as `due_date`."""
    return frozenset(stem(word) for word in words(name.replace("_", " ")))


_SURE = _roots("confidence certainty probability likelihood")
_GOOD = _roots("valid ok okay approved pass passed complete success correct")
_WHY = _roots("reason explanation rationale why")
_MARKS = _roots("score rating grade quality")


def fill(schema: Mapping[str, Any], material: Material, choices: Mapping[str, str] | None = None) -> Any:
    """A JSON value that satisfies `schema`, from `material` wherever names match.

    Args:
        choices: answers with descriptions (S2): an enum of them, and a confidence and reason beside it, are decided
            by what fits the text.
    """
    choice = choose(f"{material.ask}\n{material.body}" if material.ask else material.body, choices) if choices else None
    return _Filler(schema, material, dict(choices or {}), choice).value(schema, "", 0)


@dataclass
class _Filler:
    root: Mapping[str, Any]
    material: Material
    choices: dict[str, str]
    choice: Choice | None
    left: int = _PARTS
    patience: Patience = field(init=False)
    places: dict[str, int] = field(default_factory=dict)
    """How often each field name was filled already: the next one takes the next piece of material."""

    def __post_init__(self) -> None:
        self.patience = Patience(self.root)

    def value(self, schema: Any, name: str, depth: int) -> Any:
        """A value for one part of the schema. `name` is the key under which it will stand."""
        if not isinstance(schema, Mapping):
            return fields.named(self.material, name, self._place(name))
        schema = self._resolved(schema)
        self.left -= 1
        if self.left < 0 or depth > _DEEPEST:
            return None
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), Sequence) and schema["enum"]:
            return self._enum(list(schema["enum"]), schema)
        for key in ("anyOf", "oneOf"):
            if isinstance(schema.get(key), Sequence) and schema[key]:
                return self._any(schema, key, name, depth)
        make = {
            "object": self._object, "array": self._array, "string": self._string, "number": self._number,
            "integer": self._number, "boolean": self._boolean,
        }.get(kind := kind_of(schema))  # fmt: skip
        if depth > _DEPTH and kind in ("object", "array"):
            return {} if kind == "object" else []
        return make(schema, name, depth) if make else None

    def _resolved(self, schema: Mapping[str, Any], depth: int = 0) -> Mapping[str, Any]:
        """`$ref` followed and `allOf` folded in."""
        for _ in range(8 if self.left > 0 and depth < _DEEPEST else 0):
            self.left -= 1
            if isinstance(ref := schema.get("$ref"), str):
                rest = {key: value for key, value in schema.items() if key != "$ref"}
                schema = {**target(self.root, ref), **rest}
            elif isinstance(parts := schema.get("allOf"), Sequence) and parts:
                whole = {key: value for key, value in schema.items() if key != "allOf"}
                for part in parts:
                    whole = merged(whole, self._resolved(part, depth + 1) if isinstance(part, Mapping) else {})
                schema = whole
            else:
                break
        return schema

    def _holds(self, schema: Mapping[str, Any], value: Any) -> bool:
        return satisfies(schema, value, self.root, self.patience)

    def _enum(self, options: list[Any], schema: Mapping[str, Any]) -> Any:
        if self.choice and self.choice.route in options:
            return self.choice.route
        spoken = {option: option for option in options if isinstance(option, str)}
        told = f"{self.material.ask} {self.material.body}"
        best = choose(told, spoken) if spoken else None
        if best and best.near:
            return best.route
        fitting = [option for option in options if self._holds(schema, option)]
        return (fitting or options)[0]

    def _any(self, schema: Mapping[str, Any], key: str, name: str, depth: int) -> Any:
        """The first alternative that holds, `null` last; nothing deeper than it must be."""
        base = {other: value for other, value in schema.items() if other != key}
        made: list[Any] = []
        options = sorted(schema[key], key=lambda option: isinstance(option, Mapping) and option.get("type") == "null")
        for option in reversed(options) if depth > _OPTIONAL_DEPTH else options:
            value = self.value(merged(base, option) if isinstance(option, Mapping) else base, name, depth + 1)
            if self._holds(schema, value):
                return value
            made.append(value)
        return made[0]

    def _object(self, schema: Mapping[str, Any], _name: str, depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        required = [key for key in schema.get("required", ()) if isinstance(key, str)]
        wanted = [key for key in properties if depth < _OPTIONAL_DEPTH or key in required]
        wanted += [key for key in required if key not in properties]
        most = schema.get("maxProperties", len(wanted))
        wanted = sorted(wanted, key=lambda key: key not in required)[: max(most, len(required))]
        extra = schema.get("additionalProperties", {})
        order = [key for key in (*properties, *required) if key in wanted]
        made = {key: self.value(properties.get(key, extra), key, depth + 1) for key in dict.fromkeys(order)}
        while len(made) < schema.get("minProperties", 0) and extra is not False and self.left > 0:
            key = f"item_{len(made) + 1}"
            made[key] = self.value(extra, key, depth + 1)
        return made

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        first = schema.get("prefixItems")
        first = list(first) if isinstance(first, Sequence) else []
        items = schema.get("items", {})
        least = min(schema.get("minItems", 0), _DIFFERENT if schema.get("uniqueItems") else _PARTS)
        size = max(least, len(first) or (_LIST if depth < _OPTIONAL_DEPTH else 0))
        size = min(size, schema.get("maxItems", size))
        if items is False:
            size = min(size, len(first))
        if (chosen := self._chosen(items)) is not None:
            return (chosen or ([self.value(items, name, depth + 1)] * min(least, 1)))[: schema.get("maxItems", 99)]
        if (rows := self._rows(items)) and len(rows) >= least:
            return rows[: schema.get("maxItems", len(rows))]
        single = name[:-1] if name.endswith("s") and not name.endswith("ss") else name
        made: list[Any] = []
        unique = bool(schema.get("uniqueItems"))
        for index in range(size * 8 if unique else size):
            item = self.value(first[index] if index < len(first) else items, single, depth + 1)
            if not unique or item not in made:
                made.append(item)
            if len(made) >= size:
                break
        return self._more(made, items, least) if unique else made

    def _rows(self, items: Any) -> list[Any]:
        """The rows of a table in the text, where objects with the names of its columns are asked for."""
        schema = self._resolved(items) if isinstance(items, Mapping) else {}
        properties = schema.get("properties")
        table = self.material.table
        if not isinstance(properties, Mapping) or not table:
            return []
        needed = schema.get("required") or list(properties)
        if not needed or sum(column(table[0], key) is not None for key in needed) * 2 < len(needed):
            return []
        return [{key: self._cell(row, key, properties[key]) for key in properties} for row in table]

    def _cell(self, row: Row, key: str, schema: Any) -> Any:
        part = self._resolved(schema) if isinstance(schema, Mapping) else {}
        found = column(row, key)
        if found in (None, "") and "null" in types_of(part):
            return None
        value = coerced(found, kind_of(part)) if found is not None else None
        return value if found is not None and self._holds(part, value) else self.value(part, key, _OPTIONAL_DEPTH)

    def _more(self, made: list[Any], items: Any, least: int) -> list[Any]:
        """Different items where the material repeats itself: other words of an enum, numbered texts, other numbers."""
        schema = self._resolved(items) if isinstance(items, Mapping) else {}
        options = [*schema.get("enum", ()), True, False, *range(1000)]
        texts = [f"{made[0]} {number}" for number in range(2, least + 2)] if made and isinstance(made[0], str) else []
        for option in [*texts, *options]:
            if len(made) >= least:
                break
            if not any(option is item or option == item for item in made) and self._holds(schema, option):
                made.append(option)
        return made

    def _chosen(self, items: Any) -> list[Any] | None:
        """All routes that fit, where a list of them is asked for (S2, `multi`)."""
        options = items.get("enum") if isinstance(items, Mapping) else None
        if self.choice is None or not options or not set(self.choices) & set(map(str, options)):
            return None
        return [route for route in self.choice.near if route in options]

    def _string(self, schema: Mapping[str, Any], name: str, _depth: int) -> str:
        roots = _roots(name)
        if self.choice and roots & _WHY:
            text = self.choice.reason
        elif self.choice and name in ("route", "choice", "label"):
            text = self.choice.route
        elif kind := fields.formatted(self.material.body, str(schema.get("format", ""))):
            return kind
        else:
            text = fields.named(self.material, name, self._place(name))
        if wanted := schema.get("pattern"):
            text = self._matching(str(wanted), text)
        return sized(text, schema, padded=not wanted)

    def _matching(self, wanted: str, text: str) -> str:
        found = [text, *(word for word in self.material.body.split() if len(word) < 80)][:2000]
        return next((word for word in found if pattern.fits(wanted, word)), "") or pattern.example(wanted)

    def _number(self, schema: Mapping[str, Any], name: str, _depth: int) -> float | int:
        whole = schema.get("type") == "integer" or "integer" in types_of(schema)
        low, high = bounds(schema, whole)
        roots = _roots(name)
        said = fields.number(self.material.body, name)
        if self.choice and roots & _SURE:
            said = self.choice.confidence
        elif said is None and roots & (_MARKS | _SURE):
            span = (low if low is not None else 0, high if high is not None else (1 if roots & _SURE else 10))
            said = span[0] + 0.8 * (span[1] - span[0])
        elif said is None:
            said = float(len(self.material.sentences)) if "count" in name else (low if low is not None else 1.0)
        return within(said, low, high, schema.get("multipleOf"), whole)

    def _boolean(self, _schema: Mapping[str, Any], name: str, _depth: int) -> bool:
        said = fields.labelled(self.material.body, name).lower()
        if said[:4] in ("true", "yes", "no", "fals"):
            return said.startswith(("t", "y"))
        roots = _roots(name)
        return bool(roots & _GOOD or roots & set(stems(self.material.body)))

    def _place(self, name: str) -> int:
        place = self.places.get(name, 0)
        self.places[name] = place + 1
        return place
