"""Routes chosen by a model whose answers nobody vouches for (S2)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.agents.routing import Ask, Option, Verdict, choose, read
from engine.models.contract import ModelRequest, Reply

OPTIONS = (Option("billing", "Money & invoices", "refunds"), Option("tech", "Technical"), Option("sales"))
ASK = Ask("my invoice is wrong", "Be quick.", OPTIONS)


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ('{"route": "billing", "confidence": 0.9, "reason": "money"}', "billing"),
        ('```json\n{"route": " TECH "}\n```', "tech"),
        ("Sales", "sales"),
        ('"technical"', "tech"),
        ('I choose {"route": "money & invoices"} for you', "billing"),
    ],
)
def test_an_answer_is_matched_by_id_then_by_label(text: str, route: str) -> None:
    verdict = read(text, ASK)
    assert verdict is not None
    assert verdict.routes == (route,)


@pytest.mark.parametrize(
    "text", ["", "none of these", '{"route": "support"}', "[]", '{"route": 3}', "null", "{" * 9000]
)
def test_an_answer_that_names_no_route_is_none(text: str) -> None:
    assert read(text, ASK) is None


@pytest.mark.parametrize(("said", "meant"), [(0.4, 0.4), (7, 1.0), (-2, 0.0), ("high", 1.0), (True, 1.0)])
def test_confidence_is_held_between_0_and_1(said: object, meant: float) -> None:
    import json

    verdict = read(json.dumps({"route": "tech", "confidence": said}), ASK)
    assert verdict is not None
    assert verdict.confidence == meant


def test_several_routes_are_taken_only_where_several_are_asked_for() -> None:
    text = '{"routes": ["tech", "billing", "tech", "nowhere"]}'
    several = read(text, Ask("x", "", OPTIONS, multi=True))
    assert several is not None
    assert several.routes == ("tech", "billing")
    one = read(text, ASK)
    assert one is not None
    assert one.routes == ("tech",)


class Scripted:
    """A model that answers in turn, and keeps what it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.requests: list[ModelRequest] = []

    async def __call__(self, model: str, request: ModelRequest, fallback: Sequence[str]) -> Reply:
        self.requests.append(request)
        return Reply(self.answers.pop(0))


async def test_an_unreadable_answer_is_asked_again_once_with_the_options() -> None:
    chat = Scripted("hm", "billing")
    verdict = await choose(chat, "cheap", (), ASK)
    assert verdict == Verdict(("billing",), repaired=True)
    assert "billing, tech, sales" in chat.requests[1].messages[-1].text


async def test_two_unreadable_answers_are_misrouted() -> None:
    chat = Scripted("hm", "hmm")
    verdict = await choose(chat, "cheap", (), ASK)
    assert verdict.misrouted
    assert verdict.routes == ()
    assert "hmm" in verdict.reason


async def test_the_answer_is_constrained_to_the_ids() -> None:
    chat = Scripted("tech")
    await choose(chat, "cheap", (), ASK)
    schema = chat.requests[0].output_schema
    assert schema is not None
    assert schema["properties"]["route"]["enum"] == ["billing", "tech", "sales"]
    assert set(chat.requests[0].choices) == {"billing", "tech", "sales"}
