"""Keys are noticed wherever they were pasted, ordinary words and names of secrets are not taken for them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.pasted import pasted_in, pasted_key

KEYS = (
    "sk-proj-Ab3dEfGh1jKlMn0pQrStUv",
    "sk-ant-api03-AbCdEfGhIjKlMnOp",
    "sk-or-v1-0123456789abcdef0123",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "gsk_abcdefghij0123456789",
    "ghp_abcdefghijklmnopqrst",
    "github_pat_11ABCDEFG0123456789_abc",
    "glpat-abcdefghij0123456789",
    "xoxb-123456789012-abcdef",
    "AKIAIOSFODNN7EXAMPLE",
    "hf_abcdefghijklmnopqrstuv",
    "xai-abcdefghij0123456789abc",
    "-----BEGIN RSA PRIVATE KEY-----",
    "Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123",
)


@pytest.mark.parametrize("key", KEYS)
@given(before=st.sampled_from(["", "use ", "key=", '"', "\n"]), after=st.sampled_from(["", " now", '"', "\n"]))
def test_a_key_is_noticed_in_the_middle_of_a_text(key: str, before: str, after: str) -> None:
    assert pasted_key(before + key + after)


@pytest.mark.parametrize(
    "text",
    [
        "secret://github",
        "OPENAI_API_KEY",
        "sk-",
        "the task-management-of-large-teams",
        "risk-free-and-well-understood-plans",
        "ask-me-anything-about-the-weather-today",
        "https://example.org/a?b=c",
        "a bearer of bad news",
        "{{ api_key }}",
        "ghost_writers_wanted_for_long_novels",
        "Bearer {{ token }}",
        "",
    ],
)
def test_words_are_not_keys(text: str) -> None:
    assert pasted_key(text) == ""


def test_places_are_told_and_keys_are_not() -> None:
    key = KEYS[0]
    value = {"headers": {"x": f"token {key}"}, "rows": [1, None, ["a", key]], key: "named so"}
    found = list(pasted_in(value, "config"))
    assert {place for place, _ in found} == {"config.headers.x", "config.rows[2][1]", "config (a name in it)"}
    assert key not in json.dumps(found)
