"""One run of a graph, in the caller's loop: started, watched, paused, stopped, and its end told."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import aclosing, suppress
from pathlib import Path

from engine.base.errors import BatonError, WrongUse
from engine.base.garbage import seldom_collected
from engine.base.ids import run_id
from engine.base.values import Value, repair_text
from engine.graph.graph import Graph
from engine.models.catalog import Models
from engine.run import checkpoint
from engine.run.breakpoints import Keep
from engine.run.delegation import BrokenOff
from engine.run.events import ONE_CLOCK, Event
from engine.run.given import check_inputs
from engine.run.late import LateFold
from engine.run.live import Live
from engine.run.options import INFINITY, RunOptions
from engine.run.past import Past
from engine.run.people import check_answers
from engine.run.recorder import Recorder
from engine.run.result import Result
from engine.run.scope import Scope
from engine.run.services import Services
from engine.run.setup import Base, Setup
from engine.run.tools import RunTools
from engine.run.view import View
from engine.run.writer import Entry

__all__ = ["Run", "RunOptions"]


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
        as_id: what it is called; made by `engine.base.ids.run_id`, as it is here where none is given.
        failed: with a base: items of maps that failed are done again, with all that follows, though the run went on.

    Raises:
        WrongUse: the graph cannot run, an input is missing, unknown or of a wrong type, an answer cannot be read.
        NotTrusted: it could do something outside that the user has not trusted, and this is no rehearsal (T2).
    """

    def __init__(
        self, graph: Graph, inputs: Mapping[str, Value] | None = None, options: RunOptions | None = None, *,
        folder: Path | None = None, services: Services | None = None, file: str = "", base: str = "",
        from_node: str = "", edited: Mapping[str, Mapping[str, Value]] | None = None, failed: bool = False,
        as_id: str = "", _before: Past | None = None,
    ) -> None:  # fmt: skip
        self.id = _before.id if _before else as_id or run_id()
        self.graph, self.options = graph, options or RunOptions()
        self._before = _before
        self._fold = LateFold(_before.view if _before else View)
        self._services = (services or Services.load()).beside(folder, _before.files if _before else {})
        prepared = self._services.preparations.of(graph, self._services.kinds, folder)
        self._inputs = dict(inputs or {})
        tape = self.options.cassette
        memory = _before.memory if _before else tape.memory() if tape else None
        if base:
            self._inputs, memory = Base(base, from_node, edited, failed).taken_over(
                self._services, prepared.plan, self._inputs, rehearse=self.options.rehearse
            )
        elif from_node or edited or failed:
            raise WrongUse("To begin in the middle, a run needs a base.", "Name a stored run as the base.")
        check_inputs(prepared.plan, self._inputs)
        self._setup = Setup(self._services, self.options, prepared, memory, folder)
        self._trusted, self._people = self._setup.trusted(), self._setup.people()
        self._file = repair_text(file)  # a name of a file may be no text that can be stored
        self._loop: asyncio.AbstractEventLoop | None = None
        self._live: Live | None = None
        self._stops = 0
        self._ahead = 0.0
        self._problem: BatonError | None = None

    @classmethod
    def resume(
        cls, run: str, *, services: Services | None = None, answers: Mapping[str, Value] | None = None,
        budget_usd: float | None = None, budget_tokens: int | None = None, attended: bool = False,
        allow_writes: Sequence[str] = (),
    ) -> Run:  # fmt: skip
        """A stored run that goes on: the same id and graph, after a crash, a stop, a pause or a failure (S11).

        What is done stays done; only failed and blocked nodes, and what follows from them, are worked on.

        Args:
            run: its id, or how the id begins.
            answers: what people have decided, by the key of the question.
            budget_usd, budget_tokens: replace the budgets of the run; what was paid before counts.
            allow_writes: writing tools that may act unasked from now on, beside those of the run.

        Raises:
            WrongUse: there is no such run, or an answer does not fit what was asked.
            Refused: it has completed, or it goes on elsewhere.
            NotTrusted: its graph could do what is not trusted any more.
        """
        services = services or Services.load()
        past = Past.load(services.journal.journal, run)
        past.refuse_unless_open()
        check_answers(answers or {}, past.view().waiting, past.graph.nodes)
        options = RunOptions.of(
            past, answers=answers or {}, budget_usd=budget_usd, budget_tokens=budget_tokens, attended=attended,
            allow_writes=allow_writes,
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
            self._fold.take(batch)
            if on_events:
                on_events(batch)

        self._loop = asyncio.get_running_loop()
        if self._before and self._before.events:
            self._ahead = self._before.events[-1].mono - self._services.clock.mono()
        with seldom_collected():
            async with aclosing(self._services.models(self.options.pace)) as models:
                if not (self.options.rehearse or self.options.cassette):
                    await models.prepare(self._setup.prepared.models, self.options.tiers)
                recorder = Recorder(
                    self.id, self._services.clock, self._entry(shown) if self.options.journal else None, shown,
                    self._services.secrets.redactor, seq=self._before.memory.seq if self._before else 0,
                    ahead=self._ahead,
                )  # fmt: skip
                tools = self._setup.tools(recorder, trusted=self._trusted)
                async with aclosing(recorder), aclosing(tools):
                    await self._perform(recorder, models, tools)
        self._loop = None
        await self._make_room()
        last = self._fold.last
        if self.options.journal and last is not None:
            checkpoint.keep_later(self._services.journal, self._fold.view_in_time, last.seq)
        return Result(self._fold.view, last)

    async def _make_room(self) -> None:
        """Deletes old runs where the settings ask for it, and only then."""
        settings = self._services.settings
        if self.options.journal and (settings.keep_runs or settings.keep_runs_mb):
            with suppress(BatonError, sqlite3.Error):  # there is a next time
                await asyncio.to_thread(
                    self._services.journal.journal.trim, settings.keep_runs, settings.keep_runs_mb
                )  # fmt: skip

    def so_far(self) -> View:
        """What the events so far came to, always the same view; while the run goes on, only one thread may ask."""
        return self._fold.view()

    def stop(self, force: bool = False) -> None:
        """Stops the run as Stop does (S10); a second call, or `force`, does not wait. From any thread."""
        self._stops += 2 if force else 1
        self._tell(self._obey)

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

    def raise_budget(self, usd: float | None = None, tokens: int | None = None) -> None:
        """Sets a higher budget for the run while it goes on: calls that wait for it continue and repeat nothing (S9).
        From any thread; without effect when the run is over, or began without a budget. None changes nothing.

        Raises:
            WrongUse: one of them is no limit.
        """
        for amount, unit in ((usd, "US dollars"), (tokens, "tokens")):
            if amount is not None and not 0 <= amount < INFINITY:
                raise WrongUse(f"A budget of {amount} {unit} is no limit.", "Give a number of 0 or more.")
        live = self._live
        if live is not None:
            self._tell(live.raise_cap, usd, tokens)

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
        live = self._live
        if live is None:
            raise WrongUse(f"No delegation “{key}” goes on.", "The run is over.")
        live.scheduler.delegations.check(key, what.to)
        self._tell(live.scheduler.delegations.order, key, what)

    def _tell(self, order: Callable[..., object], *what: object) -> None:
        """Has an order carried out on the run's loop; without effect when it is over. From any thread."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop closed in this moment: the run is over
                loop.call_soon_threadsafe(order, *what)

    def _all_wait(self) -> None:
        if not self._people.waiting:
            self._pause("budget")
        elif not self.options.attended:
            self._pause(self._people.reason)

    async def _perform(self, recorder: Recorder, models: Models, tools: RunTools) -> None:
        setup = self._setup
        self._announce(recorder)
        day, account = await setup.accounts()
        scheduler = setup.scheduler(
            self.id, recorder, models, tools, day, people=self._people, trusted=self._trusted, stuck=self._all_wait
        )
        scope = Scope(setup.prepared.plan, "", self._inputs)
        scope.account, scope.cost = account, setup.spent.cost
        resumed = {**setup.budget, ONE_CLOCK: True}
        recorder.emit("run.resumed" if self._before else "run.started", data=resumed if self._before else {})
        self._live = Live(scope, recorder, scheduler, account if account is not day.account else None)
        if self._stops:
            self._obey()
        else:
            await scheduler.run(scope)
        await self._live.ended()
        scheduler.admission.queues.close()
        self._live = None
        if scheduler.pausing and not self._stops:
            paused = {"status": "paused", "reason": scheduler.pausing, "cost_usd": scope.cost}
            recorder.emit("run.paused", data={**paused, "outputs": scope.results(), "warnings": scope.warnings})
            return
        if scope.frontier.unsettled:  # stopped while it was about to pause
            scheduler.settling.stop(scope, "cancelled")
        recorder.emit("run.finished", data=scope.ending(str(self._problem or "")))

    def _announce(self, recorder: Recorder) -> None:
        """Tells what a new run is started with: all that is needed to go on with it later."""
        if self._before:
            return
        memory, folder = self._setup.memory, self._setup.folder
        more: dict[str, Value] = {"base": memory.base} if memory else {}
        if files := self._services.kinds.texts():
            more["files"] = files
        recorder.emit("run.created", data={
            "name": self.graph.name, "file": self._file, **self._setup.budget, "inputs": self._inputs,
            **self.options.told(), "folder": str(folder.absolute()) if folder else "", **more,
        })  # fmt: skip

    def _pause(self, reason: str) -> None:
        if self._live is not None and not self._stops:
            self._live.pause(reason)

    def _obey(self) -> None:
        if self._live is not None:
            self._live.stop(force=self._stops > 1)

    def _entry(self, shown: Callable[[Sequence[Event]], None]) -> Entry:
        def failed(problem: BatonError) -> None:
            self._problem = problem
            self.stop()

        services = self._services
        text = services.secrets.redactor.text(self._setup.prepared.text)
        created = services.clock.wall()
        row = self.id, self.graph.name, self._file, created, text
        return services.journal.open(row, shown, failed, after=self._before.memory.seq if self._before else 0)
