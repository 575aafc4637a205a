"""The files of one folder for the tools of a model; nothing outside of it, and no write over what was not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine.export.standalone.parts.allowing import allowed
from engine.export.standalone.parts.globbing import (
    LARGEST_TEXT,
    beside,
    checked_path,
    files_in,
    fits,
    place_in,
    plain_bytes,
    put,
)
from engine.export.standalone.parts.ledger import knows, note, version_at, why_stale
from engine.export.standalone.parts.people import choice
from engine.export.standalone.parts.tools import ToolError
from engine.export.standalone.parts.values import Failed

MOST_LINES, MOST_HITS, MOST_FOUND = 2_000, 200, 1_000


class Folder:
    """A folder beside this program, as one step sees it.

    Args:
        policy: of a write over a version that the step does not know: `cas` refuses it, `serialise` makes it, `ask`
            asks on the terminal; with `isolate` the step works on a copy, and `changes` tells what it made of it.
    """

    def __init__(self, root: str, policy: str = "cas") -> None:
        self._root, self._policy = beside(root), policy
        self._copies: dict[str, dict[str, str | None]] = {}

    @property
    def changes(self) -> list[dict[str, Any]]:
        """What was changed in the copy: `{"path", "text", "base"}` each, sorted by path."""
        return [{"path": path, **copy} for path, copy in sorted(self._copies.items()) if copy["base"] != copy["text"]]

    async def read(self, path: str, first_line: int = 1, lines: int = MOST_LINES) -> str:
        """The text of a file; of a long one a part, by its lines."""
        whole = self._there(path)
        rows = whole.splitlines(keepends=True)
        if first_line == 1 and lines >= len(rows):
            return whole
        shown = "".join(rows[first_line - 1 : first_line - 1 + lines])
        return f"{shown}\n[lines {first_line} to {min(first_line - 1 + lines, len(rows))} of {len(rows)}]"

    async def entries(self, path: str = "") -> str:
        """What a folder holds: names, sizes, and which are folders."""
        path = "" if path in ("", ".", "./") else checked_path(path.rstrip("/"))
        folder = (self._root / path).resolve()
        if not folder.is_relative_to(self._root):
            raise ToolError(f"“{path}” leads out of the folder, by way of a link.")
        start = f"{path}/" if path else ""
        made = {name[len(start) :]: text for name, text in self._made() if name.startswith(start)}
        found: dict[str, str] = {}
        try:
            for each in folder.iterdir():
                if not each.is_symlink():
                    found[each.name] = (
                        f"{each.name}/" if each.is_dir() else f"{each.name} ({each.stat().st_size} bytes)"
                    )
        except OSError as error:
            if not made:
                raise ToolError(f"The folder “{path or '.'}” cannot be read: {error.strerror}.") from None
        for name, text in made.items():
            here, deeper, _ = name.partition("/")
            found[here] = f"{here}/" if deeper else f"{here} ({len(text.encode())} bytes)"
        if len(found) > MOST_FOUND:
            raise ToolError(f"The folder “{path or '.'}” holds {len(found):,} entries. Search by a pattern instead.")
        return "\n".join(found[name] for name in sorted(found)) or "(empty)"

    async def search(self, pattern: str, text: str = "") -> str:
        """Paths of files, and the lines that hold a text."""
        paths = self._fitting(pattern)
        if not text:
            return "\n".join(paths) or "No file fits the pattern."
        hits: list[str] = []
        for path in paths:
            try:
                rows = (self._text(path) or "").splitlines()
            except ToolError:
                continue
            hits += [f"{path}:{place}: {row[:300]}" for place, row in enumerate(rows, 1) if text in row]
            if len(hits) > MOST_HITS:
                return "\n".join([*hits[:MOST_HITS], "[more lines hold it: use a narrower pattern]"])
        return "\n".join(hits) or "No line holds it."

    async def write(self, path: str, content: str) -> str:
        """Writes a whole file."""
        await self._change("fs.write_file", {"path": path, "content": content}, lambda: content)
        return f"{path} is written."

    async def edit(self, path: str, edits: Sequence[dict[str, str]]) -> str:
        """Replaces texts, each of which must stand in the file exactly once."""

        def edited() -> str:
            text = self._there(path)
            for number, edit in enumerate(edits, 1):
                found = text.count(edit["oldText"])
                if found != 1:
                    said = "does not stand in the file" if not found else f"stands {found} times in the file"
                    why = f"Nothing was written: the text of edit {number} {said}."
                    raise ToolError(f"{why} Name more of what is around it.")
                text = text.replace(edit["oldText"], edit["newText"])
            return text

        await self._change("fs.edit_file", {"path": path, "edits": edits}, edited)
        return f"{path} is changed in {len(edits)} places."

    def place(self, path: str) -> Path:
        """Where a file really is."""
        return place_in(self._root, checked_path(path))

    async def _change(self, tool: str, given: dict[str, Any], made: Callable[[], str]) -> None:
        """Writes what a function makes of a file, if this may be."""
        path, place = checked_path(given["path"]), self.place(given["path"])
        if self._policy == "isolate":
            self._text(path)
            self._copies[path]["text"] = made()
            return
        await allowed(tool, given)
        version = version_at(place)
        if not knows(place, version) and self._policy != "serialise":
            why = why_stale(place, version)
            if self._policy != "ask":
                raise Failed("bad_request", f"Nothing was written: {why}. Read it, then write again what still holds.")
            if await choice(f"{why}. Which one holds?", {"keep": "what is there", "write": "what it writes"}) == "keep":
                raise Failed("bad_request", f"A person kept {path} as it is. Nothing was written. Read it again.")
        raw = made().encode()
        if len(raw) > LARGEST_TEXT:
            raise ToolError(f"The text for “{path}” is larger than 4 MB. Write less.")
        try:
            put(self._root, path, raw)
        except OSError as error:
            raise ToolError(f"The file “{path}” cannot be written: {error.strerror}.") from None
        after = version_at(place)
        note(place, after, wrote=after != version)

    def _there(self, path: str) -> str:
        text = self._text(checked_path(path))
        if self._policy != "isolate":
            note(self.place(path), version_at(self.place(path)))
        if text is None:
            raise ToolError(f"There is no file “{path}”. List the folder to see what there is.")
        return text

    def _text(self, path: str) -> str | None:
        """The text of a file; None when it is not there. What is read of a copy stays as it was."""
        if path in self._copies:
            return self._copies[path]["text"]
        place = place_in(self._root, path)
        text = None
        try:
            raw = plain_bytes(place)
            if len(raw) > LARGEST_TEXT:
                raise ToolError(f"The file “{path}” is larger than 4 MB. Look for what you need in another way.")
            if b"\0" in raw:
                raise ValueError
            text = raw.decode("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            raise ToolError(f"The file “{path}” cannot be read: {error.strerror}.") from None
        except ValueError:
            raise ToolError(f"The file “{path}” is no text in UTF-8.") from None
        if self._policy == "isolate":
            self._copies[path] = {"base": text, "text": text}
        return text

    def _made(self) -> list[tuple[str, str]]:
        """The files of the copy."""
        return [(path, copy["text"]) for path, copy in self._copies.items() if copy["text"] is not None]

    def _fitting(self, pattern: str) -> list[str]:
        try:
            found = {path for path, _ in files_in(self._root, pattern)}
        except OSError as error:
            raise ToolError(f"The folder cannot be read: {error.strerror}.") from None
        except Failed as error:
            raise ToolError(str(error)) from None
        found |= {path for path, _ in self._made() if fits(pattern, path)}
        if len(found) > MOST_FOUND:
            raise ToolError(f"More than {MOST_FOUND:,} files fit “{pattern}”. Use a narrower pattern.")
        return sorted(found)
