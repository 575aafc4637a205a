"""Reads the files of one folder on behalf of a model; nothing outside of it."""

from __future__ import annotations

from pathlib import Path

from engine.export.standalone.parts.tools import ToolError

MOST_LINES, MOST_HITS = 2_000, 200


class Folder:
    """A folder beside this program."""

    def __init__(self, root: str) -> None:
        self._root = (Path(__file__).parent / root).resolve()

    async def read(self, path: str, first_line: int = 1, lines: int = MOST_LINES) -> str:
        """The text of a file; of a long one a part, by its lines."""
        whole = self._text(path)
        rows = whole.splitlines(keepends=True)
        if first_line == 1 and lines >= len(rows):
            return whole
        shown = "".join(rows[first_line - 1 : first_line - 1 + lines])
        return f"{shown}\n[lines {first_line} to {min(first_line - 1 + lines, len(rows))} of {len(rows)}]"

    async def entries(self, path: str = "") -> str:
        """What a folder holds: names, sizes, and which are folders."""
        try:
            found = sorted(each for each in self._place(path).iterdir() if not each.is_symlink())
        except OSError as error:
            raise ToolError(f"The folder “{path or '.'}” cannot be read: {error.strerror}.") from None
        told = (f"{each.name}/" if each.is_dir() else f"{each.name} ({each.stat().st_size} bytes)" for each in found)
        return "\n".join(told) or "(empty)"

    async def search(self, pattern: str, text: str = "") -> str:
        """Paths of files, and the lines that hold a text."""
        found = [each for each in self._root.glob(pattern) if each.is_file() and not each.is_symlink()]
        paths = sorted(each.relative_to(self._root).as_posix() for each in found)
        if not text:
            return "\n".join(paths) or "No file fits the pattern."
        hits: list[str] = []
        for path in paths:
            try:
                rows = self._text(path).splitlines()
            except ToolError:
                continue
            hits += [f"{path}:{place}: {row[:300]}" for place, row in enumerate(rows, 1) if text in row]
            if len(hits) > MOST_HITS:
                return "\n".join([*hits[:MOST_HITS], "[more lines hold it: use a narrower pattern]"])
        return "\n".join(hits) or "No line holds it."

    def _place(self, path: str) -> Path:
        place = (self._root / path).resolve()
        if not place.is_relative_to(self._root):
            raise ToolError(f"“{path}” leads out of the folder.")
        return place

    def _text(self, path: str) -> str:
        try:
            return self._place(path).read_bytes().decode("utf-8")
        except FileNotFoundError:
            raise ToolError(f"There is no file “{path}”. List the folder to see what there is.") from None
        except OSError as error:
            raise ToolError(f"The file “{path}” cannot be read: {error.strerror}.") from None
        except ValueError:
            raise ToolError(f"The file “{path}” is no text in UTF-8.") from None
