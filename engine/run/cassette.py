"""A cassette: what a run was given and answered, in a file beside its graph, to be run again free and offline (S15)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from glob import escape
from pathlib import Path
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.base.values import Value
from engine.files.names import stem_of
from engine.models.contract import Reply
from engine.plan.plan import Plan
from engine.run.events import ENDS, Event
from engine.run.memory import Memory
from engine.run.places import place
from engine.run.said import as_answered, reply_from
from engine.tools.contract import ToolStep

VERSION: Final = 1
ENDING: Final = ".cassette.json"
DECIDED: Final = ("decision", "value", "form")


def cassettes_of(file: Path) -> list[Path]:
    """The cassettes beside a graph's file: `NAME.*.cassette.json`, sorted; those of `NAME.MORE.baton.json` are not."""
    stem = stem_of(file)
    return [
        path
        for path in sorted(file.parent.glob(f"{escape(stem)}.*{ENDING}"))
        if not any((file.parent / f"{longer}.baton.json").exists() for longer in _longer(path, stem))
    ]


def _longer(cassette: Path, stem: str) -> Iterator[str]:
    """The names of graphs, longer than this one, that a cassette could belong to."""
    said = cassette.name.removesuffix(ENDING)
    while len(said := said.rpartition(".")[0]) > len(stem):
        yield said


@dataclass(frozen=True)
class Cassette:
    """One run as it can be run again.

    Attributes:
        inputs: what the run was given; `answers` what people decided, by key.
        replies: answers of models: `node`, `request` (its digest), `prompt` (for people), and the answer itself.
        failures: nodes that models or the outside failed: `node`, `request` (as above, or ""), `class`, `message`.
        tools: results of calls of tools: `node`, `id`, `ok`, `text`.
        servers: definitions of the tools of each server that was used.
        results: outputs of nodes that reach outside, by key.
        status: how the run ended.
        outputs: what it gave; None when it does not matter.
        expect: what must hold of outputs: see `engine.archive.expect`.
    """

    graph: str = ""
    inputs: Mapping[str, Value] = field(default_factory=dict)
    answers: Mapping[str, Value] = field(default_factory=dict)
    replies: Sequence[Mapping[str, Any]] = ()
    failures: Sequence[Mapping[str, Any]] = ()
    tools: Sequence[Mapping[str, Any]] = ()
    servers: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    results: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    status: str = ""
    outputs: Mapping[str, Value] | None = None
    expect: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, events: Iterable[Event], plan: Plan) -> Cassette:
        """What the events of a run hold; in the order of the nodes' keys, so that equal runs give equal files."""
        outside = frozenset(_outside(plan, ""))
        made = _Recording(outside)
        for event in events:
            made.take(event)
        return replace(
            cls(**made.told),
            answers=dict(sorted(made.answers.items())),
            replies=sorted(made.replies, key=lambda each: (each["node"], each["turn"])),
            failures=sorted(made.failures, key=lambda each: (each["node"], each["request"])),
            tools=sorted(made.tools, key=lambda each: (each["node"], each["id"])),
            servers=dict(sorted(made.servers.items())),
            results=dict(sorted(made.results.items())),
        )

    @classmethod
    def from_json(cls, data: Any) -> Cassette:
        """The cassette that `as_json` gave, perhaps edited since.

        Raises:
            FileProblem: it is none, or of a newer Baton.
        """
        if not isinstance(data, Mapping) or not isinstance(data.get("cassette"), int):
            raise FileProblem("It is no cassette.", "Record one with baton test FILE --record NAME.")
        if data["cassette"] > VERSION:
            raise FileProblem("It was recorded by a newer Baton.", "Update Baton.")
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        lists = all(isinstance(known.get(name, []), list) for name in ("replies", "failures", "tools", "expect"))
        objects = all(isinstance(known.get(name, {}), Mapping) for name in ("inputs", "answers", "servers", "results"))
        objects = objects and isinstance(known.get("outputs"), Mapping | None)
        texts = all(isinstance(known.get(name, ""), str) for name in ("graph", "status"))
        if not (lists and objects and texts):
            raise FileProblem("Its parts are not what a cassette holds.", "Record it anew.")
        return cls(**known)

    def as_json(self) -> dict[str, Any]:
        """It as a JSON object; what is empty is absent."""
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {"cassette": VERSION, **{name: part for name, part in parts.items() if part or name == "outputs"}}

    def memory(self) -> Memory:
        """All that a run with this cassette knows and has.

        Raises:
            FileProblem: an answer in it cannot be read.
        """
        replies: dict[tuple[str, str], list[Reply]] = {}
        tools: dict[tuple[str, str], list[ToolStep]] = {}
        try:
            for told in self.replies:
                replies.setdefault((told["node"], told["request"]), []).append(reply_from(told))
            for step in self.tools:
                found = tools.setdefault((step["node"], step["id"]), [])
                found.append(ToolStep(True, bool(step["ok"]), str(step["text"])))
            failures = {(told["node"], told["request"]): (told["class"], told["message"]) for told in self.failures}
        except (KeyError, TypeError) as error:
            raise FileProblem(f"An answer in the cassette cannot be read: {error}.", "Record it anew.") from None
        return Memory(
            base="a cassette", complete=True, replies=replies, tools=tools, results=self.results, failures=failures
        )


