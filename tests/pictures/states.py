"""The graph of the design pictures in every state: for picture tests, and to look at by running this file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from engine.graph.graph import Graph
from engine.graph.records import Edge, Frame, Node, Note
from engine.kinds.contract import ERROR, Kind, NodeConfig, Port, Ports
from engine.kinds.registry import Kinds
from engine.run.events import Event
from engine.run.view import View

if TYPE_CHECKING:
    from gui.canvas.picture import Picture

DOCS = "Found 12 pages. The pool is quadratic above 300 connections because every waiter is looked at again each time."
ISSUES = "Issue 2139 reports the same stall; the maintainers suggest raising the keep-alive limit and"


NOTE = "Three sources at once; the judge reads them all before it decides."
REFUSED = "OpenAI does not accept the key. Set another one in the settings."


class Steps(Kind[NodeConfig]):
    """Stands in for kinds with items in and items out."""

    name: ClassVar[str] = "map"
    title, group, icon, hint = "Map", "flow", "map", "the same steps for each item"

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("items", "any"),), (Port("items", "list"), ERROR))

    def summary(self, config: NodeConfig) -> str:
        return "map · 8 at once"


class Approval(Kind[NodeConfig]):
    """Stands in for kinds where a person decides."""

    name: ClassVar[str] = "review"
    title, group, icon, hint = "Review", "flow", "review", "a person decides"

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("value"),), (Port("approved"), Port("rejected"), ERROR))

    def summary(self, config: NodeConfig) -> str:
        return "asks you"


def kinds() -> Kinds:
    """All kinds, with stand-ins for those that the pictures show and that may not be there."""
    return Kinds.load().with_kind(Steps()).with_kind(Approval())


def graph() -> Graph:
    """The graph of the design, a few more states below it, a frame, a note, an unknown kind and a broken wire."""
    agent = {"model": "medium", "prompt": "Find what is known about {{ research }} and quote it."}
    routes = [{"id": "coding", "label": "coding"}, {"id": "comms", "label": "comms"}]
    nodes = [
        Node("task", "input", "task", {"type": "text"}),
        Node("research", "agent", "Research", {"model": "cheap", "prompt": "Research: {{ task }}"}),
        Node("docs", "agent", "Search the docs", agent),
        Node("issues", "agent", "Search the issues", agent),
        Node("web", "agent", "Search the web", agent),
        Node("refactor", "map", "Refactor 50 files", {}),
        Node("merge", "merge", "Merge findings", {}),
        Node("triage", "router", "Triage", {"routes": routes}),
        Node("sign", "review", "Sign-off", {}),
        Node("late", "agent", "Draft in French", agent),
        Node("broken", "agent", "Translate", {"model": "openai/gpt-5", "prompt": "{{ text }}"}),
        Node("held", "agent", "Publish", {"model": "best", "prompt": "Publish {{ text }}"}),
        Node("stopped", "agent", "Check the licence", agent),
        Node("kept", "template", "Cover letter", {"template": "Dear {{ name }}, here is {{ text }}."}),
        Node("report", "output", "Report", {}),
        Node("rehearsed", "agent", "Summarise", {"prompt": "{{ text }}"}),
        Node("strange", "hologram", "Project it", {}),
    ]
    pairs = ["task.value research.task", "research.text docs.research", "research.text issues.research",
             "research.text web.research", "research.text refactor.items", "docs.text merge.items",
             "issues.text merge.items", "web.text merge.items", "refactor.items sign.value", "merge.value triage.value",
             "triage.coding late.research", "broken.error kept.text", "kept.text report.value",
             "strange.light held.text"]  # fmt: skip
    edges = [Edge(*a.split("."), *b.split(".")) for a, b in (pair.split() for pair in pairs)]
    return Graph(
        {"name": "Fan-out research"}, {n.id: n for n in nodes}, {e.key: e for e in edges}, _places(),
        frames={"later": Frame("later", "After the research", (-24, 632, 1440, 416), "#7c9cff")},
        notes={"why": Note("why", NOTE, (0, 368, 184, 88))},
    )  # fmt: skip


def _places() -> dict[str, tuple[float, float]]:
    return {
        "task": (0, 208), "research": (200, 168), "docs": (464, 0), "issues": (464, 168), "web": (464, 336),
        "refactor": (464, 504), "merge": (768, 184), "triage": (1040, 192), "sign": (768, 512), "late": (1192, 352),
        "broken": (0, 680), "kept": (288, 680), "report": (576, 680), "rehearsed": (864, 680), "strange": (0, 864),
        "held": (288, 864), "stopped": (576, 864),
    }  # fmt: skip


def arranged() -> Graph:
    """What hands add to a graph: nodes set aside, wires led through points, frames in colours, notes long and short."""
    agent = {"model": "medium", "prompt": "Say what follows from {{ text }}."}
    nodes = [
        Node("task", "input", "task", {"type": "text"}),
        Node("quiet", "agent", "Check the tone", agent, aside="muted"),
        Node("past", "agent", "Shorten it", agent, aside="bypassed"),
        Node("loud", "agent", "Draft", agent),
        Node("report", "output", "Report", {}),
    ]
    pairs = ["task.value quiet.text", "task.value past.text", "task.value loud.text", "past.text report.value"]
    edges = [Edge(*a.split("."), *b.split(".")) for a, b in (pair.split() for pair in pairs)]
    bends = {edges[2].key: ((180.0, 300.0), (240.0, 420.0)), edges[3].key: ((560.0, 300.0),)}
    frames = [Frame("one", "Set aside", (256, -56, 272, 432), "amber"), Frame("two", "", (256, 392, 272, 200), "blue")]
    notes = [Note("short", "Both were too slow.", (592, -40, 184, 56)), Note("long", NOTE * 4, (592, 400, 184, 104))]
    return Graph(
        {"name": "Arranged"}, {n.id: n for n in nodes}, {e.key: e for e in edges},
        {"task": (0, 96), "quiet": (280, 0), "past": (280, 192), "loud": (280, 440), "report": (640, 192)},
        bends=bends, frames={f.id: f for f in frames}, notes={n.id: n for n in notes},
    )  # fmt: skip


def arranged_picture(shown: Graph | None = None, *, dark: bool) -> Picture:
    """Its picture, with a bent wire and a frame selected: their handles show."""
    from gui.canvas.picture import Picture

    picture = Picture(shown or arranged(), kinds(), dark=dark)
    picture.renderer.edge_selection = frozenset({"task.value->loud.text"})
    picture.renderer.mark_selection = frozenset({"one"})
    return picture


def view() -> View:
    """A run of `graph()`, 6.4 seconds in."""
    folded = View()
    for event in events():
        folded.apply(event)
    return folded


def events() -> list[Event]:
    """What that run has said so far, from 100 monotonic seconds on."""
    rows = [*_upstream(), *_middle(), *_below()]
    rows.sort(key=lambda row: row[0])
    return [
        Event(1, "r1", number, 1_700_000_000 + at, 100 + at, kind, key, key.rpartition("/")[2], key.rpartition("/")[0],
              attempt, data)
        for number, (at, kind, key, attempt, data) in enumerate(rows, 1)
    ]  # fmt: skip


Row = tuple[float, str, str, int, dict[str, Any]]


def _upstream() -> Iterable[Row]:
    yield 0, "run.started", "", 0, {}
    yield from _node("task", 0, 0.001, "Why do connection pools stall?", port="value")
    yield _edge(0.01, "task.value->research.task")
    text = "Three angles worth a look: retry storms, pool limits, and the keep-alive of idle connections."
    yield from _node("research", 0, 2.1, text, "deepseek/deepseek-chat", (900, 300), 0.0004)
    for target in ("docs.research", "issues.research", "web.research", "refactor.items"):
        yield _edge(2.1, f"research.text->{target}")
    yield from _node("docs", 2.1, 5.9, DOCS, "anthropic/claude-sonnet", (3000, 400), 0.0121)
    yield _edge(5.9, "docs.text->merge.items")


def _middle() -> Iterable[Row]:
    yield 1.8, "node.started", "issues", 1, {"attempts": 3}
    yield 1.9, "model.request", "issues", 1, {"model": "anthropic/claude-sonnet"}
    yield 2.0, "model.response", "issues", 1, {"usage": {"input_tokens": 700, "output_tokens": 112}, "cost_usd": 0.0043}
    yield 3.0, "text", "issues", 1, {"text": ISSUES}
    yield 2.1, "node.started", "web", 1, {"attempts": 3}
    yield 2.2, "model.request", "web", 1, {"model": "anthropic/claude-sonnet"}
    yield 3.4, "node.retry", "web", 1, {
        "class": "429", "message": "Rate limited. Next try in 3 s.", "wait_s": 6.0, "attempts": 3}  # fmt: skip
    yield 2.1, "node.started", "refactor", 1, {}
    yield 2.1, "map.opened", "refactor", 1, {"total": 50}
    for item in range(36):
        yield 2.1 + 0.04 * item, "node.queued", f"refactor[{item}]/edit", 1, {}
    for item in range(31):
        told = {"error": {"message": "no"}} if item == 12 else {"value": "done"}
        seconds = 0.04 * item + (1.2 if item == 20 else 0.3)
        yield 2.2 + seconds, "map.item", "refactor", 1, {
            "index": item, "status": "failed" if item == 12 else "ok", "cost_usd": 0.001, **told}  # fmt: skip
    yield 6.4, "node.progress", "refactor", 1, {"done": 31, "total": 50, "note": "1 failed"}
    yield 0.1, "node.queued", "triage", 0, {}


def _below() -> Iterable[Row]:
    yield 1.0, "node.skipped", "late", 0, {"reason": "not_chosen"}
    yield 1.0, "edge.dead", "", 0, {"edge": "triage.coding->late.research", "why": "benign"}
    yield 0.5, "node.started", "broken", 1, {}
    yield 1.7, "node.failed", "broken", 1, {"error": {"class": "credentials", "message": REFUSED}}
    yield _edge(1.7, "broken.error->kept.text")
    yield 2.0, "node.started", "held", 1, {}
    yield 2.0, "node.waiting", "held", 1, {"reason": "review", "for": ["you"]}
    yield 3.0, "node.cancelled", "stopped", 0, {"reason": "cancelled"}
    yield from _node("kept", 1.7, 1.701, "Dear Ada, here is the report.", source="cache")
    yield _edge(1.8, "kept.text->report.value")
    yield 1.8, "node.started", "report", 1, {}
    yield 1.9, "node.ok", "report", 1, {"source": "ran", "outputs": {"value": "Dear Ada, here is the report."}}
    yield from _node(
        "rehearsed", 2, 4.2, "The pool stalls because waiters are looked at again.", "rehearsal", (90, 30), 0
    )


def _node(
    node: str, start: float, end: float, text: str, model: str = "", used: tuple[int, int] = (0, 0), cost: float = 0,
    *, port: str = "text", source: str = "ran",
) -> Iterable[Row]:  # fmt: skip
    yield start, "node.started", node, 1, {}
    if model:
        yield start, "model.request", node, 1, {"model": model}
        usage = {"input_tokens": used[0], "output_tokens": used[1]}
        yield end, "model.response", node, 1, {"usage": usage, "cost_usd": cost}
    yield end, "node.ok", node, 1, {"source": source, "outputs": {port: text}}


def _edge(at: float, key: str) -> Row:
    return at, "edge.live", "", 0, {"edge": key}


def main(folder: Path, *scales: float) -> None:
    """Saves the pictures: dark and light, with the run, with it under reduced motion, and at rest, at the scales given.

    `tests/pictures/approved` holds them at scale 1: look at new ones before they go there.
    """
    from gui.canvas.picture import Picture

    folder.mkdir(parents=True, exist_ok=True)
    for dark in (True, False):
        for scale in (1, 2):
            name = f"arranged-{'dark' if dark else 'light'}-{scale}x.png"
            arranged_picture(dark=dark).image(scale).save(str(folder / name))
        for moment, watched in (("run", view()), ("calm", view()), ("rest", None)):
            picture = Picture(graph(), kinds(), view=watched, dark=dark, calm=moment == "calm")
            picture.renderer.selection = frozenset({"issues"})
            for scale in scales:
                size = "" if scale == 1 else f"-{scale:g}x"
                picture.image(scale).save(str(folder / f"{moment}-{'dark' if dark else 'light'}{size}.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(float(scale) for scale in sys.argv[2:] or ["1", "2"]))
