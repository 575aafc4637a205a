"""Kind `write_files`: writes files into a folder and looks first at what it would overwrite (S14)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.base.errors import NodeError
from engine.kinds.contract import ERROR, Call, Capability, Kind, NodeConfig, Outputs, Port, Ports, Touch
from engine.kinds.fields import Hint
from engine.kinds.writing import Writing, files_of


class WriteFilesConfig(NodeConfig):
    """Settings of a write_files node (formats.md)."""

    root: str = Field(
        "out", title="Folder", description="Counted from the graph's file; made when it is not there.",
        json_schema_extra=Hint("folder").extra(),
    )  # fmt: skip
    on_conflict: Literal["fail", "overwrite", "skip"] = Field(
        "fail", title="When a file differs",
        description="What to do with a file that is there and is not as this run read or wrote it.",
    )  # fmt: skip


class WriteFiles(Kind[WriteFilesConfig]):
    name: ClassVar[str] = "write_files"
    title = "Write files"
    group = "work"
    icon = "write_files"
    hint = "puts files into a folder"
    Config = WriteFilesConfig
    needs_trust = True
    starter: ClassVar[dict[str, Any]] = {"root": "out", "on_conflict": "fail"}

    def ports(self, config: WriteFilesConfig) -> Ports:
        return Ports((Port("files", "json"),), (Port("written", "list"), Port("conflicts", "list"), ERROR))

    def summary(self, config: WriteFilesConfig) -> str:
        return f"into {config.root}"

    def capabilities(self, config: WriteFilesConfig) -> Iterable[Capability]:
        yield Capability("folder", config.root, writes=True)

    def touches(self, config: WriteFilesConfig) -> Iterable[Touch]:
        yield Touch(f"folder {os.path.normpath(config.root)}", writes=True)

    def sample(self, config: WriteFilesConfig) -> Outputs:
        return {"written": [f"[sample: nothing was written into {config.root}]"], "conflicts": []}

    async def run(self, call: Call[WriteFilesConfig]) -> Outputs:
        files = files_of(call.value("files"))
        outside = call.outside
        root = outside.place(call.config.root)
        async with outside.seen.writing:
            writing = Writing(root, files, outside.seen, call.key)
            work = asyncio.create_task(asyncio.to_thread(writing.perform, call.config.on_conflict))
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                writing.stop.set()
                await asyncio.wait({work})  # a write in flight is finished first (S10)
                raise
        for conflict in writing.conflicts:
            call.emit("conflict.detected", conflict)
        if writing.conflicts and call.config.on_conflict == "fail":
            named = ", ".join(str(conflict["path"]) for conflict in writing.conflicts[:3])
            raise NodeError(
                "tool", f"Nothing was written, since {len(writing.conflicts)} of the files would overwrite what this "
                f"run has not seen: {named}.", "Read them first, remove them, or choose what to do with such files.",
            )  # fmt: skip
        return {"written": writing.written, "conflicts": writing.conflicts}


KIND = WriteFiles()
