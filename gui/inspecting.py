"""What hands can do with what the inspector shows of a run: open a link, change an output, look into an item."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from engine.base.errors import BatonError
from engine.base.incoming import read_json
from engine.plan.ports import ports_of
from gui.bodies import is_container
from gui.dialogs.ask import ask
from gui.dialogs.edit_value import EditValue
from gui.following import look_inside
from gui.resuming import retry_failed, run_edited
from gui.views.rich_text import may_open

if TYPE_CHECKING:
    from gui.panels.inspector import Inspector
    from gui.session import Session
    from gui.studio import Studio
    from gui.views.inspector_tabs import OutputTab
    from gui.views.parts_tab import PartsTab


def follow_output(studio: Studio, inspector: Inspector, tab: OutputTab) -> None:
    """Connects the tab with what the inspected node gave."""
    tab.link_asked.connect(lambda address: ask_link(studio, address))
    tab.edit_asked.connect(lambda port: ask_edit(studio, inspector.node, port))


def follow_parts(studio: Studio, inspector: Inspector, tab: PartsTab) -> None:
    """Connects the tab with the parts of the inspected node."""
    tab.opened.connect(lambda number: look_into(studio, inspector.node, number))
    tab.retry_asked.connect(lambda: retry_failed(studio))
    tab.stop_asked.connect(lambda key: order(studio, lambda: studio.session.stop_delegation(key)))
    tab.redirect_asked.connect(
        lambda key, message, to: order(studio, lambda: studio.session.redirect(key, message, to))
    )
    tab.look_asked.connect(studio.session.show_node)


def ask_link(studio: Studio, address: str) -> None:
    """Shows the whole address of a link from a model; it is opened only once a person has seen it (T7)."""
    open_it = ["Open it in the browser"] if may_open(address) else []

    def answered(answer: str) -> None:
        if answer == "Copy the address":
            QGuiApplication.clipboard().setText(address)
        elif answer in open_it:
            QDesktopServices.openUrl(QUrl(address))

    title = "Open this address?" if open_it else "This link leads nowhere on the web"
    ask(studio.window, title, address, [*open_it, "Copy the address", "Cancel"], answered)


def ask_edit(studio: Studio, node: str, port: str) -> None:
    """Lets a person change what a node gave, and runs on from it."""
    session = studio.session
    key, view = session.run_key(node), session.run_view
    known = view.nodes.get(key) if view is not None else None
    if known is None or port not in known.outputs:
        return
    was = known.outputs[port]

    def changed(text: str) -> None:
        try:
            value: Any = text if isinstance(was, str) else read_json(text)
        except ValueError as error:
            session.say_error(BatonError(f"This cannot be run with: it is {error}.", "Mend it, and run again."))
            return
        run_edited(studio, key, {port: value})

    text = was if isinstance(was, str) else json.dumps(was, indent=2, ensure_ascii=False)
    EditValue(studio.window, f"{session.title_of(key)} · {port}", text, changed).open()


def look_into(studio: Studio, node: str, number: int) -> None:
    """Enters a container at one of its parts; a delegation is shown beside its list instead."""
    if is_container(studio.session, node):
        look_inside(studio, node, number)


def team_of(session: Session, node: str) -> list[str]:
    """The specialists of a manager of the graph shown."""
    ports = ports_of(session.graph, session.kinds, node)
    out = {port.name for port in ports.outputs if port.delegates} if ports else set()
    edges = session.graph.edges.values() if out else ()
    return [edge.target for edge in edges if edge.source == node and edge.source_port in out]


def order(studio: Studio, do: Callable[[], object]) -> None:
    """Does something with a delegation; that it is over by now is said."""
    try:
        do()
    except BatonError as error:
        studio.session.say_error(error)
