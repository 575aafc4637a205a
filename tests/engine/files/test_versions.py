"""Named versions: none takes the place of another, and each comes back as it was."""

from __future__ import annotations

from pathlib import Path

from engine.files.versions import forget, keep, version, versions_of
from engine.graph.graph import Graph


def test_a_version_never_gets_the_number_of_another(tmp_path: Path) -> None:
    path, graphs = tmp_path / "my.baton.json", {name: Graph(head={"name": name}) for name in ("one", "two", "three")}
    keep(graphs["one"], path, "Same", when=300)
    keep(graphs["two"], path, "Same", "second", when=200)
    forget(version(path, "1"))
    keep(graphs["three"], path, "Other", when=100)
    assert [(each.number, each.name, each.note) for each in versions_of(path)] == [
        (3, "Other", ""), (2, "Same", "second"),
    ]  # fmt: skip
    assert version(path, "Same").graph() == graphs["two"]
    assert version(path, "003").graph() == graphs["three"]
