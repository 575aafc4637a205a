"""What built-in tools may use on behalf of one node: files of its folder, or of a copy, and the web (T2, T5)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Final, TypedDict

from engine.base.errors import NodeError
from engine.base.values import TEXT_CAP, repair_text
from engine.kinds.fetching import BINARY, Request, authority, decoded, fetch, status_error
from engine.kinds.globbing import Walk, glob_parts, matches
from engine.kinds.outside import Outside
from engine.kinds.plain_files import checked_path, digest, place_in, plain_bytes, put
from engine.tools.contract import Page, ToolError

MOST_FOUND: Final = 1_000
"""Files that a glob may mean, and entries of a folder that are told."""
PAGE_BYTES: Final = 5_000_000
_HEADERS: Final = {"User-Agent": "Baton", "Accept": "text/html, text/plain, application/json;q=0.9, */*;q=0.1"}


class Copied(TypedDict):
    """A file in a copy of a folder: what it was when it was first looked at (None: not there), and what it is now."""

    base: str | None
    text: str | None


class NodeDesk:
    """Implements `engine.tools.contract.Desk`.

    Args:
        folder: the one that the person chose, as the node names it; "" for none.
        hosts: hosts that may be reached, or patterns such as `*.example.org`; none means all public ones.
        copies: path -> the file in the copy that is worked on (S14, `isolate`); None works on the folder itself.
    """

    def __init__(
        self, outside: Outside, folder: str, hosts: Collection[str] = (), copies: dict[str, Copied] | None = None
    ) -> None:
        self._outside, self._folder, self._hosts, self.copies = outside, folder, hosts, copies

    def trial(self) -> NodeDesk:
        """The same over a copy of its own: what is written there is only looked at."""
        return NodeDesk(self._outside, self._folder, self._hosts, {})

    @cached_property
    def root(self) -> Path:
        """The folder, resolved. Raises NodeError when there can be none."""
        if not self._folder:
            raise NodeError("bad_request", "No folder is chosen for file tools.", "Choose one in the node's settings.")
        try:
            return self._outside.place(self._folder).resolve()
        except (OSError, RuntimeError):
            raise NodeError("bad_request", f"The folder “{self._folder}” cannot be reached.") from None

    def place(self, path: str) -> Path:
        return place_in(self.root, checked_path(path))

    def version(self, place: Path) -> str:
        """What a file's content is known by; "" when there is none."""
        try:
            raw = plain_bytes(place, TEXT_CAP)
            if len(raw) <= TEXT_CAP:
                return digest(raw)
            status = place.stat()
            return f"{status.st_size} bytes of {status.st_mtime_ns}"
        except (OSError, ValueError):
            return ""

    async def read(self, path: str) -> str:
        text = await asyncio.to_thread(self._text, checked_path(path))
        if text is None:
            raise ToolError(f"There is no file “{path}”.", "List the folder to see what there is.")
        return text

    async def write(self, path: str, text: str) -> None:
        work = asyncio.create_task(asyncio.to_thread(self._write, checked_path(path), repair_text(text)))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait({work})  # a write in flight is finished first (S10)
            raise

    async def entries(self, path: str) -> Sequence[tuple[str, bool, int]]:
        return await asyncio.to_thread(self._entries, "" if path in ("", ".", "./") else checked_path(path.rstrip("/")))

    async def find(self, glob: str) -> Sequence[str]:
        return await asyncio.to_thread(self._find, glob)

    async def fetch(self, url: str) -> Page:
        """See `Desk.fetch`. Raises ToolError for an answer that is no text, or tells of an error."""
        answer = await fetch(
            Request("GET", url, _HEADERS), private_hosts=self._outside.private_hosts, max_bytes=PAGE_BYTES,
            permit=self._permit,
        )  # fmt: skip
        if answer.status >= 400:
            raise ToolError(status_error(answer, "").message, "Try another address.")
        kind, _, parameters = answer.headers.get("content-type", "text/plain").lower().partition(";")
        if kind.startswith(BINARY):
            raise ToolError(f"The address gave {kind[:60].strip()}, which is not text.")
        return Page(answer.url, answer.status, kind.strip(), decoded(answer.body, parameters))

    def _permit(self, url: str) -> None:
        host = authority(url)[1]
        names = (host, re.sub(r":\d+$", "", host))
        if self._hosts and not any(fnmatchcase(name, allowed.lower()) for name in names for allowed in self._hosts):
            raise ToolError(f"The host “{host[:80]}” is not among those that may be reached.",
                            f"These may: {', '.join(self._hosts)}.")  # fmt: skip

    def _text(self, path: str) -> str | None:
        """The text of a file; None when it is not there. What is read of a copy stays as it was (S14)."""
        if self.copies is not None and path in self.copies:
            return self.copies[path]["text"]
        text = self._on_disk(path)
        if self.copies is not None:
            self.copies[path] = {"base": text, "text": text}
        return text

    def _on_disk(self, path: str) -> str | None:
        place = place_in(self.root, path)
        try:
            raw = plain_bytes(place, TEXT_CAP)
            if len(raw) > TEXT_CAP:
                raise ToolError(f"The file “{path}” is larger than 4 MB.", "Look for what you need in another way.")
            if b"\0" in raw:
                raise ValueError
            return raw.decode("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise ToolError(f"The file “{path}” cannot be read: {error.strerror}.") from None
        except ValueError:
            raise ToolError(f"The file “{path}” is no text in UTF-8.") from None

    def _write(self, path: str, text: str) -> None:
        raw = text.encode("utf-8")
        if len(raw) > TEXT_CAP:
            raise ToolError(f"The text for “{path}” is larger than 4 MB.", "Write less.")
        place = place_in(self.root, path)
        if self.copies is not None:
            before = self._text(path) if path not in self.copies else self.copies[path]["base"]
            self.copies[path] = {"base": before, "text": text}
            return
        try:
            put(self.root, path, place, raw)
        except OSError as error:
            raise ToolError(f"The file “{path}” cannot be written: {error.strerror}.") from None

    def _entries(self, path: str) -> list[tuple[str, bool, int]]:
        folder = (self.root / path).resolve()
        if not folder.is_relative_to(self.root):
            raise ToolError(f"“{path}” leads out of the folder, by way of a link.")
        found: dict[str, tuple[str, bool, int]] = {}
        try:
            for entry in folder.iterdir():
                if not entry.is_symlink():
                    size = entry.stat().st_size if entry.is_file() else 0
                    found[entry.name] = (entry.name, entry.is_dir(), size)
        except OSError as error:
            if not self._made_below(path):
                raise ToolError(f"The folder “{path or '.'}” cannot be read: {error.strerror}.") from None
        for name, text in self._made_below(path):
            here, deeper, _ = name.partition("/")
            found[here] = (here, bool(deeper), 0 if deeper else len(text.encode("utf-8")))
        if len(found) > MOST_FOUND:
            raise ToolError(f"The folder “{path or '.'}” holds {len(found):,} entries.", "Search by a pattern instead.")
        return sorted(found.values())

    def _made_below(self, path: str) -> list[tuple[str, str]]:
        """The files of the copy below a folder: their paths from there, and their texts."""
        start = f"{path}/" if path else ""
        copies = (self.copies or {}).items()
        return [(name[len(start) :], copy["text"]) for name, copy in copies
                if name.startswith(start) and copy["text"] is not None]  # fmt: skip

    def _find(self, glob: str) -> list[str]:
        parts = glob_parts(glob)
        found = {path for path, _ in self._made_below("") if _fits(parts, path)}
        try:
            for path, _ in Walk(self.root, parts).files():
                found.add(path)
                if len(found) > MOST_FOUND:
                    raise ToolError(f"More than {MOST_FOUND:,} files fit “{glob}”.", "Use a narrower pattern.")
        except OSError as error:
            if not found:
                raise ToolError(f"The folder cannot be read: {error.strerror}.") from None
        return sorted(found)


def _fits(parts: tuple[str, ...], path: str) -> bool:
    states = frozenset({0})
    for name in path.split("/"):
        states = matches(parts, states, name)
    return len(parts) in states
