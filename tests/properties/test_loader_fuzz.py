"""Whatever is in a file, the loader gives a graph or says what is wrong with it: never anything else (T8)."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import FileProblem
from engine.files import dumps, graph_from_json, loads
from engine.graph.graph import Graph
from tests import graphs as some

GOLDEN = Path(__file__).parents[1] / "golden" / "files"
TOKENS = [
    *(b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"9" * 400, b"-0.0", b'""', b'"\\ud83d"', b"[]", b"{}"),
    *(b"[" * 400, b'{"a":' * 90, b",", b":", b'"', b"\\", b"\xff", b"\x00", b"\xef\xbb\xbf"),
    *(b'"baton": 7,', b'"id": "task",', b'"x.y"'),
]
ODD: list[Any] = [
    None,
    True,
    -1,
    1e308,
    2**62,
    "",
    "a.b",
    "Ä",
    "\ud83d",
    [],
    {},
    [[]],
    {"id": "task"},
    [None],
    ["a.b", 1],
]


def files() -> list[bytes]:
    return [path.read_bytes() for path in sorted(GOLDEN.glob("*.baton.json"))]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A file with a few things wrong: bytes changed, cut, doubled, put in, or whole values exchanged."""
    if chance.random() < 0.5:
        return json.dumps(_exchanged(json.loads(data), chance)).encode("utf-8", "surrogatepass")
    for _ in range(chance.randint(1, 4)):
        start, length = chance.randrange(len(data) + 1), chance.choice([0, 1, 1, 2, 8, 40])
        piece = data[start : start + length]
        new = chance.choice([b"", bytes([chance.randrange(256)]), piece * 2, chance.choice(TOKENS)])
        data = data[:start] + new + data[start + length :]
    return data[: chance.randrange(len(data) + 1)] if chance.random() < 0.1 else data


def _exchanged(value: Any, chance: random.Random) -> Any:
    """The value with something in it, or itself, replaced, left out or doubled."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.15:
        return chance.choice(ODD)
    if isinstance(value, list):
        index = chance.randrange(len(value))
        part = chance.choice([[], [value[index]] * 2, [_exchanged(value[index], chance)]])
        return [*value[:index], *part, *value[index + 1 :]]
    key = chance.choice(list(value))
    rest = {name: item for name, item in value.items() if name != key}
    change = chance.randrange(4)
    return rest if change == 0 else {**value, key: _exchanged(value[key], chance)} if change < 3 else {**rest, "x": 1}


def read(data: bytes) -> Graph | None:
    """What opening gives; a graph must write and read again as itself, a problem must be worth reading."""
    try:
        graph = loads(data)
    except FileProblem as problem:
        assert problem.message and len(problem.message) < 500 and problem.message[-1] in ".:", problem.message
        return None
    assert dumps(loads(dumps(graph))) == dumps(graph)
    return graph


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(files()), st.integers(0, 2**32))
def test_a_damaged_file_gives_a_graph_or_a_problem(data: bytes, seed: int) -> None:
    damaged = mutated(data, random.Random(seed))
    found = read(damaged)
    assert found is None or dumps(loads(damaged)) == dumps(found), "the same bytes give the same graph"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_problem(data: bytes) -> None:
    assert read(data) is None or b"baton" in data


@settings(deadline=None)
@given(some.values)
def test_any_json_as_a_body_gives_a_graph_or_a_problem(value: Any) -> None:
    try:
        graph_from_json(value, "nodes[0].config.body")
    except FileProblem as problem:
        assert problem.place.startswith("nodes[0].config.body") or not isinstance(value, dict)


@pytest.mark.slow
@settings(deadline=None)
@given(some.graphs())
def test_what_is_saved_is_read_as_the_same_graph_and_writes_the_same_text(graph: Graph) -> None:
    text = dumps(graph)
    again = loads(text)
    assert again == graph
    assert dumps(again) == text
    assert list(again.nodes) == list(graph.nodes)
    assert list(again.edges) == list(graph.edges)
    assert list(again.places) == list(graph.places)


@pytest.mark.slow
def test_a_hundred_thousand_damaged_files() -> None:
    bases, good = files(), 0
    for seed in range(100_000):
        data = mutated(bases[seed % len(bases)], random.Random(seed))
        try:
            good += read(data) is not None
        except Exception as error:
            raise AssertionError(f"seed {seed}: {data!r}") from error
    assert 10_000 < good < 95_000  # the mutations are neither harmless nor hopeless
