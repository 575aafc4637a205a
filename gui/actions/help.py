"""The Help menu: the palette, all keys, settings, about."""

from __future__ import annotations

from gui.action import Action
from gui.dialogs.about import show_about
from gui.studio import Studio

ORDER = 50


def _palette(studio: Studio) -> None:
    from gui.dialogs.palette import show_palette

    show_palette(studio)


def _keys(studio: Studio) -> None:
    from gui.dialogs.keys import show_keys

    show_keys(studio)


def _settings(studio: Studio) -> None:
    from gui.dialogs.settings import show_settings

    show_settings(studio)


def _welcome(studio: Studio) -> None:
    from gui.dialogs.welcome import show_welcome

    show_welcome(studio)


ACTIONS = [
    Action("help.welcome", "Welcome…", _welcome, menu="Help", section=3, icon="baton"),
    Action("help.palette", "Find anything…", _palette, ("Ctrl+K",), menu="Help", section=1, icon="search"),
    Action("help.keys", "All keys", _keys, ("?",), menu="Help", section=1, icon="key", place="canvas"),
    Action("help.settings", "Settings…", _settings, ("Ctrl+,",), menu="Help", section=2, icon="settings"),
    Action("help.about", "About Baton", show_about, menu="Help", section=3, icon="info"),
]
