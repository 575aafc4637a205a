"""Routers: who is chosen, who decides when the model is in doubt, and what is told of it (S2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.base.errors import NodeError
from engine.kinds.registry import Kinds
from engine.run.control import RunOptions
from engine.run.services import Services
from engine.testing import Played, build, play
from tests.engine.scripted import Script

ROUTES = [{"id": "billing", "label": "Money", "description": "invoices"}, {"id": "tech", "label": "Technical"}]


def said(route: Any, confidence: Any = 0.9, reason: str = "it says so") -> str:
    key = "routes" if isinstance(route, list) else "route"
    return json.dumps({key: route, "confidence": confidence, "reason": reason})


async def routed(services: Services, script: Script, options: dict[str, Any] | None = None, **config: Any) -> Played:
    """A router with the model `script/m` and an output behind each route."""
    graph = build(
        {"x": ("input", {"default": "My invoice is wrong"}),
         "r": ("router", {"mode": "model", "model": "script/m", "routes": ROUTES, **config}),
         "billing": "output", "tech": "output", "rest": "output"},
        "x.value -> r.value", "r.billing -> billing.value", "r.tech -> tech.value", "r.default -> rest.value",
    )  # fmt: skip
    return await play(graph, services=script.on(services), options=RunOptions(journal=False, **(options or {})))


def chosen(played: Played) -> dict[str, Any]:
    [event] = played.of("route.chosen")
    return dict(event.data)


async def test_the_value_goes_unchanged_down_the_chosen_route(services: Services) -> None:
    script = Script()
    script.says("m", said(" TECH "))
    played = await routed(services, script)
    assert played.result.outputs == {"tech": "My invoice is wrong"}
    assert chosen(played) == {
        "routes": ["tech"], "confidence": 0.9, "reason": "it says so", "repaired": False, "misrouted": False,
    }  # fmt: skip
    assert played.result.nodes["r"]["route"] == "tech"


async def test_an_answer_that_names_no_route_is_asked_again_then_misrouted(services: Services) -> None:
    script = Script()
    script.says("m", "hm", said("Money"))
    played = await routed(services, script)
    assert chosen(played)["repaired"] is True
    assert played.result.outputs == {"billing": "My invoice is wrong"}
    script.says("m", "hm")
    played = await routed(services, script, allow_none=True)
    assert chosen(played)["misrouted"] is True
    assert list(played.result.outputs) == ["rest"]
    assert played.result.status == "completed_with_warnings"


@pytest.mark.parametrize("confidence", [0.3, "0.3", "30 %"])
async def test_in_doubt_the_default_route_is_taken(services: Services, confidence: Any) -> None:
    script = Script()
    script.says("m", said("tech", confidence))
    played = await routed(services, script)
    assert list(played.result.outputs) == ["rest"]
    assert "0.30 is below 0.60" in chosen(played)["reason"]
    assert played.result.status == "completed"


async def test_in_doubt_a_stronger_model_decides(services: Services) -> None:
    script = Script()
    script.says("m", said("tech", 0.3))
    script.says("strong", said("billing", 0.8))
    played = await routed(services, script, below="script/strong")
    assert list(played.result.outputs) == ["billing"]
    assert played.result.view.nodes["r"].route_note.endswith("(80 % sure)")
    assert [model for model, _ in script.asked] == ["m", "strong"]
    script.says("strong", said("billing", 0.4))
    assert list((await routed(services, script, below="script/strong")).result.outputs) == ["rest"]
    script.says("strong", "no idea")
    played = await routed(services, script, below="script/strong")
    assert chosen(played)["misrouted"] is True
    assert played.result.status == "completed_with_warnings"


async def test_in_doubt_a_person_decides(services: Services) -> None:
    script = Script()
    script.says("m", said("tech", 0.3))
    paused = (await routed(services, script, below="person")).result
    assert (paused.status, paused.reason) == ("paused", "human")
    [row] = paused.as_json()["waiting"]
    assert (row["key"], row["kind"]) == ("r", "router")
    assert row["schema"] == {"type": "string", "enum": ["billing", "tech"]}
    assert "My invoice is wrong" in row["question"]
    given = {"r": {"decision": "approved", "value": "billing"}}
    played = await routed(services, script, {"answers": given}, below="person")
    assert list(played.result.outputs) == ["billing"]
    assert chosen(played)["reason"] == "a person chose"
    played = await routed(services, script, {"answers": {"r": {"decision": "rejected"}}}, below="person")
    assert list(played.result.outputs) == ["rest"]


async def test_a_rehearsal_asks_nobody(services: Services) -> None:
    played = await routed(services, Script(), {"rehearse": True, "pace": 0}, below="person", threshold=1.0)
    assert played.result.status == "completed"
    assert len(played.result.outputs) == 1


@pytest.mark.parametrize(
    ("config", "answer", "ends"),
    [
        ({"multi": True}, said(["tech", "Money"]), ["billing", "tech"]),
        ({"multi": True}, said([]), ["rest"]),
        ({"multi": True, "allow_none": True}, said([]), []),
        ({"allow_none": True}, said(None), []),
    ],
)
async def test_several_routes_or_none(services: Services, config: Any, answer: str, ends: list[str]) -> None:
    script = Script()
    script.says("m", answer)
    assert sorted((await routed(services, script, **config)).result.outputs) == ends


async def test_a_router_without_routes_asks_no_model(services: Services) -> None:
    script = Script()
    graph = build(
        {"x": ("input", {"default": "a"}), "r": ("router", {"mode": "model", "model": "script/m"}), "end": "output"},
        "x.value -> r.value", "r.default -> end.value",
    )  # fmt: skip
    assert (await play(graph, services=script.on(services))).result.outputs == {"end": "a"}
    assert script.asked == []


async def test_a_model_that_fails_fails_the_router_or_takes_its_error_port(services: Services) -> None:
    script = Script()
    script.says("m", NodeError("refused", "no"))
    played = await routed(services, script)
    assert played.result.nodes["r"]["error"]["class"] == "refused"
    script.says("other", said("tech"))
    assert list((await routed(services, script, fallback=["script/other"])).result.outputs) == ["tech"]


async def test_a_new_label_rewires_nothing(services: Services) -> None:
    script = Script()
    script.says("m", said("Bills"))
    renamed = [{**ROUTES[0], "label": "Bills"}, ROUTES[1]]
    assert list((await routed(services, script, routes=renamed)).result.outputs) == ["billing"]


def test_a_person_is_no_model() -> None:
    kinds = Kinds.load()
    router = kinds.get("router")
    assert router is not None
    config = kinds.config("router", {"mode": "model", "model": "cheap", "below": "person"})
    assert router.models(config) == ("cheap",)
    assert not router.is_instant(config)
    assert router.is_instant(kinds.config("router", {"mode": "rules"}))
