"""The graph inside an SVG picture, found as text: no XML is parsed, so nothing in the picture can be followed."""

from __future__ import annotations

from html import unescape
from typing import Final
from xml.sax.saxutils import escape

from engine.base.errors import FileProblem
from engine.files.strict import FILE_CAP

_OPEN: Final = '<metadata id="baton-graph">'
_CLOSE: Final = "</metadata>"
_ENTITIES: Final = {"\ufffe": "\\ufffe", "\uffff": "\\uffff", "\r": "\\r"}
"""Characters that XML cannot hold, or changes; in a graph file they stand in texts only, where JSON can escape them."""


def graph_in(svg: str) -> str:
    """The graph file inside a picture; "" when there is none. Read it with the strict loader.

    Raises:
        FileProblem: it ends too early, or is too large.
    """
    _, found, rest = svg.partition(_OPEN)
    if not found:
        return ""
    text, closed, _ = rest.partition(_CLOSE)
    if not closed:
        raise FileProblem("The picture is damaged: the graph in it ends too early.", "Ask for the graph file itself.")
    if len(text) > 2 * FILE_CAP:
        raise FileProblem("The graph in the picture is larger than the 64 MB that are read.", "Ask for the graph file.")
    return unescape(text)


def with_graph(svg: str, text: str) -> str:
    """The picture with a graph file inside, right behind its first tag.

    Raises:
        FileProblem: it is no SVG picture.
    """
    at = svg.find(">", svg.find("<svg")) + 1
    if "<svg" not in svg or not at:
        raise FileProblem("This is no SVG picture.", "Choose a picture that Baton made.")
    for character, escaped in _ENTITIES.items():
        text = text.replace(character, escaped)
    return f"{svg[:at]}\n{_OPEN}{escape(text)}{_CLOSE}{svg[at:]}"
