"""Kind `code`: a process of its own, with limits, its failures in its own words, and nothing left behind (T12, S10)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import NodeError
from engine.kinds.contract import Port
from engine.kinds.registry import Kinds
from engine.kinds.sandbox import child
from engine.kinds.sandbox.process import PRINTED_CHARS, Limits, execute
from engine.kinds.sandbox.source import parameters
from engine.plan.capabilities import capabilities
from engine.run.control import Run, RunOptions
from engine.run.services import Services
from engine.testing import Played, build
from tests.engine.kinds.conftest import Trusted

HARD = sys.platform == "linux"


async def ran(source: str, timeout_s: float = 20, **given: Any) -> Any:
    return await execute(source, given, Limits(timeout_s, 256))


async def failure(source: str, timeout_s: float = 20, **given: Any) -> NodeError:
    with pytest.raises(NodeError) as failed:
        await ran(source, timeout_s, **given)
    return failed.value


async def coded(trusted: Trusted, value: Any = None, **config: Any) -> Played:
    graph = build(
        {"i": ("input", {"type": "json"}), "c": ("code", {"retry": {"attempts": 1}, **config}), "o": "output"},
        "i.value -> c.value", "c.value -> o.value",
    )  # fmt: skip
    return await trusted(graph, {"i": value})


def alive(mark: str) -> list[str]:
    """The numbers of the processes whose command line holds a mark; that of a stranger may be no text at all."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            state = (folder / "stat").read_bytes().rpartition(b")")[2].split()[0]
        except OSError:
            continue
        if mark.encode() in command and state != b"Z":
            found.append(folder.name)
    return found


async def gone(mark: str) -> None:
    """Waits until no process with a mark is left: the system needs a moment after a kill."""
    async with asyncio.timeout(60):
        while alive(mark):
            await asyncio.sleep(0.02)  # nothing tells of the end of a process that is not our child


async def test_a_function_gives_its_result_and_what_it_printed(trusted: Trusted) -> None:
    played = await coded(trusted, [3, 1], source="def run(value):\n    print('sorting')\n    return sorted(value)")
    assert played.result.outputs["o"] == [1, 3]
    assert [event.data["note"] for event in played.of("node.progress")] == ["sorting\n"]


def test_parameters_are_ports_and_defaults_make_them_optional() -> None:
    kind = Kinds.load().get("code")
    assert kind is not None
    ports = kind.ports(
        kind.Config.model_validate({"source": "def run(a, b=1, *, c, d=None): ...", "outputs": ["x", "y"]})
    )
    assert ports.inputs == (Port("a"), Port("b", required=False), Port("c"), Port("d", required=False))
    assert [port.name for port in ports.outputs] == ["x", "y", "error"]


async def test_an_optional_parameter_keeps_its_default_and_outputs_may_be_left_out(trusted: Trusted) -> None:
    source = "def run(a, b='none'):\n    return {'x': [a, b]}"
    graph = build(
        {"i": "input", "c": ("code", {"source": source, "outputs": ["x", "y"]}), "o": "output", "p": "output"},
        "i.value -> c.a", "c.x -> o.value", "c.y -> p.value",
    )  # fmt: skip
    assert (await trusted(graph, {"i": "A"})).result.outputs == {"o": ["A", "none"]}


@pytest.mark.parametrize(("result", "said"), [("[1]", "not list"), ("{'z': 1}", "“z”, which is not among")])
async def test_declared_outputs_are_held_to(trusted: Trusted, result: str, said: str) -> None:
    graph = build(
        {"c": ("code", {"source": f"def run(): return {result}", "outputs": ["x"]}), "o": "output"}, "c.x -> o.value"
    )
    error = (await trusted(graph)).result.nodes["c"]["error"]
    assert (error["class"], said in error["message"]) == ("type", True)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def run(value):\n\n    return value.nothing", "in line 3: AttributeError"),
        ("import json\nx = json.loads('{')\ndef run(value): pass", "in line 2: JSONDecodeError"),
        ("def run(value):\n    raise SystemExit(4)", "in line 2: SystemExit: 4"),
        ("import numpy_is_not_there\ndef run(value): pass", "No module named"),
        ("def run(value): return float('nan')", "not finite"),
        ("def run(value): return {1, 2}", "no JSON value"),
        ("def run(value): return 2**64", "64 bits"),
        ("def run(value):\n    a = []\n    a.append(a)\n    return a", "contains itself"),
        ("def run(value):\n    a = []\n    for _ in range(300): a = [a]\n    return a", "nested"),
        ("def run(value):\n    a = []\n    for _ in range(100_000): a = [a]\n    return a", "nested"),
        ("def run(value): return 'x' * 20_000_000", "larger than"),
        ("import os\ndef run(value): os._exit(3)", "with code 3"),
        ("def run(value):\n  def f(): return f()\n  return f()", "RecursionError"),
    ],
)
async def test_what_goes_wrong_is_said_in_the_words_of_the_source(source: str, said: str) -> None:
    error = await failure(source, value=None)
    assert said in error.message
    assert error.error_class == "tool"
    assert "sandbox" not in str(error)


