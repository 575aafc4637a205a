"""Runs engines on the same work, each in a process of its own, and gathers what they print as a table."""

from __future__ import annotations

import hashlib
import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

HERE = Path(__file__).resolve().parent.parent
PEERS = HERE / ".venv-peers"
REQUIREMENTS = HERE / "peers" / "requirements.txt"
LIMIT_S: Final = 10.0
"""Longest time for one size of one engine, building and repetitions included, in seconds."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One column: its module in this folder, its title, and whether it lives in the peers' environment."""

    module: str
    title: str
    peer: bool = True


@dataclass(slots=True)
class Row:
    """What each engine came to at one size: the worker's line, by module."""

    label: str
    size: int
    found: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def cell(self, engine: Engine, figure: str, scale: float) -> str:
        """A figure times `scale`, or why there is none."""
        line = self.found.get(engine.module, {"note": ""})
        return str(line["note"]) if "note" in line else f"{line[figure] * scale:,.1f}"


def peers_python(home: Path = PEERS, requirements: Path = REQUIREMENTS) -> str:
    """The interpreter of the peers' environment; made, or made anew, when the requirements have changed."""
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = home / "stamp", hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing the peers into {home.relative_to(HERE.parent)}", file=sys.stderr, flush=True)
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, home], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "-r", requirements], check=True)
        stamp.write_text(wanted)
    return str(python)


def run(engine: Engine, words: Sequence[str], sizes: Sequence[int]) -> tuple[str, dict[int, dict[str, Any]]]:
    """Lets one engine work through the sizes.

    Args:
        words: the shape and the body, as `benchmarks.contest.worker` takes them.

    Returns:
        its version, and its line for each size, with a `note` where there is no figure.
    """
    python = peers_python() if engine.peer else sys.executable
    command = [python, "-u", "-m", "benchmarks.contest.worker", engine.module, *words, *map(str, sizes)]
    found: dict[int, dict[str, Any]] = {}
    version, late = "", False
    with subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as it:
        for line in _lines(it):
            if "version" in line:
                version = line["version"]
                continue
            found[line["size"]] = line
            took = line.get("build_ms", 0.0) + line.get("run_ms", 0.0)
            if took * 10 > LIMIT_S * 2_000:
                break  # the next size has ten times as many nodes
        else:
            late = it.poll() is None
        it.kill()
    for size in sizes:
        if size not in found:
            found[size] = {"note": f"> {LIMIT_S:.0f} s" if late else "not tried"}
            late = False
    return version, found


def _lines(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """What a process prints, until it ends or is silent for too long. Starting counts apart: imports take long."""
    assert process.stdout is not None
    out, until, text = process.stdout.fileno(), monotonic() + LIMIT_S + 20.0, b""
    with selectors.DefaultSelector() as ready:
        ready.register(out, selectors.EVENT_READ)
        while ready.select(max(0.0, until - monotonic())):
            new = os.read(out, 65536)
            if not new:
                return
            *lines, text = (text + new).split(b"\n")
            yield from map(json.loads, lines)
            until = monotonic() + LIMIT_S


def table(rows: Sequence[Row], engines: Sequence[Engine], figure: str, *, for_each: bool) -> str:
    """A table with a line for each row. `for_each`: microseconds a node, else milliseconds in all."""
    heads = ["shape", "nodes", *(engine.title for engine in engines)]
    lines = [
        [
            row.label,
            f"{row.size:,}",
            *(row.cell(engine, figure, 1e3 / row.size if for_each else 1.0) for engine in engines),
        ]
        for row in rows
    ]
    widths = [max(len(line[place]) for line in (heads, *lines)) for place in range(len(heads))]
    shown = [
        "| " + " | ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in (heads, *lines)
    ]
    ruler = "|" + "|".join(" " + "-" * (width - 1) + ": " for width in widths) + "|"
    return "\n".join([shown[0], ruler, *shown[1:]])
