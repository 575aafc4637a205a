"""How a command hears SIGINT and SIGTERM, and what a late one may still do."""

from __future__ import annotations

import signal
from collections.abc import Generator

import pytest

from engine.base.signals import stopping

BOTH = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def handlers() -> Generator[None, None, None]:
    """Puts back what a test changes for its process."""
    before = {number: signal.getsignal(number) for number in BOTH}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", BOTH)
def test_each_one_is_told_and_a_late_one_changes_nothing(number: signal.Signals) -> None:
    stops: list[str] = []
    with stopping(lambda: stops.append("stop")) as stopped:
        assert not stopped.is_set()
        signal.raise_signal(number)
        signal.raise_signal(number)
    assert stopped.is_set() and stops == ["stop", "stop"]
    for late in BOTH:
        signal.raise_signal(late)
    assert stops == ["stop", "stop"]


def test_without_one_all_is_as_before() -> None:
    before = [signal.getsignal(number) for number in BOTH]
    with stopping(lambda: None) as stopped:
        pass
    assert not stopped.is_set() and [signal.getsignal(number) for number in BOTH] == before
