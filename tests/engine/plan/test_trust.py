"""Trust is a hash in this user's own store: specific, private, never claimed by a file (T2)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.base.errors import BatonError, NotTrusted
from engine.base.settings import Home
from engine.base.visible import visible
from engine.kinds.contract import Capability
from engine.plan.capabilities import Capabilities
from engine.plan.trust import TrustStore, in_words, listed, refusal

CODE = Capabilities((Capability("code", "def run(): pass", True),))
HOST = Capabilities((Capability("host", "GET https://a.example/"),))
NOTHING = Capabilities()


def test_exactly_what_was_trusted_is(tmp_path: Path) -> None:
    store = TrustStore(Home(tmp_path / "home"))
    assert store.trusts(NOTHING)
    assert not store.trusts(CODE)
    store.trust(CODE, 1.0, "g.baton.json")
    assert TrustStore(Home(tmp_path / "home")).trusts(CODE)
    assert not store.trusts(HOST)
    assert not TrustStore(Home(tmp_path / "of_another_user")).trusts(CODE)
    store.forget(CODE)
    assert not store.trusts(CODE)


def test_the_store_is_the_users_own(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        TrustStore(Home(tmp_path)).trust(CODE, 1.0)
    finally:
        os.umask(old)
    (file,) = (tmp_path / "trust").iterdir()
    assert file.name == f"{CODE.digest}.json"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_what_cannot_be_stored_is_said_and_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "trust").write_text("a file in the way")
    store = TrustStore(Home(tmp_path))
    with pytest.raises(BatonError, match="cannot be stored"):
        store.trust(CODE, 1.0)
    assert not store.trusts(CODE)


def test_trust_follows_the_users_own_edits_and_nothing_else(tmp_path: Path) -> None:
    store = TrustStore(Home(tmp_path))
    assert store.keep(NOTHING, CODE, 1.0)  # drawn here from nothing
    assert store.trusts(CODE)
    foreign = HOST
    assert not store.keep(foreign, Capabilities((*HOST.all, *CODE.all)), 1.0)
    assert not store.trusts(HOST)


def test_the_refusal_says_in_words_what_it_could_do() -> None:
    error = refusal(Capabilities((*CODE.all, *HOST.all, Capability("folder", "/a/*"), Capability("secret", "x"))))
    assert isinstance(error, NotTrusted)
    assert "run Python code of its own" in error.message
    assert "reach GET https://a.example/" in error.message
    assert error.message.endswith("and 1 thing more.")
    assert "--trust" in error.hint


@pytest.mark.parametrize(
    "capability",
    [Capability("command", "x"), Capability("host", "x"), Capability("folder", "x"), Capability("folder", "x", True),
     Capability("code", "x"), Capability("secret", "x"), Capability("file", "x"), Capability("agent", "x")],
)  # fmt: skip
def test_each_capability_has_words(capability: Capability) -> None:
    assert "x" in in_words(capability)
    assert len(in_words(capability).split()) > 1


def test_nothing_in_a_capability_hides_or_goes_on_for_ever() -> None:
    nasty = "safe\x1b[2K\r\u202eevil\u200b\n\x00" + "x" * 100_000
    told = visible(nasty, 60)
    assert told.isprintable()
    assert told.startswith("safe\\x1b[2K\\r\\u202eevil\\u200b\\n\\x00")
    assert told.endswith(f"… ({len(nasty):,} characters in all)")
    lines = list(listed(Capabilities((Capability("code", nasty),), ("a/b",))))
    assert len(lines) == 2
    assert all(line.isprintable() and len(line) < 5_000 for line in lines)
