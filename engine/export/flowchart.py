"""A drawing of steps and arrows as a graph: steps become agents that hand their text on, a choice becomes a router."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from engine.base.ids import id_from, unique_id
from engine.export.drafting import Draft

START, END = "__start__", "__end__"
Sort = Literal["step", "start", "end", "choice", "tools"]
_WHY: Final = "What it does stands in code there: write its instructions."


@dataclass(frozen=True, slots=True)
class Step:
    """One box. `title` is what people read."""

    title: str
    sort: Sort = "step"


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow; a conditional one is one of several ways."""

    source: str
    target: str
    label: str = ""
    conditional: bool = False


def draw(draft: Draft, steps: Mapping[str, Step], arrows: Sequence[Arrow]) -> None:
    """Puts steps and arrows into a draft."""
    steps, arrows = _without_tool_nodes(draft, steps, arrows)
    for key, step in steps.items():
        _add(draft, key, step)
    for key in steps:
        ways = [arrow for arrow in arrows if arrow.source == key and arrow.target in steps]
        forks = [arrow for arrow in ways if arrow.conditional]
        if len(forks) > 1 and steps[key].sort != "choice":
            _fork(draft, key, steps, forks)
        elif steps[key].sort == "choice":
            _choose(draft, key, steps, ways)
            continue
        else:
            forks = []
        for arrow in ways:
            if arrow not in forks:
                _hand_on(draft, key, "", steps, arrow.target)


def _add(draft: Draft, key: str, step: Step) -> None:
    match step.sort:
        case "start":
            draft.add(key, "input", step.title, {"type": "text"}, wanted="task" if key == START else "")
        case "end":
            draft.add(key, "output", step.title, {}, wanted="answer" if key == END else "")
        case "choice":
            draft.add(key, "router", step.title, {"mode": "model", "routes": []}, why=_WHY)
        case _:
            prompt = {"model": "medium", "instructions": "", "prompt": "{{ state }}"}
            draft.add(key, "agent", step.title, prompt, why=_WHY)


def _hand_on(draft: Draft, source: str, handle: str, steps: Mapping[str, Step], target: str) -> None:
    port = {"end": "value", "choice": "value"}.get(steps[target].sort, "state")
    node_id = draft.id_of(target)
    if steps[target].sort != "start" and node_id:
        draft.wire(source, handle, node_id, port)


def _fork(draft: Draft, key: str, steps: Mapping[str, Step], forks: Sequence[Arrow]) -> None:
    """A router behind a step that has several ways on."""
    router = f"{key}/route"
    draft.add(router, "router", f"After {steps[key].title}", {"mode": "model", "routes": []},
              why="The choice stands in code there: a model chooses here, or write rules.")  # fmt: skip
    draft.wire(key, "", draft.id_of(router), "value")
    _choose(draft, router, steps, forks)


def _choose(draft: Draft, router: str, steps: Mapping[str, Step], ways: Sequence[Arrow]) -> None:
    routes: list[dict[str, Any]] = []
    for arrow in ways:
        label = arrow.label or steps[arrow.target].title
        name = unique_id(_route_id(label), {route["id"] for route in routes})
        routes.append({"id": name, "label": label, "description": f"goes on with {steps[arrow.target].title}"})
        draft.gives(router, name, name)
        _hand_on(draft, router, name, steps, arrow.target)
    if ways:  # there something always follows, so what fits no route goes the last way
        draft.gives(router, "default", "default")
        _hand_on(draft, router, "default", steps, ways[-1].target)
    draft.configure(draft.id_of(router), routes=routes)


def _route_id(label: str) -> str:
    name = id_from(label)[:40].rstrip("_")
    return f"{name}_" if name in ("default", "error") else name


def _without_tool_nodes(
    draft: Draft, steps: Mapping[str, Step], arrows: Sequence[Arrow]
) -> tuple[Mapping[str, Step], Sequence[Arrow]]:
    """A step that only runs the tools of one agent is that agent's own work here."""
    kept, left = dict(steps), list(arrows)
    for key, step in steps.items():
        callers = {arrow.source for arrow in arrows if arrow.target == key}
        back = {arrow.target for arrow in arrows if arrow.source == key}
        if step.sort == "tools" and len(callers) == 1 and callers == back and callers <= steps.keys():
            del kept[key]
            left = [arrow for arrow in left if key not in (arrow.source, arrow.target)]
            (caller,) = callers
            draft.say(
                "approximated", step.title, f"{steps[caller].title} calls its tools itself here: list them there."
            )
    return kept, left