@pytest.mark.skipif(not HARD, reason="limits of memory hold on Linux")
async def test_too_much_memory_and_a_crash_end_the_code_only() -> None:
    assert "more than 256 MB" in (await failure("def run(v): return len(bytearray(10**9))", v=1)).message
    crash = await failure("import os, signal\ndef run(v): os.kill(os.getpid(), signal.SIGSEGV)", v=1)
    assert "SIGSEGV" in crash.message


async def test_endless_code_runs_into_its_time_limit() -> None:
    for body in ("while True: pass", "import time; time.sleep(1000)"):
        error = await failure(f"def run(v):\n    {body}", timeout_s=0.5, v=1)
        assert error.error_class == "timeout"


async def test_nothing_of_the_users_environment_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-4711")
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    source = "import os, sys\ndef run():\n    return [dict(os.environ), sys.path, os.getcwd(), sys.stdin.read()]"
    environment, path, folder, given = (await ran(source)).value
    assert set(environment) == {"PATH", "HOME", "TMPDIR", "LANG"}
    assert not any("site-packages" in part or part == str(Path.cwd()) for part in path)
    assert given == ""
    assert not Path(folder).exists()
    assert "No module named 'engine'" in (await failure("import engine\ndef run(): pass")).message


@pytest.mark.skipif(not HARD, reason="no user namespaces")
async def test_the_environment_and_the_memory_of_the_program_are_out_of_reach() -> None:
    leave = f"import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({child.CLONE_NEWUSER}) != 0)"
    if subprocess.run([sys.executable, "-c", leave], check=False).returncode:
        pytest.skip("user namespaces are not allowed here")
    source = """
import os
def run(program):
    found = {"owner": [os.getuid(), os.stat(".").st_uid]}
    for name in ("environ", "mem", "cwd/x"):
        try:
            open(f"/proc/{program}/{name}", "rb").close()
        except OSError as error:
            found[name] = type(error).__name__
    return found
"""
    refused = "PermissionError"
    assert (await ran(source, program=os.getpid())).value == {
        "owner": [os.getuid(), os.getuid()], "environ": refused, "mem": refused, "cwd/x": refused,
    }  # fmt: skip


async def test_what_is_printed_is_bounded() -> None:
    done = await ran("def run():\n    print('x' * 10_000_000)\n    import sys; sys.stderr.write('late')")
    assert (len(done.printed), done.dropped) == (PRINTED_CHARS, 10_000_005 - PRINTED_CHARS)


async def test_odd_text_survives_both_ways() -> None:
    text = "ä\u2028\0\U0001f600\x1b"
    assert (await ran("def run(v): return [v, '\\ud83d', '\\u2029']", v=text)).value == [text, "\ufffd", "\u2029"]


@pytest.mark.slow
async def test_many_run_side_by_side() -> None:
    done = await asyncio.gather(*(ran("def run(v): return v * 2", timeout_s=60, v=n) for n in range(50)))
    assert [each.value for each in done] == [n * 2 for n in range(50)]


CHILDREN = """
import subprocess, sys, time
def run(mark, wait):
    sleep = [sys.executable, "-c", "import time; time.sleep(600)", mark]
    subprocess.Popen(sleep)
    subprocess.Popen(sleep, start_new_session=True, stdin=subprocess.PIPE)
    if wait:
        time.sleep(600)
    return 1
"""


