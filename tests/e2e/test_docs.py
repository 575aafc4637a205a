"""The pages of docs/: built without a warning, a reference that is not stale, and programs in them that run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
# What waits for a caller, needs a network or an earlier run is tested elsewhere: here each line runs by itself.
RUN = ("run", "check", "estimate", "batch", "kinds", "schema", "doctor", "models", "version")


def lines() -> list[str]:
    """Each command of README and docs that says which saved graph it takes, without its comment."""
    told = "\n".join(page.read_text("utf-8") for page in (ROOT / "README.md", *DOCS))
    shown = "\n".join(re.findall(r"^```sh\n(.*?)^```", told, re.DOTALL | re.MULTILINE))
    found = (line.split("  #")[0].strip() for line in shown.splitlines() if line.startswith("baton "))
    return sorted({line for line in found if re.match(rf"baton ({'|'.join(RUN)})( saved_graphs/|$)", line)})


def ran(command: list[str], place: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    env = {**environment, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, timeout=110, check=False)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the saved graphs in it, as in a checkout, where commands may write."""
    found = tmp_path / "checkout"
    shutil.copytree(ROOT / "saved_graphs", found / "saved_graphs")
    return found


def test_the_reference_is_as_the_code_says(environment: dict[str, str]) -> None:
    done = ran([sys.executable, ".ci/reference.py", "--check"], ROOT, environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("line", lines())
def test_commands_that_are_told_work(line: str, place: Path, environment: dict[str, str]) -> None:
    code = "import sys; from engine.cli.main import main; sys.exit(main())"
    _, *words = shlex.split(line)
    waits = "two_vendors" in line  # the other vendor is not there
    if words[0] == "run" and "--rehearse" not in words and not waits:
        words.append("--rehearse")  # no key is there; the words of the page are taken as they are
    done = ran([sys.executable, "-c", code, *words], place, environment)
    allowed = {"doctor": (0, 1)}.get(words[0], (1,) if waits else (0,))  # a machine may lack what doctor looks for
    assert done.returncode in allowed, done.stderr + done.stdout


@pytest.mark.slow
def test_the_program_in_python_runs(place: Path, environment: dict[str, str]) -> None:
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    program = next(iter(re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)))
    done = ran([sys.executable, "-c", program], place, environment)
    assert done.returncode == 0, done.stderr
    assert "node.ok report" in done.stdout
    assert "completed" in done.stdout
    assert (place / "copy.baton.json").is_file()
    assert "flowchart" in (place / "copy.mmd").read_text("utf-8")


@pytest.mark.slow
def test_the_kind_that_is_told_is_a_kind(environment: dict[str, str], tmp_path: Path) -> None:
    page = (ROOT / "docs" / "extending.md").read_text("utf-8")
    kind, provider = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "shout.py").write_text(kind)
    (tmp_path / "acme.py").write_text(provider)
    offer = tmp_path / "shout-1.dist-info"
    offer.mkdir()
    (offer / "METADATA").write_text("Metadata-Version: 2.1\nName: shout\nVersion: 1\n")
    (offer / "entry_points.txt").write_text(
        "[baton.kinds]\nshout = shout:KIND\n[baton.providers]\nacme = acme:PROVIDER\n"
    )
    (tmp_path / "loud.baton.json").write_text(
        '{"baton": 1, "nodes": [{"id": "word", "kind": "input"}, {"id": "loud", "kind": "shout", "config": '
        '{"marks": 2}}, {"id": "out", "kind": "output"}], "edges": [{"from": "word.value", "to": "loud.text"}, '
        '{"from": "loud.text", "to": "out.value"}]}'
    )
    code = (
        f"import sys; sys.path[:0] = {[str(tmp_path), str(ROOT)]!r}; from engine.cli.main import main; sys.exit(main())"
    )
    done = ran(
        [sys.executable, "-c", code, "run", "loud.baton.json", "-i", "word=hello", "--json"], tmp_path, environment
    )
    assert "HELLO!!" in done.stdout, done.stderr
    listed = ran([sys.executable, "-c", code, "models"], tmp_path, environment)
    assert "ACME_API_KEY" in listed.stdout, listed.stdout + listed.stderr


@pytest.mark.slow
def test_the_pages_are_built_without_a_warning(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "--quiet", "--builder", "html", "docs"]
    done = ran([*command, "--doctree-dir", str(tmp_path / "trees"), str(tmp_path / "site")], ROOT, environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "reference" / "kinds.html").is_file()
