"""Draws one node: its chrome, its words, its sockets, and what a run has to say about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen

from gui.bridge.faces import Face
from gui.canvas.chrome import MARGIN, Chrome, draw_chrome, draw_socket, node_outline
from gui.canvas.geometry import HEADER_ONE_LINE, LINE, PADDING, PILL_TEXT, SOCKET, WELL_PADDING, Rect, Shape, Socket
from gui.canvas.ink import Ink
from gui.canvas.items import NodeItem
from gui.canvas.sheet import Sheet
from gui.canvas.strip import paint_strip
from gui.figures import seconds

TEXT_LEFT: Final = 37
TITLE_Y, LINE_Y = 18, 37
BREAK_AT, BREAK_RADIUS = 3.0, 5.5
PILL_H: Final = 17
READ_ZOOM, MOST_LARGER = 0.85, 2.6
"""Seen from afar a title is as large as at this zoom, as long as it need not grow by more."""
DIMMED: Final = 0.66
"""How much of its colour the title of a node keeps that does nothing; its other words are faint then, and all of them
still read (4.5 : 1)."""
INSET: Final = 3.0
"""From a text box to the ground of its words: its round corners lie outside."""
BUTTON_H: Final = 20.0


def chrome_of(item: NodeItem, face: Face, *, selected: bool, near: bool) -> Chrome:
    """The chrome that a node has now."""
    shape, caption = item.shape, item.caption
    broken = not caption.known
    border = "accent" if selected else f"state:{face.status}" if face.outlined else "retry" if broken else "line"
    dashed = face.dashed or broken or bool(caption.aside)
    if border == "retry":
        border = "state:retry"
    return Chrome(
        shape.width, shape.height, shape.well, caption.icon, f"kind:{caption.colour}", face.glyph,
        f"state:{face.status}" if face.glyph else "", border, selected or face.outlined, dashed, near,
    )  # fmt: skip


def paint_node(
    sheet: Sheet, item: NodeItem, face: Face, at: float, *, selected: bool = False, moving: bool = False
) -> None:
    """Draws a node where it stands.

    Args:
        at: monotonic seconds now, on the run's clock.
        moving: leave out what `paint_moving` draws anew in every frame: streaming text and elapsed time.
    """
    p, chrome = sheet.painter, chrome_of(item, face, selected=selected, near=sheet.near)
    if sheet.vector:
        p.setTransform(sheet.units)
        p.translate(item.x, item.y)
        draw_chrome(p, sheet.ink, chrome)
    else:
        p.setTransform(sheet.pixels)
        left, top = (item.x - MARGIN) * sheet.scale + sheet.left, (item.y - MARGIN) * sheet.scale + sheet.top
        p.drawPixmap(round(left), round(top), sheet.chromes.chrome(chrome, sheet.scale))
        p.setTransform(sheet.units)
        p.translate(item.x, item.y)
    _words(sheet, item, face, at, moving=moving, dim=face.dim or bool(item.caption.aside))
    if item.shape.strip is not None and face.cells and sheet.near:
        paint_strip(sheet, item.shape.strip, face.cells)
    if face.progress is not None:
        _progress(sheet, item, face)
    if face.breaks:
        draw_socket(p, sheet.ink, "state:failed", BREAK_AT, BREAK_AT, BREAK_RADIUS)


def paint_sockets(
    sheet: Sheet, item: NodeItem, colours: dict[Socket, str], *, needed: bool = False, named: bool = False
) -> None:
    """Draws a node's sockets and the pills beside them.

    Args:
        colours: what colour (role of the theme) the sockets with edges have; others are at rest.
        needed: show quiet ones too, because the node is selected or somebody points at it.
        named: with their names: only for the moment that somebody points there, since they may lie over wires.
    """
    p, scale = sheet.painter, sheet.scale
    size = sheet.chromes.socket("wire", scale).width() / 2 if not sheet.vector else 0.0
    for socket in item.shape.sockets:
        if socket.quiet and not needed:
            continue
        colour = colours.get(socket) or ("state:retry" if socket.port is None else "wire")
        x, y = item.x + socket.x, item.y + socket.y
        if sheet.vector:
            p.setTransform(sheet.units)
            draw_socket(p, sheet.ink, colour, x, y)
        else:
            p.setTransform(sheet.pixels)
            left, top = x * scale + sheet.left - size, y * scale + sheet.top - size
            p.drawPixmap(round(left), round(top), sheet.chromes.socket(colour, scale))
        if socket.pill and sheet.near and (named or not socket.quiet):
            p.setTransform(sheet.units)
            _socket_pill(sheet, socket.pill, x + SOCKET + 5, y, lit=colour in ("state:running", "state:ok"))


def paint_moving(sheet: Sheet, item: NodeItem, face: Face, at: float, *, caret: bool) -> None:
    """Draws what changes with every frame of a node at work: the text as it streams and the time.

    Args:
        at: monotonic seconds now, on the run's clock.
    """
    p, ink, shape = sheet.painter, sheet.ink, item.shape
    p.setTransform(sheet.units)
    p.translate(item.x, item.y)
    if shape.well and face.streaming and face.body:
        inner = QRectF(*shape.well).adjusted(INSET, INSET, -INSET, -INSET)
        p.fillRect(inner, ink.colour("well"))  # the still picture below may be a frame behind, with the words of before
        x, middle = _body(sheet, shape.well, face.body, end=True)
        if caret:
            p.fillRect(QRectF(x + 3, middle - 6.5, 7, 12), ink.colour(f"state:{face.status}"))
    if shape.footer is not None:
        _right(sheet, clock_text(face, at), _clock_end(shape, face, ink), shape.footer)


def _clock_end(shape: Shape, face: Face, ink: Ink) -> float:
    """The width of a node to its time's right: the button, where there is one, stands beyond."""
    return button_box(shape, face, ink).x - 8 + PADDING if face.button else shape.width


