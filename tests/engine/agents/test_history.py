"""A conversation as a value, and the window of it: whole turns, the newest ones, no call without its answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.agents.history import as_value, read, window
from engine.base.errors import NodeError
from engine.models.contract import Message, ToolCall
from engine.models.tokens import estimate_message

CALL = ToolCall("c1", "fs.read", {"path": "a"})
TALK = (
    Message("user", "first"),
    Message("assistant", "", tool_calls=(CALL,)),
    Message("tool", "content", tool_call_id="c1"),
    Message("assistant", "one"),
    Message("user", "second"),
    Message("assistant", "two"),
)


def test_a_conversation_survives_being_a_value() -> None:
    assert read(as_value(TALK)) == TALK


def test_what_others_write_is_understood() -> None:
    rows = [{"role": "human", "content": "hi"}, {"role": "AI", "text": "yes"}, {"role": "user", "text": {"a": 1}}]
    assert [(m.role, m.text) for m in read(rows)] == [("user", "hi"), ("assistant", "yes"), ("user", '{\n  "a": 1\n}')]
    assert read(None) == read("") == read([]) == ()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("hello", "text"), ({"role": "user"}, "object"), ([1], "Message 1"), ([{"text": "x"}], "no role"),
        ([{"role": "user", "text": "a"}, {"role": "king", "text": "x"}], "Message 2 at .* has the role “king”"),
        ([{"role": "user"}], "no text"),
        ([{"role": "assistant", "text": "", "tool_calls": [{"name": 3}]}], "tool call"),
        ([{"role": "assistant", "text": "", "tool_calls": 4}], "tool_calls"),
    ],
)  # fmt: skip
def test_anything_else_is_a_type_error_that_says_where(value: Any, says: str) -> None:
    with pytest.raises(NodeError, match=says) as caught:
        read(value)
    assert caught.value.error_class == "type" and caught.value.hint


def test_the_window_keeps_the_newest_whole_turns() -> None:
    assert window(TALK, 1, None) == TALK[4:]
    assert window(TALK, 2, None) == window(TALK, None, None) == TALK
    tokens = sum(map(estimate_message, TALK[4:]))
    assert window(TALK, None, tokens) == TALK[4:]
    assert window(TALK, None, tokens - 1) == ()


def test_calls_and_answers_without_each_other_are_left_out() -> None:
    stray = Message("tool", "who asked?", tool_call_id="c9")
    unanswered = Message("assistant", "well", tool_calls=(CALL,))
    assert window((stray, Message("user", "x"), unanswered, Message("assistant")), None, None) == (
        Message("user", "x"), Message("assistant", "well"),
    )  # fmt: skip


turns = st.lists(
    st.tuples(st.text(max_size=20), st.booleans(), st.integers(0, 9)).map(
        lambda made: (
            Message("user", made[0]),
            *(
                (
                    Message("assistant", "", tool_calls=(ToolCall(f"c{made[2]}", "t", {}),)),
                    Message("tool", "r", tool_call_id=f"c{made[2]}"),
                )
                if made[1]
                else ()
            ),
            Message("assistant", "done"),
        )
    ),
    max_size=8,
)


@pytest.mark.slow
@given(turns, st.integers(1, 9) | st.none(), st.integers(1, 80) | st.none())
def test_every_window_is_an_end_of_the_talk_in_whole_turns_within_its_limits(
    talk: list[tuple[Message, ...]], last: int | None, most: int | None
) -> None:
    messages = tuple(message for turn in talk for message in turn)
    shown = window(messages, last, most)
    ends = [tuple(message for turn in talk[start:] for message in turn) for start in range(len(talk) + 1)]
    assert shown in ends
    assert last is None or sum(message.role == "user" for message in shown) <= last
    assert most is None or sum(map(estimate_message, shown)) <= most
