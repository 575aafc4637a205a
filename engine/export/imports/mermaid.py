"""Mermaid flowcharts: what LangGraph's `draw_mermaid()` gives, and any other drawing of boxes and arrows."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from engine.base.errors import FileProblem
from engine.export.drafting import MOST_NODES, Draft
from engine.export.flowchart import END, START, Arrow, Sort, Step, draw
from engine.export.importing import Found, Imported

_HEAD: Final = re.compile(r"^\s*(?:graph|flowchart)(?:\s+(?:TB|TD|BT|RL|LR))?\s*;?\s*$", re.M)
_TITLE: Final = re.compile(r"^title:\s*\"?(.*?)\"?\s*$", re.M)
_ID: Final = r"[A-Za-z0-9_.\\-]*[A-Za-z0-9_\\]"
_PAIRS: Final = (
    (r"\(\[", r"\]\)"), (r"\[\[", r"\]\]"), (r"\[\(", r"\)\]"), (r"\(\(", r"\)\)"), (r"\{\{", r"\}\}"),
    (r"\[[/\\]", r"[/\\]\]"), (r"\[", r"\]"), (r"\(", r"\)"), (r"\{", r"\}"), (">", r"\]"),
)  # fmt: skip
_SHAPE: Final = f"(?:{'|'.join(start + '.{0,4000}?' + end for start, end in _PAIRS)})"
_BOX: Final = re.compile(rf"\s*({_ID})\s*({_SHAPE})?(?::::\w+)?")
_ARROW: Final = re.compile(
    r"\s*(?:(-\.-?>|--+>|==+>|---|-\.-)\s*(?:\|([^|]{0,400})\|)?|(?:--|==|-\.)\s*([^->|][^>|]{0,400}?)\s*(?:--+>|==+>|\.-+>))"
)
_SKIPPED: Final = re.compile(r"^\s*(?:%%|classDef|class |style |linkStyle|click |subgraph\b|end\s*;?$|direction )")
_LONGEST: Final = 20_000
"""Characters of a line; a drawing has none of that length."""


class Mermaid:
    """Reads boxes by their shapes, and arrows with their labels."""

    name = "mermaid"
    title = "Mermaid"

    def recognises(self, found: Found) -> bool:
        """By the line that begins a flowchart."""
        return len(found.text) <= 4_000_000 and _HEAD.search(found.text) is not None and not found.object

    def read(self, found: Found) -> Imported:
        """The graph that it draws."""
        langgraph = f"{START}(" in found.text
        title = _TITLE.search(found.text)
        draft = Draft("LangGraph" if langgraph else "Mermaid", title[1] if title else found.title)
        shapes, arrows = _read(found.text[_HEAD.search(found.text).end() :])  # type: ignore[union-attr]  # recognised
        if not shapes:
            raise FileProblem("The drawing has no boxes.", "Choose a Mermaid flowchart.")
        ends = {arrow.source for arrow in arrows}, {arrow.target for arrow in arrows}
        steps = {key: _step(key, shape, *ends) for key, shape in shapes.items()}
        draw(draft, steps, arrows)
        return draft.finish()


def _read(text: str) -> tuple[dict[str, str], list[Arrow]]:
    """Boxes by their ids, with their shapes as written, and arrows."""
    shapes: dict[str, str] = {}
    arrows: list[Arrow] = []
    for line in text.splitlines():
        if _SKIPPED.match(line) or line.strip() in ("", "```", "---"):
            continue
        if len(line) > _LONGEST or len(shapes) > MOST_NODES:
            raise FileProblem("The drawing is too large to be read.", "Split it into several.")
        for box, shape, arrow in _boxes(line):
            if shape or box not in shapes:
                shapes[box] = shape or shapes.get(box, "")
            if arrow is not None:
                arrows.append(arrow)
    return shapes, arrows


def _boxes(line: str) -> Iterator[tuple[str, str, Arrow | None]]:
    """The boxes of a line, each with the arrow that led to it from the one before."""
    at, last, kind, label = 0, "", "", ""
    while box := _BOX.match(line, at):
        key = _plain_id(box[1])
        arrow = Arrow(last, key, label, "." in kind) if last and kind else None
        yield key, box[2] or "", arrow
        found = _ARROW.match(line, box.end())
        if found is None:
            return
        kind = found[1] or line[found.start() : found.end()].strip()
        label, last, at = _words(found[2] or found[3] or ""), key, found.end()


def _step(key: str, shape: str, sources: set[str], targets: set[str]) -> Step:
    title = _words(shape.strip("[](){}></\\ ").strip('"')) or key
    sort: Sort = "step"
    if key in (START, END):
        return Step({START: "Start", END: "End"}[key], "start" if key == START else "end")
    if shape.startswith("{") and not shape.startswith("{{"):
        sort = "choice"
    elif shape.startswith("([") and key not in targets:
        sort = "start"
    elif shape.startswith("([") and key not in sources:
        sort = "end"
    elif key == "tools":
        sort = "tools"
    return Step(title, sort)


def _plain_id(text: str) -> str:
    r"""LangChain writes signs that Mermaid does not take as `\20`."""
    return re.sub(r"\\([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), text)


def _words(text: str) -> str:
    """A label without its markup; a second, smaller line is left out."""
    first = re.split(r"<br\s*/?>", text, maxsplit=1)[0]
    return " ".join(html.unescape(re.sub(r"<[^<>]{0,200}>", "", first)).replace("\xa0", " ").split()).strip('"')


IMPORTER = Mermaid()
