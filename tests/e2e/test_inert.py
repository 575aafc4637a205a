"""Opening is inert (trust.md T1): hostile graphs are looked at in every way, and nothing that they name happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HOSTILE = Path(__file__).parents[1] / "golden" / "hostile"
NAMES = sorted(path.name for path in HOSTILE.glob("*.baton.json"))

LOOK = '''
import contextlib, io, sys
from pathlib import Path

SPAWNS = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "pty.")
BUILDS = ("pickle.", "ctypes.", "urllib.", "http.", "webbrowser.", "shelve.", "ftplib.", "smtplib.")
NAMED = ("/etc/passwd", "id_rsa", "pixel.png", "a.css", "baton_planted", "host/share", "baton-was-here")
seen = []
watching = False

def hook(event, args):
    """Notes what a graph could have caused; arguments are looked at only where a file may name them."""
    if not watching:
        return
    if event.startswith(("socket.", *SPAWNS, *BUILDS)):
        seen.append((event, repr(args)[:200]))
    elif event in ("open", "import", "os.listdir", "os.scandir") and any(word in str(args[0]) for word in NAMED):
        seen.append((event, str(args[0])[:200]))

sys.addaudithook(hook)
from engine.cli.main import main  # what the program itself loads at its start comes before the watch

def look(*args):
    """One command on the file, its words kept away; it may refuse, but not break."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(list(args))
    if code not in (0, 1, 2) or "bug of its own" in said.getvalue():
        seen.append(("broke", args[0], code, said.getvalue()[-500:]))

def library(path):
    """Loads, compares, changes, takes back, saves and reads again, as the studio does."""
    from engine.files.format import dumps
    from engine.files.open import loads, open_graph
    from engine.files.beside import Beside
    from engine.graph.compare import compare
    from engine.kinds.registry import Kinds
    from engine.plan.capabilities import capabilities
    from engine.plan.trust import listed
    graph = open_graph(path)
    assert loads(dumps(graph)) == graph
    compare(graph, graph)
    folder = Path(path).parent
    list(listed(capabilities(graph, Kinds.load().reading(Beside(folder)), folder)))

out, forms, paths = Path(sys.argv[1]), sys.argv[2].split(), sys.argv[3:]
if "png" in forms:
    import PySide6.QtWidgets  # loads libraries by ctypes where the system wants it
watching = True
for path in paths:
    library(path)
    look("check", path)
    look("check", path, "--json")
    look("estimate", path)
    look("open", path, "--look")
    look("diff", path, path)
    look("merge", path, path, path, "-o", str(out / "merged.baton.json"))
    look("import", path, "-o", str(out / "imported.baton.json"), "--force")
    for form in forms:
        look("export", path, "--to", form, "-o", str(out / ("picture." + form)))
watching = False
for line in seen:
    print("SEEN", line)
print("DRAWN", sorted(each.suffix for each in out.iterdir()))
'''
PLANTED = "import pathlib\npathlib.Path('baton-was-here').touch()\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The corpus in a folder with traps: a module that leaves a mark, and a link out of the folder."""
    place = tmp_path / "graphs"
    shutil.copytree(HOSTILE, place)
    (place / "baton_planted.py").write_text(PLANTED, "utf-8")
    (place / "planted_link.baton.json").symlink_to("/etc/passwd")
    (tmp_path / "home").mkdir()
    (tmp_path / "out").mkdir()
    return place


def _looking(folder: Path, names: list[str], forms: str) -> tuple[list[str], dict[str, str]]:
    """The command that looks at graphs, and an environment in which a named module could be imported."""
    command = [sys.executable, "-c", LOOK, str(folder.parent / "out"), forms, *(str(folder / n) for n in names)]
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return command, {**kept, "BATON_HOME": str(folder.parent / "home"), "PYTHONPATH": str(folder),
                     "QT_QPA_PLATFORM": "offscreen"}  # fmt: skip


def _forms() -> str:
    plain = "json bundle mermaid html markdown python langgraph agentspec"
    return f"{plain} png svg" if find_spec("PySide6") else plain


def test_the_corpus_is_there() -> None:
    assert {name.partition(".")[0] for name in NAMES} >= {
        "addresses", "code", "outside", "pickles", "shells", "subgraphs", "templates", "tool_servers",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_looking_at_a_hostile_graph_causes_nothing(name: str, folder: Path) -> None:
    command, environment = _looking(folder, [name], _forms())
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "SEEN" not in done.stdout
    assert all(f"'.{form}'" in done.stdout for form in _forms().split()), done.stdout + done.stderr
    assert not list(folder.parent.rglob("baton-was-here"))


def test_the_watch_would_notice(folder: Path) -> None:
    command, environment = _looking(folder, NAMES[:1], "json")
    bait = "import socket, subprocess; socket.socket().close(); subprocess.run(['true']); import baton_planted"
    command[2] = LOOK.replace("library(path)\n", f"{bait}\n", 1)
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)
    for event in ("socket.__new__", "subprocess.Popen", "'import', 'baton_planted'"):
        assert event in done.stdout
    assert (folder / "baton-was-here").exists()


def _traced(command: list[str], environment: dict[str, str], folder: Path) -> str:
    """The system calls of a command that start programs or reach other machines."""
    log = folder.parent / "calls"
    calls = "trace=execve,execveat,connect,bind,sendto,fork,vfork"
    done = subprocess.run(
        ["strace", "-f", "-qq", "--seccomp-bpf", "-e", calls, "-o", str(log), *command],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    if done.returncode != 0 and "ptrace" in done.stderr:
        pytest.skip("this system does not let processes be traced")
    assert done.returncode == 0, done.stderr
    return log.read_text("utf-8", "replace")


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_system_sees_no_call_either(folder: Path) -> None:
    command, environment = _looking(folder, NAMES, _forms())
    lines = _traced(command, environment, folder).splitlines()
    programs = [line for line in lines if "exec" in line]
    assert len(programs) == 1 and sys.executable in programs[0], programs
    assert not [line for line in lines if "exec" not in line and "AF_UNIX" not in line and "exited" not in line]
