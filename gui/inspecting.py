"""What hands can do with what the inspector shows of a run: open a link, change an output, look into an item."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from engine.base.errors import BatonError
from gui.dialogs.ask import ask
from gui.dialogs.edit_value import EditValue
from gui.following import look_inside
from gui.resuming import retry_failed, run_edited
from gui.views.rich_text import may_open

if TYPE_CHECKING:
    from gui.panels.inspector import Inspector
    from gui.studio import Studio


def follow(studio: Studio, inspector: Inspector) -> None:
    """Connects the tabs of an inspector."""
    inspector.output.link_asked.connect(lambda address: ask_link(studio, address))
    inspector.output.edit_asked.connect(lambda port: ask_edit(studio, inspector.node, port))
    inspector.parts.opened.connect(lambda number: look_inside(studio, inspector.node, number))
    inspector.parts.retry_asked.connect(lambda: retry_failed(studio))
    inspector.parts.stop_asked.connect(lambda number: stop_delegation(studio, inspector.node, number))


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
            value: Any = text if isinstance(was, str) else json.loads(text)
        except ValueError as error:
            session.say_error(BatonError(f"This is no JSON: {error}.", "Mend it, and run again."))
            return
        run_edited(studio, key, {port: value})

    text = was if isinstance(was, str) else json.dumps(was, indent=2, ensure_ascii=False)
    EditValue(studio.window, f"{session.title_of(key)} · {port}", text, changed).open()


def stop_delegation(studio: Studio, node: str, number: int) -> None:
    """Stops one delegation of a manager; the manager is told and goes on (S7)."""
    try:
        studio.session.stop_delegation(f"{studio.session.run_key(node)}[{number}]")
    except BatonError as error:
        studio.session.say_error(error)
