"""One run of a graph, in the caller's loop: started, watched, paused, stopped, and its end told."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.base.errors import BatonError, WrongUse
from engine.base.garbage import seldom_collected
from engine.base.ids import run_id
from engine.base.values import Value
from engine.graph.graph import Graph
from engine.graph.records import GraphSettings
from engine.kinds.outside import Commons, Outside
from engine.models.catalog import Models
from engine.models.contract import ModelRef
from engine.plan.compile import compile_graph
from engine.plan.trust import refusal
from engine.run.admission.accounts import Account, to_pico
from engine.run.admission.controller import Admission
from engine.run.admission.day import Day
from engine.run.breakpoints import Keep
from engine.run.cache import Cache
from engine.run.caps import teller
from engine.run.cassette import Cassette
from engine.run.conversations import REHEARSAL, Conversations
from engine.run.delegation import BrokenOff
from engine.run.events import ENDS, ONE_CLOCK, RUN_ACCOUNT, Event
from engine.run.given import check_inputs, model_names
from engine.run.order import Order
from engine.run.past import Past
from engine.run.people import People, check_answers
from engine.run.recorder import Recorder
from engine.run.result import Result
from engine.run.reuse import reused
from engine.run.scheduler import Scheduler
from engine.run.scope import Scope
from engine.run.services import Services
from engine.run.spent import Spent
from engine.run.tools import RunTools
from engine.run.view import View
from engine.run.writer import Entry
from engine.tools.ledger import Ledger

GRACE_S: Final = 5.0
"""How long a stopped run may take to end by itself, in seconds (S10)."""
FOLD_AFTER: Final = 10_000
"""Batches of events that may wait to be folded."""
POLICIES: Final = ("continue", "drain", "fail_fast")
ON_BUDGET: Final = ("pause", "ask", "cheaper")
INFINITY: Final = float("inf")


@dataclass(frozen=True)
class RunOptions:
    """What a person chose for one run.

    Attributes:
        rehearse: every model is replaced by the built-in one.
        tiers: what tiers mean in this run, such as `{"cheap": "ollama/llama3.2"}`.
        budget_usd: replaces the graph's own budget.
        journal: whether the run is stored.
        pace: the rehearsal model's, in words a second; 0 is at once; None is a natural one.
        answers: what people decided beforehand, by the key of the question: `{"decision", "value", "form"}` (S13).
        cache: results of earlier runs are used again where they were made of the same, and new ones are kept (S12).
        attended: somebody can answer while it runs (`Run.answer`); else a run that waits for people only is paused.
        allow_writes: writing tools that may act without asking each time, as names or patterns such as `fs.*`.
        cassette: the run has the answers that are stored in it and no others: it costs nothing and touches nothing.
        breakpoints: where the run holds before a node starts: see `engine.run.breakpoints.Breakpoints`.
    """

    rehearse: bool = False
    tiers: Mapping[str, str] = field(default_factory=dict)
    budget_usd: float | None = None
    journal: bool = True
    pace: float | None = None
    answers: Mapping[str, Value] = field(default_factory=dict)
    cache: bool = False
    attended: bool = False
    allow_writes: Sequence[str] = ()
    breakpoints: Collection[str] = ()
    cassette: Cassette | None = None


class Run:
    """One run of a graph. Make it, then await `execute` once.

    Args:
        graph: what to run; the run keeps this snapshot.
        inputs: values for input nodes, by name.
        folder: where the graph's file stands, for the files that it names.
        file: its file, for the list of runs.
        base: a stored run (its id, or how it begins) whose results are used again where nothing has changed; its
            inputs hold where none are given (S11).
        from_node: with a base: this node and all that follows from it are done again; inside a container too, as
            `each[3]/say`: the other items stay as they are.
        edited: with a base: outputs changed by hand, by node and port.
        failed: with a base: items of maps that failed are done again, with all that follows, though the run went on.

    Raises:
        WrongUse: the graph cannot run, an input is missing, unknown or of a wrong type, an answer cannot be read.
        NotTrusted: it could do something outside that the user has not trusted, and this is no rehearsal (T2).
    """

    def __init__(
        self, graph: Graph, inputs: Mapping[str, Value] | None = None, options: RunOptions | None = None, *,
        folder: Path | None = None, services: Services | None = None, file: str = "", base: str = "",
        from_node: str = "", edited: Mapping[str, Mapping[str, Value]] | None = None, failed: bool = False,
        _before: Past | None = None,
    ) -> None:  # fmt: skip
        self.id = _before.id if _before else run_id()
        self.graph, self.options = graph, options or RunOptions()
        self._view, self._before = _before.view() if _before else View(), _before
        self._unfolded: list[Sequence[Event]] = []
        self._last: Event | None = None
        self._services = (services or Services.load()).beside(folder, _before.files if _before else {})
        self._settings = _settings(graph)
        self._prepared = self._services.preparations.of(graph, self._services.kinds, folder)
        self._plan = self._prepared.plan
        self._inputs = dict(inputs or {})
        tape = self.options.cassette
        self._memory = _before.memory if _before else tape.memory() if tape else None
        if base:
            self._reuse(base, from_node, edited, failed=failed)
        elif from_node or edited or failed:
            raise WrongUse("To begin in the middle, a run needs a base.", "Name a stored run as the base.")
        check_inputs(self._plan, self._inputs)
        self._folder, self._outside = folder, self._trusted_outside(folder)
        self._people = People(
            self.options.answers, self.options.rehearse, self._memory,
            breakpoints=self.options.breakpoints, allow_writes=self.options.allow_writes,
        )  # fmt: skip
        self._file = file
        self._loop: asyncio.AbstractEventLoop | None = None
        self._live: _Live | None = None
        self._stops = 0
        self._ahead = 0.0
        self._problem: BatonError | None = None

    @classmethod
    def resume(
        cls, run: str, *, services: Services | None = None, answers: Mapping[str, Value] | None = None,
        budget_usd: float | None = None, attended: bool = False, allow_writes: Sequence[str] = (),
    ) -> Run:  # fmt: skip
        """A stored run that goes on: the same id and graph, after a crash, a stop, a pause or a failure (S11).

        What is done stays done; only failed and blocked nodes, and what follows from them, are worked on.

        Args:
            run: its id, or how the id begins.
            answers: what people have decided, by the key of the question.
            budget_usd: replaces the budget of the run; what was paid before counts.
            allow_writes: writing tools that may act unasked from now on, beside those of the run.

        Raises:
            WrongUse: there is no such run, or an answer does not fit what was asked.
            Refused: it has completed, or it goes on elsewhere.
            NotTrusted: its graph could do what is not trusted any more.
        """
        services = services or Services.load()
        past = Past.load(services.journal.journal, run)
        past.refuse_unless_open()
        told = past.started_with
        check_answers(answers or {}, past.view().waiting, past.graph.nodes)
        options = RunOptions(
            rehearse=past.rehearsal, tiers=told.get("tiers", {}), pace=told.get("pace"), cache=told.get("cache", False),
            budget_usd=past.budget_usd if budget_usd is None else budget_usd, attended=attended,
            answers={**told.get("answers", {}), **(answers or {})},
            allow_writes=(*told.get("allow_writes", ()), *allow_writes),
        )  # fmt: skip
        return cls(
            past.graph, past.inputs, options, folder=past.folder, services=services, file=past.row.file, _before=past
        )

    @property
    def before(self) -> View:
        """What earlier sessions of the run came to; a view of its own, to be gone on with by the events to come."""
        return self._before.view() if self._before else View()

    def now(self) -> float:
        """The present moment on the clock that its events tell the time by, in seconds. From any thread."""
        return self._services.clock.mono() + self._ahead

    def _reuse(
        self, base: str, from_node: str, edited: Mapping[str, Mapping[str, Value]] | None, *, failed: bool
    ) -> None:  # fmt: skip
        past = Past.load(self._services.journal.journal, base)
        if past.rehearsal and not self.options.rehearse:
            raise WrongUse(f"The run {past.id} was a rehearsal: no model gave its results.", "Choose another base.")
        self._inputs = {name: value for name, value in past.inputs.items() if name in self._plan.inputs} | self._inputs
        old = compile_graph(past.graph, self._services.beside(past.folder, past.files).kinds)
        self._memory = reused(
            past.memory, past.id, old, self._plan, given=(past.inputs, self._inputs), from_node=from_node,
            edited=edited, failed=failed,
        )  # fmt: skip

    async def execute(self, on_events: Callable[[Sequence[Event]], None] | None = None) -> Result:
        """Runs to the end.

        Args:
            on_events: gets each batch of events once it is stored; called on another thread, in order, the last perhaps
                on this one.

        Raises:
            FileProblem: the journal cannot be opened; nothing has been started.
            SchedulerStalled: a bug of the engine.
        """

        def shown(batch: Sequence[Event]) -> None:
            self._unfolded.append(batch)
            if batch[-1].kind in ENDS:
                self._last = batch[-1]
            if len(self._unfolded) > FOLD_AFTER:
                self._fold()
            if on_events:
                on_events(batch)

        self._loop = asyncio.get_running_loop()
        if self._before and self._before.events:
            self._ahead = self._before.events[-1].mono - self._services.clock.mono()
        async with AsyncExitStack() as stack:
            stack.enter_context(seldom_collected())
            models = self._services.models(self.options.pace)
            stack.push_async_callback(models.aclose)
            if not (self.options.rehearse or self.options.cassette):
                await models.prepare(model_names(self._plan), self.options.tiers)
            entry = self._entry(shown) if self.options.journal else None
            if entry:
                stack.callback(entry.close)
            recorder = Recorder(
                self.id, self._services.clock, entry, shown, self._services.secrets.redactor,
                seq=self._before.memory.seq if self._before else 0, ahead=self._ahead,
            )  # fmt: skip
            stack.push_async_callback(recorder.end)
            tools = self._tools(recorder)
            stack.push_async_callback(tools.aclose)
            await self._perform(recorder, models, tools)
        self._loop = None
        await self._make_room()
        return Result(self._fold, self._last)

    async def _make_room(self) -> None:
        """Deletes old runs where the settings ask for it, and only then."""
        settings = self._services.settings
        if self.options.journal and (settings.keep_runs or settings.keep_runs_mb):
            with suppress(BatonError, sqlite3.Error):  # there is a next time
                await asyncio.to_thread(
                    self._services.journal.journal.trim, settings.keep_runs, settings.keep_runs_mb
                )  # fmt: skip

    def _fold(self) -> View:
        """What the events so far came to. Nobody may be watching, so they are folded late and together."""
        batches, self._unfolded = self._unfolded, []
        for batch in batches:
            self._view.take(batch)
        return self._view

    def stop(self, force: bool = False) -> None:
        """Stops the run as Stop does (S10); a second call, or `force`, does not wait. From any thread."""
        loop = self._loop
        self._stops += 2 if force else 1
        if loop is not None:
            with suppress(RuntimeError):  # the loop closed in this moment: the run is over
                loop.call_soon_threadsafe(self._obey)

    def answer(self, key: str, answer: Value) -> None:
        """Answers a question that waits for a person (S13). From any thread; the first answer wins.

        Args:
            key: of the event `human.requested`.
            answer: `{"decision": "approved" | "rejected", "value": ..., "form": {...}}`.

        Raises:
            WrongUse: nothing waits under this key, or the answer does not fit what was asked.
        """
        self._people.answer(key, answer)

    def break_at(self, places: Collection[str]) -> None:
        """Sets the breakpoints anew while it goes on: ids of nodes and keys of edges, as in `RunOptions`."""
        self._people.breakpoints.set(places)

    def go_on(self, key: str, value: Value | Keep = Keep.VALUE) -> None:
        """Lets what is held at a breakpoint go on, with its value or another one. From any thread.

        Args:
            key: the `at` of the event `node.waiting`.
            value: what an edge carries from now on; at a node an object with new values for some of its ports.

        Raises:
            WrongUse: nothing is held there, or the node takes no such values.
        """
        self._people.breakpoints.go_on(key, value)

    def step(self, key: str = "", value: Value | Keep = Keep.VALUE) -> None:
        """Lets one held node go on, and holds whatever starts after it, until `go_on`. From any thread.

        Args:
            value: as `go_on` takes it.

        Raises:
            WrongUse: nothing is held, or not there, or the node takes no such values.
        """
        self._people.breakpoints.step(key, value)

    def raise_budget(self, usd: float) -> None:
        """Sets a higher budget for the run while it goes on: calls that wait for it continue and repeat nothing (S9).
        From any thread; without effect when the run is over.

        Raises:
            WrongUse: it is no amount of money.
        """
        if not 0 <= usd < INFINITY:
            raise WrongUse(f"A budget of {usd} US dollars is no limit.", "Give a number of 0 or more.")

        def act() -> None:
            if self._live is not None and self._live.account is not None:
                self._live.scheduler.admission.raise_cap(self._live.account, usd, None)

        if self._loop is not None:
            with suppress(RuntimeError):  # the loop closed in this moment: the run is over
                self._loop.call_soon_threadsafe(act)

    def stop_delegation(self, key: str) -> None:
        """Stops one delegation; its manager is told and goes on (S7). From any thread.

        Args:
            key: as `View.delegations` has it, such as `manager[2]`.

        Raises:
            WrongUse: no such delegation goes on.
        """
        self._order(key, BrokenOff("stopped"))

    def redirect(self, key: str, message: str, specialist: str = "") -> None:
        """Begins one delegation anew with a word to whoever works on it; its manager is told of it with the result
        (S7). From any thread.

        Args:
            key: as `View.delegations` has it, such as `manager[2]`.
            message: is added to the brief.
            specialist: another one of the team that takes over; "" lets the same one do it again.

        Raises:
            WrongUse: no such delegation goes on, or its manager has no such specialist.
        """
        self._order(key, BrokenOff("redirected", message, specialist))

    def _order(self, key: str, what: BrokenOff) -> None:
        live, loop = self._live, self._loop
        if live is None or loop is None:
            raise WrongUse(f"No delegation “{key}” goes on.", "The run is over.")
        live.scheduler.delegations.check(key, what.to)
        with suppress(RuntimeError):  # the loop closed in this moment: the run is over
            loop.call_soon_threadsafe(live.scheduler.delegations.order, key, what)

    def _all_wait(self) -> None:
        if not self._people.waiting:
            self._pause("budget")
        elif not self.options.attended:
            self._pause(self._people.reason)

    def _trusted_outside(self, folder: Path | None) -> Outside:
        """What the nodes may use outside: nothing in a rehearsal of a graph that is not trusted (T2)."""
        services = self._services
        could = self._prepared.could
        trusted = services.trust.trusts(could)
        if not trusted and not self.options.rehearse and self.options.cassette is None:
            raise refusal(could)
        past = self._memory.touched if self._memory else ()
        return Outside(
            folder, services.settings.allow_private_addresses, services.secrets.find, trusted,
            Commons(ledger=Ledger(Order(self._plan).before, past)), self._memory.copies if self._memory else {},
        )  # fmt: skip

    async def _perform(self, recorder: Recorder, models: Models, tools: RunTools) -> None:
        options, settings = self.options, self._settings
        budget = settings.budget_usd if options.budget_usd is None else options.budget_usd
        self._announce(recorder, budget)
        clock = self._services.clock
        day = Day(self._services.settings.budget_day_usd, self._services.home.runs, clock)
        await day.look()
        account = Account.opened(RUN_ACCOUNT, budget, settings.budget_tokens, day.account)
        spent = self._memory.spent("") if self._memory else Spent()
        if account is not None and account is not day.account:
            account.usd.spent, account.tokens.spent = to_pico(spent.usd), spent.tokens
        admission = Admission(
            models, clock, settings.concurrency, on_budget=settings.on_budget, tell=teller(recorder), day=day
        )
        conversations = Conversations(
            models,
            recorder,
            clock,
            admission,
            tiers=options.tiers,
            rehearse=options.rehearse,
            memory=self._memory,
        )
        scheduler = Scheduler(
            recorder, conversations, policy=settings.on_failure, admission=admission,
            rehearsal=options.rehearse, guards=self._services.guards, chains=self._prepared.chains,
            people=self._people, stuck=self._all_wait, outside=self._outside, cache=self._cache(models),
            memory=self._memory, tools=tools,
        )  # fmt: skip
        scope = Scope(self._plan, "", self._inputs)
        scope.account, scope.cost = account, spent.cost
        recorder.emit("run.resumed" if self._before else "run.started", data=self._resumed_with(budget))
        loop = asyncio.get_running_loop()
        work = loop.create_task(scheduler.run(scope))
        self._live = _Live(work, loop.create_future(), recorder, scheduler, account)
        if self._stops:
            self._obey()
        await self._live.ended()
        admission.queues.close()
        self._live = None
        if scheduler.pausing and not self._stops:
            paused = {"status": "paused", "reason": scheduler.pausing, "cost_usd": scope.cost}
            recorder.emit("run.paused", data={**paused, "outputs": scope.results(), "warnings": scope.warnings})
            return
        if scope.frontier.unsettled:  # stopped before the work took its first step
            scheduler.stop(scope, "cancelled")
        recorder.emit("run.finished", data=self._ending(scope))

    def _tools(self, recorder: Recorder) -> RunTools:
        """The tools of the run. Servers are started only for what is meant in earnest, and trusted."""
        options, services = self.options, self._services

        def tell(kind: str, data: Mapping[str, Value]) -> None:
            recorder.emit(kind, data=data)

        tape = options.cassette
        start = self._outside.trusted and not options.rehearse and tape is None
        told = tape.servers if tape else {}
        return RunTools(
            services.tool_servers, services.settings.tool_servers, self._folder, tell, start=start, told=told
        )  # fmt: skip

    def _announce(self, recorder: Recorder, budget: float | None) -> None:
        """Tells what a new run is started with: all that is needed to go on with it later."""
        options = self.options
        if self._before:
            return
        more: dict[str, Value] = {"base": self._memory.base} if self._memory else {}
        if files := self._services.kinds.texts():
            more["files"] = files
        recorder.emit("run.created", data={
            "name": self.graph.name, "file": self._file, "rehearsal": options.rehearse, "budget_usd": budget,
            "inputs": self._inputs, "tiers": dict(options.tiers), "pace": options.pace, "cache": options.cache,
            "answers": dict(options.answers), "allow_writes": list(options.allow_writes),
            "folder": str(self._folder.absolute()) if self._folder else "", **more,
        })  # fmt: skip

    def _resumed_with(self, budget: float | None) -> dict[str, Any]:
        return {"budget_usd": budget, ONE_CLOCK: True} if self._before else {}

    def _cache(self, models: Models) -> Cache | None:
        options, services = self.options, self._services
        if not options.cache:
            return None

        def meant(name: str) -> ModelRef:
            return REHEARSAL if options.rehearse else models.resolve(name, options.tiers)

        return Cache(services.results, self.id, meant, services.secrets.redactor, services.clock)

    def _pause(self, reason: str) -> None:
        """Ends the work and leaves what is not settled as it is; calls in flight have ended already (S9)."""
        live = self._live
        if live is not None and not live.scheduler.pausing and not self._stops:
            live.scheduler.pausing = reason
            live.work.cancel()

    def _obey(self) -> None:
        """Carries a stop out: cancels the work once, and forces it at the second time or after the grace."""
        live = self._live
        if live is None:
            return
        if not live.work.cancelling() and not live.work.done():
            live.recorder.emit("run.cancelling")
            live.work.cancel()
            grace = asyncio.get_running_loop().call_later(GRACE_S, live.force)
            live.work.add_done_callback(lambda _: grace.cancel())
        if self._stops > 1:
            live.force()

    def _ending(self, scope: Scope) -> dict[str, Any]:
        status, reason = scope.status(), ""
        if self._problem is not None:
            status, reason = "failed", str(self._problem)
        elif status == "failed":
            error = scope.first_error() or {}
            reason = f"{error.get('node', '')}: {error.get('message', '')}" if error else ""
        data: dict[str, Any] = {
            "status": status, "reason": reason, "outputs": scope.results(), "warnings": scope.warnings,
            "cost_usd": scope.cost,
        }  # fmt: skip
        if status in ("completed", "completed_with_warnings") and scope.no_output() is not None:
            data["no_output"] = scope.no_output()
        return data

    def _entry(self, shown: Callable[[Sequence[Event]], None]) -> Entry:
        loop = asyncio.get_running_loop()

        def failed(problem: BatonError) -> None:
            self._problem = problem
            loop.call_soon_threadsafe(self.stop)

        services = self._services
        text = services.secrets.redactor.text(self._prepared.text)
        created = services.clock.wall()
        row = self.id, self.graph.name, self._file, created, text
        return services.journal.open(row, shown, failed, after=self._before.memory.seq if self._before else 0)


@dataclass(frozen=True, slots=True)
class _Live:
    """A run while its work goes on."""

    work: asyncio.Task[None]
    forced: asyncio.Future[None]
    recorder: Recorder
    scheduler: Scheduler
    account: Account | None

    async def ended(self) -> None:
        """Waits for the work; when it is forced, what is left is settled and left behind."""
        await asyncio.wait((self.work, self.forced), return_when=asyncio.FIRST_COMPLETED)
        if not self.work.done():
            self.scheduler.abandon()
            self.work.cancel()
        with suppress(asyncio.CancelledError):
            await self.work

    def force(self) -> None:
        """Ends the waiting for the work."""
        if not self.forced.done():
            self.forced.set_result(None)


def _settings(graph: Graph) -> GraphSettings:
    settings = graph.settings
    if settings.on_failure not in POLICIES:
        raise WrongUse(f"The setting on_failure cannot be “{settings.on_failure}”.", f"Use {', '.join(POLICIES)}.")
    if settings.on_budget not in ON_BUDGET:
        raise WrongUse(f"The setting on_budget cannot be “{settings.on_budget}”.", f"Use {', '.join(ON_BUDGET)}.")
    for name in ("budget_usd", "budget_tokens"):
        cap: object = getattr(settings, name)  # as the file says, whatever that is
        if cap is not None and (isinstance(cap, bool) or not isinstance(cap, int | float) or not 0 <= cap < INFINITY):
            raise WrongUse(f"The setting {name} must be a number of 0 or more.")
    concurrency: object = settings.concurrency  # likewise
    if not isinstance(concurrency, int) or concurrency < 1:
        raise WrongUse("The setting concurrency must be a whole number of at least 1.")
    return settings
