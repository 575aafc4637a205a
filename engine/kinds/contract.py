"""What a kind of node is: a title, a config, ports and `run`. One file of `engine.kinds.builtin` each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from engine.base.values import Value, ValueType
from engine.kinds.fields import Hint
from engine.kinds.outside import Outside
from engine.models.contract import ModelRequest, Reply
from engine.tools.contract import Doubt, Tool, ToolStep

Group = Literal["flow", "work"]
Outputs = Mapping[str, Value]
"""What `run` gives: port -> value. Ports that are absent were not chosen: their edges die benignly (S1)."""


@dataclass(frozen=True, slots=True)
class Port:
    """A place where edges end or begin.

    Attributes:
        many: takes many live values (ports of `{{ name }}` and `merge.items`); others take one (S1).
        required: without a live value the node is skipped; an optional port never blocks.
        label: what people read where it differs from the name (a route's label).
        delegates: an output whose edges carry no value: each makes the node at its end a specialist, and the port at
            its end is where the brief arrives (S7).
    """

    name: str
    type: ValueType = "any"
    many: bool = False
    required: bool = True
    label: str = ""
    help: str = ""
    delegates: bool = False


@dataclass(frozen=True, slots=True)
class Ports:
    """All ports of a node with its present config, in the order in which they are drawn."""

    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()


ERROR = Port("error", "json", help="what went wrong: node, class, message, attempts")


class Retry(BaseModel):
    """How often a call is tried (S8): `attempts` in all, pauses with full jitter from `base_s` up to `cap_s`.

    A rate limit is no attempt: it is waited for, at most `max_wait_s` in all.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    attempts: int = Field(default=3, ge=1, le=20)
    base_s: float = Field(default=1.0, ge=0)
    cap_s: float = Field(default=30.0, ge=0)
    max_wait_s: float = Field(default=300.0, ge=0)


class NodeConfig(BaseModel):
    """Settings that any node may have (formats.md). Kinds inherit from it and add their own."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=False)

    on_error: Mapping[str, Any] | None = Field(
        None, title="On error", json_schema_extra=Hint("json", "Limits").extra(),
        description='A value that stands in when the node fails, as {"value": ...}.',
    )  # fmt: skip
    retry: Retry = Field(
        Retry(),
        title="Retries",
        description="What is tried again after a failure, how often, and after which waits.",
        json_schema_extra=Hint("retry", "Limits").extra(),
    )
    timeout_s: float | None = Field(
        None, gt=0, title="Time limit", json_schema_extra=Hint("seconds", "Limits").extra(),
        description="Seconds for one attempt.",
    )  # fmt: skip
    node_timeout_s: float | None = Field(
        None, gt=0, title="Time limit, all attempts", json_schema_extra=Hint("seconds", "Limits").extra(),
        description="Seconds for all attempts together.",
    )  # fmt: skip
    cache: bool = Field(True, title="Use stored results", json_schema_extra=Hint("hidden").extra())
    pinned: Mapping[str, Any] | None = Field(None, json_schema_extra=Hint("hidden").extra())
    optional: tuple[str, ...] = Field((), json_schema_extra=Hint("hidden").extra())


class SpendingConfig(NodeConfig):
    """Settings of kinds whose nodes call models, themselves or in their bodies: caps of their own (S9)."""

    budget_usd: float | None = Field(
        None, ge=0, allow_inf_nan=False, title="Budget", json_schema_extra=Hint("money", "Limits").extra(),
        description="Most US dollars for all calls of the node and of what stands inside it.",
    )  # fmt: skip
    budget_tokens: int | None = Field(
        None, ge=0, title="Budget, tokens", json_schema_extra={"group": "Limits"},
        description="Most tokens, in and out, for all calls of the node and of what stands inside it.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Joining:
    """How a node joins branches (S3).

    Attributes:
        port: the port whose edges are joined.
        k: fires on the k-th live edge; None waits for all.
        tolerates: a failed branch counts as missing.
        cancel_losers: branches that came too late are cancelled.
    """

    port: str
    k: int | None = None
    tolerates: bool = False
    cancel_losers: bool = False


C = TypeVar("C", bound=NodeConfig)
C_co = TypeVar("C_co", bound=NodeConfig, covariant=True)


class Arrival(NamedTuple):
    """A live value at a port, with the node it came from. The node's id is the label that merges use (S4)."""

    source: str
    port: str
    value: Value


@dataclass(frozen=True, slots=True)
class ScopeResult:
    """What a body graph gave: outputs by name, each node's status, and how the whole ended (S1)."""

    status: str
    outputs: Mapping[str, Value] = field(default_factory=dict)
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
class Capability:
    """One thing outside the program that a node could do once it runs; trust is bound to all of a graph's (T2).

    Attributes:
        what: `command`, `host`, `folder`, `code`, `secret`, `file`, `agent`, `graph`, `tool`: the sort of thing.
        detail: the literal thing: an argv, a host or an address template, a folder, the source.
        writes: whether it may change what it reaches.
    """

    what: Literal["command", "host", "folder", "code", "secret", "file", "agent", "graph", "tool"]
    detail: str
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Touch:
    """A shared resource that a node reads or writes: two unordered nodes may clash over it (S14)."""

    resource: str
    writes: bool


@dataclass(frozen=True, slots=True)
class Review:
    """What a person is asked to decide (S13).

    Attributes:
        kind: `review`, `merge`, `router`, `map`: what asks.
        schema: JSON Schema of the answer's `value` or `form`; None takes anything.
        value: what the decision is about.
        deadline_s: seconds until it is decided without a person; None waits for ever.
        on_expire: what is decided then, about the value as it is.
    """

    kind: str
    question: str
    schema: Mapping[str, Any] | None = None
    value: Value = None
    deadline_s: float | None = None
    on_expire: Literal["approved", "rejected"] = "rejected"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's answer (S13).

    Attributes:
        value: with an approval what was approved: the value as it was changed, the form, or what was shown.
        expired: nobody answered in time.
    """

    decision: Literal["approved", "rejected"]
    value: Value = None
    form: Mapping[str, Value] = field(default_factory=dict)
    expired: bool = False


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


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a node that its kind noticed before a run; `check` adds the node and the fix.

    Attributes:
        fix: what a person can do about it, in one sentence.
    """

    severity: Literal["error", "warning"]
    code: str
    message: str
    fix: str = ""


class Kind(ABC, Generic[C]):
    """A kind of node. Instances hold no state: one object serves every node of the kind."""

    name: ClassVar[str]
    title: ClassVar[str]
    group: ClassVar[Group]
    icon: ClassVar[str]
    hint: ClassVar[str]
    """What it is for, in four or five words, as the library shows it."""
    help: ClassVar[str] = ""
    Config: ClassVar[type[NodeConfig]] = NodeConfig
    instant: ClassVar[bool] = False
    """Whether `run` never waits for anything: the scheduler then calls `run_now` and spares a task. A kind for which
    that depends on the config says it in `is_instant`."""
    container: ClassVar[bool] = False
    """Whether it only runs a body: it then holds no slot while its inner nodes do (S5)."""
    repeats: ClassVar[bool] = False
    """Whether it runs its body pass after pass, and a node inside may ask it to end (S6)."""
    manages: ClassVar[bool] = False
    """Whether it lets others work, specialists or a body of its own, and calls models beside: between its own calls it
    holds no slot while they do (S7)."""
    needs_trust: ClassVar[bool] = False
    """Whether it reaches outside the program (formats.md, `--trust`)."""
    tells_writes: ClassVar[bool] = False
    """Whether its `run` says itself, call by call, that it is about to write; else that is said for the node (S11)."""
    starter: ClassVar[Mapping[str, Any]] = {}
    """Config of a freshly added node."""
    version: ClassVar[int] = 1
    """Raised when its work comes to mean something else: results of earlier versions are then not used again (S12)."""
    sees_sources: ClassVar[bool] = False
    """Whether its results follow from where its values come from too, not from the values alone (S12)."""

    @abstractmethod
    def ports(self, config: C) -> Ports:
        """The ports that a node with this config has."""

    def summary(self, config: C) -> str:
        """One short line under the node's title."""
        return ""

    def is_instant(self, config: C) -> bool:
        """Whether a node with this config never waits for anything; asked once for each node of a plan."""
        return self.instant

    def joins(self, config: C) -> Joining | None:
        """How the node joins branches, when it does otherwise than wait for all and fail with one (S3)."""
        return None

    def describe(self, config: C) -> str:
        """What a node is good at, as the model of a manager is told that may delegate to it (S7); "" when unsaid."""
        return str(getattr(config, "description", "") or "")

    def models(self, config: C) -> tuple[str, ...]:
        """Names of the models that a node with this config may call, the first choice first."""
        return ()

    def bodies(self, config: C) -> tuple[Mapping[str, Any] | str, ...]:
        """Graphs inside the node: embedded, or names of files beside this graph's."""
        return ()

    def check(self, config: C) -> Iterable[Finding]:
        """What is wrong with a config beyond its types."""
        return ()

    def capabilities(self, config: C) -> Iterable[Capability]:
        """What a node with this config could do outside the program (T2); that of a kind that needs trust, always."""
        return ()

    def touches(self, config: C) -> Iterable[Touch]:
        """Shared resources that a node with this config reads or writes (S14)."""
        return ()

    def made_with(self, config: C) -> Value | None:
        """What its results follow from besides config, models and inputs, such as the tools that it lists (S12).

        Returns:
            JSON; None when a result must never be used again, since the node writes or looks at what changes.
        """
        return [] if self.models(config) else None

    def sample(self, config: C) -> Outputs:
        """Values marked as samples, which stand in for the work in a rehearsal without trust (formats.md)."""
        return {port.name: f"[sample of {self.title}]" for port in self.ports(config).outputs[:1]}

    async def run(self, call: Call[C]) -> Outputs:
        """Does the work. Raises NodeError to fail; CancelledError passes through."""
        return self.run_now(call)

    def run_now(self, call: Call[C]) -> Outputs:
        """Does the work of an instant kind."""
        raise NotImplementedError(f"{type(self).__name__} must define run, or run_now when it is instant")
