"""The tokens hold what studio.md asks: its exact values, and text that reads on every ground it stands on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.canvas.paint_node import DIMMED
from gui.theme import tokens as t
from gui.theme.tokens import DARK, LIGHT, Tokens, mix, rgb

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
BOTH = pytest.mark.parametrize("look", [DARK, LIGHT], ids=lambda look: look.name)


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    shares = [part / 255 for part in rgb(colour)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    """How well `a` reads on `b`: 1 (not at all) to 21 (WCAG 2.2); text needs 4.5, shapes 3."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def grounds(look: Tokens) -> dict[str, str]:
    return {
        "ground": look.ground,
        "panel": look.panel,
        "node": look.node,
        "well": look.well,
        "hover": look.hover,
        "selected": look.selected,
    }


@BOTH
@pytest.mark.parametrize("ink", ["text", "muted", "faint"])
def test_every_text_reads_on_every_ground(look: Tokens, ink: str) -> None:
    worst = {name: contrast(getattr(look, ink), ground) for name, ground in grounds(look).items()}
    assert min(worst.values()) >= 4.5, worst


@BOTH
def test_words_about_a_state_read_on_every_ground_and_on_their_own_tint(look: Tokens) -> None:
    for status in look.states:
        ink = look.state_text(status)
        assert min(contrast(ink, ground) for ground in grounds(look).values()) >= 4.5, status
    for status in ("retry", "failed", "ok", "running", "waiting"):
        assert contrast(look.state_text(status), look.tint(look.state(status), 0.16)) >= 4.5, status


@BOTH
def test_what_is_dimmed_still_reads(look: Tokens) -> None:
    assert contrast(mix(look.text, look.node, DIMMED), look.node) >= 4.5


@BOTH
def test_words_on_the_accent_on_chips_and_in_menus_read(look: Tokens) -> None:
    assert contrast(look.on_accent, look.accent) >= 4.5
    assert contrast(look.muted, look.chip) >= 4.5
    assert contrast(look.text, look.press) >= 4.5


@BOTH
def test_shapes_of_states_and_kinds_stand_out(look: Tokens) -> None:
    for name, colour in (*look.kinds.items(), *look.states.items()):
        needed = 3.0 if colour != look.idle else 2.8  # idle shapes are quiet on purpose and have a glyph and words
        assert contrast(colour, look.panel) >= needed, name


def test_the_values_of_the_specification() -> None:
    assert (DARK.ground, DARK.panel, DARK.node, DARK.line) == ("#0f1116", "#161920", "#1b1f28", "#262b36")
    assert (DARK.text, DARK.muted) == ("#e7e9ee", "#9aa3b2")
    assert (LIGHT.ground, LIGHT.panel, LIGHT.line) == ("#f6f7f9", "#ffffff", "#dfe3ea")
    assert (LIGHT.text, LIGHT.muted) == ("#1b2130", "#596273")
    named = ("running", "ok", "retry", "failed", "waiting")
    assert [DARK.state(name) for name in named] == ["#4aa8ff", "#3ecf8e", "#f5b83d", "#ff6b6b", "#c58bff"]
    assert [LIGHT.state(name) for name in named] == ["#1c7ed6", "#12936a", "#b97a00", "#d6336c", "#8b3fd9"]
    assert (t.GRID, t.RADIUS_NODE, t.RADIUS_FIELD) == (8, 11, 7)
    assert (t.SIZE_BODY, t.SIZE_SMALL, t.SIZE_TINY) == (13, 12, 11)


@BOTH
def test_what_is_not_known_still_has_a_colour(look: Tokens) -> None:
    assert look.state("from the future") == look.idle
    assert look.kind("from a plug-in") == look.kinds["input"]


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(COLOURS, COLOURS)
def test_contrast_is_the_same_both_ways_and_never_below_one(a: str, b: str) -> None:
    assert contrast(a, b) == contrast(b, a) >= 1


@given(COLOURS, COLOURS)
def test_mixing_runs_from_one_colour_to_the_other(over: str, under: str) -> None:
    assert mix(over, under, 0) == under
    assert mix(over, under, 1) == over
