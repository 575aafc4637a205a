"""Whether a value fits a JSON Schema that anybody may have written: nothing is fetched, no judgement takes for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any, Final

from engine.base.values import Value, canonical

WORK: Final = 10_000_000
"""Steps of about a microsecond that one judgement may take: a member that is looked at, or 64 signs of a text."""
_WORD: Final = 20
"""Steps of each word of the schema, and of each fault that is handed up by one."""
_LONG: Final = {"$ref": 100, "$dynamicRef": 100, "allOf": 50, "anyOf": 50, "oneOf": 50}
"""Steps of words that take longer."""
_SIGNS: Final = 64
_TOLD: Final = 300
_DEEP: Final = frozenset({"const", "enum", "uniqueItems"})
"""Words that compare values down to their last members."""


class TooMuch(ValueError):
    """A schema, or a value that is held against one, would take more work than any needs."""


def misfit(data: Value, schema: Mapping[str, Any]) -> str:
    """Why a value does not fit a JSON Schema, in one clause; "" when it does.

    Nothing that a `$ref` names is fetched (T1), and patterns are searched in linear time, whatever they are.
    """
    from referencing.exceptions import Unresolvable

    try:
        found = sorted(errors(data, schema), key=lambda error: len(error.absolute_path))
    except Unresolvable as error:
        return f"the schema refers to “{error.ref[:80]}”, which is not in it"
    except RecursionError:
        return "the schema or the answer is nested without end"
    except TooMuch:
        return "it takes too much work to hold it against the schema"
    except (AttributeError, TypeError, ValueError):
        return "the schema refers to a place in it where no schema is"
    if not found:
        return ""
    place = ".".join(str(part) for part in found[0].absolute_path)
    return f"{place}: {found[0].message}"[:_TOLD] if place else str(found[0].message)


def errors(data: Value, schema: Mapping[str, Any], patience: Patience | None = None) -> Iterator[Any]:
    """What is wrong with a value, one `ValidationError` of jsonschema after the other.

    Args:
        patience: what all judgements of one work may take together.

    Raises:
        Unresolvable, RecursionError, TooMuch: it cannot be told.
        AttributeError, TypeError, ValueError: a `$ref` leads to what is no schema.
    """
    from referencing import Registry

    # A registry of its own: the default one would fetch addresses out of the schema.
    nowhere: Registry[Any] = Registry()
    judge = _judges()(dict(schema), registry=nowhere, format_checker=patience or Patience(schema))
    yield from judge.iter_errors(data)


def bad_schema(schema: Mapping[str, Any]) -> str:
    """Why something is not a JSON Schema, in one sentence; "" when it is one."""
    from jsonschema import Draft202012Validator, SchemaError

    try:
        _judges().check_schema(dict(schema), format_checker=Patience({}, Draft202012Validator.FORMAT_CHECKER))
    except SchemaError as error:
        return f"The output schema is not valid: {error.message[:200]}."
    except RecursionError:
        return "The output schema is nested too deeply."
    except TooMuch:
        return "The output schema is too large."
    return ""


class Patience:
    """What is left of the work of a judgement. It travels in the place of a checker of formats, which jsonschema
    hands on to each part; without `formats` a format holds nobody to it."""

    def __init__(self, schema: Mapping[str, Any], formats: Any = None, work: int = WORK) -> None:
        self._schema, self._formats, self._left = schema, formats, work

    @cached_property
    def patterned(self) -> bool:
        """Whether the schema has patterns of names."""
        return _has(self._schema, "patternProperties")

    def spend(self, steps: int) -> None:
        """Takes some steps. Raises TooMuch when they are used up."""
        self._left -= steps
        if self._left < 0:
            raise TooMuch

    def check(self, instance: Value, name: str) -> None:
        """What jsonschema asks of a checker of formats; raises its FormatError."""
        if self._formats is not None:
            self._formats.check(instance, name)


@cache
def _judges() -> Any:
    """The class of validators; making it takes a millisecond."""
    from jsonschema import Draft202012Validator, validators

    made: Any = validators
    usual = Draft202012Validator.VALIDATORS
    words = {
        **usual, "pattern": _pattern, "patternProperties": _pattern_properties, "additionalProperties": _additional,
        "uniqueItems": _unique,
        **{word: _unevaluated(usual[word]) for word in ("unevaluatedProperties", "unevaluatedItems")},
    }  # fmt: skip
    return made.extend(Draft202012Validator, {word: _bounded(word, act) for word, act in words.items()})


def _bounded(word: str, act: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    """A word of the schema that takes its steps before it judges, and shortens what it says."""

    steps = _LONG.get(word, _WORD)

    def judged(validator: Any, wanted: Any, instance: Value, schema: Any) -> Iterator[Any]:
        patience: Patience = validator.format_checker
        patience.spend(steps)
        sizes = _members(wanted) + _members(instance) if word in _DEEP else _size(wanted) + _size(instance)
        patience.spend(sizes)
        for error in act(validator, wanted, instance, schema) or ():
            patience.spend(_WORD + len(error.message) // _SIGNS)  # it quotes the value, which may be huge
            error.message = error.message[:_TOLD]
            yield error

    return judged


def _size(value: Value) -> int:
    return len(value) // _SIGNS if isinstance(value, str) else len(value) if isinstance(value, list | dict) else 0


def _members(value: Value) -> int:
    """What it takes to compare a value down to its last member."""
    size, waiting = 0, [value]
    while waiting and size <= WORK:
        one = waiting.pop()
        size += 4 + _size(one)
        if isinstance(one, list | dict):
            waiting.extend(one.values() if isinstance(one, dict) else one)
    return size


def _pattern(_validator: Any, wanted: str, instance: Value, _schema: Any) -> Iterator[Any]:
    """`pattern` by re2: Python's own search takes for ever on some patterns."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not _found(wanted, instance):
        yield ValidationError(f"{instance[:80]!r} does not match {wanted[:80]!r}")


