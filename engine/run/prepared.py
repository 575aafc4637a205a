"""A graph made ready for its next run; running the same graph again does not make it ready again."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engine.files.format import dumps
from engine.graph.graph import Graph
from engine.graph.records import GraphSettings
from engine.kinds.registry import Kinds
from engine.plan.capabilities import Capabilities, capabilities
from engine.plan.compile import compile_graph
from engine.plan.plan import Plan
from engine.run.given import model_names
from engine.run.guard import Guard
from engine.run.options import checked_settings


@dataclass(frozen=True)
class Prepared:
    """What a run needs to know of its graph before it starts.

    Attributes:
        settings: those of the graph, which mean something.
        could: what its nodes could do outside (T2).
        chains: the guards around its nodes and those of its bodies, filled in by its runs.
    """

    graph: Graph
    folder: Path | None
    settings: GraphSettings
    plan: Plan
    could: Capabilities
    chains: dict[int, tuple[Guard, ...]] = field(default_factory=dict)

    @cached_property
    def models(self) -> frozenset[str]:
        """The names of all models that it may call."""
        return frozenset(model_names(self.plan))

    @cached_property
    def text(self) -> str:
        """The graph as it is stored beside the run, before secrets are taken out."""
        return dumps(self.graph, flat=True)


class Preparations:
    """Keeps what was made of the graph that ran last, for services that run one graph again and again."""

    def __init__(self) -> None:
        self._last: Prepared | None = None

    def of(self, graph: Graph, kinds: Kinds, folder: Path | None) -> Prepared:
        """A graph made ready. The files beside it that it names are read each time.

        Args:
            kinds: always the same ones, reading the files in `folder`.

        Raises:
            WrongUse: the graph cannot run, or one of its settings means nothing.
        """
        last = self._last
        if last is not None and self.ready(graph, folder):
            return last
        settings, kinds = checked_settings(graph), kinds.settled()
        plan = compile_graph(graph, kinds)
        made = Prepared(graph, folder, settings, plan, capabilities(graph, kinds, folder))
        self._last = None if _names_files(made.plan) else made
        return made

    def ready(self, graph: Graph, folder: Path | None) -> bool:
        """Whether this graph was made ready last, and is so still."""
        last = self._last
        return last is not None and last.graph is graph and last.folder == folder


def _names_files(plan: Plan) -> bool:
    """Whether a container's body stands in a file, which may change at any time."""
    named = any(getattr(plan.nodes[index].config, "graph", None) for index in plan.bodies)
    return named or any(_names_files(inner) for inner in plan.inside())
