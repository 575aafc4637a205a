"""Agents elsewhere (A2A): found by their card, given a message, looked at until their task ends."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx

from engine.export.standalone.parts.guarding import Asked, got, guarded, host_of, short
from engine.export.standalone.parts.keys import secrets
from engine.export.standalone.parts.values import Failed, text

LOOKS_S = (0.25, 0.5, 1.0, 2.0)
LARGEST_CARD = 1024 * 1024


class Agent:
    """One agent that speaks JSON-RPC: today's protocol (1.0), or the one before it (0.3)."""

    def __init__(self, http: httpx.AsyncClient, url: str, today: bool) -> None:
        self._http, self._url, self._today = http, url, today

    async def send(self, value: Any, task: Mapping[str, Any]) -> dict[str, Any]:
        """Gives it a message, the first or an answer; what it said at once: a message, or its task."""
        message: dict[str, Any] = {"messageId": uuid4().hex, "parts": [self._part(value)]}
        message["role"] = "ROLE_USER" if self._today else "user"
        if not self._today:
            message["kind"] = "message"
        if task:
            message |= {"taskId": task["id"], "contextId": task.get("contextId", "")}
        waits = {"returnImmediately": True} if self._today else {"blocking": False}
        asked = {"message": message, "configuration": waits}
        said = await self._ask("SendMessage" if self._today else "message/send", asked)
        if self._today:
            return dict(said.get("task") or {"message": said.get("message") or {}})
        return {"message": said} if said.get("kind") == "message" else said

    async def look(self, task: str) -> dict[str, Any]:
        """Its task as it stands."""
        return await self._ask("GetTask" if self._today else "tasks/get", {"id": task})

    def _part(self, value: Any) -> dict[str, Any]:
        if isinstance(value, dict) and set(value) == {"path", "text"}:
            value = value["text"]
        kind = "text" if isinstance(value, str) else "data"
        held = value if kind == "text" or self._today or isinstance(value, dict) else {"value": value}
        return {kind: held} if self._today else {"kind": kind, kind: held}

    async def _ask(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"A2A-Version": "1.0"} if self._today else {}
        asked = {"jsonrpc": "2.0", "id": uuid4().hex, "method": method, "params": params}
        try:
            answer = await self._http.post(self._url, json=asked, headers=headers)
            said = answer.json() if answer.status_code < 400 else None
        except (httpx.HTTPError, ValueError) as error:
            raise Failed("transient", f"The remote agent cannot be reached: {error}.") from None
        if said is None:
            kind = "credentials" if answer.status_code in (401, 403) else "tool"
            raise Failed(kind, f"The remote agent answered with the status {answer.status_code}.")
        if "result" not in said:
            raise Failed("tool", f"The remote agent answered with an error: {said.get('error', {}).get('message')}.")
        return dict(said["result"])


async def errand(
    card: str, message: Any, headers: Mapping[str, str], *, idle_s: float = 60.0, limit_s: float | None = 300.0
) -> dict[str, Any]:
    """What an agent gives for a message: text, and data where there is some. A person answers its questions."""
    try:
        async with asyncio.timeout(limit_s):
            return await _errand(card, message, headers, idle_s)
    except TimeoutError:
        raise Failed("timeout", f"The remote agent did not end in {limit_s:g} s.") from None


async def _errand(card: str, message: Any, headers: Mapping[str, str], idle_s: float) -> dict[str, Any]:
    sent = {name: secrets(value) for name, value in headers.items()}
    secret = [name.lower() for name in headers] if any("secret://" in value for value in headers.values()) else []
    url, today = await _found(card, sent, secret, idle_s)
    if secret and host_of(url) != host_of(card):
        raise Failed(
            "bad_request", f"The agent's card leads to another server, {short(url)}, and would be sent a secret."
        )
    async with guarded(headers=sent, timeout=httpx.Timeout(idle_s, connect=10)) as http:
        agent = Agent(http, url, today)
        said = await agent.send(message, {})
        for _ in range(20):
            said = await _settled_at(agent, said)
            if _state(said) != "input-required":
                return _given(said)
            said = await agent.send(await _answered(_note(said)), said)
    raise Failed("tool", "The remote agent asked more than 20 questions.")


