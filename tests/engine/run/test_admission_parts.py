"""The pure parts of admission: headers, buckets, widths and accounts (S9, T6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.contract import Retry
from engine.run.admission.accounts import Account, to_pico
from engine.run.admission.bucket import Bucket
from engine.run.admission.claim import Need
from engine.run.admission.controller import COOL_CAP_S, pause_s
from engine.run.admission.headers import LONGEST_S, Reading, readings, seconds, whole
from engine.run.admission.width import Width
from engine.run.ladder import pause_s as attempt_pause_s

NOW = 1_700_000_000.0


@pytest.mark.parametrize(("text", "expected"), [
    ("1s", 1.0), ("6m0s", 360.0), ("120ms", 0.12), ("1h2m3.5s", 3723.5), ("12.5", 12.5), ("0s", 0.0), (" 7s ", 7.0),
    ("", None), ("soon", None), ("-5s", None), ("-5", None), ("nan", None), ("inf", None), ("1e9", None), ("5x", None),
    ("1s2", None), ("9" * 50 + "s", None), ("2023-13-45T00:00:00Z", None), ("2023-11-14T22:13:20", None),
])  # fmt: skip
def test_a_reset_is_read_in_each_form_that_vendors_use(text: str, expected: float | None) -> None:
    assert seconds(text, NOW) == (None if expected is None else pytest.approx(expected))


def test_a_reset_may_be_a_moment() -> None:
    moment = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=42)
    assert seconds(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), NOW) == pytest.approx(42.0)
    assert seconds("2001-01-01T00:00:00Z", NOW) == 0.0, "the past is now"


def test_openai_and_anthropic_tell_what_is_left() -> None:
    openai = {"x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "3",
              "x-ratelimit-reset-requests": "6m0s", "x-ratelimit-limit-tokens": "30000",
              "x-ratelimit-remaining-tokens": "29000", "x-ratelimit-reset-tokens": "120ms"}  # fmt: skip
    assert readings(openai, NOW) == [Reading("requests", 500, 3, LONGEST_S), Reading("tokens", 30000, 29000, 0.12)]
    reset = datetime.fromtimestamp(NOW + 30, UTC).isoformat()
    anthropic = {"anthropic-ratelimit-input-tokens-limit": "1000", "anthropic-ratelimit-input-tokens-remaining": "0",
                 "anthropic-ratelimit-input-tokens-reset": reset}  # fmt: skip
    assert readings(anthropic, NOW) == [Reading("input-tokens", 1000, 0, 30.0)]


@given(st.dictionaries(
    st.sampled_from([f"x-ratelimit-{part}-{what}" for part in ("limit", "remaining", "reset")
                     for what in ("requests", "tokens")]),
    st.text(max_size=80) | st.integers().map(str) | st.floats().map(str),
))  # fmt: skip
def test_whatever_stands_in_headers_is_read_within_bounds(headers: dict[str, str]) -> None:
    for reading in readings(headers, NOW):
        assert 0 <= reading.reset_s <= LONGEST_S
        assert reading.remaining >= 0
        assert reading.limit is None or reading.limit > 0


@given(st.text(max_size=40))
def test_a_number_is_whole_or_nothing(text: str) -> None:
    found = whole(text)
    assert found is None or found >= 0


def test_a_bucket_holds_back_what_the_server_would_not_take() -> None:
    bucket, need = Bucket("m"), Need(100, 50)
    assert bucket.opens(need, 0.0) <= 0.0, "nothing was told yet"
    bucket.learn([Reading("requests", 10, 1, 20.0)], 0.0)
    bucket.take(need)
    assert bucket.opens(need, 1.0) == 20.0
    assert bucket.opens(need, 20.0) <= 20.0, "the minute starts anew"


def test_what_is_in_flight_counts_against_what_is_told() -> None:
    bucket, need = Bucket("m"), Need(100, 50)
    for _ in range(3):
        bucket.take(need)
    bucket.give(need)
    bucket.learn([Reading("tokens", 1000, 400, 10.0)], 0.0)
    assert bucket.opens(Need(50, 50), 0.0) <= 0.0, "400 less 2 of 150 leaves 100"
    assert bucket.opens(Need(51, 50), 0.0) == 10.0


def test_what_is_in_flight_when_the_minute_is_over_counts_in_the_next_one() -> None:
    bucket, need = Bucket("m"), Need(1, 1)
    bucket.learn([Reading("requests", 3, 2, 10.0)], 0.0)
    for _ in range(2):
        bucket.take(need)
    assert bucket.opens(need, 9.0) == 10.0
    assert bucket.opens(need, 10.0) <= 10.0, "one of three is left beside those two"
    bucket.take(need)
    assert bucket.opens(need, 10.0) == 70.0


def test_a_call_that_was_never_sent_gives_back_what_it_took_of_the_minute() -> None:
    bucket, need = Bucket("m"), Need(1, 1)
    bucket.learn([Reading("requests", 3, 1, 10.0)], 0.0)
    bucket.take(need)
    bucket.give(need)
    assert bucket.opens(need, 1.0) == 10.0, "what was sent stays taken"
    bucket.give_back(need)
    assert bucket.opens(need, 1.0) <= 1.0


def test_a_request_larger_than_the_whole_allowance_is_sent_alone() -> None:
    bucket, small = Bucket("m"), Need(1, 1)
    bucket.learn([Reading("tokens", 100, 100, 10.0)], 0.0)
    assert bucket.opens(Need(500, 500), 0.0) <= 0.0
    bucket.take(small)
    assert bucket.opens(Need(500, 500), 0.0) > 0.0


def test_ten_refusals_of_calls_that_were_in_flight_together_cool_once() -> None:
    bucket, width = Bucket("m"), Width("p", running=10)
    assert [bucket.cool(serial, 10, 7.0) for serial in range(1, 11)] == [True] + [False] * 9
    halved = []
    for serial in range(1, 11):
        halved.append(width.halve(serial, 10))
        width.running -= 1
    assert halved == [True] + [False] * 9
    assert (bucket.strikes, width.limit) == (1, 5)
    assert bucket.cool(11, 11, 20.0), "a call that went out later is news"
    bucket.cool(12, 12, 9.0)
    assert bucket.shut_until == 20.0, "a shorter pause does not end a longer one"


def test_a_width_is_halved_again_though_calls_of_its_wider_days_still_run() -> None:
    width = Width("p", running=10)
    width.halve(1, 10)
    width.running = 9
    width.halve(11, 11)
    assert width.limit == 2


@given(st.lists(st.booleans(), max_size=200), st.none() | st.integers(1, 8))
def test_a_width_stays_between_one_and_what_is_set(outcomes: list[bool], at_most: int | None) -> None:
    width = Width("p", at_most)
    for serial, well in enumerate(outcomes, 1):
        width.running = width.limit or 20
        width.widen() if well else width.halve(serial, serial)
        assert width.limit is None or width.limit >= 1
        assert at_most is None or (width.limit is not None and width.limit <= at_most)


def test_a_width_recovers_by_one_for_each_round_of_calls_that_went_well() -> None:
    width = Width("p", running=16)
    width.halve(1, 16)
    assert width.limit == 8
    for _ in range(8):
        width.widen()
    assert width.learnt == pytest.approx(9.0, abs=0.6)


@given(st.integers(1, 50), st.floats(0, 100), st.floats(0, 100), st.none() | st.floats(0, 1e9))
def test_pauses_stay_within_their_bounds(failures: int, base: float, cap: float, told: float | None) -> None:
    pause = attempt_pause_s(failures, Retry(base_s=base, cap_s=cap), told)
    assert 0 <= pause <= cap
    if told is not None:
        assert pause == min(told, cap)
    assert 0 < pause_s(failures) <= COOL_CAP_S


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=60), st.floats(0, 5), st.randoms())
def test_accounts_never_admit_over_any_cap_and_end_at_exact_sums(
    calls: list[tuple[float, float]], cap: float, order: object
) -> None:
    run = Account.opened("the run", cap, None)
    node = Account.opened("the node", cap / 2, None, run)
    assert run is not None
    assert node is not None
    held = []
    for most, share in calls:
        usd = to_pico(most)
        if node.without_room(usd, 0) is None:
            node.take(usd, 0)
            held.append((usd, round(usd * share)))
        for account in (run, node):
            assert account.usd.cap is not None
            assert account.usd.spent + account.usd.reserved <= account.usd.cap
    order.shuffle(held)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random, typed as object
    for usd, cost in held:
        node.settle((usd, 0), cost, 0)
    assert (run.usd.reserved, run.held) == (0, 0)
    assert run.usd.spent == node.usd.spent == sum(cost for _, cost in held)


@pytest.mark.parametrize("costs", [(to_pico(0.8), 1), (1, 80)], ids=["dollars", "tokens"])
def test_an_account_warns_once_when_four_fifths_of_either_cap_are_spent(costs: tuple[int, int]) -> None:
    account = Account.opened("the run", 1.0, 100)
    assert account is not None
    warned = [account.settle((0, 0), *cost) for cost in ((0, 79), (0, -79), costs, (1, 1))]
    assert warned == [[], [], [account], []]


def test_a_cap_in_tokens_guards_a_call_of_unknown_price_at_its_level_or_outside_of_it() -> None:
    run = Account.opened("the run", 1.0, None)
    both = Account.opened("the run", 1.0, 1000)
    assert run is not None
    assert both is not None
    assert run.unguarded() is run
    assert both.unguarded() is None
    inside = Account.opened("the node", None, 100, run)
    assert inside is not None
    assert inside.unguarded() is None
    outside = Account.opened("the node", 0.5, None, both)
    assert outside is not None
    assert outside.unguarded() is outside, "the run's tokens do not hold the node's money"
