"""What a node may use outside the program once its graph is trusted: a folder, secrets, hosts, what was read (T2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.base.errors import NodeError


class Seen:
    """What the nodes of one run read and wrote, by full path: a write over anything else is a conflict (S14).

    Used from the threads that read and write files; each entry is set at once.
    """

    def __init__(self) -> None:
        self._read: dict[str, str] = {}
        self._written: dict[tuple[str, str], str] = {}
        self.writing = asyncio.Lock()
        """Held while files are written: looking and writing are one step for all nodes of the run."""

    def was_read(self, path: Path, digest: str) -> None:
        """A node read the file when its content had this digest."""
        self._read[str(path)] = digest

    def was_written(self, path: Path, digest: str, node: str) -> None:
        """The node (by key) wrote the file."""
        self._written[str(path), node] = digest

    def knows(self, path: Path, digest: str, node: str) -> bool:
        """Whether this run read the file as it is now, or the same node wrote it."""
        return digest in (self._read.get(str(path)), self._written.get((str(path), node)))


@dataclass(frozen=True)
class Outside:
    """The surroundings of one run, as `Call.outside` gives them.

    Attributes:
        folder: where the graph's file stands; None when it was never saved.
        private_hosts: hosts that may be reached although their address is not public (settings, T5).
        trusted: whether the graph is; else nothing outside may be touched.
        seen: what the run read and wrote.
    """

    folder: Path | None = None
    private_hosts: Collection[str] = ()
    find_secret: Callable[[str], str | None] = lambda _name: None
    trusted: bool = False
    seen: Seen = field(default_factory=Seen)

    def within(self, folder: str) -> Outside:
        """The same for a graph whose file stands in a folder below, such as `parts`."""
        return replace(self, folder=self.folder / folder) if folder and self.folder else self

    async def secret(self, name: str) -> str:
        """The value behind `secret://name`, from the keyring or the environment (T3).

        Raises:
            NodeError: `credentials`: nothing is stored under that name.
        """
        value = await asyncio.to_thread(self.find_secret, name)
        if not value:
            raise NodeError(
                "credentials", f"There is no secret “{name}”.", f"Store it in Settings, or set the variable {name}."
            )
        return value

    def place(self, root: str) -> Path:
        """A folder that a node names, counted from the folder of the graph's file.

        Raises:
            NodeError: `bad_request`: the graph was never saved, so a relative name leads nowhere.
        """
        try:
            named = Path(root)
            if named.is_absolute():
                return named
            if self.folder is None:
                raise NodeError(
                    "bad_request", f"The folder “{root}” is sought beside this graph, which was never saved.",
                    "Save the graph first.",
                )  # fmt: skip
            return self.folder / named
        except ValueError:
            raise NodeError("bad_request", "The name of its folder cannot be one.", "Choose another.") from None
