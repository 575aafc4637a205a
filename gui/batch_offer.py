"""What a table would give the graph, found before anything runs: its columns as inputs, what is done, what it costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine.base.errors import BatonError
from gui.widgets.file_dialog import file_dialog

if TYPE_CHECKING:
    from engine.files.rows import Rows
    from engine.graph.graph import Graph
    from engine.plan.estimate import Estimate
    from engine.run.services import Services
    from gui.studio import Studio

FILTERS: Final = ("Tables (*.csv *.jsonl *.ndjson)", "All files (*)")
CHOOSING: Final = ("router", "manager", "review")
"""Kinds of nodes that choose a route."""
PLANS: Final[Mapping[str, str]] = {"balanced": "mapped"}
"""What a plan of the Models menu is called by the forecast, where it is called otherwise."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A table beside the graph.

    Attributes:
        inputs: names of the graph's inputs; those that are no column keep their default.
        left_out: columns that no input takes.
        routers: nodes that choose routes, by id, with what people call them.
        place: where the results go, and `done`, how many rows those that are there have finished; None where there
            are none.
        each: what the first row is expected to take; None where that cannot be told.
        problem: why the rows cannot be run, with what to do; "" when they can.
    """

    path: Path
    table: Rows
    inputs: tuple[str, ...]
    left_out: tuple[str, ...]
    routers: Mapping[str, str]
    place: Path
    done: int | None
    each: Estimate | None
    problem: str

    @property
    def free_place(self) -> Path:
        """A file for results that is not there yet."""
        return _free(self.place)

    @property
    def rehearsal_place(self) -> Path:
        """The same for those of a rehearsal, which nobody should take for real ones."""
        return _free(self.path.with_name(f"{self.path.stem}.rehearsal{self.path.suffix}"))


def _free(place: Path) -> Path:
    """The file, or where it is there the first one with a number that is not."""
    names = (place.with_stem(f"{place.stem}{f'-{number}' if number > 1 else ''}") for number in count(1))
    return next(name for name in names if not name.exists())


def ask_table(studio: Studio) -> None:
    """Lets the person choose a table, then shows what it would give the graph."""

    def asked() -> None:
        dialog = file_dialog(studio.window, studio.icons, "Run for each row of a table", studio.filing.near())
        dialog.setNameFilters(FILTERS)
        dialog.fileSelected.connect(lambda chosen: offer_table(studio, Path(chosen)))
        dialog.open()

    studio.launch.when_ready(asked)


def offer_table(studio: Studio, path: Path) -> None:
    """Shows what a table would give the graph, once it was read off the window's thread."""
    from gui.dialogs.batch import show_batch

    studio.opening.away(reader(studio, path), lambda offer: show_batch(studio, offer))


def reader(studio: Studio, path: Path) -> Callable[[], Offer]:
    """What reads a table and finds out about it, to be done on any thread."""
    session, services = studio.session, studio.services
    graph, file, plan = session.whole, session.path, studio.launch.plan

    def read() -> Offer:
        from engine.batch.inputs import left_out, named, table_inputs
        from engine.batch.results import place_beside
        from engine.files.rows import read_rows

        table = read_rows(path)
        problem, rows = "", list[dict[str, Any]]()
        try:
            rows = table_inputs(graph, table, folder=path.parent)
        except BatonError as error:
            problem = str(error)
        routers = {node.id: node.name for node in graph.nodes.values() if node.kind in CHOOSING}
        each = _forecast(graph, services, file, rows[0], plan) if rows else None
        place = place_beside(path)
        return Offer(
            path, table, tuple(named(graph, "input")), tuple(left_out(graph, table)), routers, place,
            _done(graph, table, place), each, problem or ("" if table.rows else "The table has no rows."),
        )  # fmt: skip

    return read


def _done(graph: Graph, table: Rows, place: Path) -> int | None:
    """How many rows the results that are there have finished; None where there are none."""
    from engine.batch.inputs import named
    from engine.batch.perform import DONE
    from engine.batch.results import Results

    if not place.exists():
        return None
    try:
        known = Results(table, place, list(named(graph, "output"))).known()
    except BatonError:  # it is something else, or cannot be read
        return 0
    return sum(line.get("status") in DONE for line in known.values())


def _forecast(
    graph: Graph, services: Services, file: Path | None, inputs: Mapping[str, Any], plan: str
) -> Estimate | None:
    """What a run with these inputs is expected to take, as earlier runs of the file went."""
    from engine.archive.learning import learnt_of
    from engine.plan.estimate import estimate
    from engine.plan.learnt import UNTAUGHT

    near, there = services.beside(file.parent if file else None), services.journal.journal
    try:
        learnt = learnt_of(there, str(file.resolve())) if file and there.path.exists() else UNTAUGHT
        found = estimate(graph, near.kinds, services.models(), inputs=inputs, when=time.time(), learnt=learnt)
    except BatonError:
        return None
    return next((each for each in found if each.plan == PLANS.get(plan, plan)), None)
