"""The Help menu: the palette, all keys, settings, about."""

from __future__ import annotations

from gui.action import Action
from gui.dialogs.about import show_about
from gui.dialogs.keys import show_keys
from gui.dialogs.palette import show_palette
from gui.dialogs.settings import show_settings
from gui.dialogs.welcome import show_welcome

ORDER = 50

ACTIONS = [
    Action("help.welcome", "Welcome…", show_welcome, menu="Help", section=3, icon="baton"),
    Action("help.palette", "Find anything…", show_palette, ("Ctrl+K",), menu="Help", section=1, icon="search"),
    Action("help.keys", "All keys", show_keys, ("?",), menu="Help", section=1, icon="key", place="canvas"),
    Action("help.settings", "Settings…", show_settings, ("Ctrl+,",), menu="Help", section=2, icon="settings"),
    Action("help.about", "About Baton", show_about, menu="Help", section=3, icon="info"),
]
