"""Where everything of a node stands: its size, its text box, its sockets. Pure; lengths in canvas units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Final, NamedTuple

from engine.kinds.contract import ERROR, Port, Ports

Point = tuple[float, float]

GRID: Final = 8
WIDTH_PLAIN, WIDTH_STEP, WIDTH_TEXT = 152, 192, 224
PADDING: Final = 13
HEADER, HEADER_ONE_LINE, FOOTER = 50, 64, 30
LINE: Final = 17
STRIP: Final = 32
"""Least height of the cells of a map or loop."""
WELL_LINES: Final = 3
WELL_PADDING: Final = 7
SOCKET: Final = 6
"""Radius of a socket."""
PITCH, PITCH_NAMED = 18, 28
"""Distance between sockets, and between those that carry their name in a pill."""
PILL_TEXT: Final = 110.0
"""Room for a name in a pill; a longer one ends in "…"."""
PILL_REACH: Final = SOCKET + PILL_TEXT + 24.0
"""How far outside its node a pill may end."""
MAIN_PORTS: Final = frozenset({"value", "text", "items", "result", "body"})
"""Outputs that need no name beside them: what a node is there for."""
SIDE_PORTS: Final = frozenset({"conflicts", "results", "errors"})
"""Outputs that few graphs use: like the error port they show once somebody points at the node or wired them."""
SIDE_INPUTS: Final = frozenset({"base"})
"""Optional inputs that few graphs use. They stand apart from the others, so that nobody takes one for the next free
place of a port that takes many."""
SOCKETS_EACH: Final = 8
"""Most sockets that one port spreads its edges over; more edges share them."""


class Rect(NamedTuple):
    """An upright box."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def centre(self) -> Point:
        return self.x + self.w / 2, self.y + self.h / 2

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies in it; the far edges do not belong to it."""
        return self.x <= x < self.x + self.w and self.y <= y < self.y + self.h

    def meets(self, other: Rect) -> bool:
        """Whether the two share area or an edge."""
        return (
            self.x <= other.x + other.w
            and other.x <= self.x + self.w
            and self.y <= other.y + other.h
            and other.y <= self.y + self.h
        )

    def covers(self, other: Rect) -> bool:
        """Whether all of `other` lies in it."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def grown(self, by: float) -> Rect:
        """Larger by `by` on every side."""
        return Rect(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)

    def moved(self, dx: float, dy: float) -> Rect:
        return Rect(self.x + dx, self.y + dy, self.w, self.h)

    def united(self, other: Rect) -> Rect:
        """The smallest box around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Rect(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)


def around(a: Point, b: Point) -> Rect:
    """The box with two points as opposite corners."""
    return Rect(min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1]))


@dataclass(frozen=True, slots=True, eq=False)
class Socket:
    """One circle on a node's border: a port has one, or one for each of its edges. Equal is only itself.

    Attributes:
        port: the port as its kind declares it; None for one that only an edge names (it is drawn as broken).
        name: the port's name.
        x, y: the centre, from the node's top left corner.
        slot: which of the port's sockets it is, from 0.
        pill: what is written beside it, or "".
        quiet: shown only when needed: an error port, a side port or a side input without an edge.
    """

    port: Port | None
    name: str
    output: bool
    x: float
    y: float
    slot: int = 0
    pill: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A node's form. `well` is the box for text; `footer` the vertical middle of the bottom line; `strip` the room for
    the cells of a map's items or a loop's passes; None without one."""

    width: float
    height: float
    well: Rect | None
    footer: float | None
    sockets: tuple[Socket, ...]
    strip: Rect | None = None

    def socket(self, name: str, output: bool, slot: int = 0) -> Socket | None:
        """The socket of a port for its `slot`-th edge; the last one when there are fewer."""
        found = None
        for socket in self.sockets:
            if socket.output == output and socket.name == name:
                found = socket
                if socket.slot >= slot:
                    break
        return found


class Wired(NamedTuple):
    """How many edges each port of a node has: name -> count, in edge order, as pairs so that it can be a key."""

    inputs: tuple[tuple[str, int], ...] = ()
    outputs: tuple[tuple[str, int], ...] = ()


