"""Cassettes beside a graph: recorded from a run, found again, and run to see whether the graph still does the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.archive.compare import Change
from engine.archive.expect import Expectation
from engine.base.errors import BatonError, FileProblem
from engine.base.ids import id_from
from engine.base.settings import write_json
from engine.base.values import Value, as_text
from engine.files.names import stem_of
from engine.files.strict import parse
from engine.graph.graph import Graph
from engine.run.cassette import ENDING, Cassette
from engine.run.control import Run, RunOptions
from engine.run.result import Result
from engine.run.services import Services


def place_for(file: Path, name: str) -> Path:
    """Where a cassette of this name belongs."""
    return file.parent / f"{stem_of(file)}.{id_from(name)}{ENDING}"


def read_cassette(path: Path) -> Cassette:
    """Raises FileProblem when it cannot be read; the message names the file."""
    try:
        return Cassette.from_json(parse(path.read_bytes()))
    except OSError as error:
        raise FileProblem(f"The cassette {path} cannot be read: {error.strerror}.", "Check its name.") from None
    except FileProblem as problem:
        raise FileProblem(f"The cassette {path} cannot be used: {problem.message}", problem.hint) from None


def write_cassette(path: Path, cassette: Cassette) -> None:
    """Raises FileProblem when it cannot be written."""
    try:
        write_json(path, cassette.as_json())
    except OSError as error:
        raise FileProblem(f"The cassette {path} cannot be written: {error.strerror}.", "Name another.") from None


@dataclass(frozen=True, slots=True)
class Tested:
    """How a cassette went: what is otherwise than it says, a sentence each; none when all is as it was."""

    wrong: tuple[str, ...]
    run: Result | None = None

    @property
    def passed(self) -> bool:
        return not self.wrong


def rerun(graph: Graph, cassette: Cassette, services: Services, folder: Path | None, *, judge: bool = False) -> Tested:
    """Runs a graph with what a cassette holds, offline, and holds the end against it.

    Args:
        judge: whether assertions that ask a model may do so, which costs; else they are left out.
    """
    options = RunOptions(journal=False, pace=0, answers=cassette.answers, allow_writes=("*",), cassette=cassette)
    try:
        expected = [Expectation.read(each) for each in cassette.expect]
        run = Run(graph, cassette.inputs, options, folder=folder, services=services)
        result = asyncio.run(run.execute())
    except BatonError as error:
        return Tested((str(error),))
    wrong = [*_differences(cassette, result), *filter(None, (each.wrong(result.outputs) for each in expected))]
    if judge and not wrong:
        asked = (_judged(each, result.outputs[each.output], services) for each in expected if each.test == "judge")
        wrong.extend(filter(None, asked))
    return Tested(tuple(wrong), result)


def _differences(cassette: Cassette, result: Result) -> list[str]:
    """What ended otherwise; when nodes failed, they say why."""
    found: list[str] = []
    if cassette.status and result.status != cassette.status:
        found.append(f"The run ended as {result.status.replace('_', ' ')}, not as {cassette.status.replace('_', ' ')}.")
        errors = {key: node["error"]["message"] for key, node in result.nodes.items() if "error" in node}
        found += [f"{key}: {message}" for key, message in errors.items()]
    recorded: Mapping[str, Value] = result.outputs if cassette.outputs is None else cassette.outputs
    for name in dict.fromkeys([*recorded, *result.outputs]):
        if name not in result.outputs:
            found.append(f"The output “{name}” got no value any more.")
        elif name not in recorded:
            found.append(f"The output “{name}” got a value, which it did not before.")
        elif _coded(recorded[name]) != _coded(result.outputs[name]):
            found.append(f"{name}: {Change('output', recorded[name], result.outputs[name]).sentence()}.")
    return found


def _coded(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _judged(expected: Expectation, value: Value, services: Services) -> str:
    """Why a model says that an output is not as it should be; "" when it says that it is."""
    from engine.files.format import graph_from_json

    routes = [{"id": "yes", "description": as_text(expected.what)}, {"id": "no", "description": "it is not so"}]
    config = {"mode": "model", "model": expected.model, "routes": routes, "threshold": 0.0,
              "instructions": f"Judge the text. Question: {as_text(expected.what)}"}  # fmt: skip
    nodes = [{"id": "text", "kind": "input", "config": {"type": "json"}},
             {"id": "judge", "kind": "router", "config": config}, {"id": "yes", "kind": "output"}]  # fmt: skip
    edges = [{"from": "text.value", "to": "judge.value"}, {"from": "judge.yes", "to": "yes.value"}]
    graph = graph_from_json({"baton": 1, "nodes": nodes, "edges": edges})
    result = asyncio.run(Run(graph, {"text": value}, RunOptions(journal=False), services=services).execute())
    if "yes" in result.outputs:
        return ""
    why = result.view.nodes["judge"].route_note or result.reason
    return f"The judge does not say that “{expected.output}” is so: {as_text(expected.what)} It says: {why}"
