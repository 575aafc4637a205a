"""A write that may have happened before the program was cut off is not repeated unasked (semantics.md S11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine.graph.graph import Graph
from engine.kinds.contract import Call, Capability, NodeConfig, Outputs
from engine.run.control import Run
from engine.run.events import Event
from engine.run.journal import Journal
from engine.run.result import Result
from engine.run.services import Services
from engine.testing import build, probing
from tests.engine.outsider import Outsider
from tests.engine.run.test_resume import cut

WRITES = Capability("folder", "out", writes=True)
GRAPH = build(
    {"x": ("input", {"default": "q"}), "w": "outsider", "end": "output"}, "x.value -> w.in", "w.out -> end.value"
)


async def interrupted(services: Services, kind: Outsider, graph: Graph = GRAPH) -> tuple[Services, str]:
    """A run that was cut off while it wrote."""
    here = probing(services, kind)
    from engine.plan.capabilities import capabilities

    here.trust.trust(capabilities(graph, here.kinds, None), 0.0, "test")
    events: list[Event] = []
    result = await Run(graph, services=here).execute(events.extend)
    place = next(index for index, event in enumerate(events) if event.kind == "tool.intent")
    cut(services, result.run, events[: place + 1])
    return here, result.run


async def go_on(services: Services, run: str, answer: Mapping[str, Any] | None = None) -> Result:
    return await Run.resume(run, services=services, answers={"w": answer} if answer else {}).execute()


async def test_it_waits_for_a_person_and_writes_nothing(services: Services) -> None:
    kind = Outsider(WRITES)
    here, run = await interrupted(services, kind)
    result = await go_on(here, run)
    assert (result.status, result.reason, kind.reached) == ("paused", "uncertain", 1)
    [waiting] = result.waiting
    assert (waiting["key"], waiting["kind"]) == ("w", "uncertain")
    assert "may have happened" in waiting["question"]


async def test_beside_another_question_it_waits_for_a_person_like_any(services: Services) -> None:
    nodes = {name: (node.kind, node.config) for name, node in GRAPH.nodes.items()}
    edges = [f"{edge.start} -> {edge.end}" for edge in GRAPH.edges.values()]
    both = build({**nodes, "sign": ("review", {})}, *edges, "x.value -> sign.value")
    here, run = await interrupted(services, Outsider(WRITES), both)
    result = await go_on(here, run)
    assert (result.status, result.reason) == ("paused", "human")
    assert {each["kind"] for each in result.waiting} == {"uncertain", "review"}


class Looking(Outsider):
    """Looks, while it writes, at what is stored of its run."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(WRITES)
        self.journal, self.saw = journal, list[str]()

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        [run] = self.journal.runs(1)
        self.saw = [event.kind for event in self.journal.events(run.id)]
        return await super().run(call)


async def test_that_it_is_about_to_write_is_stored_before_it_does(services: Services) -> None:
    kind = Looking(Journal(services.home.runs))
    await interrupted(services, kind)
    assert kind.saw[-1] == "tool.intent"


@pytest.mark.parametrize(
    ("answer", "output", "count"),
    [
        ({"decision": "approved", "value": {"do": "repeat"}}, "q from outside, 2", 2),
        ({"decision": "approved"}, "q from outside, 2", 2),
        ({"decision": "approved", "form": {"do": "skip", "value": "it did"}}, "it did", 1),
        ({"decision": "approved", "value": {"do": "fail"}}, None, 1),
        ({"decision": "rejected"}, None, 1),
    ],
)
async def test_a_person_decides(services: Services, answer: dict[str, Any], output: str | None, count: int) -> None:
    kind = Outsider(WRITES)
    here, run = await interrupted(services, kind)
    assert (await go_on(here, run)).status == "paused"
    result = await go_on(here, run, answer)
    assert kind.reached == count
    assert result.outputs == ({} if output is None else {"end": output})
    assert result.status == ("failed" if output is None else "completed")
    assert output is not None or result.nodes["w"]["error"]["class"] == "tool", "a person let it fail: no bug did"


async def test_cut_off_again_while_it_repeats_it_asks_again(services: Services) -> None:
    kind = Outsider(WRITES)
    here, run = await interrupted(services, kind)
    events: list[Event] = list(Run.resume(run, services=here)._before.events)  # type: ignore[union-attr]  # it is resumed
    answer = {"w": {"decision": "approved", "value": {"do": "repeat"}}}
    await Run.resume(run, services=here, answers=answer).execute(events.extend)
    place = max(index for index, event in enumerate(events) if event.kind == "tool.intent")
    cut(services, run, events[: place + 1])
    result = await go_on(here, run)
    assert (result.status, result.reason, kind.reached) == ("paused", "uncertain", 2)


async def test_a_write_that_ended_is_not_asked_about(services: Services) -> None:
    kind = Outsider(WRITES)
    here, run = await interrupted(services, kind)
    events: list[Event] = list(Run.resume(run, services=here)._before.events)  # type: ignore[union-attr]  # it is resumed
    answer = {"w": {"decision": "approved", "value": {"do": "repeat"}}}
    await Run.resume(run, services=here, answers=answer).execute(events.extend)
    place = next(index for index, event in enumerate(events) if event.kind == "node.ok" and event.node == "w")
    cut(services, run, events[: place + 1])
    result = await go_on(here, run)
    assert (result.status, kind.reached) == ("completed", 2)
