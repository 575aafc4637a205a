"""Values, names and numbers that nobody means well with: refused or carried whole, with a sentence that names where."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.scale.shapes import Baton, Nodes, Write, chain, node

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are set as on Linux"),
]
ENDS = [node("i", "input", type="json", default="@@"), node("end", "output")]


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("[" * 300 + "]" * 300, "nest"), ("[" * 100_000 + "]" * 100_000, "nest"), ("NaN", "NaN"), ("1e999", "large"),
        ("9" * 5000, "large"), ('"' + "x" * 5_000_000 + '"', "4 MB"), ('{"a": 1, "a": 2}', "twice"),
    ],
    ids=["deep", "abyss", "nan", "infinite", "digits", "long", "twice"],
)  # fmt: skip
def test_values_that_cannot_be_stored_are_refused_where_they_stand(
    baton: Baton, write: Write, tmp_path: Path, value: str, word: str
) -> None:
    graph = write(ENDS, ["i.value > end.value"])
    inputs = tmp_path / "given.json"
    inputs.write_text(f'{{"i": {value}}}', "utf-8")
    told = baton("run", graph, "--inputs", inputs)
    assert (told.code, word in told.err, "given.json" in told.err) == (2, True, True), told.err
    assert len(told.err) < 1000
    checked = baton("check", write(ENDS, ["i.value > end.value"], raw={'"@@"': value}))
    assert (checked.code, word in checked.out + checked.err) == (2, True)


def test_odd_texts_are_carried_whole(baton: Baton, write: Write) -> None:
    odd = "héllo 日本 \u202e\u0000 🎉 \\ud83d"
    nodes = [{**node("i", "input", default="@@"), "title": "ünï 日本 \u202e🎉"},
             node("t", "template", template="\udc00{{ i }}"), node("end", "output")]  # fmt: skip
    graph = write(nodes, ["i.value > t.i", "t.text > end.value"], raw={"@@": json.dumps(odd)[1:-1] + "\\ud83d"})
    assert baton("check", graph).code == 0
    assert baton("run", graph, "--json").json["outputs"] == {"end": f"\ufffd{odd}\ufffd"}
    assert baton("run", graph, "--json", "-i", "i=a\udcffb").json["outputs"] == {"end": "\ufffda\ufffdb"}


@pytest.mark.parametrize("bad", ["map[0]", "each[0]/x", "a/b", "a->b", "a.b", "Ä", "", "__class__", "loop[1]"])
def test_ids_that_look_like_something_else_are_refused(baton: Baton, write: Write, bad: str) -> None:
    told = baton("check", write([node(bad, "input", default="x"), node("end", "output")], []))
    assert told.code == 2
    assert f"nodes[0].id: “{bad}” cannot be an id" in told.out


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        (["i.value > a.items", "a.value > b.items", "b.value > a.items", "b.value > end.value"], ("circle", "a, b")),
        (["i.value > a.items", "a.value > a.items", "a.value > b.items", "b.value > end.value"], ("circle", "a")),
        (["i.value > end.value", "i.value > end.value"], ("edges[1]", "twice")),
        (["i.value > end.value", "ghost.value > end.value"], ("ghost",)),
    ],
)  # fmt: skip
def test_edges_that_make_no_sense_are_named(
    baton: Baton, write: Write, edges: list[str], words: tuple[str, ...]
) -> None:
    merges = [node(name, "merge", strategy="concat") for name in ("a", "b")]
    graph = write([*ENDS, *merges], edges)
    for command in ("check", "run"):
        told = baton(command, graph)
        assert told.code == 2
        assert all(word in told.out + told.err for word in words), told.out + told.err


def test_ten_thousand_edges_lead_into_one_port(baton: Baton, write: Write) -> None:
    nodes: Nodes = [node(f"n{i}", "input", default=i, type="number") for i in range(10_000)]
    edges = [f"n{i}.value > all.items" for i in range(10_000)]
    graph = write(
        [*nodes, node("all", "merge", strategy="list"), node("end", "output")], [*edges, "all.value > end.value"]
    )
    assert baton("run", graph, "--json").json["outputs"]["end"] == list(range(10_000))


def test_a_large_text_goes_through_two_hundred_nodes(baton: Baton, write: Write) -> None:
    text = "x" * (4 * 1024 * 1024)
    nodes, edges = chain(200, node("start", "input", default=text))
    told = baton("run", write(nodes, ["start.value > n1.items", *edges]), "--json")
    assert told.code == 0, told.err
    assert told.json["outputs"] == {"end": text}


def test_lists_in_lists_end_at_the_node_that_goes_too_deep(baton: Baton, write: Write) -> None:
    nodes, edges = chain(300, node("start", "input", default="x"), strategy="list")
    told = baton("run", write(nodes, ["start.value > n1.items", *edges]), "--json")
    assert told.code == 1
    assert told.json["nodes"]["n201"]["error"]["class"] == "bad_request"
    assert "n201: What it would give is nested more than 200 levels deep" in told.json["reason"]


@pytest.mark.parametrize("strategy", ["list", "concat"])
def test_what_doubles_at_every_node_ends_at_one_of_them(baton: Baton, write: Write, strategy: str) -> None:
    nodes, edges = chain(60, node("start", "input", default="x" * 1000), strategy=strategy)
    copies = [node(f"c{i}", "merge", strategy=strategy) for i in range(1, 60)]
    before = ["start", *(f"n{i}" for i in range(1, 59))]
    twice = [f"{a}.value > {b}{i + 1}.items" for i, a in enumerate(before) for b in "cn" if a == "start" or b == "c"]
    more = [f"c{i}.value > n{i}.items" for i in range(1, 60)]
    told = baton("run", write([*nodes, *copies], [*edges, *twice, *more]), "--json")
    assert told.code == 1
    assert "What it would give is larger than 64 MB" in told.json["reason"]


@pytest.mark.parametrize(
    ("pattern", "code"), [("(a+)+$", 0), ("(a|a)*b", 0), ("(?:a{0,1000}){0,1000}$", 2), (r"(a)\1(?=x)", 2), ("(", 2)]
)
def test_patterns_search_in_linear_time_or_are_refused(baton: Baton, write: Write, pattern: str, code: int) -> None:
    route = {"id": "bomb", "when": {"field": "", "op": "matches", "value": pattern}}
    nodes = [node("i", "input", default="a" * 1_000_000 + "!"), node("r", "router", routes=[route], allow_none=True),
             node("end", "output")]  # fmt: skip
    told = baton("run", write(nodes, ["i.value > r.value", "r.bomb > end.value"]), "--json")
    assert told.code == code, told.err
    if code:
        assert told.err.startswith("error: The set-up of “r” does not fit: ")
        assert "b'" not in told.err


@pytest.mark.parametrize("settings", [{"budget_usd": 1e300}, {"budget_usd": 1e308, "budget_tokens": 2**62}])
def test_budgets_beyond_reason_limit_nothing(baton: Baton, write: Write, settings: dict[str, Any]) -> None:
    nodes = [node("a", "agent", model="rehearsal", prompt="x"), node("end", "output")]
    told = baton("run", write(nodes, ["a.text > end.value"], settings=settings), "--json", "--rehearse")
    assert told.code == 0, told.err


def test_a_prompt_with_a_name_that_nothing_gives_names_both(baton: Baton, write: Write) -> None:
    nodes = [node("ask", "agent", model="rehearsal", prompt="{{ topic }} {{ who.name }}"), node("end", "output"),
             node("i", "input", default="x")]  # fmt: skip
    told = baton("run", write(nodes, ["ask.text > end.value", "i.value > ask.topic"]), "--rehearse")
    assert told.code == 2
    assert "ask" in told.err
    assert "who" in told.err
