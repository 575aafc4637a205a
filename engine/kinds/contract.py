"""What a kind of node is: a title, a config, ports and `run`. One file of `engine.kinds.builtin` each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from engine.base.errors import NodeError
from engine.base.values import Value, ValueType
from engine.kinds.call import Arrival, Call, Done, Review, ScopeResult, Task, Verdict
from engine.kinds.node_config import NodeConfig, Retry, SpendingConfig

__all__ = [
    "ERROR", "Arrival", "Call", "Capability", "Done", "Finding", "Joining", "Kind", "NodeConfig", "Outputs", "Port",
    "Ports", "Retry", "Review", "ScopeResult", "SpendingConfig", "Task", "Touch", "Verdict",
]  # fmt: skip

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

    def addresses(self, config: C) -> Mapping[str, str]:
        """Addresses that are known before a run, by the setting that holds each; it reaches public ones only (T5)."""
        return {}

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
        """Does the work of an instant kind. A kind that defines neither this nor `run` fails its nodes."""
        raise NodeError("internal", f"The kind “{self.name}” does no work: it defines neither run nor run_now.")
