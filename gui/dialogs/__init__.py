"""Dialogs and popups. All are opened with `open()` or `popup()`: an inner event loop would starve waiting tasks."""
