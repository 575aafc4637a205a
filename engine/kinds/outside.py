"""What a node may use outside once its graph is trusted: a folder, secrets, hosts, and what nodes share (T2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.base.errors import NodeError
from engine.tools.leases import Leases
from engine.tools.ledger import Ledger


@dataclass(frozen=True)
class Commons:
    """What the nodes of one run share with each other where they reach outside (S14): turns, and who did what."""

    leases: Leases = field(default_factory=Leases)
    ledger: Ledger = field(default_factory=Ledger)


@dataclass(frozen=True)
class Outside:
    """The surroundings of one run, as `Call.outside` gives them.

    Attributes:
        folder: where the graph's file stands; None when it was never saved.
        private_hosts: hosts that may be reached although their address is not public (settings, T5).
        trusted: whether the graph is; else nothing outside may be touched.
        commons: what the nodes of the run share.
        copies: by node, what it wrote into a copy of its folder in an earlier session: path -> `{"base", "text"}`
            (S11, S14).
    """

    folder: Path | None = None
    private_hosts: Collection[str] = ()
    find_secret: Callable[[str], str | None] = lambda _name: None
    trusted: bool = False
    commons: Commons = field(default_factory=Commons)
    copies: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

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
