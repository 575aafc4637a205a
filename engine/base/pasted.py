"""Notices keys that were pasted where only their name belongs (trust.md T3). Never shows the key itself."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from functools import cache
from typing import Final
from urllib.parse import unquote

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
    ("an AWS key", "AKIA", r"(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("an AWS key", "ASIA", r"(?<![A-Za-z0-9])ASIA[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("a private key", "-----BEGIN", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    ("a bearer token", "earer ", r"[Bb]earer ([A-Za-z0-9._~+/-]{24,})"),
    ("a signed token (JWT)", "eyJ", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    ("a password in an address", "://", r"://[^/\s:@?#{}]+:(?!\{\{|secret:)([^/\s@?#{}]{4,})@[A-Za-z0-9\[]"),
    (
        "a key in an address",
        "=",
        r"[?&](?:api[_-]?key|key|access_token|auth|token|sig|signature)=(?=[A-Za-z0-9._~+/%-]*\d)([A-Za-z0-9._~+/%-]{20,})",
    ),
)
"""What it is called, a text that it must contain (a quick first look), and its full form; a group is the key alone."""
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_CODED_CAP: Final = 64 * 1024
"""Letters of the longest piece of base64 that is looked into: what is longer is a picture or the like."""


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple((title, mark, re.compile(form)) for title, mark, form in _FORMS)


def pasted_key(text: str) -> str:
    """What `text` seems to contain, such as `an OpenRouter key`; "" when nothing in it looks like a key."""
    if len(text) < 16 or not _worth_reading(text):
        return ""
    return next((title for seen in _readings(text) for title, _ in _found(seen)), "")


def _worth_reading(text: str) -> bool:
    """A quick first look, since most texts hold nothing that a key has in any reading."""
    return "%" in text or bool([mark for _, mark, _ in _FORMS if mark in text]) or bool(_BASE64.search(text))


def keys_in(text: str) -> Iterator[tuple[str, str]]:
    """Each piece of `text` that seems to be a key, with what it seems to be: to put its name in its place."""
    if len(text) >= 16:
        yield from _found(text)
        for coded in _coded(text):
            yield from ((title, coded) for title, _ in _found(_decoded(coded)))


def masked(text: str) -> str:
    """`text` with everything that looks like a key replaced by `***`, also where it stands in base64."""
    for _, key in [*_found(text)]:
        text = text.replace(key, "***")
    for coded in _coded(text):
        text = text.replace(coded, "***")
    return text


def _found(text: str) -> Iterator[tuple[str, str]]:
    """What stands in a text as it is: what it is called, and the key."""
    for title, mark, pattern in _patterns():
        if mark in text:
            yield from ((title, match[match.lastindex or 0]) for match in pattern.finditer(text))


def _readings(text: str) -> Iterator[str]:
    """A text as it is, and as whoever gets it may read it: percent-encoded, and in base64."""
    yield text
    if "%" in text:
        yield unquote(text)
    for coded in _coded(text):
        yield _decoded(coded)


def _coded(text: str) -> list[str]:
    """The pieces of a text that are keys in base64. A few fixed letters tell where to look, at any alignment."""
    if not _BASE64.search(text):
        return []
    signs = _signs()
    runs = (run for run in _BASE64.findall(text) if len(run) <= _CODED_CAP and any(sign in run for sign in signs))
    return [run for run in runs if next(_found(_decoded(run)), None)]


def _decoded(run: str) -> str:
    """What a piece of base64 reads as, from each of its first four letters on."""
    plain = run.replace("-", "+").replace("_", "/").rstrip("=")
    cut = (plain[start:][: -1 if (len(plain) - start) % 4 == 1 else None] for start in range(4))
    return "\n".join(b64decode(part + "=" * (-len(part) % 4)).decode("latin-1") for part in cut)


@cache
def _signs() -> frozenset[str]:
    """What the beginnings of keys look like in base64, at each of its three alignments: the letters that hold nothing
    but bits of them."""
    marks = [mark.encode() for _, mark, _ in _FORMS if len(mark) >= 3 and mark not in ("earer ", "://", "eyJ")]
    marks += [b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"]  # what "gh" stands for above
    shifted = [(shift, b"\0" * shift + mark) for mark in marks for shift in range(3)]
    return frozenset(b64encode(text)[(0, 2, 3)[shift] : len(text) * 8 // 6].decode() for shift, text in shifted)


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
