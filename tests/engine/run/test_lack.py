"""What a run lacks at a budget, and what would be enough."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.run.lack import Lack


def test_what_would_be_enough_is_round() -> None:
    told = {"account": "the run", "cap_usd": 0.001, "spent_usd": 0.0005, "needs_usd": 0.0521, "cap_tokens": 100}
    assert Lack.of(told) == Lack("the run", "", 0.001, 0.0526, dollars=True)
    assert Lack("", "", 0.001, 0.0526, dollars=True).enough == 0.053
    assert Lack("", "", 0.03, 0.0526, dollars=True).enough == 0.06
    tokens = Lack.of({**told, "spent_tokens": 20, "needs_tokens": 4_317})
    assert tokens is not None
    assert (tokens.dollars, tokens.enough) == (False, 4_400)
    assert Lack.of({"cap_usd": 1.0, "spent_usd": 0.2, "needs_usd": 0.3}) is None
    assert Lack.of(None) is None


@given(cap=st.floats(0, 1e9), over=st.floats(1e-9, 1e9), dollars=st.booleans())
def test_what_would_be_enough_is(cap: float, over: float, dollars: bool) -> None:
    lack = Lack("", "", cap, cap + over, dollars=dollars)
    assert lack.enough >= lack.needed * (1 - 1e-9)
    assert dollars or lack.enough == int(lack.enough)
