"""The command as a process of its own: signals, pipes, terminals, what it loads, and that asking opens nothing."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.surroundings import running

pytestmark = pytest.mark.slow

BATON = [sys.executable, "-c", "import sys; from engine.cli.main import main; sys.exit(main())"]
LONG = " ".join(f"Sentence {number} tells of herons, tides and harbours in some detail." for number in range(400))
HEAVY = {"typer", "rich", "pydantic", "httpx", "aiohttp", "networkx", "jinja2", "genai_prices", "keyring", "asyncio",
         "PySide6", "numpy"}  # fmt: skip


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A graph whose agent writes for many seconds."""
    prompts = {"id": "a", "kind": "agent", "config": {"model": "rehearsal", "prompt": "Repeat: {{ i }}"}}
    nodes: list[dict[str, Any]] = [{"id": "i", "kind": "input", "config": {"default": LONG}}, prompts]
    for number in range(40):
        nodes.append({**prompts, "id": f"b{number}", "config": {**prompts["config"], "prompt": "List: {{ a }}"}})
    edges = [{"from": "i.value", "to": "a.i"}, {"from": "a.text", "to": "b0.a"}]
    edges += [{"from": f"b{number}.text", "to": f"b{number + 1}.a"} for number in range(39)]
    return _written(tmp_path, [*nodes, {"id": "o", "kind": "output"}], [*edges, {"from": "b39.text", "to": "o.value"}])


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """A graph that ends at once."""
    nodes = [{"id": "i", "kind": "input", "config": {"default": "hello"}}, {"id": "o", "kind": "output"}]
    return _written(tmp_path, nodes, [{"from": "i.value", "to": "o.value"}])


