"""`baton serve --a2a` as a process, spoken to with the official client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from a2a.client import Client, ClientConfig, create_client
from a2a.helpers import get_data_parts, new_data_part, new_text_part
from a2a.types import (
    CancelTaskRequest,
    GetTaskRequest,
    Message,
    Part,
    Role,
    SendMessageRequest,
    StreamResponse,
    Task,
    TaskState,
)
from a2a.utils.errors import A2AError

from tests.engine.serve.conftest import TOKEN, Served, Serving

pytestmark = pytest.mark.slow


@asynccontextmanager
async def client_of(served: Served, *, streaming: bool = True) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as http:
        yield await create_client(served.base, ClientConfig(httpx_client=http, streaming=streaming))


def message(*parts: Part | str, task: str = "", context: str = "") -> SendMessageRequest:
    sent = [new_text_part(part) if isinstance(part, str) else part for part in parts]
    return SendMessageRequest(
        message=Message(message_id=uuid4().hex, role=Role.ROLE_USER, parts=sent, task_id=task, context_id=context)
    )


async def answered(client: Client, request: SendMessageRequest) -> tuple[Task, list[StreamResponse]]:
    """The task after a message, and all that was streamed."""
    events = [event async for event in client.send_message(request)]
    ids = [event.task.id or event.status_update.task_id or event.artifact_update.task_id for event in events]
    return await client.get_task(GetTaskRequest(id=ids[0])), events


def outputs(task: Task) -> dict[str, object]:
    """The artifacts by name: text, or data."""
    return {
        each.name: "".join(part.text for part in each.parts) or get_data_parts(each.parts)[0] for each in task.artifacts
    }


async def test_the_card_says_what_the_graph_does(serving: Serving, greeting: Path) -> None:
    served = serving(greeting, "--a2a")
    async with httpx.AsyncClient() as http:
        card = (await http.get(f"{served.base}/.well-known/agent-card.json")).json()
    assert (card["name"], card["description"]) == ("Greeting", "Greets somebody.")
    assert "name (text)" in card["skills"][0]["description"]
    assert card["supportedInterfaces"][0]["url"] == f"{served.base}/"


async def test_text_goes_to_the_input_and_outputs_come_as_artifacts(serving: Serving, greeting: Path) -> None:
    async with client_of(serving(greeting, "--a2a")) as client:
        task, _ = await answered(client, message("Ada"))
        by_name, _ = await answered(client, message(new_data_part({"name": "Bob", "times": 3})))
    assert task.status.state == TaskState.TASK_STATE_COMPLETED
    assert outputs(task) == {"text": "Hello Ada, 2 times", "times": 2}
    assert outputs(by_name) == {"text": "Hello Bob, 3 times", "times": 3}


async def test_text_is_streamed_and_stored_whole(serving: Serving, one_writer: Path) -> None:
    served = serving(one_writer, "--a2a")
    async with client_of(served) as client:
        task, events = await answered(client, message("Herons stand in the harbour. The tide is late."))
    pieces = [
        "".join(p.text for p in e.artifact_update.artifact.parts) for e in events if e.HasField("artifact_update")
    ]
    assert len(pieces) > 1
    assert ["".join(pieces)] == [part.text for part in task.artifacts[0].parts], "whoever waits gets one text"
    assert [run["status"] for run in served.runs()] == ["completed"]


async def test_what_a_run_asks_makes_the_task_wait_for_the_answer(serving: Serving, reviewed: Path) -> None:
    async with client_of(serving(reviewed, "--a2a")) as client:
        task, _ = await answered(client, message("My draft"))
        asked = task.status.message.parts
        unclear, _ = await answered(client, message("hm", task=task.id, context=task.context_id))
        done, _ = await answered(client, message("rejected: too short", task=task.id, context=task.context_id))
    assert task.status.state == unclear.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
    assert "Publish this?" in asked[0].text
    assert get_data_parts(asked)[0]["waiting"][0]["value"] == "My draft"
    assert "no answer" in unclear.status.message.parts[0].text
    assert (done.status.state, outputs(done)) == (TaskState.TASK_STATE_COMPLETED, {"no": "too short"})


async def test_a_decision_as_data_may_change_the_value(serving: Serving, reviewed: Path) -> None:
    decision = new_data_part({"decision": "approved", "value": "Better"})
    async with client_of(serving(reviewed, "--a2a"), streaming=False) as client:
        task, _ = await answered(client, message("My draft"))
        done, _ = await answered(client, message(decision, task=task.id, context=task.context_id))
    assert outputs(done) == {"yes": "Better"}


async def test_cancelling_the_task_stops_the_run(serving: Serving, writer: Path) -> None:
    served = serving(writer, "--a2a")
    async with client_of(served) as client:
        stream = client.send_message(message("Write."))
        async for event in stream:
            if event.HasField("status_update") and event.status_update.status.HasField("message"):
                await client.cancel_task(CancelTaskRequest(id=event.status_update.task_id))
                break
        task = await client.get_task(GetTaskRequest(id=event.status_update.task_id))
    assert task.status.state == TaskState.TASK_STATE_CANCELED
    assert [run["status"] for run in served.runs()] == ["cancelled"]


async def test_a_task_outlives_the_server(serving: Serving, reviewed: Path, greeting: Path) -> None:
    first = serving(reviewed, "--a2a")
    async with client_of(first) as client:
        task, _ = await answered(client, message("My draft"))
        other, _ = await answered(client, message("Another"))
    assert first.stop() == 130
    async with client_of(serving(reviewed, "--a2a")) as client:
        found = await client.get_task(GetTaskRequest(id=task.id))
        assert (found.status.state, found.context_id) == (TaskState.TASK_STATE_INPUT_REQUIRED, task.context_id)
        assert get_data_parts(found.status.message.parts)[0]["waiting"][0]["value"] == "My draft"
        done, _ = await answered(client, message("approved", task=task.id, context=task.context_id))
        await client.cancel_task(CancelTaskRequest(id=other.id))
    assert (done.status.state, outputs(done)) == (TaskState.TASK_STATE_COMPLETED, {"yes": "My draft"})
    third = serving(reviewed, "--a2a")
    async with client_of(third) as client:
        again = await client.get_task(GetTaskRequest(id=task.id))
        ended = await client.get_task(GetTaskRequest(id=other.id))
    assert (again.status.state, outputs(again)) == (TaskState.TASK_STATE_COMPLETED, {"yes": "My draft"})
    assert ended.status.state == TaskState.TASK_STATE_CANCELED
    assert {run["run"]: run["status"] for run in third.runs()} == {task.id: "completed", other.id: "cancelled"}
    async with client_of(serving(greeting, "--a2a")) as client:
        with pytest.raises(A2AError, match="not found"):
            await client.get_task(GetTaskRequest(id=task.id))


async def test_cancelling_a_task_that_waits_ends_its_run(serving: Serving, reviewed: Path) -> None:
    served = serving(reviewed, "--a2a")
    async with client_of(served) as client:
        task, _ = await answered(client, message("My draft"))
        cancelled = await client.cancel_task(CancelTaskRequest(id=task.id))
    assert cancelled.status.state == TaskState.TASK_STATE_CANCELED
    assert [run["status"] for run in served.runs()] == ["cancelled"]


async def test_what_does_not_fit_is_refused_in_words(serving: Serving, greeting: Path) -> None:
    async with client_of(serving(greeting, "--a2a")) as client:
        wrong, _ = await answered(client, message(new_data_part({"name": 5})))
        address = Part(url="http://127.0.0.1/secret")
        linked, _ = await answered(client, message(address))
    assert wrong.status.state == linked.status.state == TaskState.TASK_STATE_REJECTED
    assert "takes text" in wrong.status.message.parts[0].text
    assert "nothing is fetched" in linked.status.message.parts[0].text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Bearer {TOKEN}", "Host": "evil.example"}, 421),
        ({"Authorization": f"Bearer {TOKEN}", "Origin": "https://evil.example"}, 403),
    ],
)
async def test_strangers_stay_out(serving: Serving, greeting: Path, headers: dict[str, str], status: int) -> None:
    served = serving(greeting, "--a2a")
    async with httpx.AsyncClient() as http:
        assert (await http.post(f"{served.base}/", headers=headers, json={})).status_code == status
    assert served.runs() == []


async def test_a_huge_request_is_not_read(serving: Serving, greeting: Path) -> None:
    served = serving(greeting, "--a2a")

    async def much() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 2**20

    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        try:
            status = (await http.post(f"{served.base}/", content=much())).status_code
        except httpx.WriteError:  # the server had hung up already
            status = 413
    assert status == 413


async def test_a_signal_ends_the_server_and_its_runs(serving: Serving, writer: Path) -> None:
    served = serving(writer, "--a2a")
    async with client_of(served) as client:
        async for event in client.send_message(message("Write.")):
            if event.HasField("status_update") and event.status_update.status.HasField("message"):
                code = served.stop()
                break
    assert code == 130
    assert [run["status"] for run in served.runs()] == ["cancelled"]
