"""Finds what belongs to a graph and stands beside it: sub-graphs, cassettes, inputs, and the data that it reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from typing import Final

from engine.base.errors import FileProblem, NodeError, Refused
from engine.base.pasted import pasted_in, pasted_key
from engine.base.secrets import Redactor
from engine.export.clean import Cleaned, clean
from engine.export.contract import Around
from engine.files.beside import Beside
from engine.files.bundle import MANIFEST
from engine.files.format import dumps, graph_from_json
from engine.files.names import safe_name, safe_stem, stem_of
from engine.files.open import read_file
from engine.graph.graph import Graph
from engine.kinds.globbing import Walk, glob_parts
from engine.kinds.registry import Kinds
from engine.plan.bodies import Level, inner_levels
from engine.plan.facts import facts_of
from engine.run.cassette import cassettes_of

MOST_DATA: Final = 64 * 1024 * 1024
"""Bytes of data files that are taken along."""


def gather(ready: Cleaned, kinds: Kinds, file: Path, *, trusted: bool, redactor: Redactor | None) -> Around:
    """Everything that a bundle of a graph holds beside it; each part is looked through for keys.

    Args:
        ready: the graph, clean.
        file: where the graph stands.
        trusted: the person trusts the graph: only then is it followed to the data files that it names (T2).

    Raises:
        Refused: something contains a key; the file is named.
        FileProblem: something cannot be read.
    """
    folder, stem = file.parent, safe_stem(stem_of(file))
    main = f"{stem}.baton.json"
    files: dict[str, bytes] = {main: dumps(ready.graph).encode("utf-8")}
    roles = {main: "graph"}
    for role, name, data in [
        *_subgraphs(ready.graph, kinds, folder, redactor),
        *_beside(file, stem),
        *(_data(ready.graph, kinds, folder) if trusted else ()),
    ]:
        if name not in files:
            _refuse_name(name)
            _refuse_key(name, data, redactor)
            files[name], roles[name] = data, role
    return Around(main, ready.needs, files, roles)


def _subgraphs(graph: Graph, kinds: Kinds, folder: Path, redactor: Redactor | None) -> Iterator[tuple[str, str, bytes]]:
    work, beside = [Level(graph, kinds)], Beside(folder)
    while work:
        level = work.pop()
        _, deeper, _ = inner_levels(facts_of(level.graph, level.kinds), level)
        for inner in deeper:
            if inner.trail != level.trail:
                name = inner.trail[-1]
                whole = graph_from_json(beside.read(name))
                cleaned = clean(whole, inner.kinds, folder=folder / Path(name).parent, redactor=redactor)
                yield "subgraph", name, dumps(cleaned.graph).encode("utf-8")
        work.extend(deeper)


def _beside(file: Path, stem: str) -> Iterator[tuple[str, str, bytes]]:
    """The cassettes of a graph, and the inputs that were prepared for it, named after it in the bundle too."""
    begins = len(stem_of(file))
    for path in cassettes_of(file):
        yield "cassette", stem + path.name[begins:], read_file(path)[0]
    for path in file.parent.glob(f"{escape(stem_of(file))}[.]inputs.json"):  # a pattern: too long a name is no error
        yield "inputs", stem + path.name[begins:], read_file(path)[0]


def _data(graph: Graph, kinds: Kinds, folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """The files below the graph's folder that its `files` nodes read."""
    left, root = MOST_DATA, folder.resolve()
    for node, kind, config in facts_of(graph, kinds).known:
        if kind.name != "files":
            continue
        place, glob = (folder / getattr(config, "root", ".")).resolve(), getattr(config, "glob", "")
        if not place.is_relative_to(root) or not place.is_dir():
            continue
        try:
            found = sorted(Walk(place, glob_parts(glob), lambda: False).files())
        except (NodeError, OSError):
            continue
        for _, path in found:
            data = read_file(path)[0]
            left -= len(data)
            if left < 0:
                raise FileProblem(f"The files that “{node.id}” reads have more than 64 MB.", "Narrow its glob.")
            yield "data", path.relative_to(root).as_posix(), data


def _refuse_name(name: str) -> None:
    """Raises FileProblem when no bundle can hold a file of this name."""
    if not safe_name(name) or name == MANIFEST:
        raise FileProblem(f"No bundle can hold a file named {name!a}.", "Rename it, and in the graph too.")


def _refuse_key(name: str, data: bytes, redactor: Redactor | None) -> None:
    """Raises Refused when a file contains a key."""
    text = data.decode("utf-8", "replace")
    try:
        place, title = next(pasted_in(json.loads(text)), ("", ""))
    except (ValueError, RecursionError):
        place, title = "", pasted_key(text)
    if not title and redactor is not None and redactor.text(text) != text:
        title = "the value of one of your keys"
    if title:
        where = f"{name}, at {place}" if place else name
        raise Refused(f"The graph was not exported: {where} seems to contain {title}.", "Take it out of that file.")
