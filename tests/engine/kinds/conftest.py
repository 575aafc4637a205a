"""Runs of graphs that reach outside: trusted first, as a person would, in a folder of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.base.clock import Clock
from engine.graph.graph import Graph
from engine.plan.capabilities import capabilities
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from engine.testing import Played

Trusted = Callable[..., Awaitable[Played]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder where the graph stands."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def trusted(services: Services, place: Path) -> Trusted:
    """Trusts a graph and runs it to its end; `private_hosts` are allowed by the settings; `watch` sees each event."""

    async def play(
        graph: Graph,
        inputs: dict[str, Any] | None = None,
        *,
        private_hosts: tuple[str, ...] = (),
        clock: Clock | None = None,
        watch: Callable[[Event], None] = lambda _: None,
        **options: Any,
    ) -> Played:
        settings = services.settings.model_copy(update={"allow_private_addresses": private_hosts})
        mine = replace(services, settings=settings, clock=clock or services.clock)
        services.trust.trust(capabilities(graph, services.kinds, place), 0.0)
        events: list[Event] = []

        def seen(batch: Sequence[Event]) -> None:
            events.extend(batch)
            for event in batch:
                watch(event)

        run = Run(graph, inputs, RunOptions(journal=False, pace=0, **options), folder=place, services=mine)
        result = await run.execute(seen)
        return Played(result, events)

    return play
