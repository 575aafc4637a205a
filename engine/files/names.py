"""Names of files: what belongs to a graph begins as its file does, and what is packed is named for every system."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_LONGEST: Final = 400
_FORBIDDEN: Final = '\\:*?"<>|\x7f'
_DEVICES: Final = frozenset({"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10))})
"""Names that are no files on Windows."""


def stem_of(file: Path) -> str:
    """The name of a graph's file without its ending: what all that belongs to the graph begins with."""
    return file.name.removesuffix(".json").removesuffix(".baton")


def safe_name(name: str) -> bool:
    """Whether a name in an archive means one plain file below the folder it is put into, on any system."""
    if not name or len(name) > _LONGEST or any(not _portable(char) for char in name):
        return False
    parts = name.split("/")
    return all(
        part not in ("", ".", "..") and part[-1] not in ". " and part.partition(".")[0].casefold() not in _DEVICES
        for part in parts
    )


def safe_stem(stem: str) -> str:
    """A stem as near to this one as every system can name a file."""
    plain = "".join(char if _portable(char) and char != "/" else "_" for char in stem)
    return plain if safe_name(f"{plain}.json") else f"graph{plain}"


def _portable(char: str) -> bool:
    return ord(char) >= 32 and char not in _FORBIDDEN and not 0xD800 <= ord(char) <= 0xDFFF
