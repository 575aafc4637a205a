"""What a run came to: the result for Python users and the object of `baton run --json` (formats.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from engine.base.values import Value
from engine.run.events import Event
from engine.run.view import NodeView, View

EXIT_CODES: Final = {"completed": 0, "completed_with_warnings": 0, "failed": 1, "paused": 3, "cancelled": 130}


class Result:
    """The end of a run, read from its view.

    Args:
        fold: gives the view; asked when something is first read, since a run that was watched is folded elsewhere.
        last: the run's last event; how it ended is read from it alone, without the thousands before it.
    """

    def __init__(self, fold: Callable[[], View], last: Event | None = None) -> None:
        self._fold, self._last = fold, last

    @cached_property
    def view(self) -> View:
        """The fold of all the run's events."""
        return self._fold()

    @cached_property
    def _end(self) -> View:
        if self._last is None:
            return self.view
        end = View()
        end.apply(self._last)
        return end

    @property
    def run(self) -> str:
        return self._end.run

    @property
    def status(self) -> str:
        """An outcome of semantics.md S1."""
        return self._end.status

    @property
    def reason(self) -> str:
        return self._end.reason

    @property
    def outputs(self) -> Mapping[str, Value]:
        """Values by the names of output nodes; one without a value is absent (S1)."""
        return self._end.outputs

    @property
    def no_output(self) -> Mapping[str, Any] | None:
        """Who closed the way to every output, when none got a value (S1)."""
        return self._end.no_output

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._end.warnings

    @property
    def cost_usd(self) -> float | None:
        """US dollars; None when some price is unknown."""
        return self.view.cost

    @property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """What became of each node, by `scope/node`."""
        return {key: _node(node) for key, node in self.view.nodes.items()}

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """Questions to people that nobody has answered: key, kind, question, schema, and the deadline if any (S13)."""
        names = ("kind", "question", "schema", "deadline")
        return [
            {"key": key, **{name: asked[name] for name in names if name in asked}}
            for key, asked in self.view.waiting.items()
        ]

    @property
    def exit_code(self) -> int:
        return EXIT_CODES.get(self.status, 1)

    def as_json(self) -> dict[str, Any]:
        """The object that `baton run --json` prints; what does not apply is absent."""
        view = self.view
        found: dict[str, Any] = {
            "run": view.run,
            "status": view.status,
            "outputs": dict(view.outputs),
            "nodes": self.nodes,
            "usage": {"input_tokens": view.input_tokens, "output_tokens": view.output_tokens},
            "cost_usd": view.cost,
            "warnings": list(view.warnings),
        }
        if view.reason:
            found["reason"] = view.reason
        if self.waiting:
            found["waiting"] = self.waiting
        if view.no_output is not None:
            found["no_output"] = dict(view.no_output)
        return found


def _node(node: NodeView) -> dict[str, Any]:
    """A node as data. `route` is the id of the one route taken, or a list where a router chose several."""
    called = bool(node.replies or node.input_tokens or node.output_tokens)
    usage = {"input_tokens": node.input_tokens, "output_tokens": node.output_tokens}
    full: dict[str, Any] = {
        "status": node.status,
        "reason": None if node.error else node.reason or None,
        "source": node.source or None,
        "seconds": None if node.seconds is None else round(node.seconds, 6),
        "attempts": node.attempt or None,
        "model": node.model or None,
        "degraded": node.degraded or None,
        "route": (node.route[0] if len(node.route) == 1 else list(node.route)) or None,
        "usage": usage if called else None,
        "error": dict(node.error) if node.error else None,
    }
    shown = {key: value for key, value in full.items() if value is not None}
    if called:
        shown["cost_usd"] = node.cost
    return shown
