"""Kind `remote_agent` against an agent that was made with the official SDK alone, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.base.secrets import Secrets
from engine.files.save import save_graph
from engine.graph.graph import Graph
from engine.plan.capabilities import capabilities
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from engine.testing import HandClock, build
from tests.engine.kinds.conftest import Trusted
from tests.engine.kinds.remote.conftest import HOST, Asked, SdkAgent, an_agent, error
from tests.surroundings import running

BATON = [sys.executable, "-c", "import sys; from engine.cli.main import main; sys.exit(main())"]


async def test_a_message_goes_out_and_the_artifacts_come_back(asked: Asked, agent: SdkAgent) -> None:
    played = await asked(agent.base, "echo hello")
    assert played.result.outputs == {"text": "echo hello"}
    assert played.result.status == "completed"


async def test_a_card_is_found_by_its_own_address_too(asked: Asked, agent: SdkAgent) -> None:
    played = await asked(f"{agent.base}/.well-known/agent-card.json", "echo hello")
    assert played.result.outputs == {"text": "echo hello"}


async def test_an_answer_without_a_task_is_one(asked: Asked, agent: SdkAgent) -> None:
    assert (await asked(agent.base, "message for you")).result.outputs == {"text": "no task, message for you"}


async def test_text_is_shown_as_it_comes_and_odd_line_ends_are_text(
    asked: Asked, agent: SdkAgent, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"

    def go_on(event: Event) -> None:
        if event.kind == "text":
            flag.touch()

    played = await asked(agent.base, f"paced {flag} one two three", {"watch": go_on})
    pieces = [event.data["text"] for event in played.of("text")]
    assert len(pieces) > 1
    assert "".join(pieces) == played.result.outputs["text"] == "one\u2028two\u2028three\u2028"


async def test_data_goes_out_and_comes_back_with_whole_numbers(asked: Asked, agent: SdkAgent) -> None:
    given = {"name": "Ada", "ages": [1, 2.5, True, None]}
    played = await asked(agent.base, given)
    assert played.result.outputs == {"text": "here", "data": {"given": [given], "n": 3, "f": 0.5}}


@pytest.mark.parametrize(
    ("word", "sort", "said"),
    [("fail", "tool", "disk is full"), ("reject", "refused", "not my field"), ("auth", "credentials", "who are you")],
)
async def test_an_end_without_success_is_a_typed_error(
    asked: Asked, agent: SdkAgent, word: str, sort: str, said: str
) -> None:
    wrong = error(await asked(agent.base, word))
    assert wrong["class"] == sort
    assert said in wrong["message"]


async def test_a_question_of_the_agent_is_put_to_a_person_and_the_answer_goes_back(
    asked: Asked, agent: SdkAgent
) -> None:
    answers = {"r": {"decision": "approved", "value": "blue"}}
    played = await asked(agent.base, "ask", {"answers": answers})
    assert [event.data["question"] for event in played.of("human.requested")] == ["Which colour?"]
    assert played.result.outputs == {"text": "you said blue"}


async def test_a_question_that_a_person_refuses_fails_the_node_and_cancels_the_task(
    asked: Asked, agent: SdkAgent
) -> None:
    played = await asked(agent.base, "ask", {"answers": {"r": {"decision": "rejected"}}})
    assert error(played)["class"] == "refused"
    assert agent.heard == ["told ask", "cancelled"]


async def test_a_time_limit_cancels_the_remote_task(asked: Asked, agent: SdkAgent) -> None:
    clock = HandClock()

    def wait_too_long(event: Event) -> None:
        if event.kind == "node.progress":  # what it says once it has begun and before it hangs
            clock.move(60)

    wrong = error(await asked(agent.base, "hang on", {"clock": clock, "watch": wait_too_long}, timeout_s=60))
    assert wrong["class"] == "timeout"
    assert agent.heard == ["told hang on", "hanging hang on", "cancelled"]


@pytest.mark.slow
async def test_an_agent_that_dies_while_it_works_is_a_typed_error(asked: Asked, tmp_path: Path) -> None:
    with an_agent(tmp_path) as mortal:
        wrong = error(await asked(mortal.base, "die"))
    assert wrong["class"] == "tool"
    assert "Nobody knows whether" in wrong["message"] or "disappeared" in wrong["message"]


@pytest.mark.slow
async def test_nobody_there_is_tried_again_as_the_policy_says(asked: Asked, tmp_path: Path) -> None:
    with an_agent(tmp_path) as gone:
        pass
    played = await asked(gone.base, "echo", retry={"attempts": 2, "base_s": 0})
    assert error(played)["class"] == "transient"
    assert len(played.of("node.retry")) == 1


@pytest.mark.slow
async def test_a_token_goes_with_each_request_and_shows_nowhere(
    asked: Asked, services: Services, tmp_path: Path
) -> None:
    services.__dict__["secrets"] = Secrets({"elsewhere": "hush-hush-token"}, keyring=lambda: None)
    with an_agent(tmp_path, "hush-hush-token") as guarded:
        without = error(await asked(guarded.base, "echo hi"))
        played = await asked(guarded.base, "echo hi", headers={"Authorization": "Bearer secret://elsewhere"})
    assert without["class"] == "credentials"
    assert played.result.outputs == {"text": "echo hi"}
    assert "hush-hush-token" not in str(played.events)


async def test_loopback_is_not_reached_unless_the_settings_allow_it(
    services: Services, place: Path, agent: SdkAgent
) -> None:
    graph = remote(agent.base)
    services.trust.trust(capabilities(graph, services.kinds, place), 0.0)
    run = Run(graph, {"i": "echo"}, RunOptions(journal=False), folder=place, services=services)
    wrong = (await run.execute()).nodes["r"]["error"]
    assert wrong["class"] == "bad_request"
    assert "an address of this machine" in wrong["message"]
    assert agent.heard == []


async def test_a_manager_hands_it_a_brief_as_its_message(trusted: Trusted, agent: SdkAgent) -> None:
    graph = build(
        {"task": "input", "boss": ("manager", {"model": "rehearsal", "prompt": "{{ task }}"}), "o": "output",
         "theirs": ("remote_agent", {"card": agent.base, "description": "Echoes what it is told."})},
        "task.value -> boss.task", "boss.team -> theirs.message", "boss.text -> o.value",
    )  # fmt: skip
    played = await trusted(graph, {"task": "echo of a heron"}, private_hosts=(HOST,))
    finished = played.of("delegation.finished")
    assert [(event.data["specialist"], event.data["status"]) for event in finished] == [("theirs", "ok")]
    assert agent.heard[0] == "told echo of a heron"
    assert played.result.nodes["theirs"]["status"] == "ok"


class Stored:
    """A run with a journal that is stopped or killed, and gone on with."""

    def __init__(self, services: Services, place: Path) -> None:
        settings = services.settings.model_copy(update={"allow_private_addresses": (HOST,)})
        self.services, self.place = replace(services, settings=settings), place

    def run(self, base: str, message: str, **config: Any) -> Run:
        graph = remote(base, **config)
        self.services.trust.trust(capabilities(graph, self.services.kinds, self.place), 0.0)
        return Run(graph, {"i": message}, RunOptions(), folder=self.place, services=self.services)


def remote(base: str, **config: Any) -> Graph:
    nodes: dict[str, Any] = {"i": "input", "r": ("remote_agent", {"card": base, **config}), "text": "output"}
    return build(nodes, "i.value -> r.message", "r.text -> text.value")


async def test_a_stopped_run_cancels_the_remote_task(services: Services, place: Path, agent: SdkAgent) -> None:
    run = Stored(services, place).run(agent.base, "hang on")

    def watch(batch: list[Event]) -> None:
        if any(event.kind == "node.progress" for event in batch):
            run.stop()

    result = await run.execute(watch)
    assert result.status == "cancelled"
    assert agent.heard[-1] == "cancelled"


@pytest.mark.slow
async def test_a_question_outlives_a_restart_and_the_task_is_begun_once(
    services: Services, place: Path, agent: SdkAgent
) -> None:
    stored = Stored(services, place)
    paused = await stored.run(agent.base, "ask").execute()
    assert (paused.status, [asked["question"] for asked in paused.waiting]) == ("paused", ["Which colour?"])
    answers = {"r": {"decision": "approved", "value": "red"}}
    result = await Run.resume(paused.run, services=stored.services, answers=answers).execute()
    assert result.outputs == {"text": "you said red"}
    assert agent.heard == ["told ask", "told red"]


@pytest.mark.slow
async def test_an_agent_that_said_no_is_asked_anew_without_a_question(
    services: Services, place: Path, tmp_path: Path
) -> None:
    stored = Stored(services, place)
    with an_agent(tmp_path, "hush-hush-token") as guarded:
        stored.services.__dict__["secrets"] = Secrets({"elsewhere": "a-token-of-yesterday"}, keyring=lambda: None)
        headers = {"Authorization": "Bearer secret://elsewhere"}
        failed = await stored.run(guarded.base, "echo hi", headers=headers).execute()
        assert failed.nodes["r"]["error"]["class"] == "credentials"
        stored.services.__dict__["secrets"] = Secrets({"elsewhere": "hush-hush-token"}, keyring=lambda: None)
        result = await Run.resume(failed.run, services=stored.services).execute()
    assert (result.status, result.outputs) == ("completed", {"text": "echo hi"})


def killed(command: list[str], environment: dict[str, str], events: Path, sign: str) -> str:
    """Runs a command until an event has come, kills it, and returns the run's id."""
    with running(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["kind"] == sign:
                break
    return str(event["run"])


@pytest.mark.slow
@pytest.mark.parametrize(("sign", "begun"), [("tool.result", 1), ("tool.call", 2)])
def test_a_task_is_taken_up_after_a_kill_and_doubt_asks(
    place: Path, agent: SdkAgent, tmp_path: Path, sign: str, begun: int
) -> None:
    home, flag, file = tmp_path / "baton-home", tmp_path / "flag", place / "g.baton.json"
    home.mkdir()
    (home / "settings.json").write_text(json.dumps({"local_discovery": False, "allow_private_addresses": [HOST]}))
    save_graph(remote(agent.base), file)
    environment = {**os.environ, "BATON_HOME": str(home)}
    said = f"slow {flag}" if begun == 1 else f"mute {flag}"
    run = killed([*BATON, "run", str(file), "--trust", "-i", f"i={said}", "--events", "-"], environment, tmp_path, sign)
    flag.touch()
    again = [*BATON, "run", "--resume", run, "--json"]
    first = json.loads(subprocess.run(again, env=environment, capture_output=True, text=True, check=False).stdout)
    if begun == 1:
        assert first["outputs"] == {"text": "slowly done"}
        assert agent.heard == [f"told {said}", "slow"]
        return
    assert (first["status"], first["reason"]) == ("paused", "uncertain")
    answer = 'r={"decision": "approved", "value": {"do": "repeat"}}'
    second = subprocess.run([*again, "--answer", answer], env=environment, capture_output=True, text=True, check=False)
    assert json.loads(second.stdout)["outputs"] == {"text": f"no task, {said}"}
