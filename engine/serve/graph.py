"""What callers see of a graph: a name, what it takes and gives; and the runs that they start (formats.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from engine.base.errors import Refused, WrongUse
from engine.base.values import Value
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.plan.capabilities import Capabilities, capabilities
from engine.plan.trust import refusal
from engine.run.control import Run, RunOptions
from engine.run.past import Past
from engine.run.services import Services
from engine.serve.clients import served_name
from engine.serve.runs import ServedRun, Waiting

MOST_RUNS: Final = 16
"""Runs at once; more callers are told to come again."""
_SCHEMAS: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "list": {"type": "array"},
    "messages": {"type": "array", "items": {"type": "object"}},
    "file": {
        "type": "object",
        "properties": {"path": {"type": "string"}, "text": {"type": "string"}},
        "required": ["path", "text"],
    },
    "image": {"description": "A data: address, or an object with media_type and base64 data."},
}
"""JSON Schema of what an input of each type takes; types that are not here take anything."""


@dataclass(frozen=True)
class ServedInput:
    """One input: its name, its type, and whether a caller must give it."""

    name: str
    type: str
    required: bool
    schema: Mapping[str, Any]


class ServedGraph:
    """A graph that is served.

    Args:
        options: for each run.
        file: the graph's file; its folder is where the files are that the graph names.

    Raises:
        NotTrusted: it could do something outside that was not trusted, and this is no rehearsal (T2).
    """

    def __init__(self, graph: Graph, options: RunOptions, services: Services, file: Path) -> None:
        self.graph, self._options, self._services, self._file = graph, options, services, file
        self.could: Capabilities = capabilities(graph, services.beside(file.parent).kinds, file.parent)
        if self.could and not options.rehearse and not services.trust.trusts(self.could):
            raise refusal(self.could)
        self._live: dict[str, ServedRun] = {}

    @property
    def title(self) -> str:
        """The name for people."""
        return self.graph.name or self._file.name.removesuffix(".baton.json")

    @cached_property
    def name(self) -> str:
        """The name for programs: the file's, of letters, digits and underscores."""
        return served_name(self._file)

    @property
    def description(self) -> str:
        """What it does, with its inputs, for the models that choose it."""
        return self.graph.description or f"Runs the workflow “{self.title}”."

    @cached_property
    def inputs(self) -> tuple[ServedInput, ...]:
        """What it takes, in file order."""
        return tuple(_input(name, node, self.graph) for name, node in self._named("input").items())

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The names of what it gives."""
        return tuple(self._named("output"))

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """JSON Schema of all inputs as one object."""
        return {
            "type": "object",
            "properties": {each.name: dict(each.schema) for each in self.inputs},
            "required": [each.name for each in self.inputs if each.required],
            "additionalProperties": False,
        }

    @cached_property
    def streamed(self) -> Mapping[str, str]:
        """Nodes whose text is an output as it stands: id -> name of the output."""
        ids = {node.id: name for name, node in self._named("output").items()}
        into = [edge for edge in self.graph.edges.values() if edge.target in ids]
        single = {edge.target for edge in into if len(self.graph.incoming(edge.target)) == 1}
        return {edge.source: ids[edge.target] for edge in into if edge.source_port == "text" and edge.target in single}

    def start(self, inputs: Mapping[str, Value], caller: Mapping[str, Value], run: str = "") -> ServedRun:
        """A new run for a caller.

        Args:
            caller: is stored with it: `over` says by which protocol it came.
            run: its id; see `Run`.

        Raises:
            WrongUse: an input is missing, unknown or of a wrong type.
            Refused: too many runs go on.
        """
        self._make_room()
        options = replace(self._options, caller=caller)
        file, services = self._file, self._services
        made = Run(self.graph, inputs, options, folder=file.parent, services=services, file=str(file), as_id=run)
        return self._taken(ServedRun(made))

    def stored(self, run: str, over: str) -> Past | None:
        """A stored run of this graph that came by a protocol, even to an earlier server; None when there is none.

        Args:
            run: its whole id.
        """
        try:
            past = Past.load(self._services.journal.journal, run)
        except WrongUse:
            return None
        mine = past.id == run and past.row.file == str(self._file)
        return past if mine and past.started_with.get("caller", {}).get("over") == over else None

    def paused(self, run: str, over: str) -> Waiting:
        """A run that waits for an answer of its caller, by its id.

        Raises:
            Refused: there is none.
        """
        past = self.stored(run, over)
        questions = past.view().waiting if past is not None and past.row.status == "paused" else {}
        if not questions:
            raise Refused(f"No run “{run[:40]}” of this graph waits for an answer.", "Start a new one.")
        return Waiting(run, questions)

    def resume(self, run: str, answers: Mapping[str, Value]) -> ServedRun:
        """The same run, going on with answers.

        Raises:
            WrongUse: an answer does not fit what was asked.
            Refused: the run was gone on with elsewhere, or too many runs go on.
        """
        self._make_room()
        allowed = self._options.allow_writes
        return self._taken(ServedRun(Run.resume(run, services=self._services, answers=answers, allow_writes=allowed)))

    async def cancel(self, run: str, over: str) -> None:
        """Ends a run, whether it goes on or waits for an answer. Without effect when it is over."""
        served = self._live.get(run)
        if served is None:
            past = await asyncio.to_thread(self.stored, run, over)
            if past is None or past.row.status != "paused":
                return
            served = self._taken(ServedRun(Run.resume(run, services=self._services)))
        served.cancelled = True
        served.stop()
        await served.ended()

    async def stop(self) -> None:
        """Stops all runs and waits for their end, at most as long as a stop may take (S10)."""
        live = list(self._live.values())
        for served in live:
            served.stop()
        await asyncio.gather(*(served.ended() for served in live))

    def _make_room(self) -> None:
        if len(self._live) >= MOST_RUNS:
            raise Refused(f"{MOST_RUNS} runs go on already.", "Try again in a while.")

    def _taken(self, served: ServedRun) -> ServedRun:
        self._live[served.id] = served
        served.when_over(lambda over: self._live.pop(over.id, None))
        return served

    def _named(self, kind: str) -> dict[str, Node]:
        return {
            str(node.config.get("name") or node.id): node for node in self.graph.nodes.values() if node.kind == kind
        }


def _input(name: str, node: Node, graph: Graph) -> ServedInput:
    config = node.config
    sort = str(config.get("type") or "any")
    schema = dict(_SCHEMAS.get(sort, {}))
    said = " ".join(str(config.get("description") or node.title or "").split())
    if said:
        schema["description"] = f"{said}. {schema['description']}" if "description" in schema else said
    if "default" in config:
        schema["default"] = config["default"]
    return ServedInput(name, sort, "default" not in config and bool(graph.outgoing(node.id)), schema)
