"""A row that is gone on with over several starts: what was paid stays paid, and what was chosen anew holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.batch.perform import Begun, Row, RowResult, row_result
from engine.batch.runs import RowRuns
from engine.graph.graph import Graph
from engine.run.control import RunOptions
from engine.run.services import Services
from engine.testing import build
from tests.engine.run.pricing import Priced

ASKED = ("agent", {"model": "large", "prompt": "Go on: {{ before }}", "max_tokens": 100})
BROKEN, MENDED = ("template", {"template": "{{ said }}{{ 1 // 0 }}"}), ("template", {"template": "{{ said }}"})


def steps(*seams: tuple[str, dict[str, str]]) -> Graph:
    """Agents, with a template between each and the next."""
    nodes: dict[str, Any] = {"task": "input", "a0": ASKED, "end": "output"}
    edges, last = ["task.value -> a0.before"], "a0"
    for number, seam in enumerate(seams, 1):
        nodes |= {f"t{number}": seam, f"a{number}": ASKED}
        edges += [f"{last}.text -> t{number}.said", f"t{number}.text -> a{number}.before"]
        last = f"a{number}"
    return build(nodes, *edges, f"{last}.text -> end.value")


async def ended(runs: RowRuns, row: Row) -> RowResult:
    made = runs.again(row, None) if row.run else runs.start(row, None)
    return row_result(row, await made.run.execute(), made.paid) if isinstance(made, Begun) else made


async def test_a_row_costs_what_all_its_starts_did_which_one_unknown_price_makes_unknown(
    services: Services,
) -> None:
    models = Priced(services)
    first = RowRuns(steps(BROKEN, BROKEN), RunOptions(), models.serve(services), None)
    row = Row(1, {"task": "x"})
    told = []
    for seams in ((BROKEN, BROKEN), (MENDED, BROKEN), (MENDED, MENDED), (MENDED, MENDED)):
        told.append(await ended(replace(first, graph=steps(*seams)), row))
        row = Row(1, row.inputs, told[-1].run)
    assert [(each.status, each.cost_usd) for each in told] == [
        ("failed", 0.5), ("failed", 1.0), ("completed", 1.5), ("completed", 1.5),
    ]  # fmt: skip
    assert models.calls == 3 and told[2].run == told[3].run, "nothing is asked twice"
    models.price_known = False
    for third in (MENDED, BROKEN):
        last = await ended(replace(first, graph=steps(MENDED, MENDED, third)), row)
        assert last.cost_usd is None
        models.price_known, row = True, Row(1, row.inputs, last.run)


async def test_other_models_for_the_tiers_hold_for_a_row_that_had_begun(services: Services) -> None:
    models = Priced(services)
    old = RowRuns(steps(BROKEN), RunOptions(tiers={"best": "test/old"}), models.serve(services), None)
    failed = await ended(old, Row(1, {"task": "x"}))
    row = Row(1, {"task": "x"}, failed.run)
    same = old.again(row, None)
    other = replace(old, chosen=RunOptions(tiers={"best": "test/new"})).again(row, None)
    assert isinstance(same, Begun) and isinstance(other, Begun)
    assert (same.run.id, same.run.options.tiers, same.paid) == (failed.run, {"best": "test/old"}, 0.0)
    assert (other.run.id != failed.run, other.run.options.tiers, other.paid) == (True, {"best": "test/new"}, 0.5)
