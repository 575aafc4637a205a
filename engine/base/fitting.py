"""Whether a value fits a JSON Schema that anybody may have written: nothing is fetched, no pattern takes for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from engine.base.values import Value


def misfit(data: Value, schema: Mapping[str, Any]) -> str:
    """Why a value does not fit a JSON Schema, in one clause; "" when it does.

    Nothing that a `$ref` names is fetched (T1), and patterns are searched in linear time, whatever they are.
    """
    from referencing.exceptions import Unresolvable

    try:
        errors = sorted(_judge(schema).iter_errors(data), key=lambda error: len(error.absolute_path))
    except Unresolvable as error:
        return f"the schema refers to “{error.ref[:80]}”, which is not in it"
    except RecursionError:
        return "the schema or the answer is nested without end"
    if not errors:
        return ""
    place = ".".join(str(part) for part in errors[0].absolute_path)
    return f"{place}: {errors[0].message}"[:300] if place else str(errors[0].message)[:300]


def bad_schema(schema: Mapping[str, Any]) -> str:
    """Why something is not a JSON Schema, in one sentence; "" when it is one."""
    from jsonschema import SchemaError

    try:
        _judge(schema).check_schema(dict(schema))
    except SchemaError as error:
        return f"The output schema is not valid: {error.message[:200]}."
    except RecursionError:
        return "The output schema is nested too deeply."
    return ""


def _judge(schema: Mapping[str, Any]) -> Any:
    from referencing import Registry

    # A registry of its own: the default one would fetch addresses out of the schema.
    nowhere: Registry[Any] = Registry()
    return _judges()(dict(schema), registry=nowhere)


@cache
def _judges() -> Any:
    """The class of validators; making it takes a millisecond."""
    from jsonschema import Draft202012Validator, validators

    made: Any = validators
    return made.extend(Draft202012Validator, {"pattern": _pattern, "patternProperties": _pattern_properties})


def _pattern(_validator: Any, wanted: str, instance: Value, _schema: Any) -> Iterator[Any]:
    """`pattern` by re2: Python's own search takes for ever on some patterns."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not _found(wanted, instance):
        yield ValidationError(f"{instance[:80]!r} does not match {wanted[:80]!r}")


def _pattern_properties(validator: Any, wanted: Mapping[str, Any], instance: Value, _schema: Any) -> Iterator[Any]:
    for pattern, inner in wanted.items():
        for key, value in instance.items() if isinstance(instance, dict) else ():
            if _found(pattern, key):
                yield from validator.descend(value, inner, path=key, schema_path=pattern)


def _found(pattern: str, text: str) -> bool:
    """Whether a text matches; a pattern that re2 cannot read (such as one that looks ahead) holds nobody to it."""
    import re2

    from engine.base import rules

    try:
        return rules.pattern(pattern).search(text) is not None
    except re2.error:
        return True
