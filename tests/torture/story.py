"""One run, killed and gone on with until it ends, held against the same run that nobody killed (semantics.md S11)."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.surroundings import running
from tests.torture.server import POST, Server
from tests.torture.stored import Stored
from tests.torture.work import lay_out

ROOT: Final = Path(__file__).resolve().parents[2]
COMPLETED, PAUSED = 0, 3
SESSIONS: Final = 40
"""More sessions than any story needs: a run that goes on so long does not get anywhere."""


@dataclass(frozen=True, slots=True)
class Kill:
    """When a session is killed: at a numbered moment beside a write, else after some seconds.

    With `file_bytes` it is not killed: its disk is full once a file has so many bytes.
    """

    point: int = 0
    after_s: float = 60.0
    file_bytes: int = 0


@dataclass(slots=True)
class Tally:
    """What was counted over stories.

    Attributes:
        in_flight: calls that were answered, or not, when their process died.
        asked_about: sessions that ended with a question about a write.
        full: sessions whose disk was full.
    """

    stories: int = 0
    sessions: int = 0
    kills: int = 0
    in_flight: int = 0
    asked_about: int = 0
    full: int = 0
    unlike: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.stories += other.stories
        self.sessions += other.sessions
        self.kills += other.kills
        self.in_flight += other.in_flight
        self.asked_about += other.asked_about
        self.unlike += other.unlike

    def told(self) -> str:
        """The numbers, for people."""
        counted = f"{self.kills} kills in {self.stories} runs, {self.sessions} sessions"
        if self.unlike:
            return f"{counted}: {len(self.unlike)} runs were not as they must be"
        return (
            f"{counted}: 0 finished results lost, 0 paid twice, 0 journals damaged, 0 other outputs; "
            f"{self.in_flight} calls were in flight, writes were asked about {self.asked_about} times"
        )


class Bench:
    """A counting server and a process that starts sessions; stories are told on it one after the other.

    Attributes:
        wanted: the outputs of a run that nobody killed.
        points: the moments beside writes that it passed by; `seconds` what it took.
    """

    def __init__(self, folder: Path, server: Server, starter: subprocess.Popen[str]) -> None:
        self.folder, self.server, self._starter = folder, server, starter
        self.session(Story(self, folder / "first").asked(Kill()))
        server.rest()
        whole = Story(self, folder / "whole")
        whole.go_on(Kill())
        self.wanted, self.seconds = whole.stored.outputs(), whole.seconds
        self.points = int((whole.folder / "points").read_text("utf-8"))

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[Bench]:
        """Starts both, and learns what an uncut run gives."""
        command = [sys.executable, "-m", "tests.torture.sessions"]
        pipe = subprocess.PIPE
        with Server() as server, running(command, cwd=ROOT, stdin=pipe, stdout=pipe) as starter:
            try:
                yield cls(folder, server, starter)
            finally:
                assert starter.stdin is not None
                starter.stdin.close()
                starter.wait(60)

    def session(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Starts one and waits for its end: see `tests.torture.sessions`."""
        assert self._starter.stdin is not None
        assert self._starter.stdout is not None
        self._starter.stdin.write(json.dumps(asked) + "\n")
        self._starter.stdin.flush()
        found: dict[str, Any] = json.loads(self._starter.stdout.readline())
        return found

    def tell(self, folder: Path, kills: Sequence[Kill]) -> Tally:
        """One story: each session is killed as said, until there are no more kills or the run has ended."""
        story = Story(self, folder)
        left = list(kills)
        while story.goes_on:
            story.go_on(left.pop(0) if left else Kill())
            assert story.tally.sessions < SESSIONS, "the run does not get anywhere"
        assert story.stored.status == "completed", (folder / "err").read_text("utf-8")
        assert story.stored.outputs() == self.wanted, "the run came to something else"
        return story.tally

    def kills(self, chance: random.Random, first: int = 0) -> list[Kill]:
        """When to kill in a story: first at a given moment beside a write (0 is any time), then wherever."""
        found = [Kill(point=first)] if first else []
        for _ in range(chance.randint(2, 6)):
            if chance.random() < 0.5:
                found.append(Kill(point=chance.randint(1, self.points)))
            else:
                found.append(Kill(after_s=chance.uniform(0.02, self.seconds)))
        return found


