"""An error reads as sentences, whoever wrote the first of them."""

import pytest

from engine.base.errors import BatonError


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("It is not there.", "It is not there. Look elsewhere."),
        ("The server said: no such model", "The server said: no such model. Look elsewhere."),
        ("It asks “why?”", "It asks “why?” Look elsewhere."),
        ("It is called “x”", "It is called “x”. Look elsewhere."),
        ("", "Look elsewhere."),
    ],
)
def test_what_happened_and_what_to_do_are_two_sentences(message: str, said: str) -> None:
    assert str(BatonError(message, "Look elsewhere.")) == said


def test_without_a_hint_the_message_stands_as_it_is() -> None:
    assert str(BatonError("no such model")) == "no such model"
