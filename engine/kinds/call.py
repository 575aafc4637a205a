"""What a kind sees while one of its nodes runs: what the node was given, and what it may ask of the run."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from engine.base.values import Value
from engine.kinds.node_config import NodeConfig
from engine.kinds.outside import Outside
from engine.models.contract import ModelRequest, Reply
from engine.tools.contract import Doubt, Tool, ToolStep

C_co = TypeVar("C_co", bound=NodeConfig, covariant=True)


class Arrival(NamedTuple):
    """A live value at a port, with the node it came from. The node's id is the label that merges use (S4)."""

    source: str
    port: str
    value: Value


class ScopeResult(NamedTuple):
    """What a body graph gave: outputs by name, each node's status, and how the whole ended (S1)."""

    status: str
    outputs: Mapping[str, Value]
    error: Mapping[str, Value] | None = None
    output_names: tuple[str, ...] = ()
    """All outputs that the body has, with a value or without."""
    cost_usd: float | None = 0.0
    """US dollars of all calls in the scope; None when a price was unknown."""
    attempts: int = 1
    """The most tries that one of its nodes needed."""
    left: str | None = None
    """Why one of its nodes asked the loop around to end (S6), or None."""


@dataclass(frozen=True, slots=True)
class Review:
    """What a person is asked to decide (S13).

    Attributes:
        kind: `review`, `merge`, `router`, `map`: what asks.
        schema: JSON Schema of the answer's `value` or `form`; None takes anything.
        value: what the decision is about.
        deadline_s: seconds until it is decided without a person; None waits for ever.
        on_expire: what is decided then, about the value as it is.
        tool: the writing tool that it is about; a person may let it act for the rest of the run.
    """

    kind: str
    question: str
    schema: Mapping[str, Any] | None = None
    value: Value = None
    deadline_s: float | None = None
    on_expire: Literal["approved", "rejected"] = "rejected"
    tool: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's answer (S13).

    Attributes:
        value: with an approval what was approved: the value as it was changed, the form, or what was shown.
        expired: nobody answered in time.
        for_run: the tool that was asked about may act without asking for the rest of the run.
    """

    decision: Literal["approved", "rejected"]
    value: Value = None
    form: Mapping[str, Value] = field(default_factory=dict)
    expired: bool = False
    for_run: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What a manager wants of a specialist (S7).

    Attributes:
        specialist: the id of a node of its team; "" runs the node's own body instead.
        brief: all that the specialist is told.
        scope: where it runs, such as `manager[2]`; a later attempt at the same delegation is `manager[2].2`.
        deadline_s: seconds that it may take, waits for people not counted; None is no limit.
        budget_usd: US dollars that it may cost; a call that does not fit fails, and the run goes on.
    """

    specialist: str
    brief: str
    scope: str
    deadline_s: float | None = None
    budget_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task.

    Attributes:
        status: `rejected` by the specialist, or `stopped` or `redirected` by a person; else `ok` or `failed`.
        outputs: the specialist's, by port, when it is ok.
        error: `class` and `message`, when it failed.
        message: the reason of the rejection, or what the person says.
        to: the specialist that a person wants instead; "" for the same one.
    """

    status: Literal["ok", "failed", "rejected", "stopped", "redirected"]
    outputs: Mapping[str, Value] = field(default_factory=dict)
    error: Mapping[str, Value] | None = None
    message: str = ""
    to: str = ""
    cost_usd: float | None = 0.0


class Call(Protocol[C_co]):
    """One run of one node: what it was given and what it may do. The only thing that `run` sees."""

    @property
    def node(self) -> str:
        """The node's id."""

    @property
    def key(self) -> str:
        """Which node of which scope it is, as `map1[3]/draft`."""

    @property
    def title(self) -> str: ...

    @property
    def config(self) -> C_co: ...

    @property
    def rehearsal(self) -> bool:
        """Every model of this run is the built-in one, and nothing outside may be touched."""

    def value(self, port: str) -> Value:
        """The value at a port; several at a port for many: texts joined by a blank line (S1). "" when absent."""

    def has(self, port: str) -> bool:
        """Whether a live value reached the port."""

    def arrivals(self, port: str) -> Sequence[Arrival]:
        """The live values at a port in edge order."""

    def missing(self, port: str) -> Sequence[str]:
        """Labels of edges into the port that brought nothing: the source's id, with the port where it has several."""

    def values(self) -> dict[str, Value]:
        """All input ports with their value, for a template."""

    def given(self, name: str) -> tuple[bool, Value]:
        """The value that the run (or the container) was given under a name, and whether there was one."""

    def chat(self, model: str, request: ModelRequest, fallback: Sequence[str] = ()) -> Awaitable[Reply]:
        """Calls a model (a tier, `provider/model` or `rehearsal`) with retries, then each fallback (S8).

        Text streams to whoever watches. Raises NodeError when every attempt failed.
        """

    def fell_back(self, model: str, to: str, why: str) -> None:
        """Says that another model takes over, since the answers of the first cannot be used (S8)."""

    def context_tokens(self, model: str) -> int | None:
        """How many tokens a model can read at once; None when that is unknown."""

    @property
    def outside(self) -> Outside:
        """What it may use outside the program; only kinds that need trust ask for it (T2)."""

    def review(self, asked: Review) -> Awaitable[Verdict]:
        """Asks a person and waits. When nothing else can go on, the run pauses with the reason `human` (S13)."""

    def busy(self) -> AbstractContextManager[None]:
        """While it lasts something goes on that must not be broken off because all else waits for people."""

    def waits(self, why: str, on: Sequence[str]) -> AbstractContextManager[None]:
        """While it lasts the node waits for other nodes (by key), and no time limit goes on (S1, S8)."""

    def tools(self, patterns: Sequence[str]) -> Awaitable[tuple[Tool, ...]]:
        """The tools that a list of names and patterns means, built-in ones and those of tool servers, which are
        started when they have to be; in a rehearsal, or without trust, they are not.

        Raises NodeError for one that there is not, or whose server cannot be used.
        """

    @property
    def pausing(self) -> bool:
        """Whether the run only rests, since all else waits for people: what is cancelled then is gone on with later."""

    def may_write(self, tool: str) -> bool:
        """Whether the person who started the run lets a writing tool act without being asked each time."""

    def body(self, inputs: Mapping[str, Value], scope: str) -> Awaitable[ScopeResult]:
        """Runs the node's body graph (its kind's `bodies`) once, in a scope such as `map1[3]`."""

    @property
    def team(self) -> Mapping[str, str]:
        """The specialists that the node may delegate to, in edge order: id -> what it is good at (S7)."""

    @property
    def depth(self) -> int:
        """How many delegations stand around this one, through all containers; 0 for who works for nobody."""

    @property
    def briefed(self) -> bool:
        """Whether the node itself is the specialist of a delegation: what it was given is a brief."""

    def delegate(self, task: Task) -> Awaitable[Done]:
        """Lets a specialist work, and waits. Raises nothing for what goes wrong with it: that stands in the result."""

    def finished(self, delegation: str) -> Mapping[str, Any] | None:
        """What `delegation.finished` told of one in an earlier session, by its key such as `manager[2]` (S11)."""

    def reject(self, reason: str) -> bool:
        """Says that the brief is not for this specialist, and ends its work (S7). False for who has no brief."""

    def recall(self, call_id: str) -> ToolStep | None:
        """What an earlier session knows of the next call of a tool with this id; None when it made none (S11)."""

    async def stored(self) -> None:
        """Waits until all that was said is stored: before anything outside is changed (S11)."""

    async def uncertain(self, what: str) -> Doubt:
        """Asks a person about a write that may have happened in an earlier session (S11)."""

    def leave(self, reason: str) -> bool:
        """Asks the nearest loop around to end once this pass is over (S6). False when there is none."""

    def emit(self, kind: str, data: Mapping[str, Value]) -> None:
        """Writes an event of semantics.md S15, such as `route.chosen`."""

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Tells watchers how far the node is."""

    def degraded(self, why: str) -> None:
        """Marks the result as less than asked for; the run completes with warnings."""
