"""A secret never shows, however the text that holds it is cut; all other text comes out as it went in."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.base.redacted import RedactedText
from engine.base.secrets import Redactor

SECRETS = ("sk-canary-123456", "sk-canary-xyz", "aaaaaab")
words = st.sampled_from([*SECRETS, "sk-", "sk-canary-", "aaa", "b", " ", "\u00e9", "c2stY2FuYXJ5"])


def shown(text: str, cuts: list[int]) -> str:
    seen: list[str] = []
    stream = RedactedText(Redactor(SECRETS), seen.append)
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    for start, end in pairwise(edges):
        stream.add(text[start:end])
        assert "" not in seen
    stream.finish()
    return "".join(seen)


@given(st.lists(words, max_size=12).map("".join), st.lists(st.integers(0, 120), max_size=20))
def test_how_the_text_is_cut_never_shows_a_secret(text: str, cuts: list[int]) -> None:
    out = shown(text, cuts)
    assert not any(secret in out for secret in SECRETS)
    if not any(secret in text for secret in SECRETS):
        assert out == text


def test_only_what_may_be_a_secret_is_held_back() -> None:
    seen: list[str] = []
    stream = RedactedText(Redactor(SECRETS), seen.append)
    stream.add("hello sk-can")
    assert seen == ["hello "]
    stream.add("not")
    assert seen == ["hello ", "sk-cannot"]
    assert Redactor().begun("anything") == 0
