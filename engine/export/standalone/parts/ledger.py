"""Who has read and who has written which version of a file: nobody writes over what he has not seen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from engine.export.standalone.parts.globbing import plain_bytes
from engine.export.standalone.parts.places import HERE, Places, before, key_of


@dataclass
class Known:
    """What is known of one file: the version that each step saw or made last, and who made which."""

    latest: dict[Places, str] = field(default_factory=dict)
    writers: dict[Places, str] = field(default_factory=dict)


LEDGER: dict[Path, Known] = {}


def version_of(raw: bytes) -> str:
    """What a content is known by."""
    return hashlib.sha256(raw).hexdigest()


def version_at(place: Path) -> str:
    """What the content of a file is known by; "" when there is none."""
    try:
        return version_of(plain_bytes(place))
    except (OSError, ValueError):
        return ""


def knows(place: Path, version: str) -> bool:
    """Whether the step that works now knows a version: it saw or made it last, or one that ended before it did."""
    here = HERE.get()
    latest = LEDGER[place].latest if place in LEDGER else {}
    return not version or any(
        seen == version and (who == here or before(who, here)) for who, seen in latest.items()
    )  # fmt: skip


def note(place: Path, version: str, wrote: bool = False) -> None:
    """Enters what the step that works now has seen or made."""
    known = LEDGER.setdefault(place, Known())
    for table in (known.latest, known.writers) if wrote else (known.latest,):
        table.pop(HERE.get(), None)
        table[HERE.get()] = version


def writer_of(place: Path, version: str) -> str:
    """The step that made a version; "" when it was none of this run."""
    writers = LEDGER[place].writers if place in LEDGER else {}
    return next((key_of(who) for who, made in reversed(writers.items()) if made == version), "")


def told(place: Path) -> str:
    """A file as people read it, counted from this program where it stands there."""
    folder = Path(__file__).parent.resolve()
    return f"fs:{place.relative_to(folder) if place.is_relative_to(folder) else place}"


def why_stale(place: Path, version: str) -> str:
    """Why a write over a version is refused that the step does not know."""
    writer = writer_of(place, version)
    if place in LEDGER and HERE.get() in LEDGER[place].latest:
        return f"{writer or 'somebody outside this run'} has changed {told(place)} since you read it"
    return f"{told(place)} is there{f', written by {writer},' if writer else ''} and you have not read it"
