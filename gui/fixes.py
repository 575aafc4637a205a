"""Problems that one click can solve: the machine names that check offers -> what the button says and does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.graph import commands
from engine.graph.records import Edge
from engine.plan.exclusive import Exclusive
from engine.plan.facts import facts_of
from engine.plan.namesake import namesake
from engine.plan.ports import ports_of
from engine.plan.problem import Problem
from engine.plan.wrap import circle_of, wrap_in_loop
from gui.dialogs.store_key import store_key
from gui.keys_found import pasted_at
from gui.pinning import unpin

if TYPE_CHECKING:
    from gui.session import Session
    from gui.studio import Studio


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix: the words on its button, and what it does."""

    title: str
    do: Callable[[Studio, Problem], object]


def go_to(session: Session, problem: Problem) -> Problem:
    """Shows the graph that a problem is in, what it is about selected. Returns the problem as that graph names it."""
    if problem.offer == "add_output" and problem.node:  # it is about the whole graph inside a container
        session.enter(tuple(problem.node.split("/")))
        return replace(problem, node="")
    inside, _, node = problem.node.rpartition("/")
    edge = problem.edge.removeprefix(f"{inside}/") if inside else problem.edge
    if problem.node and (inside or session.inside):
        session.show_node(problem.node)
    elif session.inside:
        session.enter(())
    if tuple(filter(None, inside.split("/"))) == session.inside:
        session.select([node] if node else [], [edge] if edge else [])
    return replace(problem, node=node, edge=edge)


def solve(studio: Studio, problem: Problem) -> None:
    """Does what the button of a problem offers, in the graph where the problem is."""
    FIXES[problem.offer].do(studio, go_to(studio.session, problem))


def _delete_edge(studio: Studio, problem: Problem) -> None:
    session = studio.session
    session.commit(commands.remove(session.graph, edges=[problem.edge]), "Delete 1 edge")


def _delete_node(studio: Studio, problem: Problem) -> None:
    session = studio.session
    session.commit(commands.remove(session.graph, [problem.node]), "Delete 1 node")


def _add_output(studio: Studio, problem: Problem) -> None:
    """Adds an output behind the last node that gives something nobody takes."""
    session = studio.session
    graph = session.graph
    loose = [node for node in graph.nodes if not graph.outgoing(node)]
    source = problem.node or next(reversed(loose), "")
    x, y = graph.places.get(source, (0.0, 0.0))
    after, added = commands.add_node(graph, "output", (x + 320, y))
    ports = ports_of(graph, session.kinds, source) if source in graph.nodes else None
    if ports is not None and ports.outputs:
        after = commands.connect(after, Edge(source, ports.outputs[0].name, added, "value"))
    if session.commit(after, "Add Output"):
        session.select([added])


ROOM = 272.0
"""Canvas units that a node put in between takes: the widest one, and a gap."""


def _insert_merge(studio: Studio, problem: Problem) -> None:
    """Joins the edges into a port for one value with a merge before it; what stands behind makes room."""
    session = studio.session
    graph, target = session.graph, problem.node
    edges = [edge for edge in graph.incoming(target) if edge.target_port == problem.place]
    x, y = graph.places.get(target, (0.0, 0.0))
    after = commands.move(graph, {key: (px + ROOM, py) for key, (px, py) in graph.places.items() if px >= x})
    after, merge = commands.add_node(after, "merge", (x, y))
    after = commands.connect(
        after, Edge(merge, "value", target, problem.place), replacing=[edge.key for edge in edges[:1]]
    )
    after = commands.remove(after, edges=[edge.key for edge in edges[1:]])
    for edge in edges:
        after = commands.connect(after, Edge(edge.source, edge.source_port, merge, "items"))
    if session.commit(after, "Insert Merge"):
        session.select([merge])


def join_namesake(session: Session, node: str, port: str) -> None:
    """Draws the wire that an input asks for by its name, where there is a node called so."""
    edge = namesake(facts_of(session.graph, session.kinds), node, port)
    if edge is not None and edge.key not in session.graph.edges:
        session.commit(commands.connect(session.graph, edge), "Connect")


def _make_optional(studio: Studio, problem: Problem) -> None:
    """Marks wired ports as optional, the last ones first, until the node can run."""
    session, node = studio.session, problem.node
    after = session.graph
    optional: list[str] = list(after.nodes[node].config.get("optional", ()))
    for port in reversed(dict.fromkeys(edge.target_port for edge in after.incoming(node))):
        if node not in Exclusive(facts_of(after, session.kinds)).never:
            break
        optional = list(dict.fromkeys([*optional, port]))
        after = commands.set_config(after, node, {"optional": optional})
    session.commit(after, "Make a port optional")
    session.select([node])


def _wrap_in_loop(studio: Studio, problem: Problem) -> None:
    """Moves the whole circle that a node stands in into a loop."""
    session = studio.session
    after, loop = wrap_in_loop(session.graph, circle_of(session.graph, problem.node))
    if session.commit(after, "Wrap in a loop"):
        session.select([loop])


def _unpin(studio: Studio, _problem: Problem) -> None:
    unpin(studio.session)  # it is selected now


def _store_secret(studio: Studio, problem: Problem) -> None:
    """Asks how the key shall be called, unless it is gone already."""
    pasted = pasted_at(studio.session.graph, problem.node)
    if pasted is not None:
        store_key(studio, pasted)


def _settings(studio: Studio, _problem: Problem) -> None:
    studio.actions["help.settings"].trigger(studio)


FIXES: Mapping[str, Fix] = MappingProxyType(
    {
        "delete_edge": Fix("Delete the edge", _delete_edge),
        "delete_node": Fix("Delete the node", _delete_node),
        "add_output": Fix("Add an output", _add_output),
        "add_key": Fix("Open the settings", _settings),
        "insert_merge": Fix("Insert a merge", _insert_merge),
        "make_optional": Fix("Make it optional", _make_optional),
        "join_namesake": Fix("Draw it", lambda studio, p: join_namesake(studio.session, p.node, p.place)),
        "wrap_in_loop": Fix("Wrap them in a loop", _wrap_in_loop),
        "unpin": Fix("Unpin it", _unpin),
        "store_secret": Fix("Store the key…", _store_secret),
        "map_tiers": Fix("Open the settings", _settings),
    }
)
