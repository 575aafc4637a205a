"""The inspector: what is selected, its set-up as a form, and what it did in the run that is watched."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.graph import commands
from engine.graph.changes import Difference
from engine.run.events import Event
from engine.run.view import NodeView
from gui.bridge.cells import delegates
from gui.field import FieldEditor, load_fields
from gui.form import Form
from gui.inspecting import follow_output, follow_parts, team_of
from gui.paced import Paced
from gui.panel import Panel, PanelWidget
from gui.resuming import can_resume, can_retry, can_run_from
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.graph_form import GraphForm
from gui.views.inside_page import InsidePage
from gui.views.inspector_tabs import OutputTab, SaidTab
from gui.views.last_runs import LastRuns
from gui.views.messages import conversation, tools_used
from gui.views.node_state import glyph_of, words_of
from gui.views.parts_tab import PartsTab
from gui.widgets.empty_state import EmptyState
from gui.widgets.pages import Pages
from gui.widgets.scrolled import BAR, Scrolled
from gui.widgets.state_badge import StateBadge
from gui.widgets.tabs import UnderlineTabs

PARTS, PASSES, TASKS = "Items", "Passes", "Tasks"
"""What the last tab is called: for a map, a loop and a manager."""
TABS = ("Set-up", "Output", "Messages", "Tools", PARTS)


class Inspector(PanelWidget):
    """Follows the selection."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        super().__init__(around)
        self._studio = studio
        self.node = ""
        self.form: Form | None = None
        self.title = Title(studio)
        self.badge = StateBadge(studio.icons)
        self.icon = QLabel()
        self.tabs = UnderlineTabs(studio.theme, TABS, line=True)
        self.setup = Scrolled()
        tabs = (
            lambda _: self.setup, lambda _: self.output, lambda _: self.messages, lambda _: self.used,
            lambda _: self.parts,
        )  # fmt: skip
        self._pages = Pages(dict(zip(TABS, tabs, strict=True)))
        self._whole = Pages(
            {
                "node": self._chosen,
                "several": self._several,
                "graph": self._graph,
                "inside": lambda _: InsidePage(studio),
            }
        )
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._build)
        self._paced = Paced(self._show_run, self, studio.session.turns)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._whole)
        self._connect()
        self._selected()

    @cached_property
    def output(self) -> OutputTab:
        """What the node gave."""
        made = OutputTab(self._studio.icons)
        follow_output(self._studio, self, made)
        return made

    @cached_property
    def messages(self) -> SaidTab:
        """What was said between the node and its model."""
        said = "What was sent to the model, and what it answered, once the node has run."
        return SaidTab(self._studio.icons, "chat", "No messages yet", said)

    @cached_property
    def used(self) -> SaidTab:
        """The tools that were called."""
        return SaidTab(self._studio.icons, "tool", "No tools used", "Calls of tools stand here once there are some.")

    @cached_property
    def parts(self) -> PartsTab:
        """The items, passes or tasks of a container."""
        made = PartsTab(self._studio.icons)
        follow_parts(self._studio, self, made)
        return made

    @cached_property
    def _editors(self) -> Mapping[str, type[FieldEditor]]:
        return load_fields()

    def rename(self) -> None:
        """Puts the keyboard into the title."""
        self.title.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.title.selectAll()

    def edit_first(self) -> None:
        """Puts the keyboard into the first field."""
        self.tabs.setCurrentIndex(0)
        if self._soon.isActive():
            self._build()
        if self.form is not None:
            self.form.focus_first()

    def _chosen(self, around: QWidget) -> QWidget:
        head = QHBoxLayout()
        head.setSpacing(8)
        for part, stretch in ((self.icon, 0), (self.title, 1), (self.badge, 0)):
            head.addWidget(part, stretch)
        chosen, above = QWidget(around), QVBoxLayout()
        above.setContentsMargins(0, 0, BAR, 0)
        above.setSpacing(4)
        above.addLayout(head)
        above.addWidget(self.tabs)
        column = QVBoxLayout(chosen)
        column.setContentsMargins(18, 12, 18 - BAR, 0)
        column.setSpacing(4)
        column.addLayout(above)
        self._pages.show_page(TABS[self.tabs.currentIndex()])
        column.addWidget(self._pages, 1)
        return chosen

    def _graph(self, around: QWidget) -> QWidget:
        area = Scrolled(around=around)
        area.setWidget(GraphForm(self._studio, area.viewport()))
        return area

    def _several(self, around: QWidget) -> QWidget:
        from gui.views.several import Several

        return Scrolled(Several(self._studio), around)

    def _connect(self) -> None:
        session = self._studio.session
        session.selection_changed.connect(self._selected)
        session.replaced.connect(self._selected)
        session.changed.connect(self._changed)
        session.run_changed.connect(self._show_run)
        session.scope_changed.connect(self._show_run)
        session.run_ticked.connect(self._ticked)
        session.moment_changed.connect(lambda _: self._show_run())
        self.tabs.currentChanged.connect(lambda index: self._pages.show_page(TABS[index]))
        self.tabs.currentChanged.connect(lambda _: self._show_run())
        self._studio.theme.changed.connect(self._show_head)

    def _selected(self) -> None:
        session = self._studio.session
        chosen = session.selection
        self.node = next(iter(chosen)) if len(chosen) == 1 else ""
        self._whole.show_page("node" if self.node else "several" if chosen else "inside" if session.inside else "graph")
        self._soon.start()  # the canvas shows the selection first: a form takes longer than a frame
        self._show_head()
        self._show_run()

    def _build(self) -> None:
        """A form for what is selected now; an unknown kind says that it is kept as it is."""
        self._soon.stop()
        if not self.node and self.form is None:
            return
        page = QWidget(self.setup.viewport())
        wear(page, role="page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 12, 0, 16)
        column.setSpacing(16)
        self.form = None
        node = self._studio.session.graph.nodes.get(self.node)
        kind = self._studio.session.kinds.get(node.kind) if node else None
        if node is not None and kind is not None:
            self.form = Form(self._studio, self._editors, self.node, kind, page)
            column.addWidget(self.form)
            last = LastRuns(self._studio)
            column.addWidget(last)
            last.show_node(self._studio.session.run_key(self.node) or self.node)
        elif node is not None:
            text = f"This version of Baton does not know the kind “{node.kind}”. It is kept as it is in the file."
            column.addWidget(EmptyState(self._studio.icons, "unknown", "Unknown kind", text))
        column.addStretch(1)
        self.setup.setWidget(page)
        # Texts know their height once they have their width: the form is laid out with it before it is first painted.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)

    def _changed(self, difference: Difference) -> None:
        if not self.node:
            return
        changed = next((c for c in difference.changes if c.table == "nodes" and c.key == self.node), None)
        if changed is not None and changed.before and changed.after:
            if changed.before.record.kind != changed.after.record.kind:
                self._build()
            elif self.form is not None:
                self.form.refresh(difference)
            self._show_head()

    def _show_head(self) -> None:
        node = self._studio.session.graph.nodes.get(self.node)
        if node is None:
            return
        kind = self._studio.session.kinds.get(node.kind)
        icon = kind.icon if kind else "unknown"
        self.icon.setPixmap(self._studio.icons.pixmap(icon, self._studio.theme.px(18), f"kind:{icon}"))
        self.title.show_node(node.id, node.title)

    def _ticked(self, events: list[Event]) -> None:
        if self.badge.status == "running" or self.node in {event.node for event in events}:
            self._paced.ask()

    def _node_view(self) -> NodeView | None:
        view = self._studio.session.run_seen
        return view.nodes.get(self._studio.session.run_key(self.node)) if view and self.node else None

    def _blamed(self, node: NodeView | None) -> str:
        """What people call the node whose failure this one was skipped for; "" when it was not."""
        if node is None or not node.blocked_by:
            return ""
        return self._studio.session.name_of(node.key.removesuffix(node.node) + node.blocked_by)

    def _show_run(self) -> None:
        """Only the tab in front is brought up to date: this is called once a frame."""
        view, node = self._studio.session.run_seen, self._node_view()
        if view is None or node is None:
            self.badge.set_state("")
        else:
            self.badge.set_state(glyph_of(node), words_of(node, view, self._studio.session.seen_now()))
        if not self.node:
            return
        said = conversation(node) if node else []
        used = tools_used(node) if node else []
        self.tabs.set_count("Messages", len(said))
        self.tabs.set_count("Tools", len(used))
        self._show_parts_tab(node)
        if self._pages.front == "Output":
            editable = node is not None and node.settled and can_run_from(self._studio)
            self.output.show_node(node, editable=editable, blamed=self._blamed(node))
        elif self._pages.front == "Messages":
            self.messages.show_said(said)
            self.messages.show_raw(node.sent if node else None)
        elif self._pages.front == PARTS and node is not None:
            now = self._studio.session.seen_now()
            failed = any(part.status == "failed" for part in node.parts.values())
            self.parts.show_node(
                node, now, can_retry=failed and (can_retry(self._studio) or can_resume(self._studio)),
                delegations=view.delegations if view else {}, nodes=view.nodes if view else {},
                team=team_of(self._studio.session, self.node),
                live=self._studio.session.running and self._studio.session.moment is None,
            )  # fmt: skip
        elif self._pages.front == "Tools":
            self.used.show_said(used)

    def _show_parts_tab(self, node: NodeView | None) -> None:
        """The last tab is there for containers that have begun something."""
        index, count = len(TABS) - 1, len(node.parts) if node else 0
        self.tabs.setTabVisible(index, count > 0)
        words = PARTS if node is None else TASKS if delegates(node) else PASSES if node.first else PARTS
        if self.tabs.tabText(index) != words:
            self.tabs.setTabText(index, words)
        self.tabs.set_count(words, count)
        if not count and self.tabs.currentIndex() == index:
            self.tabs.setCurrentIndex(1)


class Title(QLineEdit):
    """The node's title, edited in place; its id shows where it has none."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._node = ""
        self.setProperty("look", "title")
        self.setAccessibleName("Title of the node")
        self.setToolTip("Title (F2)")
        self.textEdited.connect(self._typed)
        self.returnPressed.connect(lambda: studio.canvas.setFocus())

    def show_node(self, node: str, title: str) -> None:
        """Shows a node's title; what is being typed is left alone."""
        self._node = node
        self.setPlaceholderText(node)
        if title != self.text():
            self.setText(title)
            self.setCursorPosition(0)  # a long one is seen from its beginning

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.ignore()
        return super().event(event)

    def _typed(self, text: str) -> None:
        session = self._studio.session
        if self._node in session.graph.nodes:
            after = commands.set_title(session.graph, self._node, text.strip())
            session.commit(after, f"Rename “{session.graph.nodes[self._node].name}”", f"title:{self._node}")


PANEL = Panel("inspector", "Inspector", "right", 0, Inspector)
