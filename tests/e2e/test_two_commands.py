"""The promise of the README: a clone and `make run`, with nothing but Python, pip, git and make, end in a result."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PNG = b"\x89PNG\r\n\x1a\n"


def cache_of(*command: str) -> str:
    """The folder where a package tool of this environment keeps downloads, so that the clone need not fetch again."""
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of HEAD in an empty folder; skips where one cannot be made or nothing can be installed into it."""
    for tool in ("git", "make"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    if not (ROOT / ".git").exists():
        pytest.skip("this tree is not a git repository, so there is nothing to clone")
    probe, patience = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"], ["--retries=1", "--timeout=30"]
    folder = tmp_path_factory.mktemp("fresh")
    command = [*probe, *patience, "--dest", str(folder / "probe"), "iniconfig"]
    reached = subprocess.run(command, capture_output=True, check=False)
    if reached.returncode:
        pytest.skip("offline: pip reaches no package index")
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "baton")], check=True)
    return folder / "baton"


def make(clone: Path, target: str) -> subprocess.CompletedProcess[str]:
    """Runs `make TARGET` in the clone with an empty environment but for the package caches."""
    home = clone.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {
        "HOME": str(home),
        "PATH": f"/usr/local/bin:/usr/bin:/bin:{sys.base_prefix}/bin",
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or cache_of("uv", "cache", "dir") or str(home / "uv"),
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR") or cache_of("pip", "cache", "dir") or str(home / "pip"),
    }
    return subprocess.run(
        ["make", target],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_make_run_without_a_display_runs_the_sample_and_draws_it(clone: Path) -> None:
    first = make(clone, "run")
    assert first.returncode == 0, first.stdout + first.stderr
    picture = clone / "out" / "research_draft_review.png"
    assert picture.read_bytes().startswith(PNG)
    assert str(picture) in first.stdout

    picture.unlink()
    again = make(clone, "run")
    assert again.returncode == 0, again.stdout + again.stderr
    assert picture.exists()
    assert "[setup]" not in again.stdout  # the second time there is nothing to set up


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_make_test_has_all_it_needs_after_its_own_set_up(clone: Path) -> None:
    ready = make(clone, "setup-dev")
    assert ready.returncode == 0, ready.stdout + ready.stderr
    # Collecting imports every test module, and so all that the suite needs, without running it inside itself.
    collected = subprocess.run(
        [".ci/tests", "--collect-only", "-n", "0"], cwd=clone, capture_output=True, text=True, timeout=300, check=False
    )
    assert collected.returncode == 0, collected.stdout + collected.stderr
    assert "test_two_commands.py" in collected.stdout
