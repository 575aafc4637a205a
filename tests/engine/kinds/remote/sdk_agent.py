"""An agent made with the official SDK alone, as a program: does what the first word of a message says.

Prints its address once it listens. What it was told and what was cancelled stands in the file named by its argument.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn
from a2a.helpers import get_data_parts, new_data_part, new_task_from_user_message, new_text_message, new_text_part
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, Role, TaskState
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOG = Path(sys.argv[1])
TOKEN = sys.argv[2] if len(sys.argv) > 2 else ""


def log(line: str) -> None:
    with LOG.open("a", encoding="utf-8") as out:
        out.write(line + "\n")


class Obedient(AgentExecutor):
    """Does as told."""

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        said = context.get_user_input()
        log(f"told {said}")
        if said.startswith("mute"):
            while not Path(said.split()[1]).exists():
                await asyncio.sleep(0.02)
        if said.startswith(("message", "mute")):
            await event_queue.enqueue_event(new_text_message("no task, " + said, role=Role.ROLE_AGENT))
            return
        if context.current_task is None:
            await event_queue.enqueue_event(new_task_from_user_message(context.message))
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        await task.start_work()
        if context.current_task is not None:
            await task.add_artifact([new_text_part(f"you said {said}")], name="answer")
            await task.complete()
            return
        await getattr(self, said.split()[0] if said else "data")(task, said, context)

    async def echo(self, task: TaskUpdater, said: str, _context: RequestContext) -> None:
        await task.add_artifact([new_text_part(said)], name="answer")
        await task.complete()

    async def stream(self, task: TaskUpdater, said: str, _context: RequestContext) -> None:
        for place, word in enumerate(said.split()[1:]):
            await task.add_artifact([new_text_part(f"{word}\u2028")], artifact_id="a", append=place > 0)
            await asyncio.sleep(0.05)
        await task.complete()

    async def paced(self, task: TaskUpdater, said: str, _context: RequestContext) -> None:
        _, flag, *words = said.split()
        for place, word in enumerate(words):
            await task.add_artifact([new_text_part(f"{word}\u2028")], artifact_id="a", append=place > 0)
            while not Path(flag).exists():  # until the first word was shown
                await asyncio.sleep(0.02)
        await task.complete()

    async def data(self, task: TaskUpdater, _said: str, context: RequestContext) -> None:
        given = get_data_parts(context.message.parts)
        await task.add_artifact(
            [new_text_part("here"), new_data_part({"given": given, "n": 3, "f": 0.5})], name="answer"
        )
        await task.complete()

    async def ask(self, task: TaskUpdater, _said: str, _context: RequestContext) -> None:
        await task.requires_input(task.new_agent_message([new_text_part("Which colour?")]))

    async def hang(self, task: TaskUpdater, said: str, _context: RequestContext) -> None:
        await task.update_status(TaskState.TASK_STATE_WORKING, task.new_agent_message([new_text_part("thinking")]))
        log(f"hanging {said}")
        await asyncio.Event().wait()

    async def slow(self, task: TaskUpdater, said: str, _context: RequestContext) -> None:
        flag = Path(said.split()[1])
        log("slow")
        while not flag.exists():
            await asyncio.sleep(0.02)
        await task.add_artifact([new_text_part("slowly done")], name="answer")
        await task.complete()

    async def fail(self, task: TaskUpdater, _said: str, _context: RequestContext) -> None:
        await task.failed(task.new_agent_message([new_text_part("the disk is full")]))

    async def reject(self, task: TaskUpdater, _said: str, _context: RequestContext) -> None:
        await task.reject(task.new_agent_message([new_text_part("not my field")]))

    async def auth(self, task: TaskUpdater, _said: str, _context: RequestContext) -> None:
        await task.requires_auth(task.new_agent_message([new_text_part("who are you")]))

    async def die(self, _task: TaskUpdater, _said: str, _context: RequestContext) -> None:
        import os

        os._exit(1)

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        log("cancelled")
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


class Guarded:
    """Wants a token for all but the card."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] == "POST"
        if TOKEN and asked and Request(scope).headers.get("authorization") != f"Bearer {TOKEN}":
            await JSONResponse({"error": "who are you"}, 401)(scope, receive, send)
            return
        await self._app(scope, receive, send)


async def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    skill = AgentSkill(id="obey", name="Obey", description="Does as told.", tags=["test"])
    card = AgentCard(
        name="Obedient", description="Does as told.", version="1", capabilities=AgentCapabilities(streaming=True),
        supported_interfaces=[AgentInterface(url=f"{base}/rpc", protocol_binding="JSONRPC", protocol_version="1.0")],
        default_input_modes=["text/plain"], default_output_modes=["text/plain"], skills=[skill],
    )  # fmt: skip
    handler = DefaultRequestHandler(agent_executor=Obedient(), task_store=InMemoryTaskStore(), agent_card=card)
    routes = [*create_agent_card_routes(card), *create_jsonrpc_routes(handler, "/rpc", enable_v0_3_compat=True)]
    server = uvicorn.Server(uvicorn.Config(Guarded(Starlette(routes=routes)), log_level="error"))
    sys.stdout.write(f"{base}\n")
    sys.stdout.flush()
    await server.serve(sockets=[listener])


asyncio.run(main())
