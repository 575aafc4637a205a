"""Kind `files`: the text files of a folder, as a list of `{"path", "text"}`."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from engine.base.errors import NodeError
from engine.base.values import TEXT_CAP
from engine.kinds.contract import ERROR, Call, Capability, Finding, Kind, NodeConfig, Outputs, Port, Ports, Touch
from engine.kinds.fields import Hint
from engine.kinds.globbing import Walk, glob_parts
from engine.kinds.outside import Outside
from engine.kinds.plain_files import digest, file_resource, folder_resource, plain_bytes
from engine.kinds.sharing import note, real_folder, turn
from engine.tools.ledger import Touched

MAX_TOTAL: Final = 64 * 1024 * 1024
"""Bytes that all files of a node may have together."""
NAMED: Final = 3
"""Left-out files that are named; the others are counted."""


class FilesConfig(NodeConfig):
    """Settings of a files node (formats.md)."""

    root: str = Field(
        ".", title="Folder", description="Counted from the graph's file.", json_schema_extra=Hint("folder").extra()
    )
    glob: str = Field("**/*", title="Files", description="Such as docs/**/*.md; hidden names only by a leading dot.")
    max_files: int = Field(1000, ge=1, title="Most files", description="More fail the node: none is left out silently.")
    binary: Literal["skip", "fail"] = Field(
        "skip", title="Files that are no text", description="Are left out and named, or fail the node."
    )


class Files(Kind[FilesConfig]):
    name: ClassVar[str] = "files"
    title = "Files"
    group = "work"
    icon = "files"
    hint = "text files of a folder"
    Config = FilesConfig
    needs_trust = True
    starter: ClassVar[dict[str, Any]] = {"root": ".", "glob": "*.md"}

    def ports(self, config: FilesConfig) -> Ports:
        return Ports((), (Port("files", "list"), ERROR))

    def summary(self, config: FilesConfig) -> str:
        return config.glob if config.root in (".", "") else f"{config.root}/{config.glob}"

    def check(self, config: FilesConfig) -> Iterable[Finding]:
        try:
            glob_parts(config.glob)
        except NodeError as error:
            yield Finding("error", "bad_glob", error.message, error.hint)

    def capabilities(self, config: FilesConfig) -> Iterable[Capability]:
        yield Capability("folder", f"{config.root or '.'}/{config.glob}")

    def touches(self, config: FilesConfig) -> Iterable[Touch]:
        yield Touch(f"folder {os.path.normpath(config.root)}", writes=False)

    def sample(self, config: FilesConfig) -> Outputs:
        return {"files": [{"path": "sample.txt", "text": f"[sample of a file of {self.summary(config)}]"}]}

    async def run(self, call: Call[FilesConfig]) -> Outputs:
        stop = threading.Event()
        reading = _Reading(call.config, call.outside, stop)
        root = await real_folder(call.outside, call.config.root)
        async with turn(call, folder_resource(root), writes=False):
            try:
                files = await asyncio.to_thread(reading.perform)
            except asyncio.CancelledError:
                stop.set()
                raise
        note(call, [Touched(call.key, file_resource(place), seen) for place, seen in reading.versions.items()])
        if reading.left_out:
            named = ", ".join(reading.left_out[:NAMED])
            more = len(reading.left_out) - NAMED
            left = f"left out, since they are no text in UTF-8: {named}{f' and {more} more' if more > 0 else ''}"
            call.progress(len(files), len(files) + len(reading.left_out), left)
            call.degraded(f"{len(reading.left_out)} of {len(files) + len(reading.left_out)} files {left}")
        return {"files": files}


@dataclass(slots=True)
class _Reading:
    """Finds and reads the files, on a thread."""

    config: FilesConfig
    outside: Outside
    stop: threading.Event
    left_out: list[str] = field(default_factory=list)
    versions: dict[Path, str] = field(default_factory=dict)
    _size: int = field(default=0, init=False)

    def perform(self) -> list[dict[str, str]]:
        """The files, sorted by path.

        Raises:
            NodeError: there is no such folder, there are too many files, or one cannot be taken.
        """
        config = self.config
        try:
            root = self.outside.place(config.root).resolve(strict=True)
            found: list[tuple[str, Path]] = []
            for pair in Walk(root, glob_parts(config.glob), self.stop.is_set).files():
                found.append(pair)
                if len(found) > config.max_files:
                    raise NodeError(
                        "bad_request", f"More than {config.max_files} files fit {self._told()}.",
                        "Narrow the glob, or raise “Most files”.",
                    )  # fmt: skip
            return [{"path": path, "text": text} for path, place in sorted(found)
                    if (text := self._text(path, place)) is not None]  # fmt: skip
        except (OSError, RuntimeError, ValueError) as error:
            said = getattr(error, "strerror", None) or "it cannot be read"
            raise NodeError(
                "bad_request", f"The folder “{config.root}” cannot be read: {said}.", "Choose another."
            ) from None

    def _told(self) -> str:
        return f"“{self.config.glob}” in “{self.config.root}”"

    def _text(self, path: str, place: Path) -> str | None:
        """The text of a file; None when it was left out."""
        if self.stop.is_set():
            return None
        try:
            raw = self._bytes(path, place)
            if b"\0" in raw:
                raise ValueError
            text = raw.decode("utf-8")
        except OSError as error:
            raise NodeError("bad_request", f"The file “{path}” cannot be read: {error.strerror}.") from None
        except ValueError:
            if self.config.binary == "fail":
                raise NodeError("bad_request", f"The file “{path}” is no text in UTF-8.", "Narrow the glob.") from None
            self.left_out.append(path)
            return None
        self.versions[place] = digest(raw)
        return text

    def _bytes(self, path: str, place: Path) -> bytes:
        """The content, within the caps."""
        raw = plain_bytes(place, TEXT_CAP)
        if len(raw) > TEXT_CAP:
            raise NodeError("bad_request", f"The file “{path}” is larger than 4 MB.", "Narrow the glob.")
        self._size += len(raw)
        if self._size > MAX_TOTAL:
            raise NodeError("bad_request", f"The files of {self._told()} have more than 64 MB.", "Narrow the glob.")
        return raw


KIND = Files()
