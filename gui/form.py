"""The form of one node, made from its kind's field descriptions; what is typed becomes undo steps of the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.base.pasted import pasted_in
from engine.graph import commands
from engine.graph.changes import Difference
from engine.kinds.fields import FormField, form_fields
from engine.kinds.registry import AnyKind, explain
from gui.field import FieldEditor, Place
from gui.views.form_rows import Fold, Grid, Row

if TYPE_CHECKING:
    from gui.studio import Studio


LAST = "Limits"
"""The section below all others: every kind has it, and few people open it."""


class Form(QWidget):
    """Edits the config of one node.

    Each part is made in the one around it: Qt looks at the style of all there is in a widget that finds its place late.
    """

    def __init__(
        self, studio: Studio, editors: Mapping[str, type[FieldEditor]], node: str, kind: AnyKind, around: QWidget
    ) -> None:
        super().__init__(around)
        self._studio, self._node, self._kind = studio, node, kind
        self._editors = editors
        self.rows: dict[str, Row] = {}
        self._folds: dict[str, Fold] = {}
        self._grids: list[Grid] = []
        self._fields = {field.name: field for field in form_fields(kind.Config)}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        groups: dict[str, list[FormField]] = {}
        for field in self._fields.values():
            groups.setdefault(field.group, []).append(field)
        for group, fields in sorted(groups.items(), key=lambda item: (item[0] != "", item[0] == LAST)):
            self._add_group(group, fields)
        self.refresh()

    def refresh(self, difference: Difference | None = None) -> None:
        """Shows what the document says now; edits of other nodes are none of its business."""
        if difference is not None and self._node not in difference.keys("nodes"):
            return
        node = self._studio.session.graph.nodes.get(self._node)
        if node is None:
            return
        for row in self.rows.values():
            name = row.field.name
            row.show_value(node.config.get(name, row.field.default), is_set=name in node.config)
        matter = {name for name, field in self._fields.items() if self._matters(field, node.config)}
        for grid in self._grids:
            grid.show_rows([row for row in grid.rows if row.field.name in matter])
        for fold in set(self._folds.values()):
            fold.setVisible(any(self._folds.get(name) is fold for name in matter))

    def _matters(self, field: FormField, config: Mapping[str, Any]) -> bool:
        """Whether a field has a meaning beside what the others say."""
        return all(config.get(name, self._fields[name].default) in values for name, values in field.when.items())

    def reveal(self, name: str) -> Row:
        """The row of a field; the section it stands in is opened, even if it does not matter now."""
        if name not in self.rows:
            self._folds[name].show()
            self._folds[name].head.setChecked(True)
        for grid in self._grids:
            if self.rows[name] in grid.rows and self.rows[name] not in grid.shown:
                grid.show_rows([row for row in grid.rows if row in grid.shown or row.field.name == name])
        return self.rows[name]

    def focus_first(self) -> None:
        """Puts the keyboard into the field that is edited most: the prompt, else the first one."""
        prompts = [row for row in self.rows.values() if row.field.name == "prompt"]
        first = (prompts or list(self.rows.values()))[:1]
        for row in first:
            row.editor.editor().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _row(self, field: FormField, grid: Grid) -> Row:
        place = Place(self._studio, self._node, field)
        row = Row(place, self._editors.get(field.widget, self._editors["json"]), grid)
        row.editor.edited.connect(lambda value: self._edit(row, value))
        row.editor.cleared.connect(lambda: self._reset(row, merge=True))
        row.reset.clicked.connect(lambda: self._reset(row, merge=False))
        self.rows[field.name] = row
        return row

    def _add_group(self, title: str, fields: list[FormField]) -> None:
        """The fields of a section: the main one stands open, others are built when they are opened."""
        if not title:
            self._column.addWidget(self._grid(fields, self))
            return
        node = self._studio.session.graph.nodes[self._node]
        fields = sorted(fields, key=lambda field: field.widget != "tools")  # which, before how they are used
        fold = Fold(self._studio, title, lambda fold: self._grid(fields, fold), self)
        self._folds.update({field.name: fold for field in fields})
        self._column.addWidget(fold)
        fold.head.setChecked(any(field.name in node.config for field in fields))

    def _grid(self, fields: list[FormField], around: QWidget) -> QWidget:
        """Rows of fields, narrow ones two beside each other."""
        grid = Grid(around)
        grid.rows = [self._row(field, grid) for field in fields]
        self._grids.append(grid)
        self.refresh()
        return grid

    def _edit(self, row: Row, value: Any) -> None:
        session, name = self._studio.session, row.field.name
        node = session.graph.nodes.get(self._node)
        if node is None:
            return
        wrong = self._wrong(node.config, name, value)
        row.say(wrong, "error")
        if wrong:
            return
        label = f"Edit {row.field.title.lower()} of “{node.name}”"
        after = commands.set_config(session.graph, self._node, {name: value})
        drawn = row.field.widget == "graph"  # its text may come from anywhere
        if session.commit(after, label, f"config:{self._node}:{name}", foreign=drawn):
            self._notice_key(row, value)

    def _reset(self, row: Row, *, merge: bool) -> None:
        session, name = self._studio.session, row.field.name
        node = session.graph.nodes.get(self._node)
        if node is None or name not in node.config:
            return
        row.say("", "error")
        after = commands.set_config(session.graph, self._node, {}, unset=[name])
        session.commit(
            after, f"Reset {row.field.title.lower()} of “{node.name}”", f"config:{self._node}:{name}" * merge
        )

    def _wrong(self, config: Mapping[str, Any], name: str, value: Any) -> str:
        """Why the kind does not take the value; faults of other fields do not stop this one."""
        try:
            self._kind.Config.model_validate({**config, name: value})
        except ValidationError as error:
            mine = [each for each in error.errors() if each["loc"][:1] in ((name,), ())]
            if any(each["loc"] for each in mine) or (mine and self._was_valid(config)):
                return explain(error)
        return ""

    def _was_valid(self, config: Mapping[str, Any]) -> bool:
        try:
            self._kind.Config.model_validate(config)
        except ValidationError:
            return False
        return True

    def _notice_key(self, row: Row, value: Any) -> None:
        for _, what in pasted_in(value):
            text = f"This looks like {what}. A graph file is shared: name the key instead, as secret://NAME."
            row.say(text, "warning")
            return