async def _found(address: str, headers: Mapping[str, str], secret: Collection[str], idle_s: float) -> tuple[str, bool]:
    """Where an agent listens, and whether it speaks today's protocol."""
    scheme, host, path, *_ = urlsplit(address)
    known = [f"{path.rstrip('/')}/.well-known/{name}" for name in ("agent-card.json", "agent.json")]
    for place in [path] if path.endswith(".json") else known:
        asked = Asked("GET", urlunsplit((scheme, host, place, "", "")), headers, secret=secret)
        answer = await got(asked, LARGEST_CARD, timeout_s=idle_s)
        try:
            card = json.loads(answer.body) if answer.status == 200 else None
        except ValueError:
            raise Failed("tool", f"What stands at {short(answer.url)} is no agent card.") from None
        if isinstance(card, dict):
            return _speaking(card)
    raise Failed("tool", f"There is no agent card at {address}.")


def _speaking(card: Mapping[str, Any]) -> tuple[str, bool]:
    ways = [(each.get("protocolVersion", "1.0"), each["url"]) for each in card.get("supportedInterfaces") or ()
            if each.get("protocolBinding") == "JSONRPC"]  # fmt: skip
    if not ways and card.get("preferredTransport", "JSONRPC") == "JSONRPC" and card.get("url"):
        ways = [("0.3", card["url"])]
    if not ways:
        raise Failed("bad_request", "The remote agent does not speak JSON-RPC.")
    version, url = max(ways)
    return url, not version.startswith("0.")


async def _settled_at(agent: Agent, said: dict[str, Any]) -> dict[str, Any]:
    """A task once it has ended or asks; a plain message as it is."""
    looks = 0
    while "id" in said and _state(said) in ("submitted", "working", "unspecified"):
        await asyncio.sleep(LOOKS_S[min(looks, len(LOOKS_S) - 1)])
        looks += 1
        said = await agent.look(said["id"])
    return said


def _state(task: Mapping[str, Any]) -> str:
    state = str(task.get("status", {}).get("state", ""))
    return state.removeprefix("TASK_STATE_").replace("_", "-").lower()


def _note(task: Mapping[str, Any]) -> str:
    return "\n".join(_texts((task.get("status", {}).get("message") or {}).get("parts", ())))


def _given(said: Mapping[str, Any]) -> dict[str, Any]:
    state, note = _state(said), _note(said)
    told = f": {note[:400].rstrip('.')}." if note else "."
    if "message" not in said and state != "completed":
        kinds = {"rejected": "refused", "auth-required": "credentials"}
        raise Failed(kinds.get(state, "tool"), f"The remote agent ended with “{state}”{told}")
    if "message" in said:
        parts = said["message"].get("parts", ())
        found, data = "\n".join(_texts(parts)), _data(parts)
    else:
        artifacts = [each.get("parts", ()) for each in said.get("artifacts") or ()]
        data = [value for parts in artifacts for value in _data(parts)]
        found = "\n\n".join(filter(None, ("".join(_texts(parts)) for parts in artifacts))) or ("" if data else note)
    return {"text": found, **({"data": data[0] if len(data) == 1 else data} if data else {})}


def _texts(parts: Iterable[Mapping[str, Any]]) -> list[str]:
    return [part["text"] for part in parts if "text" in part]


def _data(parts: Iterable[Mapping[str, Any]]) -> list[Any]:
    """The JSON values of some parts; the wire knows only fractions, so whole numbers are made whole again."""
    return [_whole(part["data"]) for part in parts if "data" in part]


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


async def _answered(question: str) -> str:
    if not sys.stdin.isatty():
        raise Failed("refused", f"The remote agent asks, and there is no terminal to answer on: {question}")
    sys.stderr.write(f"\n{text(question)}\nYour answer: ")
    sys.stderr.flush()
    line: str = await asyncio.to_thread(sys.stdin.readline)
    return line.strip()
