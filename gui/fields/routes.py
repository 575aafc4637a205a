"""The field for a router's routes: add, remove, reorder, name them, say when each is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from engine.base.ids import id_from, unique_id
from gui.field import FieldEditor, Place
from gui.theme.icons import Icons
from gui.theme.wear import wear
from gui.views.rule_row import RuleRow
from gui.widgets.add_list import AddList

TAKEN = ("default", "error")
"""Ports that a router has anyway."""


def new_route(routes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A route with an id of its own, which stays whatever its label becomes (semantics.md S2)."""
    taken = {*TAKEN, *(str(route.get("id", "")) for route in routes)}
    name = unique_id(id_from(f"route_{len(routes) + 1}"), taken)
    label = name.replace("_", " ").capitalize()
    return {"id": name, "label": label, "when": {"field": "", "op": "contains", "value": ""}}


class RoutesField(FieldEditor):
    """One card for each route."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._routes: list[dict[str, Any]] = []
        self.cards: list[RouteCard] = []
        self._list = AddList(self, place.studio.icons, "Add a route", 6)
        self.add = self._list.add
        self.add.clicked.connect(lambda: self._say([*self._routes, new_route(self._routes)]))

    def editor(self) -> QWidget:
        return self.cards[0].label if self.cards else self.add

    def set_value(self, value: Any) -> None:
        given = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
        self._routes = [dict(route) for route in given if isinstance(route, Mapping)]
        while len(self.cards) > len(self._routes):
            self._list.drop(self.cards.pop())
        while len(self.cards) < len(self._routes):
            self.cards.append(self._card(len(self.cards)))
        by_rules = self.place.config.get("mode", "rules") == "rules"
        for index, (card, route) in enumerate(zip(self.cards, self._routes, strict=True)):
            card.show_route(route, first=index == 0, last=index == len(self._routes) - 1, by_rules=by_rules)

    def _card(self, index: int) -> RouteCard:
        card = RouteCard(self.place.studio.icons)
        card.edited.connect(lambda values: self._change(index, values))
        card.moved.connect(lambda step: self._move(index, step))
        card.removed.connect(lambda: self._say([r for i, r in enumerate(self._routes) if i != index]))
        card.rule.doubted.connect(self.doubted)
        for line in (card.label, card.about, card.rule.path, card.rule.operand, card.rule.whole):
            self.give_undo_away(line)
        self._list.items.addWidget(card)
        return card

    def _change(self, index: int, values: Mapping[str, Any]) -> None:
        routes = list(self._routes)
        routes[index] = {**routes[index], **values}
        self._say(routes)

    def _move(self, index: int, step: int) -> None:
        routes = list(self._routes)
        routes.insert(index + step, routes.pop(index))
        self._say(routes)

    def _say(self, routes: list[dict[str, Any]]) -> None:
        self._routes = routes
        self.edited.emit(routes)


class RouteCard(QFrame):
    """One route. Signals: `edited` with what changed, `moved` up (-1) or down (1), `removed`."""

    edited = Signal(object)
    moved = Signal(int)
    removed = Signal()

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        wear(self, role="well")
        self.label, self.about, self.rule, self.id = QLineEdit(), QLineEdit(), RuleRow(), QLabel()
        self.label.setAccessibleName("Label of the route")
        self.about.setPlaceholderText("what belongs here, for the model")
        self.about.setAccessibleName("Description of the route")
        self.id.setToolTip("The port's name: it stays when the label changes")
        wear(self.id, role="mono_small")
        self.up, self.down = _tool(icons, "chevron_up", "Earlier"), _tool(icons, "chevron_down", "Later")
        self.remove = _tool(icons, "close", "Remove the route")
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.label, 1)
        for part in (self.id, self.up, self.down, self.remove):
            head.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.rule)
        column.addWidget(self.about)
        self.label.textEdited.connect(lambda text: self.edited.emit({"label": text}))
        self.about.textEdited.connect(lambda text: self.edited.emit({"description": text}))
        self.rule.edited.connect(lambda rule: self.edited.emit({"when": rule}))
        self.up.clicked.connect(lambda: self.moved.emit(-1))
        self.down.clicked.connect(lambda: self.moved.emit(1))
        self.remove.clicked.connect(self.removed)

    def show_route(self, route: Mapping[str, Any], *, first: bool, last: bool, by_rules: bool) -> None:
        """Shows a route; what is typed into is left alone when it says the same."""
        for line, key in ((self.label, "label"), (self.about, "description")):
            if line.text() != str(route.get(key, "")):
                line.setText(str(route.get(key, "")))
                line.setCursorPosition(0)
        self.label.setPlaceholderText(str(route.get("id", "")))
        self.id.setText(str(route.get("id", "")))
        self.rule.set_value(route.get("when"))
        self.rule.setVisible(by_rules)
        self.about.setVisible(not by_rules or bool(self.about.text()))
        self.up.setEnabled(not first)
        self.down.setEnabled(not last)


def _tool(icons: Icons, icon: str, words: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icons.icon(icon, "muted", 14))
    button.setToolTip(words)
    button.setAccessibleName(words)
    return button


FIELDS = {"routes": RoutesField}
