"""Merges that ask: a model judges, writes or settles, or a person decides (S3, S4, S13)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from engine.base.errors import NodeError
from engine.kinds.registry import Kinds
from engine.models.contract import ModelRequest
from engine.run.control import RunOptions
from engine.run.services import Services
from engine.testing import Played, build, play
from tests.engine.scripted import Script

TEA, COFFEE = {"price": 5, "name": "Tea", "origin": {"land": "CN"}}, {"price": 6, "stock": 2, "origin": {"land": "BR"}}


async def merged(
    services: Services, script: Script, said: list[Any], options: dict[str, Any] | None = None, **config: Any
) -> Played:
    """Inputs `a`, `b`, ... with these values meet in a merge with the model `script/m`."""
    names = list("abcdefghijklnopqrstuvwxyz"[: len(said)])  # the merge is called m
    values = dict(zip(names, said, strict=True))
    nodes: dict[str, Any] = {name: ("input", {"type": "json", "default": values[name]}) for name in names}
    graph = build(
        {**nodes, "m": ("merge", {"model": "script/m", **config}), "end": "output", "con": "output"},
        *[f"{name}.value -> m.items" for name in names], "m.value -> end.value", "m.conflicts -> con.value",
    )  # fmt: skip
    return await play(graph, services=script.on(services), options=RunOptions(journal=False, **(options or {})))


def choosing(label: str) -> Any:
    """A model that follows one branch everywhere."""

    def answer(request: ModelRequest) -> str:
        assert request.output_schema is not None
        fields = request.output_schema["properties"]
        if "choose" in fields:
            return json.dumps({"choose": label, "reason": "because"})
        return json.dumps({name: {"choose": label, "reason": f"because of {name}"} for name in fields})

    return answer


async def test_a_judge_picks_one_branch_and_the_others_stand_in_the_conflicts(services: Services) -> None:
    script = Script()
    script.says("m", choosing("b"))
    played = await merged(services, script, ["x", {"k": 1}, "z"], strategy="judge", instructions="The odd one.")
    assert played.result.outputs["end"] == {"k": 1}, "the value itself, not its text"
    [record] = played.result.outputs["con"]
    assert record == {
        "path": "", "values": {"a": "x", "b": {"k": 1}, "c": "z"}, "chosen": "b", "by": "judge", "reason": "because",
    }  # fmt: skip
    assert played.of("merge.conflict")[0].data == record
    assert any(event.data.get("origins") == {"": ["b"]} for event in played.of("node.progress"))
    [(_, request)] = script.asked
    assert "The odd one." in request.messages[0].text
    assert re.search(r"\[b \w{8}\]\n\n\{\n  \"k\": 1", request.messages[-1].text)
    assert played.result.nodes["m"]["model"] == "script/m"


@pytest.mark.parametrize(("config", "value"), [({}, 5), ({"judge": "write"}, "5"), ({"strategy": "reduce"}, "5")])
async def test_one_live_branch_asks_nobody(services: Services, config: dict[str, Any], value: Any) -> None:
    script = Script()
    played = await merged(services, script, [5], **{"strategy": "judge", **config})
    assert played.result.outputs == {"end": value, "con": []}
    assert script.asked == []


async def test_a_judge_writes_one_text(services: Services) -> None:
    script = Script()
    script.says("m", json.dumps({"text": "x and y", "reason": "both hold"}))
    played = await merged(services, script, ["x", "y"], strategy="judge", judge="write")
    assert played.result.outputs == {"end": "x and y", "con": []}
    assert any("both hold" in event.data.get("note", "") for event in played.of("node.progress"))


async def test_a_judge_that_cannot_answer_fails_with_invalid_output_after_the_fallback(services: Services) -> None:
    script = Script()
    script.says("m", "b is best")
    script.says("n", "really, b")
    played = await merged(services, script, ["x", "y"], strategy="judge", fallback=["script/n"])
    assert played.result.nodes["m"]["error"]["class"] == "invalid_output"
    assert [model for model, _ in script.asked] == ["m", "m", "n", "n"]
    script.says("m", NodeError("refused", "no"))
    script.says("n", choosing("a"))
    played = await merged(services, script, ["x", "y"], strategy="judge", fallback=["script/n"])
    assert played.result.outputs["end"] == "x"


async def test_many_texts_are_reduced_level_by_level(services: Services) -> None:
    script = Script()
    script.says("m", lambda request: " ".join(re.findall(r"n\d+", request.messages[-1].text)))
    said = [f"n{number} " + "filler " * 30 for number in range(20)]
    played = await merged(services, script, said, strategy="reduce", max_input_tokens=300)
    assert played.result.outputs["end"] == " ".join(f"n{number}" for number in range(20))
    notes = [event.data.get("note", "") for event in played.of("node.progress")]
    assert any(note.startswith("level 1: 20 parts") for note in notes)
    assert len(script.asked) > 5
    usage = played.result.nodes["m"]["usage"]
    assert usage == {"input_tokens": 10 * len(script.asked), "output_tokens": 5 * len(script.asked)}
    assert [event.data["text"] for event in played.of("text")] == [played.result.outputs["end"]], (
        "only the last streams"
    )


async def test_a_rehearsal_judges_writes_and_reduces(services: Services) -> None:
    said = [
        f"Source {n} says that tea costs {n} euro in Bremen. The tea of source {n} is green. " * 8 for n in range(9)
    ]
    for config in ({"strategy": "judge"}, {"strategy": "judge", "judge": "write"}, {"strategy": "reduce"},
                   {"strategy": "reduce", "max_input_tokens": 600}):  # fmt: skip
        played = await merged(services, Script(), said, {"rehearse": True, "pace": 0}, **config)
        assert played.result.status == "completed", config
        text = played.result.outputs["end"]
        assert "euro in Bremen" in text
        assert "[end of" not in text


async def test_a_model_settles_all_contradictions_in_one_call(services: Services) -> None:
    script = Script()
    script.says("m", choosing("b"))
    played = await merged(services, script, [TEA, COFFEE], strategy="json", on_conflict="judge")
    assert played.result.outputs["end"] == {"price": 6, "name": "Tea", "origin": {"land": "BR"}, "stock": 2}
    assert [(r["path"], r["chosen"], r["by"]) for r in played.result.outputs["con"]] == [
        ("price", "b", "judge"), ("origin.land", "b", "judge"),
    ]  # fmt: skip
    assert played.result.outputs["con"][1]["reason"] == "because of place_2"
    assert len(script.asked) == 1
    agreed = await merged(services, script, [TEA, TEA], strategy="json", on_conflict="judge")
    assert agreed.result.outputs == {"end": TEA, "con": []}
    assert len(script.asked) == 1, "where nobody contradicts, nobody is asked"


@pytest.mark.parametrize(
    ("config", "said", "value"),
    [
        ({"vote": "unanimous"}, ["x", "y", "y"], "x"),
        ({"tie": "conflict"}, ["y", "x"], "y"),
        ({"vote": "weighted", "weights": {"a": 2}, "tie": "conflict"}, ["x", "y", "y"], "x"),
    ],
)
async def test_a_vote_without_a_winner_is_settled(services: Services, config: Any, said: list[str], value: str) -> None:
    script = Script()
    script.says("m", choosing("a"))
    played = await merged(services, script, said, strategy="vote", on_conflict="judge", **config)
    assert played.result.outputs["end"] == value
    assert played.result.outputs["con"][0]["by"] == "judge"
    assert len(script.asked) == 1


async def test_a_vote_with_a_winner_asks_nobody(services: Services) -> None:
    script = Script()
    played = await merged(services, script, ["x", "y", "y"], strategy="vote", tie="conflict", on_conflict="judge")
    assert played.result.outputs["end"] == "y"
    assert script.asked == []


async def test_a_person_decides_at_each_place(services: Services) -> None:
    config: dict[str, Any] = {"strategy": "json", "on_conflict": "ask"}
    paused = (await merged(services, Script(), [TEA, COFFEE], **config)).result
    [row] = paused.as_json()["waiting"]
    assert (row["key"], row["kind"]) == ("m", "merge")
    assert row["schema"]["properties"]["origin.land"]["enum"] == ["a", "b"]
    assert "a: 5" in row["schema"]["properties"]["price"]["description"]
    assert "price, origin.land" in row["question"]
    answer = {"decision": "approved", "value": {"price": "a", "origin.land": "b"}}
    played = await merged(services, Script(), [TEA, COFFEE], {"answers": {"m": answer}}, **config)
    assert played.result.outputs["end"] == {"price": 5, "name": "Tea", "origin": {"land": "BR"}, "stock": 2}
    assert {record["by"] for record in played.result.outputs["con"]} == {"person"}
    rejected = {"m": {"decision": "rejected"}}
    played = await merged(services, Script(), [TEA, COFFEE], {"answers": rejected}, **config)
    assert played.result.nodes["m"]["error"]["class"] == "refused"
    played = await merged(services, Script(), [TEA, COFFEE], {"rehearse": True}, **config)
    assert played.result.outputs["end"]["price"] == 5


async def test_a_vote_is_brought_before_a_person(services: Services) -> None:
    given = {"m": {"decision": "approved", "form": {"value": "b"}}}
    played = await merged(
        services, Script(), ["x", "y"], {"answers": given}, strategy="vote", vote="unanimous", on_conflict="ask"
    )
    assert played.result.outputs["end"] == "y"


@pytest.mark.parametrize("config", [{"strategy": "first_success"}, {"join": "first_success", "strategy": "list"}])
async def test_first_success_is_a_race(services: Services, config: dict[str, Any]) -> None:
    free: dict[str, Any] = {"takes": []}
    graph = build(
        {"bad": ("probe", {**free, "fails": "tool"}), "quick": ("probe", {**free, "turns": 2}),
         "slow": ("probe", {**free, "turns": 20}), "m": ("merge", config), "end": "output"},
        *[f"{name}.out -> m.items" for name in ("slow", "bad", "quick")], "m.value -> end.value",
    )  # fmt: skip
    played = await play(graph, services=services)
    assert played.result.outputs == {"end": "quick" if "strategy" in config and len(config) == 1 else ["quick"]}
    assert played.result.status == "completed_with_warnings"
    assert [event.data["edge"] for event in played.of("late")] == ["slow.out->m.items"]


@pytest.mark.parametrize(
    ("config", "models", "instant"),
    [
        ({"strategy": "concat"}, (), True),
        ({"strategy": "judge", "model": "best", "fallback": ["cheap"]}, ("best", "cheap"), False),
        ({"strategy": "reduce"}, ("best",), False),
        ({"strategy": "json", "on_conflict": "judge"}, ("best",), False),
        ({"strategy": "json", "on_conflict": "ask"}, (), False),
        ({"strategy": "json", "on_conflict": "collect"}, (), True),
        ({"strategy": "vote", "on_conflict": "judge"}, (), True),
        ({"strategy": "vote", "on_conflict": "judge", "vote": "unanimous"}, ("best",), False),
        ({"strategy": "concat", "on_conflict": "judge"}, (), True),
    ],
)
def test_models_are_named_only_where_they_may_be_asked(config: Any, models: tuple[str, ...], instant: bool) -> None:
    kinds = Kinds.load()
    merge = kinds.get("merge")
    assert merge is not None
    read = kinds.config("merge", config)
    assert merge.models(read) == models
    assert merge.is_instant(read) == instant


@pytest.mark.parametrize("strategy", ["concat", "list", "dict", "json", "vote", "judge", "reduce", "first_success"])
async def test_nothing_at_all_is_merged_into_something(services: Services, strategy: str) -> None:
    config = {"strategy": strategy, "optional": ["items"], "tolerate_failures": True}
    graph = build(
        {"bad": ("probe", {"takes": [], "gives": []}), "m": ("merge", config), "end": "output", "con": "output"},
        "bad.out -> m.items", "m.value -> end.value", "m.conflicts -> con.value",
    )  # fmt: skip
    result = (await play(graph, services=services)).result
    assert result.outputs["con"] == []
    assert result.outputs["end"] in ("", [], {}, None)
