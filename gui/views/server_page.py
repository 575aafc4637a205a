"""One tool server: how it is reached, literally, how it stands, what it said, and the tools that it offers (T2, T4)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine.base.visible import escaped, visible
from gui.theme.wear import wear
from gui.views.growing_text import GrowingText
from gui.views.tool_card import ToolCard, label
from gui.widgets.pill import Pill
from gui.widgets.state_badge import StateBadge

if TYPE_CHECKING:
    from engine.run.servers import Listed
    from engine.tools.mcp.description import Description
    from engine.tools.mcp.pins import Judged
    from gui.studio import Studio

SHOWN: Final = 2_000
MOST_TOOLS: Final = 200
MOST_LINES: Final = 16
PLACES: Final = {"graph": "this graph", "settings": "all graphs"}
BLOCKED: Final = ("changed", "added")


class ServerPage(QWidget):
    """Signals: `edit_asked` and `remove_asked`."""

    edit_asked = Signal()
    remove_asked = Signal()

    def __init__(self, studio: Studio, server: Listed) -> None:
        super().__init__()
        self._studio, self._server = studio, server
        wear(self, role="page")
        self.buttons: dict[str, QPushButton] = {}
        self.cards: list[ToolCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2, 2, 12, 12)
        self._column.setSpacing(10)
        self._head()
        self._literal()
        self._buttons()
        self._said()
        self._tools()
        self._column.addStretch(1)

    def _head(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(self._server.name, "title"), 1)
        row.addWidget(Pill(self._studio.theme, PLACES[self._server.place]))
        row.addWidget(StateBadge(self._studio.icons, *standing(self._studio, self._server)))
        self._column.addLayout(row)
        if self._server.hidden:
            self._say("Another server of this name stands in the graph and counts before this one.", "warning")
        if self._server.inside:
            self._say("It stands in a graph inside this one, and is changed there.", "muted")

    def _literal(self) -> None:
        """What would be started or reached, to the letter."""
        described = self._server.description
        if described is None:
            self._say(self._server.problem, "error")
            self._well([json.dumps(self._server.written, ensure_ascii=False, default=str)], "What is written")
            return
        self._well(lines_of(described), "What is started or reached")

    def _buttons(self) -> None:
        servers, server, row = self._studio.servers, self._server, QHBoxLayout()
        row.setSpacing(8)
        if servers.looking(server):
            self._button(row, "Stop", lambda: servers.stop(server))
        elif server.description is not None:
            known = servers.found(server) is not None
            self._button(row, "Look again" if known else "Start and look", lambda: servers.look(server), primary=True)
        found = servers.found(server)
        if found is not None and any(each.state in (*BLOCKED, "gone") for each in found.tools):
            self._button(row, "Accept as it is now", lambda: servers.accept(server))
        if not server.inside:
            self._button(row, "Edit…", self.edit_asked.emit)
            self._button(row, "Remove", self.remove_asked.emit)
        row.addStretch(1)
        self._column.addLayout(row)

    def _said(self) -> None:
        """What it says of itself, what went wrong, and how it fares in the run."""
        found, run = self._studio.servers.found(self._server), self._studio.servers.in_run(self._server)
        if found is not None and found.told:
            told = {key: visible(str(found.told.get(key) or ""), 80) for key in ("name", "version", "protocol")}
            self._say(f"It says that it is {told['name'] or 'nobody'} {told['version']}, "
                      f"and speaks MCP of {told['protocol'] or 'an unknown day'}.", "muted")  # fmt: skip
        if found is not None and found.problem:
            self._say(found.problem, "error")
        if run:
            again = int(run.get("again") or 0)
            words = {"starting": "is being started", "ready": "runs", "failed": "has failed"}.get(str(run.get("state")))
            more = f"; it was started anew {again} time{'' if again == 1 else 's'}" if again else ""
            self._say(f"In the run that is shown it {words or 'was used'}{more}.", "muted")
            if run.get("state") == "failed":
                self._say(str(run.get("reason", "")), "error")
        log = str(run.get("log") or "") or (found.log if found is not None else "")
        if log.strip():
            self._say("The end of what it wrote:", "field")
            self._well(escaped(log[-SHOWN:]).strip().split("\n"), "Its log")

    def _tools(self) -> None:
        tools = known_tools(self._studio, self._server)
        if tools is None:
            if self._server.description is not None and not self._studio.servers.found(self._server):
                self._say("It was never used: look at it to see its tools. Nothing starts before you ask for it.",
                          "muted")  # fmt: skip
            return
        looked = self._studio.servers.found(self._server) is not None
        blocked = sum(each.state in BLOCKED for each in tools)
        count = f"{len(tools)} tool{'' if len(tools) == 1 else 's'}" + (f", {blocked} blocked" if blocked else "")
        self._say(count if looked else f"{count}, as they were accepted", "field")
        ordered = sorted(tools, key=lambda each: each.usable)
        self.cards = [ToolCard(self._studio.theme, each) for each in ordered[:MOST_TOOLS]]
        for card in self.cards:
            self._column.addWidget(card)
        if len(tools) > MOST_TOOLS:
            self._say(f"… and {len(tools) - MOST_TOOLS} more", "muted")

    def _say(self, words: str, role: str) -> None:
        self._column.addWidget(label(words, role))

    def _well(self, lines: Iterable[str], name: str) -> None:
        well = GrowingText(1, MOST_LINES)
        well.setReadOnly(True)
        well.setAccessibleName(name)
        wear(well, mono=True)
        well.setPlainText("\n".join(visible(line, SHOWN) for line in lines))
        self._column.addWidget(well)

    def _button(self, row: QHBoxLayout, words: str, do: Callable[[], object], *, primary: bool = False) -> None:
        made = self.buttons[words] = QPushButton(words)
        made.setAutoDefault(False)
        made.setAccessibleName(f"{words.rstrip('…')}: {self._server.name}")
        if primary:
            wear(made, look="primary")
        made.clicked.connect(lambda: do())
        row.addWidget(made)


def lines_of(described: Description, *, folder: bool = True) -> list[str]:
    """A server to the letter: each argument in its quotes, the environment, the folder; or the address and headers."""
    pairs = [f"{name}={value}" for name, value in described.env.items()]
    pairs += [f"{name}: {value}" for name, value in described.headers.items()]
    if described.url:
        return [described.url, *pairs]
    words = (json.dumps(each, ensure_ascii=False) for each in described.args)
    return [
        " ".join((described.command, *words)),
        *pairs,
        *([f"in {described.cwd}"] if described.cwd and folder else []),
    ]


def known_tools(studio: Studio, server: Listed) -> list[Judged] | None:
    """The tools as they were found now, else as they were accepted before; None when nothing is known."""
    from engine.tools.mcp.pins import Judged

    found = studio.servers.found(server)
    if found is not None and not found.problem:
        return list(found.tools)
    accepted = studio.servers.accepted(server)
    return None if accepted is None else [Judged(each, "accepted") for each in accepted.values()]


def standing(studio: Studio, server: Listed) -> tuple[str, str]:
    """A glyph and a word or two for how a server stands."""
    servers = studio.servers
    found, state = servers.found(server), servers.in_run(server).get("state")
    if server.description is None:
        return "failed", "not usable"
    if servers.looking(server) or state == "starting":
        return "running", "starting"
    if found is not None and found.problem:
        return "failed", "failed"
    if found is not None and any(each.state in BLOCKED for each in found.tools):
        return "retry", "changed"
    if studio.session.running and state in ("ready", "failed"):
        return ("running", "runs") if state == "ready" else ("failed", "failed")
    if found is not None:
        return "ok", f"{sum(each.usable for each in found.tools)} tools"
    known = servers.accepted(server)
    return ("queued", "never used") if known is None else ("queued", f"{len(known)} tools")
