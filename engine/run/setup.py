"""What a run works with, made from what was asked for: budgets, people, tools, the outside, the scheduler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.base.errors import WrongUse
from engine.base.values import Value
from engine.kinds.outside import Commons, Outside
from engine.models.catalog import Models
from engine.models.contract import ModelRef
from engine.plan.compile import compile_graph
from engine.plan.plan import Plan
from engine.plan.trust import refusal
from engine.run.admission.accounts import Account, to_pico
from engine.run.admission.controller import Admission
from engine.run.admission.day import Day
from engine.run.cache import Cache
from engine.run.caps import teller
from engine.run.conversations import REHEARSAL, Conversations
from engine.run.events import RUN_ACCOUNT
from engine.run.memory import Memory
from engine.run.options import RunOptions
from engine.run.order import Order
from engine.run.past import Past
from engine.run.people import People
from engine.run.prepared import Prepared
from engine.run.recorder import Recorder
from engine.run.reuse import reused
from engine.run.scheduler import Scheduler
from engine.run.services import Services
from engine.run.spent import Spent
from engine.run.tools import RunTools
from engine.tools.ledger import Ledger


@dataclass(frozen=True)
class Base:
    """A stored run whose results a new one begins from (S11).

    Attributes:
        run: its id, or how the id begins.
        from_node, edited, failed: as `engine.run.control.Run` takes them.
    """

    run: str
    from_node: str = ""
    edited: Mapping[str, Mapping[str, Value]] | None = None
    failed: bool = False

    def taken_over(
        self, services: Services, plan: Plan, inputs: Mapping[str, Value], *, rehearse: bool
    ) -> tuple[dict[str, Value], Memory]:
        """The inputs of the new run, and what is known of its nodes.

        Raises:
            WrongUse: there is no such run or node, or a rehearsal would stand in for results in earnest.
        """
        past = Past.load(services.journal.journal, self.run)
        if past.rehearsal and not rehearse:
            raise WrongUse(f"The run {past.id} was a rehearsal: no model gave its results.", "Choose another base.")
        taken = {name: value for name, value in past.inputs.items() if name in plan.inputs} | dict(inputs)
        old = compile_graph(past.graph, services.beside(past.folder, past.files).kinds)
        memory = reused(
            past.memory, past.id, old, plan, given=(past.inputs, taken), from_node=self.from_node, edited=self.edited,
            failed=self.failed,
        )  # fmt: skip
        return taken, memory


@dataclass(frozen=True)
class Setup:
    """What was asked for.

    Attributes:
        memory: what is known of earlier work; None when there was none (S11).
        folder: where the graph's file stands.
    """

    services: Services
    options: RunOptions
    prepared: Prepared
    memory: Memory | None
    folder: Path | None

    @property
    def budget(self) -> dict[str, Value]:
        """The budget of the run, as events tell it: that of the graph unless another one was chosen."""
        usd, tokens = self._caps()
        return {"budget_usd": usd, "budget_tokens": tokens}

    @property
    def spent(self) -> Spent:
        """What earlier sessions of the run have paid."""
        return self.memory.spent("") if self.memory else Spent()

    def people(self) -> People:
        """Who is asked."""
        options = self.options
        return People(
            options.answers, options.rehearse, self.memory, breakpoints=options.breakpoints,
            allow_writes=options.allow_writes,
        )  # fmt: skip

    def trusted(self) -> bool:
        """Whether the user has trusted all that the nodes could do outside.

        Raises:
            NotTrusted: they have not, and this is no rehearsal (T2).
        """
        could = self.prepared.could
        trusted = self.services.trust.trusts(could)
        if not trusted and not self.options.rehearse and self.options.cassette is None:
            raise refusal(could)
        return trusted

    def outside(self, trusted: bool) -> Outside:
        """What the nodes may use outside: nothing in a rehearsal of a graph that is not trusted (T2)."""
        services, memory = self.services, self.memory
        past = memory.touched if memory else ()
        return Outside(
            self.folder, services.settings.allow_private_addresses, services.secrets.find, trusted,
            Commons(ledger=Ledger(Order(self.prepared.plan).before, past)), memory.copies if memory else {},
        )  # fmt: skip

    def tools(self, recorder: Recorder, *, trusted: bool) -> RunTools:
        """The tools of the run. Servers are started only for what is meant in earnest, and trusted."""
        options, services = self.options, self.services

        def tell(kind: str, data: Mapping[str, Value]) -> None:
            recorder.emit(kind, data=data)

        tape = options.cassette
        start = trusted and not options.rehearse and tape is None
        told = tape.servers if tape else {}
        return RunTools(
            services.tool_servers, services.settings.tool_servers, self.folder, tell, start=start, told=told
        )  # fmt: skip

    def _caps(self) -> tuple[float | None, int | None]:
        own, chosen = self.prepared.settings, self.options
        return (
            own.budget_usd if chosen.budget_usd is None else chosen.budget_usd,
            own.budget_tokens if chosen.budget_tokens is None else chosen.budget_tokens,
        )

    async def accounts(self) -> tuple[Day, Account | None]:
        """The budget of the day, and that of the run within it, with what was paid before (S9)."""
        services = self.services
        day = Day(services.settings.budget_day_usd, services.journal.journal, services.clock)
        await day.look()
        account = Account.opened(RUN_ACCOUNT, *self._caps(), day.account)
        if account is not None and account is not day.account:
            account.usd.spent, account.tokens.spent = to_pico(self.spent.usd), self.spent.tokens
        return day, account

    def scheduler(
        self, run: str, recorder: Recorder, models: Models, tools: RunTools, day: Day, *, people: People,
        trusted: bool, stuck: Callable[[], None],
    ) -> Scheduler:  # fmt: skip
        """What starts the nodes of the run; `stuck` is called when nothing goes on before a person acts."""
        options, settings, clock = self.options, self.prepared.settings, self.services.clock
        admission = Admission(
            models, clock, settings.concurrency, on_budget=settings.on_budget, tell=teller(recorder), day=day
        )
        conversations = Conversations(
            models, recorder, clock, admission, tiers=options.tiers, rehearse=options.rehearse, memory=self.memory
        )
        return Scheduler(
            recorder, conversations, policy=settings.on_failure, admission=admission, rehearsal=options.rehearse,
            guards=self.services.guards, chains=self.prepared.chains, people=people, stuck=stuck,
            outside=partial(self.outside, trusted), cache=self._cache(run, models), memory=self.memory, tools=tools,
        )  # fmt: skip

    def _cache(self, run: str, models: Models) -> Cache | None:
        options, services = self.options, self.services
        if not options.cache:
            return None

        def meant(name: str) -> ModelRef:
            return REHEARSAL if options.rehearse else models.resolve(name, options.tiers)

        return Cache(services.results, run, meant, services.secrets.redactor, services.clock)
