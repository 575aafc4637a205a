"""Keys are noticed wherever they were pasted, ordinary words and names of secrets are not taken for them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.pasted import masked, pasted_in, pasted_key

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
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "postgres://reader:hunter22@db.example.org/x",
    "https://example.org/v1?api_key=0123456789abcdef0123",
    "https%3A%2F%2Freader%3Ahunter22%40example.org",
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
        "https://{{ user }}:{{ password }}@example.org/",
        "https://reader:secret://db@example.org",
        "https://example.org/?key={{ key }}&page=2",
        "https://example.org/?key=a-word-and-another-word",
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


@given(st.sampled_from(["sk-ant-api03-AbCdEfGhIjKlMnOp", "-----BEGIN PRIVATE KEY-----", "sk-AbCdEfGhIjKlMnOp12345678",
                        "sk-proj-AbCdEfGhIjKlMnOp12345678", "ghp_AbCdEfGhIjKlMnOp12345678", "AKIAIOSFODNN7EXAMPLE"]),
       st.binary(max_size=6), st.booleans())  # fmt: skip
def test_a_key_in_base64_is_noticed_at_any_alignment(key: str, before: bytes, web: bool) -> None:
    coded = (base64.urlsafe_b64encode if web else base64.b64encode)(before + b":" + key.encode() + b"!").decode()
    assert pasted_key(f"see {coded}, please")
    assert coded not in masked(f"see {coded}, please")


@pytest.mark.parametrize("key", [key for key in KEYS if "%" not in key])
def test_a_masked_text_has_no_key_and_keeps_the_rest(key: str) -> None:
    text = masked(f"before {key} after")
    assert pasted_key(text) == "" and "***" in text
    assert text.startswith("before ") and text.endswith(" after")
    assert masked("nothing to hide here") == "nothing to hide here"