def _pattern_properties(validator: Any, wanted: Mapping[str, Any], instance: Value, _schema: Any) -> Iterator[Any]:
    for pattern, inner in wanted.items():
        for key, value in instance.items() if isinstance(instance, dict) else ():
            validator.format_checker.spend(1 + _size(key))
            if _found(pattern, key):
                yield from validator.descend(value, inner, path=key, schema_path=pattern)


def _additional(validator: Any, wanted: Any, instance: Value, schema: Mapping[str, Any]) -> Iterator[Any]:
    """`additionalProperties`, with the patterns beside it by re2."""
    from jsonschema import ValidationError

    if not isinstance(instance, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extras = [key for key in instance if key not in known]
    validator.format_checker.spend(len(extras) * len(patterns))
    extras = [key for key in extras if not any(_found(pattern, key) for pattern in patterns)]
    if isinstance(wanted, Mapping):
        for key in extras:
            yield from validator.descend(instance[key], wanted, path=key)
    elif not wanted and extras:
        named = ", ".join(repr(key[:80]) for key in extras[:5])
        if patterns:
            say = "does" if len(extras) == 1 else "do"
            told = ", ".join(repr(pattern[:80]) for pattern in sorted(patterns)[:5])
            yield ValidationError(f"{named} {say} not match any of the regexes: {told}")
        else:
            were = "was" if len(extras) == 1 else "were"
            yield ValidationError(f"Additional properties are not allowed ({named} {were} unexpected)")


def _unevaluated(act: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    """What is left over by all other words. It holds nobody to it in a schema with patterns of names: jsonschema would
    search them with Python's own search."""

    def judged(validator: Any, wanted: Any, instance: Value, schema: Any) -> Iterator[Any]:
        if not validator.format_checker.patterned:
            validator.format_checker.spend(_size(instance) ** 2 // _SIGNS)
            yield from act(validator, wanted, instance, schema) or ()

    return judged


def _unique(_validator: Any, wanted: Any, instance: Value, _schema: Any) -> Iterator[Any]:
    """`uniqueItems` in linear time: jsonschema holds each object against each other one."""
    from jsonschema import ValidationError

    if wanted and isinstance(instance, list) and len({canonical(item) for item in instance}) < len(instance):
        yield ValidationError("the list has non-unique elements")


def _has(value: Value, word: str) -> bool:
    """Whether a field of that name stands anywhere in a JSON value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            if word in one:
                return True
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return False


def _found(pattern: str, text: str) -> bool:
    """Whether a text matches; a pattern that re2 cannot read (such as one that looks ahead) holds nobody to it."""
    import re2

    from engine.base import rules

    try:
        return rules.pattern(pattern).search(text) is not None
    except re2.error:
        return True
