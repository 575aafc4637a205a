"""How items of a map are counted and when it stops (semantics.md S5), over any order of ends."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.tally import BREAKER, Item, Tally

ERRORS = st.sampled_from(["a", "b"]).map(lambda text: {"class": "tool", "message": text})
ENDS = st.integers().map(lambda value: Item("ok", value)) | st.just(Item("skipped")) | st.builds(
    lambda error, cost: Item("failed", error=error, cost=cost), ERRORS, st.sampled_from([0.25, None])
)  # fmt: skip
POLICIES = st.sampled_from(["collect", "drop", "null", "fail_fast"])


def failed(message: str = "no", error_class: str = "tool") -> Item:
    return Item("failed", error={"class": error_class, "message": message})


@given(st.lists(ENDS, max_size=12), POLICIES, st.integers(0, 3), st.randoms())
def test_records_are_aligned_and_counts_are_true(ends: list[Item], policy: str, most: int, random: Any) -> None:
    tally = Tally(len(ends), policy, most)
    order = list(range(len(ends)))
    random.shuffle(order)
    done: list[int] = []
    for index in order:
        if not tally.admits:
            break
        tally.add(index, ends[index])
        done.append(index)
    bad = [index for index in done if ends[index].status == "failed"]
    assert tally.counts() == {"done": len(done), "failed": len(bad), "total": len(ends)}
    why = "run_failed" if policy == "fail_fast" else "breaker"
    left = {"status": "cancelled", "cost_usd": 0.0, "attempts": 0, "reason": why}
    assert tally.records() == [ends[i].record() if i in done else left for i in range(len(ends))]
    assert [index for index, _ in tally.cancelled()] == [i for i in range(len(ends)) if i not in done]
    assert [line["index"] for line in tally.errors()] == sorted(bad)
    kept = {i for i in done if ends[i].status == "ok" or (policy == "null" and i in bad)}
    assert tally.values() == [ends[i].value for i in sorted(kept)]
    allowed = {"collect": most, "fail_fast": 0}.get(policy, len(ends))
    assert (tally.error() is not None) == (len(bad) > allowed or len(done) < len(ends))


@given(st.lists(ENDS, max_size=30), st.sampled_from(["collect", "drop", "null"]))
def test_it_stops_exactly_when_as_many_errors_in_a_row_say_the_same(ends: list[Item], policy: str) -> None:
    tally = Tally(len(ends), policy, 99)
    for index, end in enumerate(ends):
        tally.add(index, end)
        row = ends[max(0, index + 1 - BREAKER) : index + 1]
        same = len(row) == BREAKER and all(item.error == row[0].error and item.error for item in row)
        assert tally.stopped == ("breaker" if same else "")
        if same:
            return


def test_the_breaker_does_not_fail_a_map_that_left_nothing_out() -> None:
    tally = Tally(3, "drop", 0)
    for index in range(3):
        tally.add(index, failed())
    assert tally.stopped == "breaker"
    assert tally.error() is None


def test_only_failures_that_another_try_may_help_are_tried_again() -> None:
    tally = Tally(5, "collect", 5)
    for index, error_class in enumerate(["transient", "refused", "bad_request", "type", "timeout"]):
        tally.add(index, failed(error_class, error_class))
    assert tally.to_retry() == [0, 4]
    tally.add(2, failed("no key", "credentials"))
    assert tally.to_retry() == []


def test_a_later_round_is_the_truth_and_adds_up() -> None:
    tally = Tally(2, "collect", 0)
    tally.add(0, Item("ok", 1))
    tally.add(1, Item("failed", error={"class": "tool"}, cost=0.5, attempts=3))
    again = tally.add(1, Item("ok", "late", cost=0.25, attempts=2))
    assert again.record() == {"status": "ok", "cost_usd": 0.75, "attempts": 5, "value": "late"}
    assert tally.counts() == {"done": 2, "failed": 0, "total": 2}
    assert tally.values() == [1, "late"]
    assert tally.error() is None


def test_an_unknown_price_stays_unknown() -> None:
    assert Item("ok", cost=0.1).after(Item("failed", cost=None)).cost is None


def test_items_that_share_an_end_are_failures_but_no_row() -> None:
    tally = Tally(4, "collect", 0)
    tally.add(0, failed())
    for index in (1, 2, 3):
        tally.add(index, failed(), shared=True)
    assert (tally.failed_items, tally.stopped) == (4, "")


def test_errors_are_the_same_only_with_one_class_and_one_message() -> None:
    for others in (("no", "timeout"), ("not now", "tool")):
        tally = Tally(4, "collect", 9)
        for index, error in enumerate((failed(), failed(), failed(*others), failed())):
            tally.add(index, error)
        assert tally.admits


def test_a_success_between_equal_errors_begins_a_new_row() -> None:
    tally = Tally(9, "collect", 9)
    for index, end in enumerate([failed(), failed(), Item("ok"), failed(), failed()]):
        tally.add(index, end)
    assert tally.admits
    tally.add(5, failed())
    assert not tally.admits


def test_a_new_round_begins_without_errors_in_a_row() -> None:
    tally = Tally(3, "collect", 9)
    for index in (0, 1):
        tally.add(index, failed("no", "transient"))
    assert tally.to_retry() == [0, 1]
    tally.add(0, failed("no", "transient"))
    assert tally.admits


def test_the_first_reason_to_stop_is_the_one_that_is_told() -> None:
    tally = Tally(2, "fail_fast", 0)
    tally.add(0, failed())
    tally.stop("breaker")
    assert [item.reason for _, item in tally.cancelled()] == ["run_failed"]


def test_what_failed_is_told_by_name_and_why() -> None:
    tally = Tally(6, "drop", 0)
    for index in range(1, 6):
        tally.add(index, Item("failed", error={"class": "tool", "message": f"no {index}"}))
    said = tally.told({1: "a.txt", 2: "", 3: "c.txt"}.__getitem__)
    assert said == "5 of 6 items failed and 1 was not started: a.txt, item 3, c.txt and 2 more; the first said: no 1"
