"""Secrets are names: their values come from the system's keyring or the environment and never reach a file (T3)."""

from __future__ import annotations

import base64
import json
import os
import queue
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

from engine.base.errors import WrongUse
from engine.base.settings import Home, write_json
from engine.base.values import Value, with_texts

SERVICE = "baton"
LIMIT_S = 2.0
"""Longest wait for the keyring, in seconds: a locked or dead one must not hold up a run."""

_BACKENDS = {
    "keyring.backends.SecretService": "Keyring",
    "keyring.backends.kwallet": "DBusKeyring",
    "keyring.backends.macOS": "Keyring",
    "keyring.backends.Windows": "WinVaultKeyring",
}
"""The only keyrings that are asked: others prompt on the terminal or store plain text (trust.md)."""

_SHORTEST = 6
_ENCODED = re.compile("%[0-9A-F]{2}")
_SECRET_ENDINGS = ("_API_KEY", "_TOKEN", "_SECRET", "_PASSWORD")


class Keyring(Protocol):
    """What is asked of the system's keyring; `keyring.backend.KeyringBackend` fits."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def system_keyring() -> Keyring | None:
    """The first keyring of the allow-list that works here, or None. May block: call it off the GUI thread."""
    wanted = os.environ.get("PYTHON_KEYRING_BACKEND", "")
    if wanted and wanted.rpartition(".")[0] not in _BACKENDS:
        return None
    import importlib

    for module, name in _BACKENDS.items():
        try:
            backend: Any = getattr(importlib.import_module(module), name)
            if backend.viable:
                found: Keyring = backend()
                return found
        except Exception:  # noqa: S112 - a backend that cannot load on this system is simply not there
            continue
    return None


class Secrets:
    """Looks keys up by name: the keyring first, then the environment (formats.md, Environment).

    Names of stored keys (never values) stand in `keys.json`, so that checks know of them without asking the keyring:
    opening and checking a graph touch no socket (T1).

    Args:
        environ: the environment, usually `os.environ`.
        home: where the list of names is kept; None keeps none.
        keyring: gives the keyring or None; called once, late, in a thread of its own.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        home: Home | None = None,
        keyring: Callable[[], Keyring | None] = system_keyring,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._environ = environ
        self._index: Path | None = home.root / "keys.json" if home else None
        self._open_keyring = keyring
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._found: dict[str, str | None] = {}
        self._dead = False
        self._listed: frozenset[str] | None = None
        self.redactor = Redactor(value for name, value in environ.items() if name.endswith(_SECRET_ENDINGS))

    def find(self, name: str) -> str | None:
        """The value of a key, or None. May wait up to the limit: call it off the GUI thread."""
        value = self._from_keyring(name) or self._environ.get(name) or None
        if value:
            self.redactor.add(value)
        return value

    def at_hand(self, name: str) -> bool:
        """Whether `find` answers at once, because the keyring has spoken of this name or is dead."""
        return name in self._found or self._dead

    def known(self, name: str) -> bool:
        """Whether a key of this name is there, without asking the keyring: quick and inert (T1)."""
        return bool(self._environ.get(name) or self._found.get(name) or name in self._names())

    def keys_known(self, names: Iterable[str]) -> dict[str, str]:
        """Where each of `names` that has a value comes from: `keyring` or `environment`. May wait; shows no value."""
        places = {}
        for name in names:
            if self._from_keyring(name):
                places[name] = "keyring"
            elif self._environ.get(name):
                places[name] = "environment"
        return places

    def learn_stored(self) -> None:
        """Has the redactor know every stored key. May wait up to the limit: call it off the GUI thread."""
        for name in self._names():
            self.find(name)

    def store(self, name: str, value: str) -> None:
        """Puts a key into the keyring.

        Raises:
            WrongUse: there is no keyring to store it in.
        """
        self.redactor.add(value)
        self._found.pop(name, None)
        self._must(lambda ring: ring.set_password(SERVICE, name, value), name)
        self._remember(name, True)

    def forget(self, name: str) -> None:
        """Takes a key out of the keyring; nothing happens when it is not there."""
        if self._from_keyring(name) is not None:
            self._must(lambda ring: ring.delete_password(SERVICE, name), name)
        self._found.pop(name, None)
        self._remember(name, False)

    def _from_keyring(self, name: str) -> str | None:
        with self._lock:
            if name not in self._found and not self._dead:
                done, value = self._ask(lambda ring: ring.get_password(SERVICE, name))
                self._dead = not done
                self._found[name] = value if done else None
                if value and name not in self._names():
                    self._remember(name, True)
            return self._found.get(name)

    def _must(self, action: Callable[[Keyring], None], name: str) -> None:
        done, _ = self._ask(action)
        if not done:
            raise WrongUse(
                f"No keyring of this system took the key {name}.", f"Set the environment variable {name} instead."
            )

    def _ask(self, action: Callable[[Keyring], Any]) -> tuple[bool, Any]:
        """Runs one call of the keyring in a thread; `(False, None)` when there is none, it fails or it hangs."""
        answers: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

        def work() -> None:
            try:
                ring = self._open_keyring()
                answers.put((ring is not None, action(ring) if ring is not None else None))
            except Exception:  # whatever a backend raises means: not available
                answers.put((False, None))

        threading.Thread(target=work, name="keyring", daemon=True).start()
        try:
            return answers.get(timeout=self._limit_s)
        except queue.Empty:
            return False, None

    def _names(self) -> frozenset[str]:
        """The names in `keys.json`, read once: checks ask for them with every node."""
        if self._listed is None:
            try:
                names = json.loads(self._index.read_text("utf-8")) if self._index else []
            except (OSError, ValueError):
                names = []
            self._listed = frozenset(
                filter(lambda name: isinstance(name, str), names if isinstance(names, list) else ())
            )
        return self._listed

    def _remember(self, name: str, there: bool) -> None:
        self._listed, before = self._names() - {name} | ({name} if there else set()), self._names()
        if self._index and self._listed != before:
            try:
                write_json(self._index, sorted(self._listed))
            except OSError:  # a read-only home: the key is stored, only checks will not know of it after a restart
                return