@lru_cache(maxsize=4096)
def shape_of(ports: Ports | None, wired: Wired, *, source: bool = False, counted: bool = False) -> Shape:
    """The form of a node. It follows from ports and edges alone: a run never changes a node's size.

    Args:
        ports: as its kind declares them; None when the kind is unknown, then edges tell the ports.
        source: it is where a value enters (kind `input`): small, title and type only.
        counted: it repeats what is inside it, and shows a cell for each time.
    """
    known = ports or Ports()
    aside = [port for port in known.inputs if port.name in SIDE_INPUTS and not port.required]
    into = tuple((name, count) for name, count in wired.inputs if name not in {port.name for port in aside})
    left = _column(tuple(port for port in known.inputs if port not in aside), into, output=False)
    error_wired = dict(wired.outputs).get(ERROR.name, 0)
    right = _column(tuple(p for p in known.outputs if p.name != ERROR.name), wired.outputs, output=True)
    width, height, well, footer = _box(known, source=source)
    if counted:
        width, height, well, footer = WIDTH_TEXT, HEADER + STRIP + FOOTER, None, 0.0
    fallible = any(port.name == ERROR.name for port in known.outputs)
    height = max(height, _column_height(left) + (64 if aside else 32), _column_height(right) + (64 if fallible else 32))
    height = ceil(height / GRID) * GRID
    if well:
        well = well._replace(h=height - well.y - (FOOTER if footer is not None else PADDING))
    sockets = [*_placed(left, 0.0, height), *_placed(right, float(width), height)]
    if fallible:
        sockets.append(Socket(ERROR, ERROR.name, True, width, height - 16.0, quiet=not error_wired))
    for port in aside:
        free = port.name not in dict(wired.inputs)
        sockets.append(Socket(port, port.name, False, 0.0, height - 16.0, pill=port.name if free else "", quiet=free))
    strip = Rect(PADDING, HEADER, width - 2 * PADDING, height - HEADER - FOOTER) if counted else None
    return Shape(width, height, well, None if footer is None else height - 16.0, tuple(sockets), strip)


def slot_of(index: int, count: int) -> int:
    """Which socket the `index`-th of a port's `count` edges takes."""
    return index if count <= SOCKETS_EACH else index * SOCKETS_EACH // count


def _box(ports: Ports, *, source: bool) -> tuple[float, float, Rect | None, float | None]:
    """Width, least height, text box, and whether there is a bottom line (any number)."""
    gives_text = any(port.name == "text" for port in ports.outputs)
    ends_here = bool(ports.inputs) and not ports.outputs
    if source:
        return WIDTH_PLAIN, HEADER_ONE_LINE, None, None
    if not (gives_text or ends_here):
        return WIDTH_STEP, HEADER + FOOTER, None, 0.0
    well = Rect(PADDING, HEADER, WIDTH_TEXT - 2 * PADDING, WELL_LINES * LINE + 2 * WELL_PADDING)
    return WIDTH_TEXT, HEADER + well.h + (FOOTER if gives_text else PADDING), well, 0.0 if gives_text else None


def _column(ports: tuple[Port, ...], wired: tuple[tuple[str, int], ...], *, output: bool) -> list[Socket]:
    counts = dict(wired)
    named = output and len(ports) > 1
    found: list[Socket] = []
    for port in ports:
        count = counts.pop(port.name, 0)
        quiet = named and not count and port.name in SIDE_PORTS
        for slot in range(min(max(count, 1), SOCKETS_EACH)):
            pill = port.label or (port.name if port.name not in MAIN_PORTS else "")
            pill = pill if named and slot == 0 else ""
            found.append(Socket(port, port.name, output, 0, 0, slot, pill, quiet))
    for name, count in counts.items():
        if not (output and name == ERROR.name):
            found.extend(Socket(None, name, output, 0, 0, slot) for slot in range(min(count, SOCKETS_EACH)))
    return found


def _gaps(column: list[Socket]) -> list[float]:
    return [PITCH_NAMED if after.pill else PITCH for after in column[1:]]


def _column_height(column: list[Socket]) -> float:
    return sum(_gaps(column))


def _placed(column: list[Socket], x: float, height: float) -> list[Socket]:
    """The column's sockets around the middle of a side."""
    y = (height - _column_height(column)) / 2
    placed: list[Socket] = []
    for socket, gap in zip(column, [*_gaps(column), 0.0], strict=False):
        placed.append(Socket(socket.port, socket.name, socket.output, x, y, socket.slot, socket.pill, socket.quiet))
        y += gap
    return placed


def bounds(boxes: Sequence[Rect]) -> Rect | None:
    """The box around all of them; None when there are none."""
    if not boxes:
        return None
    x, y = min(box.x for box in boxes), min(box.y for box in boxes)
    return Rect(x, y, max(box.right for box in boxes) - x, max(box.bottom for box in boxes) - y)


def snapped(value: float) -> float:
    """The nearest line of the grid."""
    return round(value / GRID) * GRID
