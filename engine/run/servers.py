"""Looks at tool servers outside any run: what each offers, what was accepted of it, and accepting it (T4)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.base.errors import BatonError, NodeError, WrongUse
from engine.base.values import Value
from engine.tools.mcp.description import Description
from engine.tools.mcp.pins import Judged

if TYPE_CHECKING:
    from engine.graph.graph import Graph
    from engine.plan.plan import Plan
    from engine.run.services import Services


Place = Literal["graph", "settings"]
"""Whether a graph names a server, or the settings."""


@dataclass(frozen=True)
class Looked:
    """A tool server as it was found.

    Attributes:
        problem: why it cannot be used, or "".
        told: who it says that it is: `name`, `version`, `protocol`.
        log: the end of what it wrote on stderr, when it failed.
    """

    description: Description
    place: Place
    tools: tuple[Judged, ...] = ()
    problem: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    log: str = ""


@dataclass(frozen=True)
class Listed:
    """A tool server as it is written; nothing was started.

    Attributes:
        written: what stands in the file, whatever that is.
        inside: it stands in a graph inside the graph.
        description: None when it is not described as a server is; `problem` says why.
        hidden: another one of the same name counts before it.
    """

    name: str
    place: Place
    written: Any
    inside: bool = False
    description: Description | None = None
    problem: str = ""
    hidden: bool = False


def listed(
    services: Services, graph: Graph | None = None, folder: Path | None = None, *, inside: bool = True
) -> list[Listed]:
    """All servers of a graph and of the graphs inside it, then those of the settings. Starts nothing (T1).

    Args:
        inside: False leaves out the graphs inside it, which is quick however large the graph is.
    """
    found: list[Listed] = []
    names = set[str]()
    for level, (own, inner) in enumerate(_levels(services, graph, inside=inside)):
        place = folder / inner if folder else None
        found += [_listed(name, "graph", server, place, level > 0, name in names) for name, server in own.items()]
        names.update(own)
    mine = services.settings.tool_servers.items()
    return found + [_listed(name, "settings", server, None, False, name in names) for name, server in mine]


def _listed(name: str, place: Place, written: Any, folder: Path | None, inside: bool, hidden: bool) -> Listed:
    try:
        return Listed(name, place, written, inside, Description.read(name, written, folder), hidden=hidden)
    except WrongUse as error:
        return Listed(name, place, written, inside, problem=error.message, hidden=hidden)


async def looked_at(
    services: Services, graph: Graph | None = None, folder: Path | None = None, only: str = ""
) -> list[Looked]:
    """Starts servers side by side and asks what they offer. The graph must be trusted.

    Args:
        only: the name of the only one that is of interest.

    Raises:
        WrongUse: one is not described as a server is, or there is none of that name.
    """
    there = [each for each in listed(services, graph, folder) if not each.hidden]
    if only and only not in (each.name for each in there):
        names = ", ".join(each.name for each in there)
        raise WrongUse(f"There is no tool server “{only}”.", f"There are: {names or 'none'}.")
    servers: list[tuple[Description, Place]] = []
    for each in there:
        if only and each.name != only:
            continue
        if each.description is None:
            raise WrongUse(each.problem, "Correct its description.")
        servers.append((each.description, each.place))
    said: dict[str, dict[str, Any]] = {}

    def tell(_kind: str, data: Mapping[str, Value]) -> None:
        said.setdefault(str(data["server"]), {}).update(data)

    use = services.tool_servers.use(tell)

    async def look(description: Description, place: Place) -> Looked:
        try:
            tools = await use.tools(description)
        except NodeError as error:
            log = str(said.get(description.name, {}).get("log", ""))
            return Looked(description, place, problem=str(error), log=log)
        found = said.get(description.name, {})
        told: dict[str, Any] = {key: found[key] for key in ("name", "version", "protocol") if key in found}
        return Looked(description, place, tuple(tools), told=told)

    try:
        return list(await asyncio.gather(*(look(*each) for each in servers)))
    finally:
        await use.aclose()


def accept(services: Services, found: Looked) -> None:
    """Accepts a server's tools as they were found.

    Raises:
        BatonError: it could not be used, or nothing can be stored.
    """
    if found.problem:
        raise BatonError(found.problem)
    offered = [each.definition for each in found.tools if each.state not in ("gone", "refused")]
    try:
        services.tool_servers.pins.accept(found.description, offered, services.clock.wall())
    except OSError as error:
        raise BatonError(f"This cannot be stored: {error.strerror}.", "Make room on the disk.") from None


def _levels(services: Services, graph: Graph | None, *, inside: bool) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The servers of a graph and of those inside it, each with the folder of its file."""
    if graph is None:
        return
    own = graph.head.get("tool_servers")
    if not inside:
        yield (own if isinstance(own, Mapping) else {}), ""
        return
    from engine.plan.compile import compile_graph  # late: the studio lists servers before its first paint

    try:
        todo = [compile_graph(graph, services.kinds)]
    except WrongUse:  # it cannot run, but its own servers can be looked at
        yield (own if isinstance(own, Mapping) else {}), ""
        return
    while todo:
        plan: Plan = todo.pop()
        yield plan.servers, plan.folder
        todo.extend(plan.inside())
