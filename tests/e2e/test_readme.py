"""What the README and docs/ say stands: links lead somewhere, graphs and commands exist, none is left out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = ("dist", "build", "site", "out")
# What stands in a hidden folder was installed there and is not ours.
FOLDERS = sorted(
    page
    for page in ROOT.glob("[a-z]*/**/README.md")
    if "/." not in page.as_posix() and page.relative_to(ROOT).parts[0] not in BUILT
)
DOCS = sorted((ROOT / "docs").glob("**/*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *FOLDERS, *DOCS]
TOLD = "\n".join(page.read_text("utf-8") for page in (ROOT / "README.md", *DOCS))


def blocks(language: str) -> list[str]:
    """The code blocks of a language in README and docs."""
    return re.findall(rf"^```{language}\n(.*?)^```", TOLD, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    text = page.read_text("utf-8")
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


def test_every_page_is_in_the_contents() -> None:
    listed = set(re.findall(r"^([a-z_]+(?:/[a-z_]+)?)$", (ROOT / "docs" / "index.md").read_text("utf-8"), re.MULTILINE))
    assert listed == {page.relative_to(ROOT / "docs").with_suffix("").as_posix() for page in DOCS} - {"index"}


def test_every_picture_is_shown() -> None:
    images = ROOT / "docs" / "images"
    shown = set(re.findall(r"images/([a-z_/-]+\.png)", TOLD))
    assert shown == {path.relative_to(images).as_posix() for path in images.glob("**/*.png")}


def test_every_saved_graph_is_described_and_no_other() -> None:
    there = {path.name for path in (ROOT / "saved_graphs").glob("*.baton.json")}
    table = (ROOT / "docs" / "graphs.md").read_text("utf-8")
    assert set(re.findall(r"\(\.\./saved_graphs/([a-z0-9_]+\.baton\.json)\)", table)) == there
    assert set(re.findall(r"saved_graphs/([a-z0-9_]+\.baton\.json)", TOLD)) == there


def test_every_command_that_is_told_is_one() -> None:
    told = set(re.findall(r"^baton ([a-z]+)\b", "\n".join(blocks("sh")), re.MULTILINE))
    code = "import sys; from engine.cli.main import main; sys.argv = ['baton', '--help']; main()"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout
    commands = set(re.findall(r"^  ([a-z]+) ", shown.partition("Commands:")[2], re.MULTILINE)) - {"baton"}
    assert told
    assert told <= commands
    assert commands - told <= {"version"}, "a command that no page shows"
    assert [name for name in sorted(told) if not (ROOT / "engine" / "cli" / f"{name}.py").exists()] == []


def test_the_graph_that_is_told_has_no_problems() -> None:
    from engine.files.open import loads
    from engine.kinds.registry import Kinds
    from engine.plan.check import check

    example = next(block for block in blocks("json") if '"baton"' in block)
    assert json.loads(example)["baton"] == 1
    found = check(loads(example), Kinds.load())
    assert [problem for problem in found if problem.severity == "error"] == []


def test_the_ports_that_are_told_are_those_of_the_kinds() -> None:
    """In the table of docs/graph_file.md: every port of a fresh node, and no kind left out."""
    from engine.cli.kinds import described
    from engine.kinds.registry import Kinds

    page = (ROOT / "docs" / "graph_file.md").read_text("utf-8")
    rows = {row[0]: row[1] for row in re.findall(r"^\| `([a-z_]+)` \|[^|]*\|([^|]*)\|", page, re.MULTILINE)}
    data_driven = {"draft", "yes"}  # ports that come from the config of a fresh node
    for kind in map(described, Kinds.load()):
        wanted = {port["name"] for port in kind["gives"]} - data_driven
        assert wanted <= set(re.findall(r"`([a-z_]+)`", rows[kind["name"]])), kind["name"]


def test_files_named_by_the_folder_pages_are_there() -> None:
    """A page that names `x.py` or `folder/` without a path means one in its own folder."""
    lost = []
    for page in FOLDERS:
        for name in re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:\.py|/))`", page.read_text("utf-8")):
            if not (page.parent / name).exists() and not (ROOT / name).exists():
                lost.append(f"{page.parent.relative_to(ROOT)}: {name}")
    assert lost == []
