"""A form for a value, made from its JSON Schema: what a person edits before it goes on (semantics.md S13)."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.base.incoming import judge, read_json
from engine.base.values import Value
from gui.theme.wear import wear
from gui.views.growing_text import GrowingText
from gui.widgets.number_field import Choice


class AnswerForm(QWidget):
    """Edits one value."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)

    @abstractmethod
    def value(self) -> Value:
        """What was entered. Raises ValueError with a sentence when it is no value."""


def form_for(schema: Mapping[str, Any] | None, value: Value, *, fixed: bool = False) -> AnswerForm:
    """The form that fits a schema; without one, what fits the value.

    Args:
        fixed: the value is only to be looked at.
    """
    wanted = schema or {}
    items = wanted.get("items")
    if fixed:
        return _Text(value, fixed=True)
    if _choices(wanted):
        return _One(wanted["enum"], value)
    if wanted.get("type") == "array" and isinstance(items, Mapping) and _choices(items):
        return _Several(items["enum"], value)
    if wanted.get("type") == "object" and isinstance(wanted.get("properties"), Mapping) and wanted["properties"]:
        return _Object(wanted["properties"], value, wanted.get("required") or ())
    if wanted.get("type") == "boolean":
        return _Switch(value)
    if wanted.get("type") in ("number", "integer"):
        return _Number(value, whole=wanted["type"] == "integer")
    return _Text(value, plain=wanted.get("type") == "string" or (not wanted and isinstance(value, str)))


def _choices(schema: Mapping[str, Any]) -> bool:
    return isinstance(schema.get("enum"), Sequence) and bool(schema["enum"])


class _One(AnswerForm):
    def __init__(self, choices: Sequence[Value], value: Value) -> None:
        super().__init__()
        self.box = Choice()
        for choice in choices:
            self.box.addItem(str(choice), choice)
        self.box.setCurrentIndex(max(0, list(choices).index(value) if value in choices else 0))
        self.column.addWidget(self.box)

    def value(self) -> Value:
        return self.box.currentData()


class _Several(AnswerForm):
    def __init__(self, choices: Sequence[Value], value: Value) -> None:
        super().__init__()
        chosen = value if isinstance(value, list) else []
        self.boxes = [(choice, QCheckBox(str(choice))) for choice in choices]
        for choice, box in self.boxes:
            box.setChecked(choice in chosen)
            self.column.addWidget(box)

    def value(self) -> Value:
        return [choice for choice, box in self.boxes if box.isChecked()]


class _Switch(AnswerForm):
    def __init__(self, value: Value) -> None:
        super().__init__()
        self.box = QCheckBox("Yes")
        self.box.setChecked(bool(value))
        self.column.addWidget(self.box)

    def value(self) -> Value:
        return self.box.isChecked()


class _Number(AnswerForm):
    def __init__(self, value: Value, *, whole: bool) -> None:
        super().__init__()
        self._whole = whole
        self.line = QLineEdit("" if value is None else str(value))
        self.column.addWidget(self.line)

    def value(self) -> Value:
        try:
            number = int(self.line.text()) if self._whole else float(self.line.text())
            judge(number)
        except ValueError:
            raise ValueError("A whole number is expected." if self._whole else "A number is expected.") from None
        return number


class _Text(AnswerForm):
    """Text as it is (`plain`), anything else as JSON."""

    def __init__(self, value: Value, *, plain: bool = False, fixed: bool = False) -> None:
        super().__init__()
        self._plain = plain
        self.area = GrowingText(1, 8)
        as_is = isinstance(value, str) and (plain or fixed)
        text = value if as_is else "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
        self.area.setPlainText(str(text))
        self.area.setReadOnly(fixed)
        wear(self.area, mono=not plain)
        self.column.addWidget(self.area)

    def value(self) -> Value:
        text = self.area.toPlainText()
        if self._plain or not text.strip():
            return text if self._plain else None
        try:
            return read_json(text)
        except ValueError as error:
            raise ValueError(f"It is {error}.") from None


class _Object(AnswerForm):
    """A field for each property; what was not given, need not be, and stays empty is no part of the value."""

    def __init__(self, properties: Mapping[str, Any], value: Value, required: Sequence[str]) -> None:
        super().__init__()
        given = value if isinstance(value, dict) else {}
        self._spare: dict[str, Value] = {}
        spare = set(properties) - set(given) - set(required) if isinstance(value, dict) else ()
        self.parts: dict[str, AnswerForm] = {}
        self._titles: dict[str, str] = {}
        for name, schema in properties.items():
            part = schema if isinstance(schema, Mapping) else {}
            self._titles[name] = str(part.get("title") or name)
            label = QLabel(self._titles[name])
            about = QLabel(str(part.get("description") or ""))
            for words, role in ((label, "field"), (about, "muted")):
                words.setTextFormat(Qt.TextFormat.PlainText)
                words.setWordWrap(True)
                wear(words, role=role)
            about.setVisible(bool(about.text()))
            self.parts[name] = form_for(part, given.get(name))
            if name in spare:
                self._spare[name] = _untouched(self.parts[name])
            for each in (label, about, self.parts[name]):
                self.column.addWidget(each)

    def value(self) -> Value:
        kept = (name for name, part in self.parts.items() if not self._is_spare(name, part))
        return {name: self._value_of(name) for name in kept}

    def _value_of(self, name: str) -> Value:
        try:
            return self.parts[name].value()
        except ValueError as wrong:
            said = str(wrong)
            raise ValueError(f"“{self._titles[name]}”: {said[:1].lower()}{said[1:]}") from None

    def _is_spare(self, name: str, part: AnswerForm) -> bool:
        return name in self._spare and _untouched(part) == self._spare[name]


def _untouched(part: AnswerForm) -> Value:
    """What stands in a form, also where that is no value; to tell whether a person has changed it."""
    if isinstance(part, _Number):
        return part.line.text()
    if isinstance(part, _Object):
        return [_untouched(each) for each in part.parts.values()]
    return part.area.toPlainText() if isinstance(part, _Text) else part.value()
