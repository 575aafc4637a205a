"""Managers and their specialists, each delegation a scope of its own; agents with tools (semantics.md S7, S8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.oracle.work import Gave, Json, as_text

if TYPE_CHECKING:
    from tests.oracle.judge import Level

REROUTES = 2
TRIES = 2


@dataclass
class Outcome:
    """What one delegation came to; `why` is the class of its failure, or "rejected"."""

    specialist: str
    outputs: Json | None = None
    why: str = ""

    @property
    def text(self) -> str:
        assert self.outputs is not None
        return as_text(next(iter(self.outputs.values())) if len(self.outputs) == 1 else dict(self.outputs))


@dataclass
class Errand:
    """One delegation: attempts until there is a result that will do, or nobody takes it."""

    team: Team
    number: int
    specialist: str
    brief: str
    attempt: int = 0
    mended: bool = False
    refused: list[str] = field(default_factory=list)

    def begin(self) -> None:
        self.attempt += 1
        around, again = self.team.around, f".{self.attempt}" if self.attempt > 1 else ""
        path = f"{around.prefix}{self.team.node}[{self.number}]{again}"
        alone = {"nodes": [around.nodes[self.specialist]], "edges": []}
        self.team.errands[path] = self
        around.judge.open(alone, path, {"brief": self.brief}, self.ended, around).briefed = True

    def ended(self, inner: Level) -> None:
        if inner.status() == "failed":
            self.over(Outcome(self.specialist, why=inner.culprit()["class"]))
            return
        done = Outcome(self.specialist, {port: v for port, v in inner.gave[self.specialist].items() if port != "error"})
        if not done.outputs or done.text.strip() in ("", "{}", "[]"):
            if self.mended:
                self.over(Outcome(self.specialist, why="invalid_output"))
            else:
                self.mended = True
                self.begin()
            return
        self.over(done)

    def rejected(self) -> None:
        """At most two re-routes by the model's choice, then the default; nobody twice."""
        self.refused.append(self.specialist)
        left = [name for name in self.team.members if name not in self.refused]
        prefers = self.team.plan["prefers"] if len(self.refused) <= REROUTES else []
        default = self.team.config.get("default", "")
        chosen = next((name for name in (*prefers, default) if name in left), None)
        if chosen is None:
            self.over(Outcome(self.specialist, why="rejected"))
        else:
            self.specialist = chosen
            self.begin()

    def over(self, outcome: Outcome) -> None:
        self.team.outcomes[self.number] = outcome
        self.team.back(self, outcome)


class Team:
    """A running manager: turns of its model, of which each may begin delegations that go on at once."""

    def __init__(self, level: Level, node: str, given: Json) -> None:
        self.around, self.node = level, node
        self.config = level.nodes[node]["config"]
        self.plan: Json = self.config["plan"]
        self.members = [wire.target for wire in level.out_of(node) if wire.source_port == "team"]
        self.errands: dict[str, Errand] = {}
        self.outcomes: dict[int, Outcome] = {}
        self.open, self.count, self.turn, self.last_resort = 0, 0, 0, ""
        self.tries: dict[tuple[str, str], int] = {}
        self.settled: set[tuple[str, str]] = set()
        self.asked: dict[int, tuple[str, str]] = {}
        self.result: Gave | None = None
        self.talk()

    def talk(self) -> None:
        """Turns of the model until one begins a delegation, or is the last."""
        while not self.open and self.result is None and not self.last_resort:
            turns, plan = self.plan["turns"], self.plan
            last = self.turn + 1 >= self.config["max_turns"]
            last = last or (bool(self.members) and self.count >= self.config["max_delegations"])
            calls = turns[self.turn] if self.turn < len(turns) and (plan["stubborn"] or not last) else []
            if calls and last:
                self.without_model("tool")
            elif calls:
                self.turn += 1
                for errand in [errand for _, call in calls if (errand := self.admitted(call))]:
                    self.open += 1
                    errand.begin()
            elif self.turn >= len(turns) and plan["fails"]:
                self.without_model("bad_request")
            else:
                self.ends("done")

    def admitted(self, call: Json) -> Errand | None:
        task = call["specialist"], call["brief"]
        again = task in self.settled or self.tries.get(task, 0) >= TRIES
        if task[0] not in self.members or self.count >= self.config["max_delegations"] or again:
            return None
        self.count += 1
        self.tries[task] = self.tries.get(task, 0) + 1
        self.settled.add(task)
        self.asked[self.count] = task
        return Errand(self, self.count, *task)

    def back(self, errand: Errand, outcome: Outcome) -> None:
        """A delegation is over; the model goes on when all of its turn are."""
        if self.last_resort:
            if outcome.outputs is None:
                self.result = Gave(fails=self.last_resort)
            else:
                self.ends(outcome.text, warns=True)
            return
        if outcome.outputs is None:
            self.settled.discard(self.asked[errand.number])
        self.open -= 1
        self.talk()

    def without_model(self, why: str) -> None:
        """What was delegated stands; else the default works on it; else the model's failure is the manager's."""
        done = [outcome for _, outcome in sorted(self.outcomes.items()) if outcome.outputs is not None]
        default = self.config.get("default", "")
        if done:
            texts = [f"## {one.specialist}\n\n{one.text}" for one in done]
            self.ends(done[0].text if len(done) == 1 else "\n\n".join(texts), warns=True)
        elif default in self.members:
            self.last_resort = why
            Errand(self, 0, default, "").begin()
        else:
            self.result = Gave(fails=why)

    def ends(self, text: str, warns: bool = False) -> None:
        found: dict[str, dict[str, Any]] = {}
        for _, one in sorted(self.outcomes.items()):
            port = f"team.{one.specialist}"
            if one.outputs is not None:
                found[port] = {"outputs": one.outputs}
            elif one.why != "rejected" and "outputs" not in found.get(port, {}):
                found[port] = {"error": {"class": one.why}}
        self.result = Gave({"text": text, **found}, warns=warns)

    def gave(self) -> Gave:
        assert self.result is not None, "a manager ended before its specialists"
        return self.result


def stood_in(came_to: Mapping[str, Any]) -> Gave:
    """What the node of a specialist gives once its manager has ended."""
    if "error" in came_to:
        return Gave(fails=came_to["error"]["class"])
    return Gave(came_to["outputs"])


def talked(config: Json) -> Gave:
    """What an agent with tools gives: it may call them in all turns but the last (S8)."""
    if len(config["plan"]["turns"]) >= config["max_turns"] and config["plan"]["stubborn"]:
        return Gave(fails="tool")
    return Gave({"text": "done"})