def button_box(shape: Shape, face: Face, ink: Ink) -> Rect:
    """Where a node's button stands, from its corner: at the right of the bottom line, or of the title without one."""
    width = ink.measure("pill")(face.button) + 18
    middle = shape.footer if shape.footer is not None else shape.height - 16.0
    return Rect(shape.width - PADDING + 3 - width, middle - BUTTON_H / 2, width, BUTTON_H)


def _button(sheet: Sheet, box: Rect, words: str) -> None:
    p, ink = sheet.painter, sheet.ink
    p.setPen(QPen(ink.colour("line"), 1))
    p.setBrush(ink.colour("chip"))
    p.drawRoundedRect(QRectF(*box), BUTTON_H / 2, BUTTON_H / 2)
    ink.write(p, "pill", words, box.x + 9, box.y + BUTTON_H / 2, ink.colour("text"))


def clock_text(face: Face, at: float) -> str:
    """The time at the right of the bottom line: what has passed, or until the next attempt."""
    if face.until is not None:
        wait = f"{max(0.0, face.until - at):.0f} s"
        return f"{face.footer[2]} · {wait}" if face.footer[2] else wait
    return seconds(max(0.0, at - face.clock)) if face.clock is not None else face.footer[2]


def _words(sheet: Sheet, item: NodeItem, face: Face, at: float, *, moving: bool, dim: bool) -> None:
    ink, caption, shape = sheet.ink, item.caption, item.shape
    if not sheet.near:
        _far_title(sheet, item, face, dim=dim)
        return
    room = shape.width - TEXT_LEFT - PADDING
    title = ink.elide("title", caption.title, room - (18 if face.glyph else 0))
    bright = ink.colour("text", DIMMED if dim else 1.0)
    ink.write(sheet.painter, "title", title, TEXT_LEFT, TITLE_Y, bright)
    if caption.aside:
        struck = QRectF(TEXT_LEFT - 4, TITLE_Y - 0.5, ink.measure("title")(title) + 8, 1.5)
        sheet.painter.fillRect(struck, bright)
    line = caption.line if face.line is None else face.line
    pill = caption.pill if face.pill is None else face.pill
    said = (
        face.reason if face.outlined and not (shape.well or face.ringed) else ""
    )  # with no box, the reason takes the line's place
    if said:
        _reason(sheet, said, face, room, reason_end(shape, face) - LINE_Y)
    else:
        role = "faint" if dim else "muted" if caption.known and caption.sound else "text:retry"
        _second_line(sheet, line, pill, room, role)
    if shape.well and not (moving and face.streaming):
        body = caption.body if face.body is None else face.body
        _body(sheet, shape.well, body, end=face.streaming, quiet=dim or face.body is None)
    if shape.footer is not None:
        right = clock_text(face, at)
        if face.button:
            _button(sheet, button_box(shape, face, ink), face.button)
        end = _clock_end(shape, face, ink)
        repeats = bool(said) and said == face.footer[0]
        _footer(sheet, replace(face, footer=("", *face.footer[1:])) if repeats else face, end, shape.footer, right)
        if not (moving and face.moving):
            _right(sheet, right, end, shape.footer)


