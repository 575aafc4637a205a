"""What a person gives for one run on the command line: input values, tiers, and settings of nodes, read and judged."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from engine.base.errors import FileProblem, NodeError, Refused, WrongUse
from engine.base.settings import TIERS
from engine.base.suggest import did_you_mean
from engine.base.values import repair
from engine.files.bounded import read_bounded
from engine.files.strict import parse
from engine.files.typed import read_as

if TYPE_CHECKING:
    from engine.graph.graph import Graph
    from engine.graph.records import Node
    from engine.kinds.registry import Kinds
    from engine.models.catalog import Models


def inputs(graph: Graph, pairs: Iterable[str], file: str = "") -> dict[str, Any]:
    """Values for the inputs of a graph.

    Args:
        pairs: `NAME=VALUE`; the value is read as the input's type says. They win over the file.
        file: a file with a JSON object, or `-` for stdin; null in it is a value.

    Raises:
        WrongUse: something cannot be read; the message names the input.
    """
    given = _object_in(file) if file else {}
    types = {
        str(node.config.get("name") or node.id): str(node.config.get("type") or "text")
        for node in graph.nodes.values()
        if node.kind == "input"
    }
    for pair in pairs:
        name, text = _pair(pair, "-i", "NAME=VALUE")
        if name not in types:
            known = f"There are: {', '.join(types) or 'none'}."
            raise WrongUse(f"The graph has no input “{name}”.", did_you_mean(name, types) or known)
        given[name] = read_as(name, types[name], text)
    return {name: repair(value) for name, value in given.items()}


def tiers(pairs: Iterable[str], models: Models) -> dict[str, str]:
    """What tiers mean in this run, from `cheap=ollama/llama3.2`.

    Raises:
        WrongUse: there is no such tier or model.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        tier, model = _pair(pair, "--tier", "cheap=provider/model")
        if tier not in TIERS:
            raise WrongUse(f"There is no tier “{tier}”.", did_you_mean(tier, TIERS) or f"There are {', '.join(TIERS)}.")
        try:
            models.resolve(model)
        except NodeError as error:
            raise WrongUse(error.message, error.hint) from None
        found[tier] = model
    return found


def answers(pairs: Iterable[str]) -> dict[str, Any]:
    """What people decided beforehand, from `KEY={"decision": "approved", "value": ...}`.

    Raises:
        WrongUse: one is not JSON; whether it is an answer is judged by the run.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        key, text = _pair(pair, "--answer", "KEY=JSON")
        try:
            found[key] = parse(text.encode("utf-8", "surrogateescape"))
        except FileProblem:
            hint = """Write it as '{"decision": "approved", "value": ...}', in quotes for the shell."""
            raise WrongUse(f"The answer to “{key}” is not JSON.", hint) from None
    return found


def changed(graph: Graph, pairs: Iterable[str], kinds: Kinds) -> Graph:
    """The graph with settings of nodes exchanged for this run, from `node.key=value`.

    A value that is JSON counts as JSON where that fits the setting, else as text. A key may lead inside a setting:
    `review.retry.attempts=1`.

    Raises:
        WrongUse: the node or the key is not there, or the value does not fit.
    """
    for pair in pairs:
        path, text = _pair(pair, "--set", "node.key=value")
        node_id, _, key = path.partition(".")
        if node_id not in graph.nodes:
            names = graph.nodes
            hint = did_you_mean(node_id, names) or f"There are: {', '.join(list(names)[:12]) or 'none'}."
            raise WrongUse(f"The graph has no node “{node_id}”.", hint)
        node = _with_setting(graph.nodes[node_id], key, text, kinds)
        graph = graph.with_tables(nodes={**graph.nodes, node_id: node})
    return graph


def _with_setting(node: Node, key: str, text: str, kinds: Kinds) -> Node:
    kind = kinds.get(node.kind)
    if kind is None:
        raise WrongUse(f"The kind “{node.kind}” of “{node.id}” is not known here.", "Update Baton.")
    known = [*kind.Config.model_fields, *(f.alias for f in kind.Config.model_fields.values() if f.alias)]
    first, *inner = key.split(".")
    if first not in known:
        hint = did_you_mean(first, known) or f"It has {', '.join(known)}."
        raise WrongUse(f"“{node.id}” has no setting “{first}”.", hint)
    problem: Refused | FileProblem | None = None
    for value in _readings(text):
        config = {**node.config, first: _put(node.config.get(first), inner, value)}
        try:
            kinds.config(node.kind, config)
        except (Refused, FileProblem) as error:
            problem = problem or error
        else:
            return replace(node, config=config)
    assert problem is not None  # there is at least one reading, and it did not fit
    raise WrongUse(f"--set {node.id}.{key}: {problem.message}", problem.hint)


def _put(old: Any, path: list[str], value: Any) -> Any:
    if not path:
        return repair(value)
    inside = dict(old) if isinstance(old, Mapping) else {}
    inside[path[0]] = _put(inside.get(path[0]), path[1:], value)
    return inside


def _readings(text: str) -> list[Any]:
    """What a text may mean: the JSON that it is, then itself."""
    try:
        return [json.loads(text, parse_constant=_no_number), text]
    except (ValueError, RecursionError):
        return [text]


def _pair(pair: str, option: str, form: str) -> tuple[str, str]:
    name, equals, text = pair.partition("=")
    if not equals or not name.strip():
        raise WrongUse(f"{option} {pair} is not of the form {form}.", f"Write {option} {form}.")
    return name.strip(), text


def _object_in(file: str) -> dict[str, Any]:
    try:
        found = parse(read_bounded(sys.stdin.buffer if file == "-" else Path(file)))
    except OSError as error:
        raise WrongUse(f"The inputs in {file} cannot be read: {error.strerror}.", "Check its name.") from None
    except FileProblem as problem:  # as strict as a graph file: a key that stands there twice is an error
        raise WrongUse(f"The inputs in {file} cannot be used: {problem.message}", problem.hint) from None
    if not isinstance(found, dict):
        raise WrongUse(f"The inputs in {file} are not an object.", 'Write {"name": value, ...}.')
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number in JSON")
