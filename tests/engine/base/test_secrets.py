"""Keys: keyring before environment, never a hang, never in a file, and never readable once they are redacted."""

import base64
import json
import threading
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import WrongUse
from engine.base.secrets import Redactor, Secrets, system_keyring
from engine.base.settings import Home
from engine.cli.crash import kept


class Ring:
    """A keyring in memory that counts how often it is asked."""

    def __init__(self, **values: str) -> None:
        self.values, self.asked = values, 0

    def get_password(self, service: str, username: str) -> str | None:
        assert service == "baton"
        self.asked += 1
        return self.values.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.values[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.values[username]


def test_the_keyring_comes_first() -> None:
    secrets = Secrets({"A_KEY": "from-environment", "B_KEY": "other-value"}, keyring=lambda: Ring(A_KEY="from-keyring"))
    assert (secrets.find("A_KEY"), secrets.find("B_KEY"), secrets.find("C_KEY")) == (
        "from-keyring",
        "other-value",
        None,
    )
    assert secrets.keys_known(["A_KEY", "B_KEY", "C_KEY"]) == {"A_KEY": "keyring", "B_KEY": "environment"}


def test_checking_never_asks_the_keyring(tmp_path: Path) -> None:
    ring, home = Ring(), Home(tmp_path)
    Secrets({}, home, lambda: ring).store("A_KEY", "value-1234")
    later = Secrets({"B_KEY": "x"}, home, lambda: ring)
    assert later.known("A_KEY") and later.known("B_KEY") and not later.known("C_KEY")
    assert ring.asked == 0
    assert later.find("A_KEY") == "value-1234"
    later.forget("A_KEY")
    assert not later.known("A_KEY") and later.find("A_KEY") is None and ring.values == {}
    assert "value-1234" not in "".join(file.read_text() for file in tmp_path.rglob("*") if file.is_file())


def test_a_keyring_that_hangs_or_fails_costs_its_limit_once() -> None:
    release, opened = threading.Event(), []

    def hang() -> None:
        opened.append(1)
        release.wait(20)

    secrets = Secrets({"A_KEY": "from-environment"}, keyring=hang, limit_s=0.05)
    assert secrets.find("A_KEY") == secrets.find("A_KEY") == "from-environment" and secrets.find("B_KEY") is None
    assert len(opened) == 1
    release.set()

    def fail() -> None:
        raise RuntimeError("no bus")

    assert Secrets({}, keyring=fail).find("A_KEY") is None
    with pytest.raises(WrongUse, match="A_KEY") as caught:
        Secrets({}, keyring=fail).store("A_KEY", "secret-value")
    assert "secret-value" not in str(caught.value)


def test_other_backends_are_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("keyring.backends.null.Keyring", "keyrings.alt.file.PlaintextKeyring"):
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        assert system_keyring() is None


keys = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="*"), min_size=8, max_size=40)


@given(keys, st.binary(max_size=5), st.binary(max_size=5))
def test_a_secret_is_nowhere_in_any_spelling(key: str, before: bytes, after: bytes) -> None:
    redact = Redactor([key])
    assert key not in redact.text(f"x{key}y{key}")
    assert quote(key, safe="") not in redact.text(f"https://h/?k={quote(key, safe='')}&b=1")
    coded = base64.b64encode(before + key.encode() + after).decode()
    shown = redact.text(coded)
    assert "***" in shown
    beside = len(base64.b64encode(before)) + len(base64.b64encode(after))
    assert len(shown.replace("***", "", 1)) <= beside + 4  # nothing but what stood beside it, and one torn group
    value = {"a": [key, {"b": f"Bearer {key}"}], key: 1, "n": None}
    assert key not in json.dumps(redact.value(value), ensure_ascii=False)


def test_short_values_and_unknown_texts_stay() -> None:
    redact = Redactor(["abc"])
    assert redact.value({"a": ["abc", 1, True, None]}) == {"a": ["abc", 1, True, None]}
    secrets = Secrets({"MY_API_KEY": "canary-123456", "HOME": "/home/someone"}, keyring=lambda: None)
    assert secrets.redactor.text("canary-123456 in /home/someone") == "*** in /home/someone"


@pytest.mark.parametrize(
    "written",
    [quote, quote_plus, lambda key: quote(key).replace("%2B", "%2b").replace("%3D", "%3d"), escape,
     lambda key: escape(key, quote=False)],
    ids=["path", "form", "lower case", "html", "html text"],
)  # fmt: skip
def test_a_key_with_signs_is_hidden_however_an_address_or_a_page_writes_it(written: Callable[[str], str]) -> None:
    key = "wJal/XUtn+FEMI K7MD'Eng&bPx=="
    assert Redactor([key]).text(f"<{written(key)}>") == "<***>"


def test_a_crash_log_holds_no_stored_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring, home = Ring(), Home(tmp_path)
    Secrets({}, home, lambda: ring).store("MY_LOGIN", "correct horse battery")
    monkeypatch.setenv("BATON_HOME", str(tmp_path))
    told = f"correct horse battery {b'correct horse battery'.hex()} from-outside sk-proj-abcdefgh12345678abcdefgh"
    place = kept(ValueError(told), Secrets({"OTHER_TOKEN": "from-outside"}, home, lambda: ring))
    assert place is not None
    assert place.read_text().endswith("ValueError: *** *** *** ***\n")
