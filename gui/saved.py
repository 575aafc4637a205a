"""The graphs that come with Baton: where they stand, and what they are called."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

ENDING = ".baton.json"
FIRST = "research_draft_review"
"""The sample that a first start opens."""
_SHIPPED = Path(__file__).resolve().parent.parent / "saved_graphs"


def saved_graphs() -> list[Path]:
    """The graphs that ship, by file name."""
    return sorted(_SHIPPED.glob(f"*{ENDING}"))


def is_shipped(path: Path) -> bool:
    """Whether a file is one of Baton's own, which is opened as a copy."""
    return path.resolve().parent == _SHIPPED


def first_sample() -> Path | None:
    """What a first start shows; None when this installation has no samples."""
    wanted = _SHIPPED / f"{FIRST}{ENDING}"
    return wanted if wanted.is_file() else next(iter(saved_graphs()), None)


def title_of(path: Path) -> str:
    """A graph's name for lists: what the file says, else what it is called. Only looks, opens nothing (T1)."""
    try:
        return _title(path, path.stat().st_mtime_ns)
    except OSError:
        return path.name.removesuffix(ENDING)


@lru_cache(maxsize=256)
def _title(path: Path, _changed: int) -> str:
    plain = path.name.removesuffix(ENDING).replace("_", " ")
    if path.stat().st_size > 4_000_000:
        return plain
    try:
        found = json.loads(path.read_bytes())
        name = found.get("name") if isinstance(found, dict) else None
        return name if isinstance(name, str) and name.strip() else plain
    except (ValueError, RecursionError):
        return plain
