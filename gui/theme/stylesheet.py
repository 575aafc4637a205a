"""Fills the shipped stylesheet (assets/themes/studio.qss) with the values of one look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from string import Template

import assets
from gui.theme import tokens as t
from gui.theme.tokens import Tokens, mix

Image = Callable[[str, str], str]
"""(icon name, #rrggbb) -> path of a picture file; a stylesheet can name pictures only as files."""


def stylesheet(tokens: Tokens, scale: float, image: Image) -> str:
    """The application's stylesheet.

    Args:
        tokens: the look.
        scale: the user's font scale, 1.0 by default; text sizes follow it.
        image: gives the arrows and ticks as files.

    Raises:
        KeyError: the stylesheet names a value that no token gives.
    """
    source = assets.path("themes/studio.qss").read_text(encoding="utf-8")
    return Template(source).substitute(
        {**_plain(tokens), **_derived(tokens), **_sizes(scale), **_images(tokens, image)}
    )


def _plain(tokens: Tokens) -> Mapping[str, str]:
    values = ((field.name, getattr(tokens, field.name)) for field in fields(tokens))
    return {name: value for name, value in values if isinstance(value, str)}


def _derived(tokens: Tokens) -> Mapping[str, str]:
    """Colours that follow from the tokens: hovered, pressed and tinted ones."""
    toward = tokens.text if tokens.dark else "#000000"
    failed = tokens.state("failed")
    return {
        "accent_hover": mix(toward, tokens.accent, 0.14),
        "accent_press": mix(toward, tokens.accent, 0.24),
        "selection": mix(tokens.accent, tokens.ground, 0.35 if tokens.dark else 0.25),
        "link": tokens.state_text("pinned"),
        "disabled": mix(tokens.faint, tokens.panel, 0.6),
        "line_soft": mix(tokens.line, tokens.panel, 0.5),
        "menu": tokens.node,
        "menu_line": mix(tokens.wire, tokens.line, 0.4),
        "menu_hover": tokens.press,
        "tip": tokens.node,
        "scroll": mix(tokens.wire, tokens.panel, 0.7),
        "scroll_hover": tokens.idle,
        "failed": failed,
        "failed_text": tokens.state_text("failed"),
        "failed_soft": tokens.tint(failed, 0.13),
        "failed_hover": tokens.tint(failed, 0.2),
        "failed_press": tokens.tint(failed, 0.28),
        "failed_line": tokens.tint(failed, 0.48),
        "retry_text": tokens.state_text("retry"),
        "done_text": tokens.state_text("ok"),
        "mono": t.FAMILY_MONO,
    }


def _sizes(scale: float) -> Mapping[str, str]:
    sizes = {"heading": 16, "title": t.SIZE_TITLE, "body": t.SIZE_BODY, "small": t.SIZE_SMALL, "tiny": t.SIZE_TINY}
    scaled = {name: f"{max(8, round(pixels * scale))}px" for name, pixels in sizes.items()}
    return {**scaled, "radius": str(t.RADIUS_FIELD), "radius_node": str(t.RADIUS_NODE)}


def _images(tokens: Tokens, image: Image) -> Mapping[str, str]:
    wanted = {
        "chevron_down": ("chevron_down", tokens.muted),
        "chevron_up": ("chevron_up", tokens.muted),
        "chevron_left": ("chevron_left", tokens.muted),
        "chevron_right": ("chevron_right", tokens.muted),
        "branch_open": ("branch_open", tokens.muted),
        "branch_closed": ("branch_closed", tokens.muted),
        "check": ("check", tokens.on_accent),
        "dash": ("minus", tokens.on_accent),
        "check_menu": ("check", tokens.accent),
        "close": ("close", tokens.muted),
        "external": ("external", tokens.muted),
    }
    return {name: image(icon, colour) for name, (icon, colour) in wanted.items()}
