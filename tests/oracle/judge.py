"""One scope judged by the rules: who may start, which edges live, who is skipped and why (semantics.md S1 and S3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.containers import Container, container
from tests.oracle.shape import Shape, Wire
from tests.oracle.teams import Team, stood_in, talked
from tests.oracle.work import REJECTS, Arrived, Gave, Json, Script, agree, name_of, plain_work, ports_of, takes_many

ENDED = ("ok", "failed", "handled", "skipped", "cancelled")


@dataclass
class Judge:
    """Follows one run of one graph.

    Attributes:
        levels: every scope that was opened, by its path.
    """

    graph: Json
    script: Script
    policy: str = "continue"
    levels: dict[str, Level] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.top = self.open(self.graph, "", {}, lambda _: None)

    def open(
        self, graph: Json, path: str, given: Json, ended: Callable[[Level], None], around: Level | None = None
    ) -> Level:
        """Opens a scope and starts what waits for nothing."""
        assert path not in self.levels, f"the scope {path} was opened twice"
        level = self.levels[path] = Level(self, graph, path, given, ended)
        level.doomed = around is not None and around.doomed
        level.begin()
        return level

    def see(self, kind: str, scope: str, node: str, data: Json) -> None:
        """Takes one event of the run in, and fails where the rules do not allow it."""
        level = self.levels.get(scope)
        assert level is not None, f"{kind} of {node} in the scope {scope!r}, which is not open"
        if kind == "node.started" and "model" in data:
            assert level.state[node] == "running", "another attempt of a node that does not run"
        elif kind == "node.started":
            level.started(node)
        elif kind == "node.progress" and "saw" in data and not level.briefed:
            saw = {port: [list(end[:2]) for end in ends] for port, ends in level.arrivals(node).items()}
            assert {port: [list(end) for end in ends] for port, ends in data["saw"].items()} == saw, f"{scope}/{node}"
        elif kind in ("node.ok", "node.failed", "node.handled"):
            level.finished(node, kind.removeprefix("node."), data)
        elif kind == "node.cancelled":
            level.cancelled(node)
        elif kind == "delegation.rejected":
            level.rejected(node, data["scope"])
        elif kind == "node.skipped" and level.doomed and level.state[node] not in ENDED:
            level.torn = True
            level.end(node, "skipped", "")


class Level(Shape):
    """One run of one graph: its nodes' states, its edges' fates, its values."""

    def __init__(self, judge: Judge, graph: Json, path: str, given: Json, ended: Callable[[Level], None]) -> None:
        super().__init__(graph)
        self.judge, self.path, self.given, self.ended = judge, path, given, ended
        self.prefix = f"{path}/" if path else ""
        self.state = dict.fromkeys(self.nodes, "pending")
        self.reason: dict[str, str] = {}
        self.fate = ["open"] * len(self.wires)
        self.gave: dict[str, Json] = {}
        self.errors: dict[str, Json] = {}
        self.forced: dict[str, str] = {}
        self.came: dict[str, list[Wire]] = {node: [] for node in self.nodes}
        """The first k live edges that reached each race or quorum."""
        self.late: set[str] = set()
        self.open_containers: dict[str, Container] = {}
        self.losing: set[str] = set()
        self.races: list[str] = []
        self.warned = self.stopped = self.settling = self.unhandled = False
        self.briefed = self.doomed = self.torn = False
        """Whether its nodes may be cancelled, and whether one was."""

    def arrivals(self, node: str) -> dict[str, list[Arrived]]:
        """What a node runs with: the live values of each wired port in edge order, of a race the first k."""
        found: dict[str, list[Arrived]] = {}
        for wire in self.into(node):
            ends = found.setdefault(wire.target_port, [])
            racing = wire.target_port == "items" and self.quorum(node) is not None
            if self.fate[wire.index] == "live" and (not racing or wire in self.came[node]):
                ends.append((wire.source, wire.source_port, self.gave[wire.source][wire.gives]))
        return found

    @property
    def never_begun(self) -> bool:
        """Whether it is a delegation whose manager was cancelled before its model had spoken."""
        return self.briefed and self.doomed and all(state == "ready" for state in self.state.values())

    # What happens

    def begin(self) -> None:
        for node in self.nodes:
            if not self.into(node):
                self.state[node] = "ready"

    def started(self, node: str) -> None:
        assert self.state[node] == "ready", f"{self.prefix}{node} started, but it is {self.state[node]}"
        self.state[node] = "running"
        config = self.nodes[node].get("config", {})
        if self.nodes[node]["kind"] in ("map", "loop", "subgraph", "manager") and "pinned" not in config:
            self.open_containers[node] = container(self, node)

    def finished(self, node: str, status: str, data: Json) -> None:
        """A node ended with a value or a failure: both must be what its work comes to."""
        where = self.prefix + node
        allowed = ("running",) if node not in self.forced else ("ready",)
        assert self.state[node] in allowed, f"{where} is {status}, but it was {self.state[node]}"
        gave = self.work(node)
        if status == "ok":
            assert not gave.fails, f"{where} is ok, but it must fail with {gave.fails}"
            assert gave.outputs is not None
            assert agree(gave.outputs, data["outputs"], self.nodes[node]["kind"] in ("map", "manager")), where
            assert ("degraded" in data) == gave.warns, where
            self.warned = self.warned or gave.warns
            self.gave[node] = data["outputs"]
            self.settle(node, "ok", "", tuple(gave.outputs))
            return
        assert gave.fails == data["error"]["class"], f"{where}: {gave} but {data}"
        assert data["error"]["node"] == node
        assert status == ("handled" if self.handles(node) else "failed"), where
        self.errors[node] = data["error"]
        self.gave[node] = {"error": data["error"]}
        self.settle(node, status, "", ("error",) if status == "handled" else ())

    def work(self, node: str) -> Gave:
        """What the node must give: the work itself, and what stands around it (S8, S12)."""
        config = self.nodes[node].get("config", {})
        if node in self.forced:
            return Gave(fails=self.forced[node])
        if "pinned" in config:
            return Gave({"out": config["pinned"]["value"]})
        if self.specialist(node):
            return stood_in(next(iter(self.arrivals(node).values()))[-1][2])
        if node in self.open_containers:
            gave = self.open_containers[node].gave()
        elif self.nodes[node]["kind"] == "agent":
            gave = talked(config)
        else:
            wired = [wire.source for wire in self.into(node, "items")]
            key, script = self.prefix + node, self.judge.script
            gave = plain_work(self.nodes[node], key, self.arrivals(node), self.given, script, wired)
        if gave.fails and "on_error" in config:
            return Gave({"out": config["on_error"]["value"]}, warns=True)
        return gave

    def cancelled(self, node: str) -> None:
        """A node was cancelled: it lost a race, or all around it is being stopped."""
        assert self.state[node] not in ENDED, f"{self.prefix}{node} was {self.state[node]} and is cancelled"
        if self.doomed or (self.stopped and self.judge.policy == "fail_fast"):
            self.torn = self.torn or self.doomed
            self.end(node, "cancelled", "")
        else:
            assert node in self.losing, f"{self.prefix}{node} was cancelled for no reason"
            self.settle(node, "cancelled", "race_lost")

    def rejected(self, manager: str, path: str) -> None:
        """A specialist turned its brief down: its scope is torn, and somebody else may get the task (S7)."""
        team = self.open_containers[manager]
        assert isinstance(team, Team)
        inner = self.judge.levels[path]
        [only] = inner.nodes
        assert inner.state[only] == "running"
        assert self.judge.script.deed(inner.prefix + only, inner.nodes[only]["config"]).fails == REJECTS
        inner.doomed = inner.torn = True
        team.errands[path].rejected()

    # Settlement

    def settle(self, node: str, status: str, reason: str, live: Sequence[str] = ()) -> None:
        """Ends a node, gives its edges their fates and decides what waited for them."""
        outermost = not self.settling
        self.settling = True
        self.end(node, status, reason)
        dead = "failed" if status == "failed" or reason == "upstream_failed" else "benign"
        for wire in self.out_of(node):
            # A specialist that nobody asked was not chosen, whatever became of its manager (S7).
            self.fate[wire.index] = "live" if wire.gives in live else "benign" if wire.delegates else dead
            self.reached(wire)
        self.unhandled |= (status == "failed" and not self.absorbed(node)) or reason == "upstream_failed"
        if outermost:
            self.settling = False
            while self.races:
                self.end_race(self.races.pop(0))
            if self.unhandled and self.judge.policy != "continue":
                self.stop()

    def end(self, node: str, status: str, reason: str) -> None:
        self.state[node], self.reason[node] = status, reason
        if all(state in ENDED for state in self.state.values()) and not self.torn:
            self.ended(self)

    def reached(self, wire: Wire) -> None:
        node, k = wire.target, self.quorum(wire.target)
        if k is not None and wire.target_port == "items" and self.fate[wire.index] == "live":
            if len(self.came[node]) < k:
                self.came[node].append(wire)
            else:
                self.late.add(wire.key)
        if self.state[node] == "pending":
            self.decide(node)

    def decide(self, node: str) -> None:
        """Decides a node once its ports are settled; the port of a race is, on the k-th live edge (S1, S3)."""
        k, blocked, conflict = self.quorum(node), [], False
        for port, must in ports_of(self.nodes[node]).items():
            wires = self.into(node, port)
            fates = [self.fate[wire.index] for wire in wires]
            racing = k is not None and port == "items"
            if "open" in fates and not (racing and len(self.came[node]) >= (k or 0)):
                return
            enough = len(self.came[node]) >= (k or 0) if racing else "live" in fates
            failed = "failed" in fates
            if wires and must and (not enough or (failed and not self.tolerant(node, port))):
                blocked.append(failed)
            conflict = conflict or (fates.count("live") > 1 and not takes_many(self.nodes[node], port))
        if blocked:
            self.settle(node, "skipped", "upstream_failed" if any(blocked) else "not_chosen")
            return
        self.state[node] = "ready"
        if conflict:
            self.forced[node] = "port_conflict"
        elif k is not None and self.nodes[node]["config"].get("cancel_losers"):
            self.races.append(node)

    def end_race(self, join: str) -> None:
        """Cancels the unsettled ancestors that lead nowhere else than to the race that is over (S3)."""
        losers = self.only_for(join, {node for node, state in self.state.items() if state in ENDED})
        for node in [node for node in self.nodes if node in losers]:
            if self.state[node] == "running":
                self.losing.add(node)
                self.doom(node)
        while waiting := [node for node in self.nodes if node in losers and self.state[node] in ("pending", "ready")]:
            last = [node for node in waiting if not any(wire.target in waiting for wire in self.out_of(node))]
            self.settle(last[0], "skipped", "race_lost")

    def doom(self, node: str) -> None:
        """What runs inside a node that is being cancelled may be cancelled too."""
        for path, level in self.judge.levels.items():
            if path == self.prefix + node or path.startswith((f"{self.prefix}{node}[", f"{self.prefix}{node}/")):
                level.doomed = True

    def stop(self) -> None:
        """Nothing more starts in this scope; `fail_fast` also cancels what runs (S1)."""
        if self.stopped:
            return
        self.stopped = True
        for node, state in self.state.items():
            if state in ("pending", "ready"):
                self.end(node, "skipped", "run_failed")
            elif state == "running" and self.judge.policy == "fail_fast":
                self.doom(node)

    # How it ended

    def status(self) -> str:
        """The outcome by S1, once every node has ended."""
        for node, state in self.state.items():
            if state == "skipped" and self.reason[node] in ("upstream_failed", "run_failed"):
                return "failed"
            if state == "failed" and not self.carrying(node):
                return "failed"
        return "completed_with_warnings" if self.warned or "failed" in self.state.values() else "completed"

    def outputs(self) -> dict[str, Any]:
        """The values of output nodes by name; one without a value is absent."""
        ends = {name_of(node): node["id"] for node in self.nodes.values() if node["kind"] == "output"}
        return {name: self.gave[node]["value"] for name, node in ends.items() if self.state[node] == "ok"}

    def culprit(self) -> Json:
        """The error that the container around is told: the first in file order that nothing absorbed."""
        failed = [node for node, state in self.state.items() if state == "failed"]
        loud = [node for node in failed if not self.absorbed(node)]
        return self.errors[(loud or failed)[0]]
