"""`make bench`: runs every benchmark of this folder, each in a process of its own, and keeps what they print."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.md"
QUICK, KEEP = "quick", "keep"
"""Small sizes only, and nothing is kept; keep what is named, beside what `results.md` has of the others."""


def benchmarks() -> list[Path]:
    """The files that measure something, by name."""
    return sorted(path for path in HERE.glob("*.py") if not path.name.startswith("_"))


def title_of(benchmark: Path) -> str:
    """The first line of its docstring: what is measured."""
    return benchmark.read_text("utf-8").split("\n", 1)[0].strip('"')


def run(benchmark: Path, home: str, words: Sequence[str]) -> tuple[int, str]:
    """Runs one, showing each line as it comes; returns its exit code and all that it printed."""
    command = [sys.executable, "-u", "-m", f"benchmarks.{benchmark.stem}", *words]
    surroundings = dict(os.environ, BATON_HOME=home, QT_QPA_PLATFORM="offscreen")
    printed = []
    with subprocess.Popen(command, cwd=HERE.parent, env=surroundings, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            printed.append(line)
    return process.returncode, "".join(printed)


def kept() -> dict[str, str]:
    """The sections that `results.md` has, by their titles."""
    parts = RESULTS.read_text("utf-8").split("\n## ")[1:] if RESULTS.exists() else []
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1].strip() for part in parts}


def keep(sections: Mapping[str, str]) -> None:
    """Writes `results.md`: the sections given, and those of other benchmarks as they are."""
    known = {**kept(), **sections}
    titles = [title for title in map(title_of, benchmarks()) if title in known]
    RESULTS.write_text("\n".join(["# Results\n", *(f"## {title}\n\n{known[title]}\n" for title in titles)]), "utf-8")


def main() -> int:
    """Runs those named on the command line, or all; 1 when one failed. Keeps what all printed, or those named after
    `keep`."""
    words = sys.argv[1:]
    wanted = [word for word in words if word not in (QUICK, KEEP)]
    chosen = [path for path in benchmarks() if not wanted or path.stem in wanted]
    machine = (
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    sections, failed = dict[str, str](), []
    for benchmark in chosen:
        print(f"\n== {benchmark.stem}: {title_of(benchmark)}", flush=True)
        with tempfile.TemporaryDirectory() as home:
            code, printed = run(benchmark, home, [QUICK] if QUICK in words else [])
        if code:
            failed.append(benchmark.stem)
        else:
            sections[title_of(benchmark)] = f"{date.today().isoformat()}, {machine}.\n\n```\n{printed.strip()}\n```"
    if QUICK not in words and (KEEP in words or not wanted):
        keep(sections)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", flush=True)
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
