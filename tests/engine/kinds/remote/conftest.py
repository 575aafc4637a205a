"""The official SDK's server as a process, and nodes that speak with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.testing import Played, build
from tests.engine.kinds.conftest import Trusted
from tests.surroundings import running

HERE = Path(__file__).parent
HOST = "127.0.0.1"


@dataclass(frozen=True)
class SdkAgent:
    """An agent that runs on this machine; `heard` is what it was told and what was cancelled."""

    base: str
    log: Path

    @property
    def heard(self) -> list[str]:
        return self.log.read_text("utf-8").splitlines() if self.log.exists() else []


@contextmanager
def an_agent(folder: Path, token: str = "") -> Iterator[SdkAgent]:
    """Starts one, and ends it with the block."""
    log = folder / "heard"
    command = [sys.executable, str(HERE / "sdk_agent.py"), str(log), *([token] if token else [])]
    with running(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield SdkAgent(process.stdout.readline().strip(), log)


@pytest.fixture(scope="module")
def shared_agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SdkAgent]:
    with an_agent(tmp_path_factory.mktemp("agent")) as agent:
        yield agent


@pytest.fixture
def agent(shared_agent: SdkAgent) -> SdkAgent:
    """The agent of the module, with an empty log."""
    shared_agent.log.unlink(missing_ok=True)
    return shared_agent


Asked = Callable[..., Awaitable[Played]]


@pytest.fixture
def asked(trusted: Trusted) -> Asked:
    """Runs one remote agent with a message; `options` are the run's, `config` the node's."""

    async def play(card: str, message: Any, options: dict[str, Any] | None = None, **config: Any) -> Played:
        graph = build(
            {"i": ("input", {"type": "json"}), "text": "output", "data": "output",
             "r": ("remote_agent", {"card": card, "retry": {"attempts": 1}, **config})},
            "i.value -> r.message", "r.text -> text.value", "r.data -> data.value",
        )  # fmt: skip
        return await trusted(graph, {"i": message}, private_hosts=(HOST,), **(options or {}))

    return play


def error(played: Played) -> dict[str, Any]:
    """What went wrong at the remote agent."""
    return dict(played.result.nodes["r"]["error"])
