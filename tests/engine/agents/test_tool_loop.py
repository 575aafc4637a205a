"""The loop of model and tools: every fault goes back to the model, every limit holds, nothing is left running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.agents import conversation, tool_loop
from engine.agents.tool_loop import Ruling, Workbench
from engine.base.errors import ErrorClass, NodeError
from engine.models.contract import Message, ModelRequest, Reply, ToolCall
from engine.tools.contract import Doubt, Tool, ToolContext, ToolError, ToolStep

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def calling(*calls: ToolCall, text: str = "") -> Reply:
    return Reply(text, calls, finish="tool_calls")


def weather(city: str = "Paris", number: int = 1) -> ToolCall:
    return ToolCall(f"c{number}", "weather.get", {"city": city})


@dataclass
class Caller:
    """Plays the node: keeps the events, and answers for the models as they were scripted."""

    replies: dict[str, list[Reply | NodeError]]
    rehearsal: bool = False
    node: str = "agent"
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    asked: list[tuple[str, ModelRequest]] = field(default_factory=list)

    known: dict[str, ToolStep] = field(default_factory=dict)
    doubt: Doubt = field(default_factory=lambda: Doubt("repeat"))

    def leave(self, reason: str) -> bool:
        return False

    def reject(self, reason: str) -> bool:
        return False

    def recall(self, call_id: str) -> ToolStep | None:
        return self.known.get(call_id)

    async def stored(self) -> None:
        self.events.append(("stored", {}))

    async def uncertain(self, what: str) -> Doubt:
        return self.doubt

    def busy(self) -> AbstractContextManager[None]:
        return nullcontext()

    def emit(self, kind: str, data: Mapping[str, Any]) -> None:
        self.events.append((kind, data))

    def fell_back(self, model: str, to: str, why: str) -> None:
        self.events.append(("node.fallback", {"from": model, "to": to}))

    async def chat(self, model: str, request: ModelRequest, fallback: Sequence[str]) -> Reply:
        self.asked.append((model, request))
        reply = self.replies[model].pop(0)
        if isinstance(reply, NodeError):
            if not fallback:
                raise reply
            answer = await self.chat(fallback[0], request, fallback[1:])
            return Reply(answer.text, answer.tool_calls, answer.usage, answer.finish, asked=answer.asked or fallback[0])
        return reply

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events]


async def allowed(tool: Tool, arguments: Mapping[str, Any]) -> Ruling:
    return Ruling(arguments)


def tool(work: Callable[[Mapping[str, Any], ToolContext], Awaitable[Any]], **more: Any) -> Tool:
    return Tool("weather.get", "The weather", work, CITY, **{"writes": False, **more})


async def sunny(arguments: Mapping[str, Any], context: ToolContext) -> Any:
    return f"sunny in {arguments['city']}"


async def ask(
    caller: Caller, tools: Sequence[Tool], approve: tool_loop.Approve = allowed, limit_s: float = 5.0,
    fallback: Sequence[str] = (), output_schema: Mapping[str, Any] | None = None, **question: Any,
) -> conversation.Answer:  # fmt: skip
    bench = Workbench(caller, tools, approve, limit_s)
    like = ModelRequest((), output_schema=output_schema)
    asked = conversation.Question("", "How is the weather?", like, **question)
    return await conversation.ask(caller.chat, "m", fallback, asked, tools=bench, told=caller)


async def told(calls: Sequence[ToolCall], tools: Sequence[Tool], **more: Any) -> tuple[list[str], Caller]:
    """What the model is told after it made these calls."""
    caller = Caller({"m": [calling(*calls), Reply("done")]})
    await ask(caller, tools, **more)
    return [message.text for message in caller.asked[-1][1].messages if message.role == "tool"], caller


async def test_calls_are_made_and_the_answer_follows() -> None:
    caller = Caller({"m": [calling(weather(), text="Let me see."), Reply("It is sunny.")]})
    answer = await ask(caller, [tool(sunny)])
    assert answer.text == "It is sunny."
    assert [message.role for message in answer.said] == ["user", "assistant", "tool", "assistant"]
    assert caller.asked[1][1].messages[-1] == Message("tool", "sunny in Paris", tool_call_id="c1")
    assert caller.asked[0][1].tools[0].name == "weather.get"
    assert caller.kinds() == ["text", "tool.intent", "tool.call", "tool.result"]
    assert caller.events[-1][1]["ok"] is True and caller.events[-1][1]["text"] == "sunny in Paris"


async def test_several_calls_run_side_by_side_and_results_keep_their_order() -> None:
    both, gone = asyncio.Barrier(2), asyncio.Event()

    async def meet(arguments: Mapping[str, Any], context: ToolContext) -> Any:
        await both.wait()  # neither comes here alone
        if arguments["city"] == "Paris":
            await gone.wait()
        gone.set()
        return arguments["city"]

    results, _ = await told([weather("Paris", 1), weather("Rome", 2)], [tool(meet)])
    assert results == ["Paris", "Rome"]


async def fails(arguments: Mapping[str, Any], context: ToolContext) -> Any:
    raise ToolError("No such city.", "Name another.")


async def breaks(arguments: Mapping[str, Any], context: ToolContext) -> Any:
    raise KeyError("bug")


async def hangs(arguments: Mapping[str, Any], context: ToolContext) -> Any:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("call", "work", "says"),
    [
        (weather(), fails, "Error: No such city. Name another."),
        (weather(), breaks, "the tool broke: KeyError"),
        (weather(), hangs, "gave no result in 0.05 s"),
        (ToolCall("c", "weather.got", {}), sunny, "there is no tool “weather.got”. Did you mean “weather.get”?"),
        (ToolCall("c", "weather.get", {}), sunny, "do not fit the tool's schema: 'city' is a required property"),
        (ToolCall("c", "weather.get", {"city": 3}), sunny, "city: 3 is not of type"),
        (ToolCall("c", "weather.get", {}, broken="{city:"), sunny, "not a JSON object: {city:"),
    ],
)  # fmt: skip
async def test_what_goes_wrong_is_told_to_the_model(call: ToolCall, work: Any, says: str) -> None:
    [result], caller = await told([call], [tool(work)], limit_s=0.05)
    assert says in result and result.startswith("Error: ")
    last = caller.events[-1]
    assert last[0] == "tool.denied" or (last[0] == "tool.result" and last[1]["ok"] is False)


async def test_the_same_call_over_and_over_is_spoken_against() -> None:
    made: list[str] = []

    async def count(arguments: Mapping[str, Any], context: ToolContext) -> Any:
        made.append("x")
        return "same"

    caller = Caller({"m": [*(calling(weather(number=n)) for n in range(4)), Reply("done")]})
    await ask(caller, [tool(count)])
    results = [message.text for message in caller.asked[-1][1].messages if message.role == "tool"]
    assert len(made) == 2 and results[:2] == ["same", "same"]
    assert all("Stop repeating" in result for result in results[2:])


async def test_turns_are_limited() -> None:
    caller = Caller({"m": [calling(weather(str(n))) for n in range(9)]})
    with pytest.raises(NodeError, match="last turn") as caught:
        await ask(caller, [tool(sunny)], max_turns=3)
    assert caught.value.error_class == "tool" and len(caller.asked) == 3
    assert [request.answer_now for _, request in caller.asked] == [False, False, True]


async def test_calls_at_once_and_results_are_capped() -> None:
    async def long(arguments: Mapping[str, Any], context: ToolContext) -> Any:
        return "x" * (tool_loop.RESULT_CAP + 5)

    calls = [weather(str(number), number) for number in range(tool_loop.AT_ONCE + 1)]
    results, _ = await told(calls, [tool(long)])
    assert "cut here" in results[0] and len(results[0]) < tool_loop.RESULT_CAP + 100
    assert "at once" in results[-1]


async def test_values_and_images_reach_the_model() -> None:
    async def photo(arguments: Mapping[str, Any], context: ToolContext) -> Any:
        return {"note": "\ud83d", "photo": {"media_type": "image/png", "data": "QUJD"}}

    caller = Caller({"m": [calling(weather()), Reply("done")]})
    await ask(caller, [tool(photo)])
    message = caller.asked[-1][1].messages[-1]
    assert message.images[0].data == "QUJD" and "[image 1]" in message.text and "\ufffd" in message.text
    assert "QUJD" not in str(caller.events) and caller.events[-1][1]["images"] == 1


async def test_a_writing_tool_asks_first() -> None:
    made: list[str] = []

    async def write(arguments: Mapping[str, Any], context: ToolContext) -> Any:
        made.append(str(arguments["city"]))

    async def judge(tool: Tool, arguments: Mapping[str, Any]) -> Ruling:
        if arguments["city"] == "Oslo":
            return Ruling({"city": "Bergen"})
        return Ruling(arguments, "" if arguments["city"] == "Rome" else "a person did not allow this.")

    calls = [weather("Rome", 1), weather("Paris", 2), weather("Oslo", 3)]
    results, caller = await told(calls, [tool(write, writes=True)], approve=judge)
    assert sorted(made) == ["Bergen", "Rome"] and results[:2] == ["", "Error: a person did not allow this."]
    assert results[2] == 'A person changed the arguments to {"city": "Bergen"}.\n'
    assert caller.kinds().count("tool.denied") == 1
    assert [data for kind, data in caller.events if kind == "tool.call" and "arguments" in data] == [
        {"tool": "weather.get", "id": "c3", "arguments": {"city": "Bergen"}}
    ]


async def test_a_rehearsal_touches_nothing_outside() -> None:
    caller = Caller({"m": [calling(weather()), Reply("done")]}, rehearsal=True)
    await ask(caller, [tool(breaks, writes=True, outside=True)])
    assert caller.asked[-1][1].messages[-1].text == "[sample of weather.get]"


async def test_a_cancelled_agent_leaves_no_tool_running() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def long(arguments: Mapping[str, Any], context: ToolContext) -> Any:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(ask(Caller({"m": [calling(weather())]}), [tool(long)]))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set() and len(asyncio.all_tasks()) == 1


async def test_a_fallback_goes_on_from_where_the_talk_stood() -> None:
    down: ErrorClass = "transient"
    caller = Caller({"m": [calling(weather()), NodeError(down, "gone")], "n": [calling(weather("Rome")), Reply("ok")]})
    assert (await ask(caller, [tool(sunny)], fallback=["n"])).text == "ok"
    assert [name for name, _ in caller.asked] == ["m", "m", "n", "n"]  # the one that failed is not asked again
    assert [message.role for message in caller.asked[2][1].messages] == ["user", "assistant", "tool"]


async def test_a_schema_holds_for_the_last_answer_only() -> None:
    schema = {"type": "object", "required": ["sky"]}
    caller = Caller(
        {"m": [calling(weather(), text="not json"), Reply("{}"), Reply("nor this")], "n": [Reply('{"sky": 1}')]}
    )
    answer = await ask(caller, [tool(sunny)], fallback=["n"], output_schema=schema)
    assert answer.data == {"sky": 1}
    assert ("node.fallback", {"from": "m", "to": "n"}) in caller.events
    assert caller.kinds().count("node.attempt_discarded") == 1
    assert [message.role for message in caller.asked[-1][1].messages] == ["user", "assistant", "tool"]
    assert [message.text for message in answer.said][-1] == '{"sky": 1}'


async def test_an_answer_cut_off_never_fits_a_schema() -> None:
    caller = Caller({"m": [Reply("{}", finish="length"), Reply("{}")]})
    assert (await ask(caller, [], output_schema={"type": "object"})).data == {}
    assert "cut off" in caller.asked[1][1].messages[-1].text


async def looked_up(arguments: Mapping[str, Any], context: ToolContext) -> str:
    return "looked up again"


async def test_a_result_of_an_earlier_session_is_not_fetched_again() -> None:
    caller = Caller({"m": [calling(weather()), Reply("done")]})
    caller.known = {weather().id: ToolStep(True, True, "sunny, as before")}
    await ask(caller, [tool(looked_up)])
    assert caller.asked[-1][1].messages[-1].text == "sunny, as before"
    assert [kind for kind, _ in caller.events if kind.startswith("tool.")] == []


@pytest.mark.parametrize(
    ("doubt", "told_model"),
    [(Doubt("repeat"), "looked up again"), (Doubt("skip", "it did"), "it did"), (Doubt("fail"), "nobody knows")],
)
async def test_a_write_that_was_cut_off_is_in_doubt(doubt: Doubt, told_model: str) -> None:
    caller = Caller({"m": [calling(weather()), Reply("done")]})
    caller.known, caller.doubt = {weather().id: ToolStep()}, doubt
    await ask(caller, [tool(looked_up, writes=True)])
    assert told_model in caller.asked[-1][1].messages[-1].text
    assert caller.events[-1][0] == "tool.result"
    assert ("stored" in [kind for kind, _ in caller.events]) == (doubt.do == "repeat")
