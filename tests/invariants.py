"""What must hold after every run, whatever the test is about: nothing left behind, and the story told is the truth."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from engine.run.control import Run
from engine.run.events import Event
from engine.run.frontier import FAILED, LIVE, OPEN, PENDING
from engine.run.journal import Journal
from engine.run.result import Result
from engine.run.scheduler import Scheduler
from engine.run.scope import Scope
from engine.run.view import View

TERMINAL = ("node.ok", "node.failed", "node.handled", "node.skipped", "node.cancelled")
AFTERWARDS = ("late", "edge.live", "edge.dead", "node.progress", "model.response", "budget.settled", "tool.result")
"""What may still be told of a node that has ended: its edges, what came too late, and what a cancelled call cost."""


class Watch:
    """Sees every run of a test and holds it against the invariants when it is over."""

    def __init__(self) -> None:
        self.scopes: dict[int, tuple[Scheduler, dict[str, Scope]]] = {}
        self.running = 0

    @contextmanager
    def over(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        """Watches while it is open."""
        execute, run_scope = Run.execute, Scheduler.run

        async def scope_seen(scheduler: Scheduler, scope: Scope) -> None:
            self.scopes.setdefault(id(scheduler), (scheduler, {}))[1][scope.path] = scope
            await run_scope(scheduler, scope)

        async def run_seen(run: Run, on_events: Callable[[Sequence[Event]], None] | None = None) -> Result:
            return await self._execute(run, execute, on_events)

        patch.setattr(Scheduler, "run", scope_seen)
        patch.setattr(Run, "execute", run_seen)
        yield

    async def _execute(self, run: Run, execute: Any, on_events: Callable[[Sequence[Event]], None] | None) -> Result:
        events: list[Event] = []

        def shown(batch: Sequence[Event]) -> None:
            events.extend(batch)
            if on_events:
                on_events(batch)

        before, children_before = asyncio.all_tasks(), children()
        self.running += 1
        try:
            result: Result = await execute(run, shown)
        finally:
            self.running -= 1
        earlier = run._before.events if run._before else []
        self.told_well(run.id, events, len(earlier), forced=run._stops > 1)
        events = [*earlier, *events]
        folded_anyhow(events)
        if not self.running and run._stops < 2:  # a forced run leaves behind what would not end, and says so
            left = [task for task in asyncio.all_tasks() - before if not task.done() and not of_the_test(task)]
            assert not left, f"tasks are left: {left}"
            assert children() <= children_before, "a child process is left"
        if run.options.journal and run._problem is None:
            stored_as_shown(run, events)
            if not self.running:
                unlocked(Path(run._services.home.runs))
        for scheduler, scopes in self.scopes.values():
            if scheduler.recorder._run == run.id:
                engine_agrees(events, scheduler, scopes)
                if run._stops < 2:
                    nothing_held(scheduler, scopes.values(), run.graph.settings.concurrency)
        self.scopes = {key: value for key, value in self.scopes.items() if value[0].recorder._run != run.id}
        return result

    @staticmethod
    def told_well(run: str, events: Sequence[Event], before: int, *, forced: bool) -> None:
        """`seq` has no gaps, each node ends once, and nothing happens to it afterwards.

        What was left behind by force may still say something before it takes notice.
        """
        assert [event.seq for event in events] == list(range(before + 1, before + len(events) + 1)), "seq has gaps"
        assert {event.run for event in events} <= {run}
        ends = Counter[str]()
        for event in events:
            if event.kind in TERMINAL:
                ends[event.key] += 1
            elif event.kind == "node.queued" and ends[event.key]:
                ends[event.key] -= 1  # a map tries a failed item again in its scope (S5)
            elif event.key and ends[event.key] and event.kind not in AFTERWARDS and not forced:
                raise AssertionError(f"{event.kind} after {event.key} had ended")
        assert not [key for key, count in ends.items() if count > 1], "a node ended twice"


def folded_anyhow(events: Sequence[Event]) -> None:
    """A fold of all events gives the same however often and in whatever batches it is made (S15)."""
    once, again = View(), View()
    for event in events:
        once.apply(event)
    for event in events[: len(events) // 2]:
        again.apply(event)
    for event in events[len(events) // 2 :]:
        again.apply(event)
    assert once == again, "state is a fold of events"


def stored_as_shown(run: Run, events: Sequence[Event]) -> None:
    """What was shown is what is stored."""
    stored = Journal(Path(run._services.home.runs)).events(run.id)
    assert [(event.seq, event.kind, event.key) for event in stored] == [(e.seq, e.kind, e.key) for e in events]


def unlocked(runs: Path) -> None:
    """Nobody keeps a lock of the stored runs: another program may write, after a commit that goes on at most."""
    for file in runs.glob("*.sqlite"):
        with closing(sqlite3.connect(file, timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.rollback()


def engine_agrees(events: Sequence[Event], scheduler: Scheduler, scopes: dict[str, Scope]) -> None:
    """The fold of the events is the engine's own state: statuses, values, fates of edges (S15)."""
    view = View()
    for event in events:
        view.apply(event)
    for scope in scopes.values():
        for index, status in enumerate(scope.frontier.status):
            shown = view.nodes.get(scope.key(index))
            if status == PENDING:
                assert scheduler.pausing, f"{scope.key(index)} is pending"
                assert shown is None or not shown.settled, scope.key(index)
                continue
            assert shown is not None
            assert shown.status == status, scope.key(index)
            if status == "ok" and not scheduler.recorder.redactor.active:
                assert shown.outputs == scope.outputs[index], scope.key(index)
        for index, fate in enumerate(scope.frontier.fates):
            if fate != OPEN:
                told = view.edges[scope.prefix + scope.plan.edges[index].key].fate
                assert told == ("live" if fate == LIVE else "dead:failed" if fate == FAILED else "dead:benign")
    whole = scopes[""]
    assert view.warnings == tuple(whole.warnings if view.status == "paused" else whole.warned())


def nothing_held(scheduler: Scheduler, scopes: Iterable[Scope], slots: int) -> None:
    """No slot, width, call or money is held by anybody once the run is over (S9, S10)."""
    admission = scheduler.admission
    assert admission.slots.free == slots, "a slot is held"
    assert not [width for width in admission._widths.values() if width.running], "a call holds its provider's width"
    assert not scheduler._tasks, "a task of a node is left"
    for scope in scopes:
        for account in scope.account.chain() if scope.account else ():
            held = (account.held, account.usd.reserved, account.tokens.reserved)
            assert held == (0, 0, 0), f"{account.name} still holds {held}"


def of_the_test(task: asyncio.Task[Any]) -> bool:
    """Whether a task serves a connection of a server that the test itself runs on the same loop."""
    code = getattr(task.get_coro(), "cr_code", None)
    file = code.co_filename if code else ""
    return "/tests/" in file or "/aiohttp/web" in file


def children() -> set[str]:
    """The child processes of this one, by number, where the system tells them."""
    found: set[str] = set()
    for each in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            found.update(each.read_text("utf-8").split())
    return found


@pytest.fixture(autouse=True)
def invariants(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Every run of every test is watched."""
    watch = Watch()
    with watch.over(monkeypatch):
        yield watch
