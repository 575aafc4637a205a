"""Notices keys that were pasted where only their name belongs (trust.md T3). Never shows the key itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from engine.base.values import Value

_FORMS: Final = (
    ("an Anthropic key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}"),
    ("an OpenRouter key", "sk-or-", r"sk-or-[A-Za-z0-9_-]{16,}"),
    ("an API key", "sk-", r"(?<![A-Za-z0-9_-])sk-(?:proj-|svcacct-)?(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{20,}"),
    ("a Google key", "AIza", r"AIza[A-Za-z0-9_-]{30,}"),
    ("a Groq key", "gsk_", r"gsk_[A-Za-z0-9]{20,}"),
    ("an xAI key", "xai-", r"(?<![A-Za-z0-9_-])xai-[A-Za-z0-9]{20,}"),
    ("a Hugging Face token", "hf_", r"(?<![A-Za-z0-9_])hf_[A-Za-z0-9]{20,}"),
    ("a GitHub token", "gh", r"(?<![A-Za-z0-9_])gh[pousr]_[A-Za-z0-9]{20,}"),
    ("a GitHub token", "github_pat_", r"github_pat_[A-Za-z0-9_]{20,}"),
    ("a GitLab token", "glpat-", r"glpat-[A-Za-z0-9_-]{16,}"),
    ("a Slack token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("an AWS key", "A", r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("a private key", "-----BEGIN", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    ("a bearer token", "earer ", r"[Bb]earer [A-Za-z0-9._~+/-]{24,}"),
)
"""What it is called, a text that it must contain (a quick first look), and its full form."""


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple((title, mark, re.compile(form)) for title, mark, form in _FORMS)


def pasted_key(text: str) -> str:
    """What `text` seems to contain, such as `an OpenRouter key`; "" when nothing in it looks like a key."""
    if len(text) < 16:
        return ""
    for title, mark, pattern in _patterns():
        if mark in text and pattern.search(text):
            return title
    return ""


def pasted_in(value: Value, place: str = "") -> Iterator[tuple[str, str]]:
    """All places of a JSON value that seem to contain a key, with what it seems to be.

    Args:
        place: where `value` itself stands; places inside are written `config.headers.x` or `rows[2]`.
    """
    todo: list[tuple[str, Value]] = [(place, value)]
    while todo:
        at, found = todo.pop()
        if isinstance(found, str):
            title = pasted_key(found)
            if title:
                yield at, title
        elif isinstance(found, dict):
            todo.extend((f"{at}.{key}" if at else str(key), item) for key, item in reversed(found.items()))
            todo.extend((f"{at} (a name in it)", key) for key in found if len(key) >= 16)
        elif isinstance(found, list | tuple):
            todo.extend((f"{at}[{index}]", item) for index, item in reversed(list(enumerate(found))))
