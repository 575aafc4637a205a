"""A run that came up against a budget says which, and goes on the way it says."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.files import save_graph
from engine.testing import build


@pytest.mark.parametrize(
    ("settings", "node", "whose"), [({"budget_tokens": 60}, {}, "the run, 60 tokens"),
                                    ({}, {"budget_tokens": 70}, "the node “a”, 70 tokens")]
)  # fmt: skip
def test_what_is_said_at_a_budget_goes_on(
    settings: dict[str, int], node: dict[str, int], whose: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = build({"a": ("agent", {"prompt": "Say a word.", "max_tokens": 99, **node}), "end": "output"},
                  "a.text -> end.value", settings=settings)  # fmt: skip
    file = tmp_path / "g.baton.json"
    save_graph(graph, file)
    assert main(["run", str(file), "--rehearse", "--plain"]) == 3
    said = " ".join(capsys.readouterr().err.split())
    assert f"The budget of {whose}, has no room for the next call" in said
    command = said.partition("baton ")[2].rstrip(".").replace("FILE", str(file))
    assert main([*shlex.split(command), "--plain"]) == 0
