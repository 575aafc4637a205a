"""All that a graph could do outside the program, and the hash that trust is bound to; found without doing any (T2)."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from engine.base.errors import FileProblem, NodeError, Refused
from engine.base.settings import TIERS
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.kinds.contract import Capability, NodeConfig
from engine.kinds.registry import AnyKind, Kinds
from engine.kinds.secrets import NAMED
from engine.kinds.tool_config import has_desk, tool_capabilities
from engine.tools.mcp.description import starts_in
from engine.tools.registry import from_servers

MAX_DEPTH: Final = 64
MAX_LINKS: Final = 40
"""Links that are followed on one way, as many as Linux follows."""
_BODIES: Final = ("body", "graph")
_VERSION: Final = "baton trust 1"
_OWN_MODELS: Final = frozenset({*TIERS, "rehearsal"})


@dataclass(frozen=True)
class Capabilities:
    """What a graph could do outside: nothing is falsy, and needs no trust.

    Attributes:
        all: each once, in a fixed order, whatever the order in the file.
        models: models named outright (not by a tier, which is the user's own choice). They need no trust by
            themselves, but data of a trusted graph must not go to another one unnoticed (T2).
    """

    all: tuple[Capability, ...] = ()
    models: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def digest(self) -> str:
        """The SHA-256, in hex, of what the graph could do: the same for the same, another for anything else."""
        parts = [_VERSION, [[one.what, one.detail, one.writes] for one in self.all], list(self.models)]
        text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class _Level:
    """A graph on the way down. `folder` is where its file stands, counted from the outermost one."""

    graph: Graph
    kinds: Kinds
    folder: str = ""
    depth: int = 0


def capabilities(graph: Graph, kinds: Kinds, folder: Path | None = None) -> Capabilities:
    """What a graph, with the graphs inside it, could do outside the program.

    Pure but for reading the graph files beside it that it names: starts and contacts nothing (T1).

    Args:
        kinds: the kinds as a run sees them, reading sub-graphs (`Services.beside(folder).kinds`).
        folder: where the graph's file stands; relative folders that nodes name count from there.
    """
    found, models = _gathered(graph, kinds, folder)
    return Capabilities(tuple(sorted(found, key=_order)), tuple(sorted(models)) if found else ())


def differ(before: Graph, after: Graph, kinds: Kinds, folder: Path | None = None) -> bool:
    """Whether the `capabilities` of two graphs differ. Where most nodes are the same ones, this is much quicker."""
    if before.head == after.head:
        old, new = before.nodes, after.nodes
        was = {name: node for name, node in old.items() if new.get(name) is not node}
        now = {name: node for name, node in new.items() if old.get(name) is not node}
        then, here = before.with_tables(nodes=was), after.with_tables(nodes=now)
        if _gathered(then, kinds, folder) == _gathered(here, kinds, folder):
            return False
    return capabilities(before, kinds, folder) != capabilities(after, kinds, folder)


def _gathered(graph: Graph, kinds: Kinds, folder: Path | None) -> tuple[set[Capability], set[str]]:
    """What all nodes could do, and the models that they name."""
    found: set[Capability] = set()
    models: set[str] = set()
    opened: set[str] = set()
    todo = [_Level(graph, kinds)]
    root = folder.resolve() if folder else None
    while todo:
        level = todo.pop()
        base = _led(root, level.folder) if root else None
        found.update(_tool_servers(level.graph.head.get("tool_servers"), base))
        for node in level.graph.nodes.values():
            kind = level.kinds.get(node.kind)
            if kind is None:
                continue  # a placeholder cannot run
            found.update(_secrets(node))
            try:
                if kind.container and (file := level.kinds.outside(node.config)):
                    found.add(Capability("graph", file))
                config = level.kinds.config(node.kind, node.config)
                models.update(name for name in kind.models(config) if name not in _OWN_MODELS)
                found.update(_placed(capabilities_of(kind, config), base))
                found.update(_tools(config))
                todo.extend(_inner(kind, level, config, opened))
            except (Refused, FileProblem, NodeError):
                continue  # what cannot be read cannot run either
    return found, models


def _order(one: Capability) -> tuple[str, str, bool]:
    return one.what, one.detail, one.writes


def capabilities_of(kind: AnyKind, config: NodeConfig) -> Iterator[Capability]:
    """What a node of a kind could do outside, itself and by the tools that it may call."""
    yield from kind.capabilities(config)
    if has_desk(config):
        yield from tool_capabilities(config)


def _tools(config: NodeConfig) -> Iterator[Capability]:
    """The tools of servers that a node lists, by name or pattern: those of the user's own servers too."""
    listed = vars(config).get("tools", ())  # an attribute that a pydantic model does not have takes long to miss
    for pattern in from_servers(listed) if listed else ():
        yield Capability("tool", pattern, writes=True)


def _inner(kind: AnyKind, level: _Level, config: NodeConfig, opened: set[str]) -> Iterator[_Level]:
    """The graphs inside a node. A file is looked into once, however many nodes name it."""
    from engine.files.format import graph_from_json

    if not (kind.container or kind.manages) or level.depth >= MAX_DEPTH:
        return
    for body in kind.bodies(config):
        kinds, folder = level.kinds, level.folder
        if isinstance(body, str):
            file = posixpath.normpath(posixpath.join(folder, body))
            read = getattr(config, "body", None)
            if file in opened or not isinstance(read, Mapping):
                continue
            opened.add(file)
            kinds, folder, body = kinds.inside(body), posixpath.dirname(file), read
        yield _Level(graph_from_json(body), kinds, folder, level.depth + 1)


def _placed(found: Iterable[Capability], base: Path | None) -> Iterator[Capability]:
    """Folders by their full name: the same words in another place mean another folder."""
    for one in found:
        yield Capability("folder", str(_led(base, one.detail)), one.writes) if one.what == "folder" and base else one


def _led(base: Path, named: str | Path) -> Path:
    """Where a name leads from a folder. Links inside that folder are followed, for whoever sent it may have put them
    there; nothing outside of it is looked at, since even that could reach another machine (T1)."""
    place, todo, links = base, [*reversed(Path(named).parts)], 0
    while todo:
        part = todo.pop()
        if part == os.pardir:
            place = place.parent
            continue
        place /= part  # an absolute name begins anew
        if links < MAX_LINKS and place.is_relative_to(base):
            with suppress(OSError, ValueError):  # no link, or nothing at all
                todo.extend(reversed(place.readlink().parts))
                links, place = links + 1, place.parent
    return place


def _secrets(node: Node) -> Iterator[Capability]:
    for key, value in node.config.items():
        if key not in _BODIES or isinstance(value, str):
            yield from (Capability("secret", name) for name in secret_names(value))


def secret_names(value: Any) -> Iterator[str]:
    """The names of the secrets in all texts and keys of a JSON value, `secret://NAME` each."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            if "secret://" in one:
                yield from NAMED.findall(one)
        elif isinstance(one, Mapping):
            todo.extend(one)
            todo.extend(one.values())
        elif isinstance(one, list | tuple):
            todo.extend(one)


def _tool_servers(servers: Any, base: Path | None) -> Iterator[Capability]:
    """Each server as it is written, to the byte: argv, environment, address. One that is a program stands with the full
    name of the folder where it starts: `python server.py` means another program elsewhere."""
    for name, server in servers.items() if isinstance(servers, Mapping) else ():
        what: Literal["command", "host"] = "host"
        if not isinstance(server, Mapping) or "command" in server:
            what = "command"
            if base and isinstance(server, Mapping) and isinstance(cwd := server.get("cwd") or "", str):
                server = {**server, "cwd": str(_led(base, starts_in(base, cwd)))}
        literal = json.dumps(server, ensure_ascii=False, sort_keys=True, default=str)
        yield Capability(what, f"{name} {literal}", writes=True)
        yield from (Capability("secret", secret) for secret in secret_names(server))
