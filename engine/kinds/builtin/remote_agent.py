"""Kind `remote_agent`: an agent of another vendor or machine, spoken to over A2A and found by its card's address."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pydantic import Field

from engine.base.errors import NodeError
from engine.base.extras import install
from engine.base.values import Value
from engine.kinds.contract import ERROR, Call, Capability, Finding, Kind, NodeConfig, Outputs, Port, Ports
from engine.kinds.fetching import authority
from engine.kinds.fields import Hint
from engine.kinds.headers import header_findings, headers_field, secret_findings, told_secrets
from engine.kinds.node_config import time_limit
from engine.kinds.secrets import Filled, with_secrets

if TYPE_CHECKING:
    from engine.kinds.a2a.errand import Errand

TIMEOUT_S: Final = 300.0
IDLE_S: Final = 60.0
_MISSING: Final = "Remote agents need the A2A library, which is not installed."


class RemoteAgentConfig(NodeConfig):
    """Settings of a remote agent (formats.md)."""

    card: str = Field(
        "", title="Address", json_schema_extra=Hint("card").extra(),
        description="Where the agent is, such as https://agents.example.org, or where its card is.",
    )  # fmt: skip
    headers: Mapping[str, str] = headers_field("Bearer secret://NAME")
    description: str = Field(
        "", title="What it is good at", json_schema_extra=Hint("text", "In a team", semantic=False).extra(),
        description="For the manager that may delegate to it.",
    )  # fmt: skip
    idle_s: float = Field(
        IDLE_S, gt=0, title="Longest silence", json_schema_extra=Hint("seconds", "Limits").extra(),
        description="Seconds without a word before its task is looked up anew.",
    )  # fmt: skip
    timeout_s: float | None = time_limit(TIMEOUT_S)


class RemoteAgent(Kind[RemoteAgentConfig]):
    name: ClassVar[str] = "remote_agent"
    title = "Remote agent"
    group = "work"
    icon = "remote_agent"
    hint = "an agent elsewhere, over A2A"
    help = "Its questions come to you. As a manager's specialist it gets the brief as its message."
    Config = RemoteAgentConfig
    needs_trust = True
    starter: ClassVar[dict[str, Any]] = {"card": "http://127.0.0.1:9000"}

    def ports(self, config: RemoteAgentConfig) -> Ports:
        return Ports((Port("message"),), (Port("text", "text"), Port("data", "json"), ERROR))

    def summary(self, config: RemoteAgentConfig) -> str:
        return config.card[:80]

    def check(self, config: RemoteAgentConfig) -> Iterable[Finding]:
        if not config.card.strip():
            yield Finding("error", "no_card", "It has no address.", "Write the agent's, such as http://127.0.0.1:9000.")
        else:
            try:
                authority(config.card.strip())
            except NodeError as error:
                yield Finding("error", "bad_url", error.message, error.hint)
        yield from secret_findings(config.card)
        yield from header_findings(config.headers)
        if find_spec("a2a") is None:
            yield Finding("warning", "missing_a2a", _MISSING, f"Install it: {install('a2a')}.")

    def addresses(self, config: RemoteAgentConfig) -> Mapping[str, str]:
        return {"card": config.card.strip()}

    def capabilities(self, config: RemoteAgentConfig) -> Iterable[Capability]:
        # What it changes is its own affair; that its task began twice is prevented here, so it needs no intent (S11).
        yield Capability("agent", f"{config.card.strip()}{told_secrets(config.headers.values())}")

    def made_with(self, config: RemoteAgentConfig) -> Value | None:
        return None

    def sample(self, config: RemoteAgentConfig) -> Outputs:
        return {"text": f"[sample of an answer from the agent at {config.card}]"}

    async def run(self, call: Call[RemoteAgentConfig]) -> Outputs:
        if find_spec("a2a") is None:
            raise NodeError("bad_request", _MISSING, f"Install it: {install('a2a')}.")
        errands = await asyncio.to_thread(import_module, "engine.kinds.a2a.errand")  # the SDK takes half a second

        config, outside = call.config, call.outside
        fill = Filled({}, outside.secret)
        headers = {name: await fill.text(text) for name, text in config.headers.items()}
        secret = any(with_secrets(text).names for text in config.headers.values())
        errand: Errand = errands.Errand(call, config.card.strip(), headers, secret=secret, idle_s=config.idle_s)
        return await errand.done(call.value("message"))


KIND = RemoteAgent()
