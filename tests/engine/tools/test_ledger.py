"""The ledger: a write never goes over a version that its node does not know, and unordered nodes that meet are told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.tools.ledger import Ledger, Touched

ORDERED = {("a", "b"), ("a", "c")}


def before(one: str, other: str) -> bool:
    return (one, other) in ORDERED


class NoLostUpdate(RuleBasedStateMachine):
    """Nodes read a counter, keep what they saw, and write one more; stale writes are refused. Nothing is ever lost."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger, self.content, self.made = Ledger(before), 0, 0
        self.saw: dict[str, int] = {}

    @rule(node=st.sampled_from("bcde"))
    def read(self, node: str) -> None:
        self.saw[node] = self.content
        self.ledger.note(Touched(node, "r", f"v{self.content}"))

    @rule(node=st.sampled_from("bcde"))
    def write(self, node: str) -> None:
        if node not in self.saw or not self.ledger.knows(node, "r", f"v{self.content}"):
            return
        self.content = self.saw[node] = self.saw[node] + 1
        self.made += 1
        self.ledger.note(Touched(node, "r", f"v{self.content}", wrote=True))

    @invariant()
    def every_write_counts(self) -> None:
        assert self.content == self.made


TestNoLostUpdate = NoLostUpdate.TestCase


def test_who_comes_after_knows_what_was_written_before() -> None:
    ledger = Ledger(before)
    ledger.note(Touched("a", "r", "v1", wrote=True))
    assert ledger.knows("b", "r", "v1") and not ledger.knows("e", "r", "v1")
    assert not ledger.knows("b", "r", "v2")  # somebody else was there since
    assert ledger.knows("e", "r", "")  # what is not there can be made by anybody
    assert (ledger.writer("r", "v1"), ledger.writer("r", "v2")) == ("a", "")


def test_nodes_that_meet_without_order_are_told_once_with_both_sides() -> None:
    ledger = Ledger(before)
    assert ledger.note(Touched("b", "r", "v1")) is None
    assert ledger.note(Touched("a", "r", "v2", wrote=True)) is None  # a comes before b: that order is drawn
    meeting = ledger.note(Touched("c", "r", "v3", wrote=True))
    assert meeting is not None and (meeting.other.node, meeting.other.did, meeting.other.version) == ("b", "read", "v1")
    assert ledger.note(Touched("c", "r", "v4", wrote=True)) is None
    again = ledger.note(Touched("b", "r", "v5", wrote=True))
    assert again is not None and again.other.node == "c"
    record = again.record("written", "fs:r")
    assert [side["node"] for side in record["sides"]] == ["c", "b"] and record["outcome"] == "written"
    assert "neither waits for the other" in record["why"]


def test_readers_do_not_meet() -> None:
    ledger = Ledger()
    assert [ledger.note(Touched(node, "r", "v1")) for node in "abc"] == [None, None, None]


@given(st.lists(st.builds(Touched, st.sampled_from("abcd"), st.sampled_from("rs"), st.sampled_from("xyz"),
                          st.booleans()), max_size=20))  # fmt: skip
def test_a_restored_ledger_is_the_one_that_was_left(past: list[Touched]) -> None:
    lived, restored = Ledger(before), Ledger(before, past)
    for touched in past:
        lived.note(touched)
    for node in "abcd":
        for resource in "rs":
            for version in "xyz":
                assert lived.knows(node, resource, version) == restored.knows(node, resource, version)
            assert lived.count(resource) == restored.count(resource)
            last = Touched(node, resource, "w", wrote=True)
            assert lived.note(last) == restored.note(last)