class Redactor:
    """Replaces every known secret value by `***`, also where it stands URL-encoded, in hex or in base64 (T3)."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._forms: tuple[str, ...] = ()
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """From now on `value` is hidden. Values under six characters are not: they would blot out common words."""
        if len(value) >= _SHORTEST:
            forms = {*self._forms, *_forms(value)}
            self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    @property
    def active(self) -> bool:
        """Whether there is anything to hide."""
        return bool(self._forms)

    def text(self, text: str) -> str:
        """`text` with each secret replaced."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, "***")
        return text

    def begun(self, text: str) -> int:
        """How many letters at the end of `text` may be the begin of a secret whose rest is still to come."""
        longest = len(self._forms[0]) - 1 if self._forms else 0
        for length in range(min(longest, len(text)), 0, -1):
            end = text[-length:]
            if any(form.startswith(end) for form in self._forms):
                return length
        return 0

    def value(self, value: Value) -> Value:
        """A JSON value with the secrets in all its texts and keys replaced."""
        return with_texts(value, self.text, keys=True)


def _forms(value: str) -> set[str]:
    """`value` raw, URL-encoded in each of the usual ways, JSON-escaped, as HTML, in hex, and in base64 at each of its
    three alignments: what programs write by themselves. Whoever means to hide a key can always spell it otherwise."""
    encoded = {quote(value, safe=""), quote(value), quote_plus(value), quote_plus(value, safe="/")}
    lower = {_ENCODED.sub(lambda found: found[0].lower(), form) for form in encoded}
    forms = {value, *encoded, *lower, json.dumps(value)[1:-1], escape(value), escape(value, quote=False)}
    raw = value.encode("utf-8", "surrogatepass")
    forms |= {raw.hex(), raw.hex().upper()}
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).decode()
        # The outermost characters also hold bits of whatever stands beside the value, so they are left out.
        core = coded[(0, 2, 3)[shift] : len(coded) - (0, 3, 2)[(shift + len(raw)) % 3]]
        forms |= {core, core.replace("+", "-").replace("/", "_")}
    return forms
