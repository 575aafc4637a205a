"""How a tool server is reached, in the shape that other clients write too: a command to start, or an address. Pure."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from engine.base.errors import WrongUse

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
"""What a server may be called: a tool is `server.tool`, so a dot would make two servers' tools alike."""
SECRET: Final = re.compile(r"secret://([A-Za-z0-9_][A-Za-z0-9_.-]*)")
_SHAPE: Final = 'Write {"command": ..., "args": [...], "env": {...}}, or {"url": ..., "headers": {...}}.'


@dataclass(frozen=True, slots=True)
class Description:
    """One server.

    Attributes:
        command: the program, with `args`, `env` (beside a few harmless variables of ours) and `cwd` (absolute, or "").
        url: of a server that runs elsewhere, with `headers`; then there is no command.
        sse: it speaks the transport of 2024, one stream of events and posts beside it, instead of streamable HTTP.
    """

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    sse: bool = False

    @classmethod
    def read(cls, name: str, data: Any, folder: Path | None = None) -> Description:
        """A server from JSON. Keys that are not known, such as those of other clients, do not matter.

        Args:
            folder: where the graph's file stands: the command starts there, or in its `cwd` counted from there.

        Raises:
            WrongUse: it cannot be one; the message names what is wrong.
        """
        if not NAME.match(name):
            hint = "Use letters, digits, - and _, at most 64."
            raise WrongUse(f"A tool server cannot be called “{name[:80]}”.", hint)
        if not isinstance(data, Mapping):
            raise WrongUse(f"The tool server “{name}” is not an object.", _SHAPE)
        command, url = data.get("command"), data.get("url") or data.get("serverUrl") or data.get("httpUrl")
        if isinstance(command, str) and command.strip():
            cwd = data.get("cwd") or ""
            if not isinstance(cwd, str) or "\0" in cwd:
                raise WrongUse(f"The folder (cwd) of the tool server “{name}” is not a text.", _SHAPE)
            place = str(starts_in(folder or Path.home(), cwd))
            args = _texts(name, "args", data.get("args"))
            return cls(name, command, args, _pairs(name, "env", data.get("env")), place)
        if isinstance(url, str) and re.match(r"https?://[^/\s]", url, re.IGNORECASE):
            named = str(data.get("type") or data.get("transport") or "").lower()
            sse = named == "sse" or (not named and urlsplit(url).path.rstrip("/").endswith("/sse"))
            return cls(name, url=url, headers=_pairs(name, "headers", data.get("headers")), sse=sse)
        what = "address does not begin with http:// or https://" if url else "command is missing"
        raise WrongUse(f"The tool server “{name}” cannot be used: its {what}.", _SHAPE)

    @property
    def identity(self) -> str:
        """SHA-256, in hex, of what the server is, whatever it is called: one description is one process."""
        parts: list[Any] = [self.command, list(self.args), dict(self.env), self.cwd, self.url, dict(self.headers)]
        parts += ["sse"] if self.sse else []
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def words(self) -> str:
        """The literal command or address, for people."""
        return " ".join((self.command, *self.args)) if self.command else self.url

    def secrets(self) -> Iterator[str]:
        """The names of the secrets that it needs."""
        for text in (*self.args, *self.env.values(), self.url, *self.headers.values()):
            yield from SECRET.findall(text)


def starts_in(folder: Path, cwd: str) -> Path:
    """The folder where a server's program starts, for the folder of the file that describes it and its own word."""
    own = Path(cwd)
    with suppress(RuntimeError):  # nobody has that home, so the name stays as it is
        own = own.expanduser()
    return Path(os.path.normpath(folder / own)) if cwd else folder


def filled(text: str, secrets: Mapping[str, str]) -> str:
    """A text with the values of secrets in the place of their names."""
    return SECRET.sub(lambda found: secrets[found[1]], text)


def _texts(name: str, key: str, value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else () if value is None else (value,)
    return tuple(_text(name, key, item) for item in items)


def _pairs(name: str, key: str, value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise WrongUse(f"“{key}” of the tool server “{name}” is not an object.", _SHAPE)
    return {str(inner): _text(name, key, item) for inner, item in value.items()}


def _text(name: str, key: str, item: Any) -> str:
    if isinstance(item, bool) or not isinstance(item, str | int | float):
        raise WrongUse(f"“{key}” of the tool server “{name}” holds what is not text.", _SHAPE)
    if isinstance(item, str) and "\0" in item:
        raise WrongUse(f"“{key}” of the tool server “{name}” holds a NUL character.", "Take it out.")
    return str(item)
