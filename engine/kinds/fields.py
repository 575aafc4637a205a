"""A kind's config as data that a form can be made of: the studio knows field types, never kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Widget = Literal[
    "line", "text", "prompt", "number", "integer", "switch", "choice", "model", "models", "tool", "tools", "schema",
    "json", "rule", "routes", "retry", "seconds", "money", "list", "pairs", "card", "graph", "code", "folder",
    "value", "hidden",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hint:
    """How a config field wishes to be shown: the widget, the section of the form, and when it matters at all.

    `when` names other fields with the values that they must have: `{"strategy": ("judge",)}`. `semantic` says whether
    a node's results follow from it; else it may change and they are used again (S12).
    """

    widget: Widget
    group: str = ""
    when: Mapping[str, Sequence[str | bool]] = field(default_factory=dict)
    semantic: bool = True

    def extra(self) -> dict[str, Any]:
        """For `json_schema_extra` of a pydantic field."""
        when = {name: list(values) for name, values in self.when.items()}
        extra: dict[str, Any] = {"widget": self.widget, "group": self.group}
        return extra | ({"when": when} if when else {}) | ({} if self.semantic else {"semantic": False})


@dataclass(frozen=True, slots=True)
class FormField:
    """One row of a form.

    Attributes:
        name: the key in the config.
        widget: the sort of editor.
        group: the section it stands in; "" is the main one.
        choices: for `choice`, the values to choose from.
        default: what holds when the key is absent.
        when: other fields, and the values of theirs with which this one matters; else it is not shown.
    """

    name: str
    title: str
    widget: Widget
    group: str
    help: str
    default: Any
    choices: tuple[str, ...] = ()
    when: Mapping[str, Sequence[str | bool]] = field(default_factory=dict)


def form_fields(config: type[BaseModel]) -> list[FormField]:
    """The fields of a config in the order of a form: the kind's own first, then inherited ones, none hidden."""
    own = set(config.__annotations__)
    ordered = sorted(config.model_fields.items(), key=lambda item: item[0] not in own)
    rows = (_row(name, info) for name, info in ordered)
    return [row for row in rows if row.widget != "hidden"]


def _row(name: str, info: FieldInfo) -> FormField:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    default = info.get_default(call_default_factory=True)
    if isinstance(default, BaseModel):
        default = default.model_dump(by_alias=True)
    choices = _choices(info.annotation)
    widget: Any = extra.get("widget") or ("choice" if choices else _by_type(info.annotation))
    title = info.title or name.replace("_", " ").capitalize()
    when: Any = extra.get("when") or {}
    group, told = str(extra.get("group", "")), info.description or ""
    return FormField(info.alias or name, title, widget, group, told, default, choices, when)


def _choices(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(str(choice) for choice in get_args(annotation))
    for part in get_args(annotation):
        found = _choices(part)
        if found:
            return found
    return ()


def _by_type(annotation: Any) -> Widget:
    kinds = {annotation, *get_args(annotation)}
    for type_, widget in _WIDGETS:
        if type_ in kinds:
            return widget
    return "json"


_WIDGETS: tuple[tuple[type, Widget], ...] = ((bool, "switch"), (int, "integer"), (float, "number"), (str, "line"))
