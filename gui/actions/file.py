"""The File menu: new, open, an address, recent, save, versions, share, close."""

from __future__ import annotations

from pathlib import Path

from gui import sharing
from gui.action import Action, nothing
from gui.dialogs.address import ask_address
from gui.studio import Studio

ORDER = 10


def _recent(studio: Studio) -> list[Action]:
    return [_open(path) for path in studio.state.recent]


def _open(path: Path) -> Action:
    title = path.name.removesuffix(".baton.json")
    return Action(f"recent.{path}", f"{title}   {path.parent}", lambda studio: studio.filing.open(path), icon="graph")


def _changed(studio: Studio) -> bool:
    return not studio.session.clean or studio.session.path is None


def _tabbed(studio: Studio) -> bool:
    return studio.window.frame is not None


def _step(studio: Studio, by: int) -> None:
    if studio.window.frame is not None:
        studio.window.frame.step(by)


def _part(studio: Studio) -> None:
    if studio.window.frame is not None:
        studio.window.frame.part(studio.window)


def _patterns(studio: Studio) -> None:
    from gui.dialogs.templates import show_templates

    show_templates(studio)


def _keep_selection(studio: Studio) -> None:
    from gui.dialogs.templates import keep_selection

    keep_selection(studio)


def _versions(studio: Studio) -> None:
    from gui.dialogs.versions import show_versions

    show_versions(studio)


ACTIONS = [
    Action("file.new", "New graph", lambda s: s.filing.new(), ("Ctrl+N",), menu="File", section=1, icon="new"),
    Action("file.pattern", "New from a pattern…", _patterns, ("Ctrl+Alt+N",), menu="File", section=1,
           icon="template"),
    Action("file.open", "Open…", lambda s: s.filing.ask_open(), ("Ctrl+O",), menu="File", section=1, icon="open"),
    Action("file.address", "Open address…", ask_address, menu="File", section=1, icon="external"),
    Action(
        "file.recent", "Open recent", nothing, menu="File", section=1, icon="history", choices=_recent,
        when=lambda s: bool(s.state.recent),
    ),
    Action("file.save", "Save", lambda s: s.filing.save(), ("Ctrl+S",), _changed, "File", 2, "save"),
    Action("file.save_as", "Save as…", lambda s: s.filing.ask_save(), ("Ctrl+Shift+S",), menu="File", section=2),
    Action("file.keep_template", "Save the selection as a template…", _keep_selection, (),
           lambda s: bool(s.session.selection), "File", 2, "template", context=True),
    Action(
        "file.versions", "Versions…", _versions, menu="File", section=2, icon="history",
        when=lambda s: bool(s.session.whole.nodes),
    ),
    Action(
        "file.share", "Share", nothing, menu="File", section=3, icon="share", choices=sharing.choices,
        when=lambda s: bool(s.session.whole.nodes),
    ),
    Action("file.window", "New window", lambda s: s.open_window(), ("Ctrl+Shift+N",), menu="File", section=4),
    Action("file.tab", "New tab", lambda s: s.open_tab(), ("Ctrl+T",), menu="File", section=4),
    Action("file.next_tab", "Next tab", lambda s: _step(s, 1), ("Ctrl+Tab", "Ctrl+PgDown"), _tabbed, "File", 4),
    Action("file.last_tab", "Tab before", lambda s: _step(s, -1), ("Ctrl+Shift+Tab", "Ctrl+PgUp"), _tabbed, "File", 4),
    Action("file.part_tab", "Move the tab to a window of its own", _part, (), _tabbed, "File", 4),
    Action("file.close", lambda s: "Close tab" if _tabbed(s) else "Close window",
           lambda s: s.window.close(), ("Ctrl+W", "Ctrl+Q"), menu="File", section=4),
]  # fmt: skip
