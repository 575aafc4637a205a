"""Sets the dynamic properties by which the stylesheet knows a widget's role, and has Qt look at them again."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget


def wear(widget: QWidget, **properties: str | bool) -> None:
    """Give `widget` the named properties (`role="muted"`, `look="primary"`, `invalid=True`) and restyle it.

    Qt reads properties only when a widget is first shown; a later change is not seen without this.
    """
    changed = False
    for name, value in properties.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            changed = True
    if changed:
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


def wear_completions(root: QWidget) -> None:
    """Gives the lists that complete what is typed into the lines of `root` a ground: they are windows of their own."""
    for line in [root, *root.findChildren(QLineEdit)]:
        completer = line.completer() if isinstance(line, QLineEdit) else None
        offers = completer.popup() if completer is not None else None
        if offers is not None:
            wear(offers, role="completions")
