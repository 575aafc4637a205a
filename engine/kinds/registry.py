"""All kinds that there are: the built-in ones and what other distributions offer as `baton.kinds`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from pydantic import ValidationError

from engine.base import discover
from engine.base.errors import FileProblem, NodeError, Refused
from engine.kinds.contract import Kind, NodeConfig, Ports

AnyKind = Kind[Any]


class Bodies(Protocol):
    """Reads the graph files that nodes name as their bodies: `engine.files.beside.Beside`."""

    def read(self, name: str) -> Mapping[str, Any]:
        """A graph's JSON. Raises FileProblem."""

    def inside(self, name: str) -> Bodies:
        """What reads the files that the graph of that name itself names."""

    def settled(self) -> Bodies:
        """What reads each file once only, and gives the same again."""

    def outside(self, name: str) -> str:
        """The whole name of a file that stands outside the folder of the graph, else ""."""

    def texts(self) -> dict[str, str]:
        """The texts of the graph files that were read so far, by their whole name."""


class Kinds:
    """Kinds by name. Make one with `Kinds.load()` and pass it on.

    Args:
        kinds: the kinds to know.
        bodies: reads a graph file that a node names as its body; without it such a node has no ports.
    """

    def __init__(self, kinds: Mapping[str, AnyKind], bodies: Bodies | None = None) -> None:
        self._kinds = dict(kinds)
        self._bodies = bodies

    @classmethod
    def load(cls) -> Kinds:
        """Scans the built-in folder and the entry points."""
        found: dict[str, AnyKind] = {}
        for module in discover.modules("engine.kinds.builtin"):
            kind: AnyKind = module.KIND
            found[kind.name] = kind
        for offer in discover.offered("baton.kinds"):
            if isinstance(offer, Kind):
                found.setdefault(offer.name, offer)
        return cls(found)

    def __iter__(self) -> Iterator[AnyKind]:
        return iter(self._kinds.values())

    def __contains__(self, name: str) -> bool:
        return name in self._kinds

    def get(self, name: str) -> AnyKind | None:
        """The kind of a name, or None when this version does not know it (the node is a placeholder)."""
        return self._kinds.get(name)

    def with_kind(self, kind: AnyKind) -> Kinds:
        """The same kinds and one more; for tests and third parties."""
        return Kinds({**self._kinds, kind.name: kind}, self._bodies)

    def reading(self, bodies: Bodies) -> Kinds:
        """The same kinds with bodies read by `bodies`, such as `engine.files.beside.Beside(folder)`."""
        return Kinds(self._kinds, bodies)

    def inside(self, name: str) -> Kinds:
        """The same kinds as the graph file `name` sees them."""
        return Kinds(self._kinds, self._bodies.inside(name) if self._bodies else None)

    def settled(self) -> Kinds:
        """The same kinds, for which a graph file stays as they find it first."""
        return Kinds(self._kinds, self._bodies.settled() if self._bodies else None)

    @property
    def reads_files(self) -> bool:
        """Whether graph files that nodes name can be read."""
        return self._bodies is not None

    def texts(self) -> dict[str, str]:
        """The texts of the graph files that nodes named and that were read so far, by their whole name."""
        return self._bodies.texts() if self._bodies else {}

    def outside(self, config: Mapping[str, Any]) -> str:
        """The graph file outside the folder that a node names as its body, or "" (T2).

        Raises:
            FileProblem: it cannot be the name of a file.
        """
        named = config.get("graph")
        return self._bodies.outside(named) if isinstance(named, str) and self._bodies else ""

    def config(self, kind: str, config: Mapping[str, Any]) -> NodeConfig:
        """A node's config as its kind understands it.

        Raises:
            Refused: the kind is unknown or the config does not fit; the message names the key.
            FileProblem: the graph file named as its body cannot be read.
        """
        known = self._kinds.get(kind)
        if known is None:
            raise Refused(f"This version of Baton does not know the kind “{kind}”.", "Update Baton or remove the node.")
        named = config.get("graph")
        if isinstance(named, str) and self._bodies and "body" in known.Config.model_fields:
            config = {**config, "body": self._bodies.read(named)}
        try:
            return known.Config.model_validate(config)
        except ValidationError as error:
            raise Refused(explain(error)) from None

    def ports(self, kind: str, config: Mapping[str, Any]) -> Ports | None:
        """A node's ports, or None when its kind is unknown or its config does not fit."""
        try:
            return self._kinds[kind].ports(self.config(kind, config))
        except (Refused, NodeError, FileProblem, KeyError):
            return None


def explain(error: ValidationError) -> str:
    """A validation error as one sentence: which key, and what is wrong with it."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the config"
    text = str(first["msg"]).removeprefix("Value error, ")
    more = error.error_count() - 1
    return f"“{place}”: {text[:1].lower()}{text[1:]}" + (f" (and {more} more)." if more else ".")
