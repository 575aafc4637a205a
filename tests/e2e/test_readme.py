"""What the README says stands: its links lead somewhere, its graphs and commands exist, none is left out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What stands in a hidden folder was installed there and is not ours.
FOLDERS = sorted(page for page in ROOT.glob("[a-z]*/**/README.md") if "/." not in page.as_posix())
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *FOLDERS]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    text = page.read_text("utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


def test_every_saved_graph_is_described_and_no_other() -> None:
    there = {path.name for path in (ROOT / "saved_graphs").glob("*.baton.json")}
    told = set(re.findall(r"\(saved_graphs/([a-z0-9_]+\.baton\.json)\)", README))
    assert told == there


def test_every_command_of_the_readme_is_one() -> None:
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    told = set(re.findall(r"^baton ([a-z]+)\b", blocks, re.MULTILINE))
    code = "import sys; from engine.cli.main import main; sys.argv = ['baton', '--help']; main()"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout
    assert told
    assert told <= set(re.findall(r"^  ([a-z]+) ", shown, re.MULTILINE))
    assert [name for name in sorted(told) if not (ROOT / "engine" / "cli" / f"{name}.py").exists()] == []


def test_the_graph_in_the_readme_has_no_problems() -> None:
    from engine.files.open import loads
    from engine.kinds.registry import Kinds
    from engine.plan.check import check

    example = next(block for block in re.findall(r"```json\n(.*?)```", README, re.DOTALL) if '"baton"' in block)
    assert json.loads(example)["baton"] == 1
    found = check(loads(example), Kinds.load())
    assert [problem for problem in found if problem.severity == "error"] == []


def test_files_named_by_the_folder_pages_are_there() -> None:
    """A page that names `x.py` or `folder/` without a path means one in its own folder."""
    lost = []
    for page in FOLDERS:
        for name in re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:\.py|/))`", page.read_text("utf-8")):
            if not (page.parent / name).exists() and not (ROOT / name).exists():
                lost.append(f"{page.parent.relative_to(ROOT)}: {name}")
    assert lost == []
