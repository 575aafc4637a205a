"""Every colour, size and radius of the studio in one place (studio.md, Tokens), as plain values without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

GRID = 8
RADIUS_NODE = 11
RADIUS_FIELD = 7
SIZE_TITLE, SIZE_BODY, SIZE_SMALL, SIZE_TINY = 14, 13, 12, 11
FAMILY, FAMILY_MONO = "Inter", "JetBrains Mono"

BAR_LIVE, BAR_PAST = 0.9, 0.65
"""How much of a state's colour a timeline bar shows: what runs stands out from what is over."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A soft shadow: `colour` as #rrggbb, `alpha` 0 to 1, `blur` and `drop` in pixels at 100 %."""

    colour: str
    alpha: float
    blur: int
    drop: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """One look. Colours are `#rrggbb`; `states` and `kinds` map a status or a kind's colour name to a colour."""

    name: str
    dark: bool
    ground: str  # the canvas, and the inside of fields
    dots: str  # the grid of the canvas
    panel: str
    node: str
    well: str  # the text box inside a node
    hover: str
    press: str
    selected: str  # a chosen row
    line: str
    wire: str  # an edge or a port at rest
    chip: str
    text: str
    muted: str
    faint: str  # the quietest text that still reads
    idle: str  # shapes of states where nothing happens
    accent: str
    on_accent: str
    node_shadow: Shadow
    menu_shadow: Shadow
    states: Mapping[str, str]
    state_texts: Mapping[str, str]
    kinds: Mapping[str, str]

    def state(self, status: str) -> str:
        """The colour of shapes that show `status` (`running`, `ok`, ...); an unknown status is shown as idle."""
        return self.states.get(status, self.idle)

    def state_text(self, status: str) -> str:
        """The colour of words about `status`: at least 4.5 : 1 on every ground."""
        return self.state_texts.get(status, self.faint)

    def kind(self, name: str) -> str:
        """The colour of a kind's icon; a kind without one of its own looks like an input."""
        return self.kinds.get(name, self.kinds["input"])

    def tint(self, colour: str, amount: float = 0.14, ground: str | None = None) -> str:
        """`amount` (0 to 1) of `colour` laid over `ground` (the panel by default)."""
        return mix(colour, ground or self.panel, amount)


def rgb(colour: str) -> tuple[int, int, int]:
    """`#rrggbb` as three numbers of 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(over: str, under: str, amount: float) -> str:
    """The colour seen when `over` covers `under` with an opacity of `amount` (0 to 1)."""
    parts = (round(a * amount + b * (1 - amount)) for a, b in zip(rgb(over), rgb(under), strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)


def _states(
    running: str, done: str, retry: str, failed: str, waiting: str, idle: str, pinned: str
) -> Mapping[str, str]:
    """One colour for each status a node can show; what ended the same way shares a colour and differs by its glyph."""
    return MappingProxyType(
        {
            "queued": idle,
            "running": running,
            "retry": retry,
            "waiting": waiting,
            "ok": done,
            "cache": done,
            "reused": done,
            "pinned": pinned,
            "degraded": retry,
            "handled": retry,
            "failed": failed,
            "skipped": idle,
            "cancelled": idle,
        }
    )


def _kinds(agent: str, router: str, merge: str, map_: str, review: str, tool: str, plain: str) -> Mapping[str, str]:
    """Kinds that do alike share a colour: thinking, deciding, joining, repeating, people, doing, plain data."""
    families = {
        agent: ("agent", "manager", "remote_agent"),
        router: ("router",),
        merge: ("merge",),
        map_: ("map", "loop", "subgraph"),
        review: ("review", "approval"),
        tool: ("tool", "http", "code", "files", "write_files"),
        plain: ("input", "output", "template", "unknown"),
    }
    return MappingProxyType({name: colour for colour, members in families.items() for name in members})


_DARK_STATES = _states("#4aa8ff", "#3ecf8e", "#f5b83d", "#ff6b6b", "#c58bff", "#626b7c", "#7c9cff")

DARK = Tokens(
    name="dark",
    dark=True,
    ground="#0f1116",
    dots="#1a1e27",
    panel="#161920",
    node="#1b1f28",
    well="#11141a",
    hover="#1e222b",
    press="#262b36",
    selected="#1f2430",
    line="#262b36",
    wire="#3a4150",
    chip="#262b36",
    text="#e7e9ee",
    muted="#9aa3b2",
    faint="#868f9f",
    idle="#626b7c",
    accent="#7c9cff",
    on_accent="#0b0e15",
    node_shadow=Shadow("#000000", 0.45, 24, 6),
    menu_shadow=Shadow("#000000", 0.55, 32, 10),
    states=_DARK_STATES,
    state_texts=MappingProxyType(
        {**_DARK_STATES, "queued": "#9aa3b2", "skipped": "#9aa3b2", "cancelled": "#9aa3b2"},
    ),
    kinds=_kinds("#7c9cff", "#f5b83d", "#3ecf8e", "#33c9d6", "#c58bff", "#ff9466", "#8b95a7"),
)

LIGHT = Tokens(
    name="light",
    dark=False,
    ground="#f6f7f9",
    dots="#e3e7ee",
    panel="#ffffff",
    node="#ffffff",
    well="#f1f3f7",
    hover="#f3f5f8",
    press="#e8ebf0",
    selected="#eef1f8",
    line="#dfe3ea",
    wire="#c3cad6",
    chip="#e6e9ef",
    text="#1b2130",
    muted="#596273",
    faint="#656e7e",
    idle="#8a93a3",
    accent="#4263eb",
    on_accent="#ffffff",
    node_shadow=Shadow("#1b2130", 0.12, 20, 5),
    menu_shadow=Shadow("#1b2130", 0.18, 28, 8),
    states=_states("#1c7ed6", "#12936a", "#b97a00", "#d6336c", "#8b3fd9", "#8a93a3", "#4263eb"),
    state_texts=_states("#1668b3", "#0c7454", "#875900", "#b81f56", "#7c32c8", "#596273", "#3654d4"),
    kinds=_kinds("#4263eb", "#b97a00", "#12936a", "#0b8294", "#8b3fd9", "#cc5219", "#6d7789"),
)