def _written(folder: Path, nodes: list[dict[str, Any]], edges: list[dict[str, str]]) -> Path:
    path = folder / "g.baton.json"
    path.write_text(json.dumps({"baton": 1, "nodes": nodes, "edges": edges}), "utf-8")
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_and_stdout_still_has_its_object(
    number: signal.Signals, slow: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    pipe = tmp_path / "events"
    os.mkfifo(pipe)
    command = [*BATON, "run", str(slow), "--json", "--events", str(pipe)]
    with running(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        sent, kinds = False, []
        with pipe.open(encoding="utf-8") as events:  # each line is there as it happens
            for line in events:
                kinds.append(json.loads(line)["kind"])
                if kinds[-1] == "text" and not sent:
                    process.send_signal(number)
                    sent = True
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    found = json.loads(out)
    assert found["status"] == "cancelled"
    assert found["nodes"]["a"]["status"] == "cancelled"
    assert kinds[-1] == "run.finished" and "run.cancelling" in kinds
    assert "Traceback" not in err


def test_a_pipe_that_is_closed_ends_quietly(environment: dict[str, str], quick: Path) -> None:
    for args in (["kinds"], ["--help"], ["schema"], ["run", str(quick)], ["run", str(quick), "--events", "-"]):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([*BATON, *args], env=environment, stdout=write, stderr=subprocess.PIPE, text=True)
        os.close(write)
        assert done.stderr == "", args
        assert done.returncode in (0, 1)


def _on_a_terminal(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Runs a command with a terminal as its stdout. Returns its exit code and all that it drew."""
    ours, theirs = pty.openpty()
    around = {**environment, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    with running(command, env=around, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE) as process:
        os.close(theirs)
        drawn = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other side has closed
                break
            if not piece:
                break
            drawn += piece
        os.close(ours)
        _, err = process.communicate(timeout=60)
    assert err == ""
    return process.returncode, drawn.decode("utf-8")


def test_a_person_sees_a_live_table_with_colour_unless_it_is_unwelcome(
    environment: dict[str, str], quick: Path
) -> None:
    code, drawn = _on_a_terminal([*BATON, "run", str(quick)], environment)
    assert code == 0
    assert "\x1b[32m✓" in drawn and "hello" in drawn
    code, drawn = _on_a_terminal([*BATON, "run", str(quick)], {**environment, "NO_COLOR": "1"})
    assert code == 0
    assert "✓" in drawn and "\x1b[32m" not in drawn and "\x1b[1m" not in drawn


def test_text_of_a_graph_cannot_move_the_cursor(environment: dict[str, str], tmp_path: Path) -> None:
    evil = "a\x1b]0;title\x07\x1b[2Jb"
    nodes = [{"id": "i", "kind": "input", "title": evil, "config": {"default": evil}}, {"id": "o", "kind": "output"}]
    file = _written(tmp_path, nodes, [{"from": "i.value", "to": "o.value"}])
    _, drawn = _on_a_terminal([*BATON, "run", str(file)], environment)
    assert "\x1b]0;" not in drawn and "\x1b[2J" not in drawn
    _, drawn = _on_a_terminal([*BATON, "check", str(file)], environment)
    assert "\x1b]0;" not in drawn


def _loaded(args: list[str], environment: dict[str, str]) -> set[str]:
    code = (
        "import sys; from engine.cli.main import main; code = main(sys.argv[1:]); "
        "print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules})); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *args], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_help_loads_nothing_heavy(environment: dict[str, str]) -> None:
    assert not HEAVY & _loaded(["--help"], environment)


@pytest.mark.parametrize(
    "command", ["run", "check", "estimate", "kinds", "schema", "runs", "models", "doctor", "export"]
)
def test_nothing_but_pictures_loads_qt(command: str, environment: dict[str, str], quick: Path) -> None:
    args = {"runs": ["list"], "export": [str(quick), "--to", "mermaid", "-o", "-"]}
    graph = [str(quick)] if command in ("run", "check", "estimate") else []
    loaded = _loaded([command, *args.get(command, graph)], environment)
    assert not {"PySide6", "shiboken6", "gui", "qasync"} & loaded


@pytest.mark.skipif(find_spec("PySide6") is None, reason="pictures need Qt, which is not installed")
@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG\r\n"), ("svg", b"<")])
def test_pictures_need_no_display(form: str, start: bytes, environment: dict[str, str], quick: Path) -> None:
    done = subprocess.run([*BATON, "export", str(quick), "--to", form, "-o", "-"], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(start)


HOSTILE: tuple[dict[str, Any], ...] = (
    {"id": "a", "kind": "agent", "config": {"prompt": "{{ ''.__class__.__mro__ }}", "model": "http://127.0.0.1:9/x"}},
    {"id": "b", "kind": "antigravity", "config": {"source": "import antigravity"}},
    {"id": "c", "kind": "code", "config": {"source": "import os; os.system('touch /tmp/baton-was-here')"}},
    {"id": "d", "kind": "subgraph", "config": {"graph": "../../../../etc/passwd"}},
    {"id": "e", "kind": "http", "config": {"url": "http://127.0.0.1:9/"}},
    {"id": "f", "kind": "template", "config": {"template": "{% include '/etc/passwd' %}{{ range(10**9) }}"}},
)
WATCH = """
import sys
seen = []
def hook(event, args):
    if event.startswith(("subprocess.", "socket.", "os.system", "os.exec", "os.posix_spawn", "os.fork")):
        seen.append(event)
    elif event == "import" and args[0] in ("antigravity", "this"):
        seen.append(event)
    elif event == "open" and "passwd" in str(args[0]):
        seen.append(event)
sys.addaudithook(hook)
from engine.cli.main import main
main(sys.argv[1:])
print("\\nSEEN", seen)
"""


@pytest.mark.parametrize("command", [["check"], ["check", "--json"], ["export", "--to", "mermaid", "-o", "-"]])
def test_asking_about_a_hostile_graph_opens_nothing(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    servers = {"evil": {"command": "touch", "args": ["/tmp/baton-was-here"]}}
    path = tmp_path / "evil.baton.json"
    data = {"baton": 1, "nodes": HOSTILE, "edges": [], "tool_servers": servers}
    path.write_text(json.dumps(data), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *command, str(path)], env=environment, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "SEEN []", done.stdout + done.stderr
    assert "Traceback" not in done.stderr


BROKEN = """
import sys
from engine.run import control
def bad(*args, **more):
    raise RuntimeError("boom")
control.Scope = bad
from engine.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_bug_in_a_run_is_a_sentence_and_a_file(environment: dict[str, str], quick: Path) -> None:
    command = [sys.executable, "-c", BROKEN, "run", str(quick)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    (log,) = (Path(environment["BATON_HOME"]) / "logs").iterdir()
    assert str(log) in done.stderr and "boom" in log.read_text("utf-8")
