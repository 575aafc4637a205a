"""What a node and an edge show of a run: a pure fold of the run's view into glyphs, words and colours (studio.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.run.admission.line import HIGHER, ROOM
from engine.run.breakpoints import REASON as BREAKPOINT
from engine.run.children import DelegationView
from engine.run.people import REASON as PERSON
from engine.run.view import EdgeView, NodeView, View
from gui.bridge.cells import cells_of, delegates, stragglers
from gui.figures import brief, dollars, seconds, tokens

ACTIVE: Final = frozenset({"running", "retry", "waiting"})
SHOWN: Final = 600
"""Characters of a value that may be shown at all."""

MOST_NAMED: Final = 8
"""Items that are named where there may be more."""
LANES, LANE = 3, 28
"""Delegations that a manager shows at once, and characters of each: as many as find room in a line."""
SHORT: Final = 5
"""Characters of a cause that find room beside a countdown: `429`."""

LOG, ANSWER, LOOK = "Log", "Answer", "Look"
"""The buttons of a node that failed, which leads to what the log says about it, of one that asks, and of a held one."""
_WAITS: Final = {
    "rate limit": ("the rate limit of its provider", "rate limit"),
    ROOM: ("room in the budget: what is left of it is held by calls under way", "budget"),
    HIGHER: ("a higher budget: what is left of it has no room for its call", "budget"),
}
"""What the engine calls a wait -> for whom or what, and in short."""
SOURCES: Final[Mapping[str, str]] = {"cache": "from cache", "reused": "reused", "pinned": "pinned"}
"""Where a value came from that was not worked for in this run, in words."""


@dataclass(frozen=True, slots=True)
class Face:
    """A node's appearance in a run.

    Attributes:
        status: "" when no run is watched or it does not know the node, else what the colours follow.
        glyph: icon at the top right: state is never said by colour alone. "" for none.
        line, pill: replace the caption's when not None.
        body: text in the box; None leaves the caption's.
        streaming: the body is still growing: its end is shown, with a caret.
        footer: left, middle and right of the bottom line.
        progress: 0 to 1 along the bottom edge; None without.
        ringed: it works right now: its border breathes.
        outlined: its border has the state's colour.
        dashed: it did not run.
        breaks: a run holds before it starts: a dot at its corner.
        reason: one sentence for the tooltip.
        cells: a letter for each item of a map or pass of a loop (`gui.bridge.cells`).
        button: what can be done about it with a click, in a word; "" for nothing.
        clock: monotonic seconds from which elapsed time is counted while it runs, or None.
        until: monotonic seconds to which a retry counts down, or None.
    """

    status: str = ""
    glyph: str = ""
    line: str | None = None
    pill: str | None = None
    body: str | None = None
    streaming: bool = False
    footer: tuple[str, str, str] = ("", "", "")
    progress: float | None = None
    ringed: bool = False
    outlined: bool = False
    dashed: bool = False
    breaks: bool = False
    reason: str = ""
    cells: str = ""
    button: str = ""
    clock: float | None = None
    until: float | None = None

    @property
    def marked(self) -> bool:
        """Whether it shows a problem that check found, not the state of a run."""
        return self.glyph in ("error", "warning")

    @property
    def dim(self) -> bool:
        return self.dashed

    @property
    def moving(self) -> bool:
        """Whether it changes by itself, with time alone."""
        return self.ringed or self.clock is not None or self.until is not None


REST: Final = Face()


@dataclass(frozen=True, slots=True)
class EdgeFace:
    """An edge's appearance in a run: `colour` is a role of the theme, `alpha` 0 to 1, `flowing` shows dots; a run holds
    where it `breaks`; `wrong` is the severity of a problem that check found at it."""

    colour: str = "wire"
    alpha: float = 1.0
    wide: bool = False
    dashed: bool = False
    flowing: bool = False
    since: float = 0.0
    breaks: bool = False
    wrong: str = ""


EDGE_REST: Final = EdgeFace()


def node_face(
    view: View, node_id: str, joins: int = 0, arrived: int = 0, missing: Sequence[str] | None = None, blamed: str = ""
) -> Face:
    """The face of a node of the graph that `view` is the run of.

    Args:
        joins: how many edges lead into it, `arrived` how many of them brought a value: "2 of 3".
        missing: the titles of those that it still waits for; None where only their number is known.
        blamed: the title of the node whose failure it was skipped for.
    """
    node = view.nodes.get(node_id)
    if node is None or node.status in ("pending", "queued"):
        queued = node is not None and node.status == "queued"
        pill = f"{arrived} of {joins}" if joins > 1 and arrived else None
        open_yet = joins - arrived if missing is None else len(missing)  # what never comes is not waited for
        note = ("queued" if queued else "") or (f"waits for {open_yet}" if pill and open_yet else "")
        glyph = "queued" if queued or not view.finished else ""
        progress = arrived / joins if pill else None
        reason = f"waits for {open_yet} of {joins}: {', '.join(missing)}" if pill and missing else ""
        return Face("queued" if glyph else "", glyph, pill=pill, footer=(note, "", ""), progress=progress,
                    reason=reason)  # fmt: skip
    if node.status == "skipped" and blamed:
        return replace(_skipped(node), body=f"“{blamed}” failed.", footer=("skipped", "", ""),
                       reason=f"skipped, because “{blamed}” failed")  # fmt: skip
    face = _FACES.get(node.status, _settled)(node)
    if delegates(node):
        return _managing(face, node, view)
    return _counted(face, node, view.now) if node.parts or node.total else face


def _managing(face: Face, node: NodeView, view: View) -> Face:
    """The face of a manager: who of its team works on what, while they do."""
    team = view.children(node.key)
    going = [one for one in team if one.open]
    count = f"{len(team)} delegation" + ("" if len(team) == 1 else "s")
    left, middle, right = face.footer
    if face.status != "running" or not going:
        return replace(face, footer=(left, middle or count, right))
    lines = (_lane(one) for one in going[-LANES:])
    footer = f"{len(going)} of {len(team)} at work", middle, right
    return replace(face, body="\n".join(lines), streaming=False, footer=footer)


def _lane(one: DelegationView) -> str:
    """Who works, and the end of what was said last, else the beginning of what it is about."""
    room = max(8, LANE - len(one.specialist) - 2)
    said = " ".join(one.text.rstrip().rpartition("\n")[2].split())
    if said:
        return f"{one.specialist}: {said if len(said) <= room else '…' + said[1 - room :].lstrip()}"
    about = " ".join((one.title or one.brief).split())
    return f"{one.specialist}: {about if len(about) <= room else about[: room - 1].rstrip() + '…'}"


def _counted(face: Face, node: NodeView, now: float) -> Face:
    """The face of a map or a loop: its cells, which pass it is, and what takes unusually long."""
    slow = stragglers(node, now) if face.status == "running" else []
    count = "1 item takes" if len(slow) == 1 else f"{len(slow)} items take"
    names = ", ".join(str(part.number + 1) for part in slow[:MOST_NAMED])
    reason = f"{count} much longer than the others: {names}" if slow else face.reason
    left, middle, right = face.footer
    if node.first and node.parts and face.status == "running":
        going = max((part.number for part in node.parts.values() if part.ended is None), default=node.done)
        left = f"pass {going} of {node.total}" if node.total else f"pass {going}"
    if slow and not middle:
        middle = f"{len(slow)} slow"
    return replace(face, cells=cells_of(node, now), reason=reason, footer=(left, middle, right))


def edge_face(view: View, key: str, target_status: str) -> EdgeFace:
    """The face of an edge: lit where a value passed, moving while the value is worked on, faded where it is dead."""
    edge: EdgeView | None = view.edges.get(key)
    if edge is None or not edge.fate:
        return EDGE_REST
    if edge.fate != "live":
        failed = edge.fate == "dead:failed"
        return EdgeFace("state:failed" if failed else "wire", 0.45 if failed else 0.4, dashed=True)
    if target_status in (*ACTIVE, "queued") and not view.finished:
        return EdgeFace("state:running", wide=True, flowing=True, since=edge.at)
    return EdgeFace("state:ok", 0.62, since=edge.at)


def delegated_face(work: DelegationView, *, live: bool) -> EdgeFace:
    """The face of an edge from a manager to a specialist that was given work: moving while it is worked on."""
    if live:
        return EdgeFace("state:running", wide=True, flowing=True, since=work.started)
    return EdgeFace("state:ok" if work.status == "ok" else "wire", 0.62, since=work.started)


def passed(view: View, source: str, port: str) -> str | None:
    """What left a port, as text of at most `SHOWN` characters; None when nothing did (yet)."""
    node = view.nodes.get(source)
    if node is None or port not in node.outputs:
        return None
    return brief(node.outputs[port], SHOWN)


def _words(node: NodeView) -> dict[str, Any]:
    """Second line and pill once a model was asked: its name, or that it was the built-in one."""
    if node.rehearsal:
        return {"line": "built-in", "pill": "rehearsal"}
    if "/" in node.model:
        return {"line": node.model.split("/", 1)[1]}
    return {}


def _running(node: NodeView) -> Face:
    counted = f"{node.done} of {node.total}" if node.total else ""
    left = counted or node.note or tokens(node.input_tokens + node.output_tokens)
    progress = node.done / node.total if node.total else None
    money = node.note if counted else dollars(node.cost) if node.cost else ""
    return Face("running", "running", body=node.text or None, streaming=bool(node.text), footer=(left, money, ""),
                progress=progress, ringed=True, outlined=True, clock=node.started, **_words(node))  # fmt: skip


def _retry(node: NodeView) -> Face:
    tries = f"attempt {min(node.attempt + 1, node.max_attempts or node.attempt + 1)}"
    if node.max_attempts:
        tries += f" of {node.max_attempts}"
    why = node.attempts[-1].note if node.attempts else ""
    why = why if len(why) <= SHORT else ""  # the sentence stands in the node anyway
    return Face("retry", "retry", body=node.reason or None, footer=(tries, "", why), outlined=True,
                reason=node.reason, until=node.retry_at, **_words(node))  # fmt: skip


def _waiting(node: NodeView) -> Face:
    if node.reason == BREAKPOINT:
        return Face("waiting", "pause", body="It is held. What arrives stands below.", footer=("held", "", ""),
                    button=LOOK,
                    outlined=True, reason="held at a breakpoint")  # fmt: skip
    who = ", ".join(node.waits_for) or node.reason
    person = who == PERSON
    what, short = _WAITS.get(who.partition(",")[0], (who, f"waits for {who}" if who else "waiting"))
    words = "waits for you" if person else f"waits for {what}" if what else "waiting"
    body = "Its question stands below." if person else f"{words[:1].upper()}{words[1:]}."
    return Face("waiting", "waiting", body=body, footer=("waits for you" if person else short, "", ""), outlined=True,
                button=ANSWER if person else "",
                reason=words, clock=None if node.retry_at else node.started, until=node.retry_at)  # fmt: skip


def _failed(node: NodeView) -> Face:
    kind = fault((node.error or {}).get("class") or "failed")
    spent = dollars(node.cost) if node.cost else ""
    return Face(node.status, node.status, body=node.reason or "It failed.", line=None, outlined=True, button=LOG,
                footer=(kind, spent, seconds(node.seconds)), reason=node.reason)  # fmt: skip


def _skipped(node: NodeView) -> Face:
    words = f"{node.status} · {node.why}" if node.why and node.why != node.status else node.status
    return Face(node.status, node.status, body="", footer=(words, "", ""), dashed=True, reason=words)


def _settled(node: NodeView) -> Face:
    status = "degraded" if node.degraded else node.source if node.source in SOURCES else "ok"
    spent = tokens(node.input_tokens + node.output_tokens)
    left = spent or SOURCES.get(node.source, "")
    if node.total:
        left = f"{node.done} of {node.total}" + (f", {node.note}" if node.note else "")
    route = ", ".join(node.route)
    if route:
        left = f"→ {route}"
    middle = dollars(node.cost) if spent and node.cost != 0 else ""
    return Face(status, status, body=result_text(node), footer=(left, middle, seconds(node.seconds)),
                reason=node.degraded or (node.route_note if route else ""), **_words(node))  # fmt: skip


_FACES: Final = {
    "running": _running,
    "retry": _retry,
    "waiting": _waiting,
    "failed": _failed,
    "handled": _failed,
    "skipped": _skipped,
    "cancelled": _skipped,
}


def fault(error_class: str) -> str:
    """The class of an error (semantics.md S1) in words for people: `temporary fault`, `bad request`."""
    return {"transient": "temporary fault", "rate": "rate limit"}.get(error_class, error_class.replace("_", " "))


def result_text(node: NodeView) -> str | None:
    """The first thing a settled node gave, as text; None when it gave nothing."""
    for port in ("text", *node.outputs):
        if port in node.outputs:
            return brief(node.outputs[port], SHOWN) or None
    return node.text[:SHOWN] or None