def _far_title(sheet: Sheet, item: NodeItem, face: Face, *, dim: bool) -> None:
    """The title alone, the larger in its node the farther that is, so that it can still be read."""
    p, ink, shape, title = sheet.painter, sheet.ink, item.shape, item.caption.title
    larger, count = min(MOST_LARGER, READ_ZOOM / sheet.zoom), 2 if shape.height > HEADER_ONE_LINE else 1
    room = shape.width - TEXT_LEFT - PADDING - (18 if face.glyph else 0)
    whole = title.split() if count > 1 else [title]
    larger = max(1.0, min(larger, room / max(1.0, *map(ink.measure("title"), whole))))
    larger = int(larger * 5) / 5  # letters are kept for each size: few sizes, much kept
    middle = TITLE_Y + 5.0 * (larger - 1)
    colour = ink.colour("text", DIMMED if dim else 1.0)
    p.save()
    p.translate(TEXT_LEFT, middle)
    p.scale(larger, larger)
    for number, words in enumerate(ink.lines(title, room / larger, count, end=False, style="title")):
        ink.write(p, "title", words, 0.0, number * LINE, colour)
        if item.caption.aside:
            p.fillRect(QRectF(-4, number * LINE - 0.5, ink.measure("title")(words) + 8, 1.5), colour)
    p.restore()


def _second_line(sheet: Sheet, line: str, pill: str, room: float, role: str) -> None:
    ink, p = sheet.ink, sheet.painter
    pill_width = ink.measure("pill")(pill) + 14 if pill else 0.0
    text = ink.elide("line", line, room - (pill_width + 8 if pill else 0))
    ink.write(p, "line", text, TEXT_LEFT, LINE_Y, ink.colour(role))
    if pill:
        x = TEXT_LEFT + (ink.measure("line")(text) + 8 if text else 0)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(ink.colour("chip"))
        p.drawRoundedRect(QRectF(x, LINE_Y - PILL_H / 2, pill_width, PILL_H), PILL_H / 2, PILL_H / 2)
        ink.write(p, "pill", pill, x + 7, LINE_Y, ink.colour("muted"))


def reason_end(shape: Shape, face: Face) -> float:
    """How far down the reason of a node without a text box may reach: to its cells, else to its bottom line."""
    if shape.strip is not None and face.cells:
        return shape.strip.y
    return shape.footer if shape.footer is not None else shape.height