class _Recording:
    """Takes events, one after the other."""

    def __init__(self, outside: frozenset[str]) -> None:
        self.told: dict[str, Any] = {}
        self.answers: dict[str, Value] = {}
        self.replies: list[dict[str, Any]] = []
        self.failures: list[dict[str, Any]] = []
        self.tools: list[dict[str, Any]] = []
        self.servers: dict[str, Sequence[Mapping[str, Any]]] = {}
        self.results: dict[str, Mapping[str, Value]] = {}
        self._outside = outside
        self._asked: dict[str, str] = {}
        self._waited: dict[str, str] = {}
        """Digests of requests that were not answered yet, by key."""
        self._turns: Counter[str] = Counter()

    def take(self, event: Event) -> None:
        data, key = event.data, event.key
        if event.kind == "run.created":
            self.told |= {"graph": data.get("name", ""), "inputs": data.get("inputs", {})}
        elif event.kind in ENDS:
            self.told |= {"status": data["status"], "outputs": data.get("outputs", {})}
        elif event.kind == "model.request":
            self._asked[key] = data["messages"][-1]["text"] if data.get("messages") else ""
            self._waited[key] = data.get("request", "")
        elif event.kind == "model.response" and "request" in data:
            asked = {"asked": data["asked"]} if data.get("asked") else {}
            said = {"model": data.get("model", ""), **as_answered(reply_from(data)), **asked}
            about = {"node": key, "turn": self._turns[key], "request": data["request"]}
            self._turns[key] += 1
            self._waited.pop(key, None)
            self.replies.append({**about, "prompt": self._asked.get(key, ""), **said})
        elif event.kind == "tool.result":
            about = {"node": key, "id": data["id"], "tool": data["tool"]}
            self.tools.append({**about, "ok": data["ok"], "text": data["text"]})
        elif event.kind == "server.ready":
            self.servers[data["server"]] = data["tools"]
        elif event.kind == "human.resolved":
            self.answers[data["key"]] = {name: data[name] for name in DECIDED if name in data}
        elif event.kind in ("node.failed", "node.handled") and (key in self._waited or place(key) in self._outside):
            error = {name: data["error"][name] for name in ("class", "message")}
            self.failures.append({"node": key, "request": self._waited.pop(key, ""), **error})
        elif event.kind == "node.ok" and place(key) in self._outside:
            self.results[key] = data["outputs"]


def _outside(plan: Plan, prefix: str) -> Iterable[str]:
    """The places of the nodes that reach outside."""
    for node in plan.nodes:
        if node.kind.needs_trust:
            yield prefix + node.id
        if node.index in plan.bodies:
            yield from _outside(plan.bodies[node.index], f"{prefix}{node.id}/")
        for specialist in plan.teams.get(node.index, {}).values():
            yield from _outside(specialist, f"{prefix}{node.id}/")
