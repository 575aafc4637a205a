"""`baton batch`, killed and gone on with: the rows in flight go on in their own runs, and nothing is paid for twice."""

from __future__ import annotations

import csv
import json
import random
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.run.journal import Journal
from tests.torture.story import SESSIONS, Bench, Kill
from tests.torture.work import chain

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are held and found as on Linux"),
]
ROWS = [f"row {letter}" for letter in "abcdef"]


class Table:
    """A batch in a home of its own, started again and again."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self._bench, self.folder = bench, folder
        (folder / "home").mkdir(parents=True)
        (folder / "home" / "settings.json").write_text('{"local_discovery": false}', "utf-8")
        (folder / "g.baton.json").write_text(json.dumps(chain()), "utf-8")
        (folder / "d.csv").write_text("\n".join(["task", *ROWS, ""]), "utf-8")
        self.sessions = 0

    def go_on(self, kill: Kill) -> dict[str, Any]:
        """One session; what it asked the models must not have been answered before."""
        again = ["--resume"] if (self.folder / "d.results.csv").exists() else []
        answered = self.answered()
        ended = self._bench.session({
            "args": ["batch", str(self.folder / "g.baton.json"), str(self.folder / "d.csv"), "--concurrency", "3",
                     *again],
            "folder": str(self.folder), "point": kill.point, "after_s": kill.after_s, "file_bytes": 0,
            "env": {
                "BATON_HOME": str(self.folder / "home"), "OPENAI_COMPATIBLE_API_KEY": "k",
                "OPENAI_COMPATIBLE_BASE_URL": f"http://127.0.0.1:{self._bench.server.port}/v1",
            },
        })  # fmt: skip
        self.sessions += 1
        assert self.sessions < SESSIONS, (self.folder / "err").read_text("utf-8")
        for prompt, count in self._bench.server.rest().items():
            assert count == 1 and not answered[prompt], f"paid twice: {prompt}"
        return ended

    def answered(self) -> Counter[str]:
        """Prompts whose answers are stored, in any run."""
        runs, copy = self.folder / "home" / "runs", self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for part in runs.glob("journal.sqlite*"):
            shutil.copy(part, copy)
        found: Counter[str] = Counter()
        for run in Journal(copy).runs():
            asked = ""
            for event in Journal(copy).events(run.id):
                if event.kind == "model.request":
                    asked = event.data["messages"][-1]["text"]
                elif event.kind == "model.response":
                    found[asked] += 1
        return found

    def rows(self) -> list[dict[str, str]]:
        with (self.folder / "d.results.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def assert_gone_on(table: Table, kills: list[Kill]) -> None:
    """Each session is killed as said; then the last one comes to the end."""
    for kill in kills:
        if not table.go_on(kill)["status"]:
            break
    assert table.go_on(Kill())["status"] == 0, (table.folder / "err").read_text("utf-8")
    rows = table.rows()
    assert [(row["row"], row["task"], row["status"]) for row in rows] == [
        (str(number), text, "completed") for number, text in enumerate(ROWS, 1)
    ]
    assert all(row["end"] for row in rows) and len({row["run"] for row in rows}) == len(ROWS)
    assert table.answered().total() == 2 * len(ROWS), "each prompt was answered once"


@pytest.mark.parametrize("point", [12, 40, 75])
def test_a_batch_killed_beside_a_write_pays_for_no_row_twice(bench: Bench, tmp_path: Path, point: int) -> None:
    assert_gone_on(Table(bench, tmp_path / "t"), [Kill(point), Kill(point // 2), Kill(point)])


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_killed_at_any_moment_pays_for_no_row_twice(bench: Bench, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    kills = [Kill(point=chance.randint(1, 120)) if chance.random() < 0.5 else Kill(after_s=chance.uniform(0.02, 0.5))
             for _ in range(8)]  # fmt: skip
    assert_gone_on(Table(bench, tmp_path / "t"), kills)


def test_a_table_whose_last_line_was_cut_off_is_gone_on_with(bench: Bench, tmp_path: Path) -> None:
    table = Table(bench, tmp_path / "t")
    table.go_on(Kill(40))
    place = table.folder / "d.results.csv"
    place.write_bytes(place.read_bytes() + b'4,running,"1m8')
    assert_gone_on(table, [])