@pytest.mark.slow
@pytest.mark.skipif(not HARD, reason="what has left the group is found on Linux")
async def test_no_process_is_left_after_the_end(tmp_path: Path) -> None:
    mark = f"baton-test-{tmp_path.name}-{os.getpid()}"
    assert (await ran(CHILDREN, mark=mark, wait=False)).value == 1
    await gone(mark)
    assert (await failure(CHILDREN, timeout_s=2, mark=mark, wait=True)).error_class == "timeout"
    await gone(mark)


@pytest.mark.skipif(not HARD, reason="what has left the group is found on Linux")
async def test_no_process_is_left_after_a_cancel(tmp_path: Path) -> None:
    mark = f"baton-test-{tmp_path.name}-{os.getpid()}"
    task = asyncio.create_task(ran(CHILDREN, mark=mark, wait=True))
    while len(alive(mark)) < 2:
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(mark)


async def test_no_folder_is_left_when_it_is_cancelled_while_that_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    task = asyncio.create_task(ran("def run(value): pass", value="x" * 30_000_000))
    async with asyncio.timeout(60):
        while not list(tmp_path.iterdir()):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while list(tmp_path.iterdir()):
            await asyncio.sleep(0.01)


OUTER = """
import asyncio, sys
from engine.kinds.sandbox.process import Limits, execute
asyncio.run(execute(open(sys.argv[1]).read(), {"mark": sys.argv[2], "wait": True}, Limits(600, 256)))
"""


@pytest.mark.skipif(not HARD, reason="what has left the group is found on Linux")
async def test_no_process_is_left_when_the_program_is_killed(tmp_path: Path) -> None:
    mark = f"baton-test-{tmp_path.name}-{os.getpid()}"
    (tmp_path / "source.txt").write_text(CHILDREN)
    command = [sys.executable, "-c", OUTER, str(tmp_path / "source.txt"), mark]
    (tmp_path / "tmp").mkdir()
    program = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")})
    try:
        async with asyncio.timeout(60):
            while len(alive(mark)) < 3:  # the program itself names the mark too
                await asyncio.sleep(0.02)
    finally:
        program.kill()
        program.wait()
    await gone(mark)
    async with asyncio.timeout(60):
        while list((tmp_path / "tmp").iterdir()):  # the watcher does not name the mark, and takes the folder away last
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def run(value)\n    pass", "no Python"), ("x = 1\ndef other(): pass", "no function “run”"),
        ("def run(*values): pass", "named parameters only"),
        ("def run(a, /): pass", "named parameters only"), ("def run(**more): pass", "named parameters only"),
        ("a\0b", "Python"), ("(" * 5000, "Python"), ("-" * 200_000 + "1", "Python"), ("#" * 300_000, "longer than"),
    ],
)  # fmt: skip
def test_a_wrong_source_is_said_without_running_it(source: str, said: str) -> None:
    kind = Kinds.load().get("code")
    assert kind is not None
    found = list(kind.check(kind.Config.model_validate({"source": source})))
    assert [finding.code for finding in found] == ["bad_source"]
    assert said in found[0].message


def test_a_syntax_error_names_its_line() -> None:
    with pytest.raises(NodeError, match=r"\(line 3\)"):
        parameters("def run():\n    pass\n  x = 1\n")


@pytest.mark.parametrize("outputs", [["a", "a"], ["error"], ["not a name"], [""]])
def test_outputs_are_names(outputs: list[str]) -> None:
    kind = Kinds.load().get("code")
    assert kind is not None
    assert [finding.code for finding in kind.check(kind.Config.model_validate({"outputs": outputs}))] == ["bad_outputs"]


@pytest.mark.skipif(not HARD, reason="what has left the group is found on Linux")
async def test_a_stopped_run_leaves_no_process(services: Services, place: Path) -> None:
    mark = f"baton-test-{place.parent.name}-{os.getpid()}"
    graph = build(
        {"i": ("input", {"default": mark}), "c": ("code", {"source": CHILDREN.replace("wait)", "wait=True)")}),
         "o": "output"},
        "i.value -> c.mark", "c.value -> o.value",
    )  # fmt: skip
    services.trust.trust(capabilities(graph, services.kinds, place), 0.0)
    run = Run(graph, None, RunOptions(journal=False), folder=place, services=services)
    work = asyncio.create_task(run.execute())
    while len(alive(mark)) < 2:
        await asyncio.sleep(0.02)
    run.stop()
    assert (await work).status == "cancelled"
    await gone(mark)
