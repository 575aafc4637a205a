"""Kind `write_files`: writes files into a folder and looks first at what it would overwrite (S14)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from engine.base.errors import NodeError
from engine.kinds.contract import ERROR, Call, Capability, Kind, NodeConfig, Outputs, Port, Ports, Touch
from engine.kinds.fields import Hint
from engine.kinds.plain_files import file_resource, folder_resource
from engine.kinds.sharing import note, real_folder, told, turn
from engine.kinds.writing import UNSEEN, Differing, Writing, files_of
from engine.tools.ledger import Touched

_OUTCOMES: Final = {"fail": "nothing was written", "skip": "left as it is", "overwrite": "overwritten"}


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
        root = await real_folder(call.outside, call.config.root)
        ledger = call.outside.commons.ledger
        async with turn(call, folder_resource(root), writes=True):
            writing = Writing(root, files, lambda place, there: ledger.knows(call.key, file_resource(place), there))
            work = asyncio.create_task(asyncio.to_thread(writing.perform, call.config.on_conflict))
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                writing.stop.set()
                await asyncio.wait({work})  # a write in flight is finished first (S10)
                raise
            finally:
                conflicts = [_conflict(call, differing) for differing in writing.differing]
                made = writing.written.values()
                note(call, [Touched(call.key, file_resource(place), left, wrote=True) for place, left in made])
        for conflict in conflicts:
            call.emit("conflict.detected", conflict)
        if conflicts and call.config.on_conflict == "fail":
            named = ", ".join(str(conflict["path"]) for conflict in conflicts[:3])
            raise NodeError(
                "tool", f"Nothing was written, since {len(conflicts)} of the files would overwrite what this "
                f"run has not seen: {named}.", "Read them first, remove them, or choose what to do with such files.",
            )  # fmt: skip
        return {"written": list(writing.written), "conflicts": conflicts}


def _conflict(call: Call[WriteFilesConfig], differing: Differing) -> dict[str, Any]:
    """A line of the port `conflicts`: the file, both sides, why it is one, and what became of it."""
    resource = file_resource(differing.place)
    there = {"node": call.outside.commons.ledger.writer(resource, differing.version), "did": "wrote"}
    sides = [{**there, "version": differing.version}, {"node": call.key, "did": "writes", "version": ""}]
    about = {"path": differing.path, "resource": told(call.outside, resource), "sides": sides}
    return {**about, "why": UNSEEN, "outcome": _OUTCOMES[call.config.on_conflict]}


KIND = WriteFiles()
