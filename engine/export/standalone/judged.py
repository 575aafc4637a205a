"""Which words of a JSON Schema exported programs do not judge by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_WORDS: Final = frozenset({
    "if", "contains", "propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties",
    "unevaluatedItems", "$dynamicRef",
})  # fmt: skip
_NAMED: Final = ("properties", "patternProperties", "$defs", "definitions")
_LISTED: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE: Final = ("items", "additionalProperties", "not")


def unjudged(schema: Any) -> list[str]:
    """The words in a schema that a program passes over, in order, each once."""
    return sorted(set(_passed_over(schema)))


def _passed_over(schema: Any) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    yield from _WORDS & schema.keys()
    ref = str(schema.get("$ref", "#"))
    if ref != "#" and not ref.startswith("#/"):
        yield "$ref"
    below = [schema[word] for word in _SINGLE if word in schema]
    below += [each for word in _NAMED if isinstance(schema.get(word), Mapping) for each in schema[word].values()]
    below += [each for word in _LISTED if isinstance(schema.get(word), list | tuple) for each in schema[word]]
    for each in below:
        yield from _passed_over(each)