class Story:
    """One run in a home of its own.

    Attributes:
        stored: what the journal has of it after the last session.
    """

    def __init__(self, bench: Bench, folder: Path) -> None:
        self._bench, self.folder = bench, folder
        self.file = lay_out(folder, bench.server.port)
        self.stored, self.tally, self.seconds = Stored(), Tally(stories=1), 0.0
        self._paid: Counter[str] = Counter()
        self._repeats: dict[str, str] = {}

    @property
    def goes_on(self) -> bool:
        return self.stored.outputs() is None

    def go_on(self, kill: Kill) -> None:
        """One session: the run begins, or goes on; afterwards everything is held against the rules."""
        shown = self._shown
        ended = self._bench.session(self.asked(kill))
        arrived, before = self._bench.server.rest(), self.stored
        self.stored = Stored.look(self.folder / "home" / "runs", self.folder / "copy")
        self.seconds = ended["seconds"]
        self.tally.sessions += 1
        self._judge(ended, before, arrived, shown)
        self._repeats = {}
        if os.WIFSIGNALED(ended["status"]):
            self.tally.kills += 1
        elif kill.file_bytes and os.WEXITSTATUS(ended["status"]) != COMPLETED:
            assert "Free some space" in (self.folder / "err").read_text("utf-8")
            self.tally.full += 1
        elif os.WEXITSTATUS(ended["status"]) == PAUSED:
            waiting = json.loads((self.folder / "out").read_text("utf-8"))["waiting"]
            assert {each["kind"] for each in waiting} == {"uncertain"}, waiting
            self._repeats = {each["key"]: '{"decision": "approved", "value": {"do": "repeat"}}' for each in waiting}
            self.tally.asked_about += 1
        else:
            error = (self.folder / "err").read_text("utf-8")
            assert os.WEXITSTATUS(ended["status"]) == COMPLETED, error or self.stored.events[-1]

    def asked(self, kill: Kill) -> dict[str, Any]:
        """The next session, for `tests.torture.sessions`."""
        answers = [word for key, answer in self._repeats.items() for word in ("--answer", f"{key}={answer}")]
        watched = ["--events", str(self._shown)]
        which = ["--resume", self.stored.run] if self.stored.run else [str(self.file)]
        return {
            "args": ["run", *which, "--json", "--trust", *([] if kill.file_bytes else watched), *answers],
            "folder": str(self.folder), "point": kill.point, "after_s": kill.after_s, "file_bytes": kill.file_bytes,
            "env": {
                "BATON_HOME": str(self.folder / "home"), "OPENAI_COMPATIBLE_API_KEY": "k",
                "OPENAI_COMPATIBLE_BASE_URL": f"http://127.0.0.1:{self._bench.server.port}/v1",
            },
        }  # fmt: skip

    @property
    def _shown(self) -> Path:
        """Where the next session writes the events that it has shown."""
        return self.folder / f"shown-{self.tally.sessions}"

    def _judge(self, ended: dict[str, Any], before: Stored, arrived: Counter[str], shown: Path) -> None:
        """Nothing finished is lost or paid for twice, and nothing is left running."""
        assert not ended["left"], "a process is left"
        self.stored.refuse_unless_sound(before)
        stored, (meant, answered), (meant_before, earlier) = self.stored.events, self.stored.called(), before.called()
        for line in shown.read_bytes().split(b"\n")[:-1] if shown.exists() else ():
            told = json.loads(line)
            assert told["seq"] <= len(stored), f"shown but lost: {told['kind']}"
            assert (told["kind"], told["key"]) == (stored[told["seq"] - 1].kind, stored[told["seq"] - 1].key)
        for prompt, count in arrived.items():
            assert count == 1, f"asked {count} times in one session: {prompt}"
            assert not earlier[prompt], f"paid twice: {prompt}"
            assert meant[prompt] > meant_before[prompt], f"sent before that was stored: {prompt}"
        if arrived[POST] and self._paid[POST]:
            assert "post" in self._repeats, "a write was repeated unasked"
        self._paid += arrived
        for prompt, count in answered.items():
            assert count == 1, f"stored twice: {prompt}"
            assert self._paid[prompt], f"answered but never asked: {prompt}"
        if os.WIFSIGNALED(ended["status"]):
            self.tally.in_flight += sum(1 for prompt in arrived if not answered[prompt])