def _reason(sheet: Sheet, text: str, face: Face, room: float, height: float) -> None:
    """Says why a node without a text box failed or waits, in as many lines as find room."""
    colour = sheet.ink.colour(f"text:{face.status}")
    for i, line in enumerate(sheet.ink.lines(text, room, max(1, int((height - 4) // LINE)), end=False)):
        sheet.ink.write(sheet.painter, "line", line, TEXT_LEFT, LINE_Y + i * LINE, colour)


def _body(sheet: Sheet, well: Rect, text: str, *, end: bool, quiet: bool = False) -> tuple[float, float]:
    """Writes the text box. Returns where its last line ends and that line's middle."""
    ink, width = sheet.ink, well.w - 2 * WELL_PADDING - 2
    most = int((well.h - 2 * WELL_PADDING) // LINE)
    lines = ink.lines(text, width - (12 if end else 0), most, end=end)
    middle = well.y + WELL_PADDING + LINE / 2
    colour, x = ink.colour("faint" if quiet else "muted"), well.x + WELL_PADDING + 1
    for i, line in enumerate(lines):
        grows = end and i == len(lines) - 1  # the lines above it stay as they are for many frames
        (ink.write_once if grows else ink.write)(sheet.painter, "body", line, x, middle + i * LINE, colour)
    last = ink.measure("body")(lines[-1]) if lines else 0.0
    return x + last, middle + max(0, len(lines) - 1) * LINE


def _footer(sheet: Sheet, face: Face, width: float, middle: float, right: str) -> None:
    """Writes the left and the middle of the bottom line, leaving room for what stands at its right."""
    ink, p = sheet.ink, sheet.painter
    left, centre, x = footer_words(ink, face.footer, width, right)
    colour = ink.colour("text:failed" if face.status == "failed" else "faint")
    ink.write(p, "mono", left, PADDING, middle, colour)
    if centre:
        ink.write(p, "mono", centre, x, middle, ink.colour("faint"))


def footer_words(ink: Ink, footer: tuple[str, str, str], width: float, right: str) -> tuple[str, str, float]:
    """The left and the middle of the bottom line, and where the middle begins: it makes room for a long left, and
    the left is cut before it reaches the middle."""
    measure = ink.measure("mono")
    left, centre, _ = footer
    space = width - 2 * PADDING - (measure(right) + 8 if right else 0)
    left = ink.elide("mono", left, space - (measure(centre) + 10 if centre else 0))
    beyond = PADDING + measure(left) + 10 if left else PADDING
    return left, centre, max(beyond, (width - measure(centre)) / 2 + 6)


def _right(sheet: Sheet, text: str, width: float, middle: float) -> None:
    x = width - PADDING - sheet.ink.measure("mono")(text)
    sheet.ink.write(sheet.painter, "mono", text, x, middle, sheet.ink.colour("faint"))


def _progress(sheet: Sheet, item: NodeItem, face: Face) -> None:
    p, (width, height) = sheet.painter, (item.shape.width, item.shape.height)
    p.save()
    p.setClipPath(node_outline(width, height), Qt.ClipOperation.IntersectClip)
    p.fillRect(QRectF(0, height - 3, width, 3), sheet.ink.colour("line"))
    share = width * min(1.0, max(0.0, face.progress or 0.0))
    colour = f"state:{face.status}" if face.outlined else "faint"
    p.fillRect(QRectF(0, height - 3, share, 3), sheet.ink.colour(colour))
    p.restore()


def _socket_pill(sheet: Sheet, text: str, x: float, middle: float, *, lit: bool) -> None:
    ink, p = sheet.ink, sheet.painter
    text = ink.elide("pill", text, PILL_TEXT)
    width, height = ink.measure("pill")(text) + 18, 20.0
    p.setPen(QPen(ink.colour("state:running" if lit else "line"), 1))
    p.setBrush(ink.colour("node"))
    p.drawRoundedRect(QRectF(x, middle - height / 2, width, height), height / 2, height / 2)
    ink.write(p, "pill", text, x + 9, middle, ink.colour("text" if lit else "muted"))
