"""Kind `write_files`: writes files into a folder and looks first at what it would overwrite (S14)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from engine.base.errors import NodeError
from engine.base.values import repair_text
from engine.kinds.contract import ERROR, Call, Capability, Kind, NodeConfig, Outputs, Port, Ports, Touch
from engine.kinds.disputes import Side, decide
from engine.kinds.fields import Hint
from engine.kinds.plain_files import file_resource, folder_resource, shown_text
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
    on_conflict: Literal["fail", "overwrite", "skip", "ask"] = Field(
        "fail", title="When a file differs",
        description="What to do with a file that is there and is not as this run read or wrote it: fail and write "
        "nothing, overwrite it, skip it, or ask a person about it.",
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
        files, policy = files_of(call.value("files")), call.config.on_conflict
        root = await real_folder(call.outside, call.config.root)
        written: list[str] = []
        conflicts: list[dict[str, Any]] = []
        agreed: dict[Path, str] = {}
        while True:
            writing = await _write(call, root, files, agreed)
            written += writing.written
            for differing in writing.differing:
                outcome = await _ask(call, differing, files, agreed) if policy == "ask" else _OUTCOMES[policy]
                conflicts.append(_conflict(call, differing, outcome))
                call.emit("conflict.detected", conflicts[-1])
            if policy != "ask" or not writing.differing:
                break
            call.emit("tool.intent", {"tool": self.name, "writes": True})  # nothing was under way while it was asked
            await call.stored()
        if conflicts and policy == "fail":
            named = ", ".join(str(conflict["path"]) for conflict in conflicts[:3])
            raise NodeError(
                "tool", f"Nothing was written, since {len(conflicts)} of the files would overwrite what this "
                f"run has not seen: {named}.", "Read them first, remove them, or choose what to do with such files.",
            )  # fmt: skip
        return {"written": written, "conflicts": conflicts}


async def _write(
    call: Call[WriteFilesConfig], root: Path, files: Mapping[str, str], agreed: Mapping[Path, str]
) -> Writing:
    """Writes what may be written, while nobody else of the run is in the folder, and notes it.

    Args:
        agreed: the versions, by place, that a person lets go.
    """
    ledger, policy = call.outside.commons.ledger, call.config.on_conflict

    def knows(place: Path, there: str) -> bool:
        return agreed.get(place) == there or ledger.knows(call.key, file_resource(place), there)

    async with turn(call, folder_resource(root), writes=True):
        writing = Writing(root, files, knows)
        work = asyncio.create_task(asyncio.to_thread(writing.perform, "fail" if policy == "ask" else policy))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            writing.stop.set()
            await asyncio.wait({work})  # a write in flight is finished first (S10)
            raise
        finally:
            made = writing.written.values()
            note(call, [Touched(call.key, file_resource(place), left, wrote=True) for place, left in made])
    return writing


async def _ask(
    call: Call[WriteFilesConfig], differing: Differing, files: dict[str, str], agreed: dict[Path, str]
) -> str:
    """Asks a person about one file; what is to be written, and over which version, is changed accordingly."""
    resource = file_resource(differing.place)
    there = await asyncio.to_thread(shown_text, differing.place)
    left = Side(call.outside.commons.ledger.writer(resource, differing.version), there)
    words = f"“{call.title}” would overwrite {told(call.outside, resource)}: {UNSEEN}. Which one holds?"
    right = Side(call.key, files[differing.path])
    decision = await decide(call, words, told(call.outside, resource), left, right, editable=True)
    agreed[differing.place] = differing.version
    if decision.take == "left":
        del files[differing.path]
        return "left as it is by a person"
    if decision.take == "edit":
        files[differing.path] = repair_text(decision.text)
        return "written anew by a person"
    return "overwritten by a person"


def _conflict(call: Call[WriteFilesConfig], differing: Differing, outcome: str) -> dict[str, Any]:
    """A line of the port `conflicts`: the file, both sides, why it is one, and what became of it."""
    resource = file_resource(differing.place)
    there = {"node": call.outside.commons.ledger.writer(resource, differing.version), "did": "wrote"}
    sides = [{**there, "version": differing.version}, {"node": call.key, "did": "writes", "version": ""}]
    about = {"path": differing.path, "resource": told(call.outside, resource), "sides": sides}
    return {**about, "why": UNSEEN, "outcome": outcome}


KIND = WriteFiles()
