"""Models that say what is written in their instructions: the turns of managers and of agents with tools (S7, S8)."""

from __future__ import annotations

import json
from typing import Any

from engine.base.errors import NodeError
from engine.models.contract import ModelRequest, Reply, ToolCall, Usage
from engine.run.services import Services
from tests.engine.run.pricing import Priced

DOWN = "down"
"""The name of a model that always fails."""


def told(plan: Any) -> str:
    """The instructions of a model that is to follow a plan: `turns`, each a list of calls `[tool, arguments]`; whether
    it then `fails`; whether it is `stubborn` and calls tools although it must answer; whom it `prefers` in a choice."""
    return json.dumps(plan)


class Talking(Priced):
    """Calls tools turn by turn as its instructions say, then answers `done`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.answer = self.say

    async def say(self, model: str, request: ModelRequest) -> Reply:
        system = request.messages[0].text
        plan, _ = json.JSONDecoder().raw_decode(system[system.index("{") :])
        if model == DOWN:
            raise NodeError("bad_request", "This model is down.")
        if request.output_schema is not None:
            there = request.output_schema["properties"]["route"]["enum"]
            chosen = next((name for name in plan["prefers"] if name in there), None)
            return Reply(json.dumps({"route": chosen, "confidence": 1, "reason": "told"}), usage=Usage(1, 1))
        turn = sum(message.role == "assistant" for message in request.messages)
        if turn < len(plan["turns"]) and (plan["stubborn"] or not request.answer_now):
            calls = [ToolCall(f"c{turn}.{place}", *call) for place, call in enumerate(plan["turns"][turn])]
            return Reply("", tuple(calls), Usage(1, 1), "tool_calls")
        if turn >= len(plan["turns"]) and plan["fails"]:
            raise NodeError("bad_request", "It cannot go on.")
        return Reply("done", usage=Usage(1, 1))
