"""The tokens as a QPalette: what Fusion draws where the stylesheet says nothing, and what other tools read."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from gui.theme.tokens import Tokens, mix


def palette(tokens: Tokens) -> QPalette:
    """One palette for `tokens`; disabled text is fainter, the rest is the same in every window state."""
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.panel,
        role.WindowText: tokens.text,
        role.Base: tokens.ground,
        role.AlternateBase: tokens.well,
        role.Text: tokens.text,
        role.PlaceholderText: tokens.faint,
        role.Button: tokens.panel,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.state("failed"),
        role.ToolTipBase: tokens.node,
        role.ToolTipText: tokens.text,
        role.Highlight: mix(tokens.accent, tokens.ground, 0.35 if tokens.dark else 0.25),
        role.HighlightedText: tokens.text,
        role.Accent: tokens.accent,
        role.Link: tokens.state_text("pinned"),
        role.LinkVisited: tokens.state_text("waiting"),
        role.Light: tokens.press,
        role.Midlight: tokens.hover,
        role.Mid: tokens.line,
        role.Dark: tokens.wire,
        role.Shadow: tokens.node_shadow.colour,
    }
    made = QPalette()
    for each, colour in colours.items():
        made.setColor(each, QColor(colour))
    disabled = QColor(mix(tokens.faint, tokens.panel, 0.6))
    for each in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, each, disabled)
    return made
