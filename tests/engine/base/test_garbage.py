"""The collector rests for a moment, and is back whatever happened."""

from __future__ import annotations

import gc

import pytest

from engine.base.garbage import uncollected


def test_the_collector_rests_and_comes_back() -> None:
    with pytest.raises(KeyError), uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_one_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
