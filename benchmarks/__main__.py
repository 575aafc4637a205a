"""`make bench`: runs every benchmark of this folder, each in a process of its own, and keeps what they print."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.md"
QUICK = "quick"
"""Small sizes only; nothing is kept."""


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


def main() -> int:
    """Runs those named on the command line, or all, and writes `results.md` when it was all; 1 when one failed."""
    wanted = [word for word in sys.argv[1:] if word != QUICK]
    quick = [QUICK] if QUICK in sys.argv[1:] else []
    chosen = [path for path in benchmarks() if not wanted or path.stem in wanted]
    machine = (
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    page = [f"# Results\n\n{date.today().isoformat()}, {machine}. Made by `make bench`.\n"]
    failed = []
    for benchmark in chosen:
        print(f"\n== {benchmark.stem}: {title_of(benchmark)}", flush=True)
        with tempfile.TemporaryDirectory() as home:
            code, printed = run(benchmark, home, quick)
        page.append(f"## {title_of(benchmark)}\n\n```\n{printed.strip()}\n```\n")
        failed += [benchmark.stem] if code else []
    if not wanted and not quick and not failed:
        RESULTS.write_text("\n".join(page), "utf-8")
    if failed:
        print(f"\nfailed: {', '.join(failed)}", flush=True)
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
