"""Reads the tool servers out of other clients' settings: Claude, Cursor, VS Code and those that write alike. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from engine.base.errors import WrongUse
from engine.base.pasted import pasted_key
from engine.tools.mcp.description import NAME, SECRET, Description

_SECTIONS: Final = ("mcpServers", "mcp_servers", "servers", "tool_servers", "context_servers")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_COMMA: Final = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_VARIABLE: Final = re.compile(r"\$\{(?:(env|input):)?([A-Za-z_][\w.-]*)(?::-[^}]*)?\}")
_FOLDERS: Final = {"workspaceFolder": ".", "userHome": "~", "pathSeparator": "/", "/": "/"}
_SECRET_NAME: Final = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?|PAT|AUTH(ORIZATION)?)\Z", re.IGNORECASE)
_SCHEME: Final = re.compile(r"(Bearer|Basic|Token)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Imported:
    """What was found.

    Attributes:
        servers: by name, fit for `tool_servers`: keys of secrets stand in the place of their values.
        secrets: the values that stood there, by the name that stands there now. Never to be written to a file (T3).
        needed: names of secrets that must be set before the servers can be used, with what they are for.
        notes: what was left out or changed, a sentence each.
    """

    servers: Mapping[str, Mapping[str, Any]]
    secrets: Mapping[str, str]
    needed: Mapping[str, str]
    notes: tuple[str, ...] = ()


def read_config(text: str) -> Imported:
    """The servers of a configuration, as JSON that may have comments and commas too many.

    Raises:
        WrongUse: there are none in it.
    """
    try:
        data = json.loads(_plain(text))
    except (ValueError, RecursionError):
        hint = "Copy the whole object, from its first { to its last }."
        raise WrongUse("This configuration is not JSON.", hint) from None
    reading = _Reading(_asked(data))
    for name, server in _servers(data):
        reading.take(name, server)
    if not reading.servers:
        why = " ".join(reading.notes) or "It has neither mcpServers nor servers."
        raise WrongUse(f"There is no tool server in this configuration. {why}", "Give it a command or a url.")
    return Imported(reading.servers, reading.secrets, reading.needed, tuple(reading.notes))


def _plain(text: str) -> str:
    """JSON without comments, and without commas before a closing bracket."""
    bare = _TOKEN.sub(lambda found: found[0] if found[0][0] == '"' else " ", text.removeprefix("\ufeff"))
    return _COMMA.sub(lambda found: found[1] or "", bare)


def _servers(data: Any) -> Iterator[tuple[str, Any]]:
    """The servers of a whole configuration, of its section, or of a single description."""
    if not isinstance(data, Mapping):
        return
    inner = data.get("mcp")
    for place in (data, inner if isinstance(inner, Mapping) else {}):
        for section in _SECTIONS:
            if isinstance(place.get(section), Mapping):
                yield from place[section].items()
                return
    if isinstance(data.get("command") or data.get("url"), str):
        yield _named(data), data
    elif data and all(isinstance(each, Mapping) and ("command" in each or "url" in each) for each in data.values()):
        yield from data.items()


def _named(server: Mapping[str, Any]) -> str:
    """A name for a server that stands alone: its program's, or its host's."""
    if isinstance(server.get("command"), str):
        args = [each for each in server.get("args") or () if isinstance(each, str) and not each.startswith("-")]
        runs_others = server["command"] in ("npx", "uvx", "node", "python", "python3", "docker")
        return PurePath(args[0] if runs_others and args else server["command"]).name
    return re.sub(r"^https?://|[/:].*$", "", str(server["url"]))


def _asked(data: Any) -> dict[str, str]:
    """VS Code's `inputs`: what the person is asked for, by id."""
    asked = data.get("inputs") if isinstance(data, Mapping) else None
    items = [each for each in asked if isinstance(each, Mapping)] if isinstance(asked, list) else []
    return {str(each.get("id")): str(each.get("description") or each.get("id")) for each in items}


class _Reading:
    """Takes servers, one after the other."""

    def __init__(self, inputs: Mapping[str, str]) -> None:
        self._inputs = inputs
        self.servers: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, str] = {}
        self.needed: dict[str, str] = {}
        self.notes: list[str] = []

    def take(self, written: str, server: Any) -> None:
        """One more server; one that cannot be used is told of."""
        name = self._name(written)
        if isinstance(server, Mapping) and isinstance(server.get("command"), Mapping):  # Zed's
            server = {**server, **server["command"], "command": server["command"].get("path", "")}
        try:
            read = Description.read(name, server)
        except WrongUse as error:
            self.notes.append(error.message)
            return
        if server.get("disabled") is True or server.get("enabled") is False:
            self.notes.append(f"“{written}” is switched off there and was left out.")
            return
        made: dict[str, Any]
        if read.command:
            made = {"command": self._text(read.command), "args": self._args(name, read.args)}
        else:
            made = {"url": self._text(read.url), **({"type": "sse"} if read.sse else {})}
        pairs = {"env": read.env, "headers": read.headers}
        made |= {key: {k: self._value(name, k, v) for k, v in found.items()} for key, found in pairs.items() if found}
        if isinstance(server.get("cwd"), str) and server["cwd"]:
            made["cwd"] = self._text(server["cwd"])
        self.servers[name] = made

    def _name(self, written: str) -> str:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", written).strip("_-")[:60] or "server"
        name, number = stem, 2
        while name in self.servers:
            name, number = f"{stem}_{number}", number + 1
        if name != written:
            self.notes.append(f"“{written}” is called “{name}” here.")
        assert NAME.match(name)
        return name

    def _text(self, text: str) -> str:
        """A text with another client's variables written as ours."""

        def put(found: re.Match[str]) -> str:
            kind, name = found[1], found[2]
            if not kind and name in _FOLDERS:
                return _FOLDERS[name]
            secret = re.sub(r"[^A-Za-z0-9_]", "_", name)
            self.needed.setdefault(secret, self._inputs.get(name, name) if kind == "input" else name)
            return f"secret://{secret}"

        return _VARIABLE.sub(put, text)

    def _args(self, name: str, args: tuple[str, ...]) -> list[str]:
        made: list[str] = []
        for before, text in zip(("", *args), args, strict=False):
            flag, equals, value = text.partition("=")
            if text.startswith("-") and equals:
                made.append(f"{flag}={self._value(name, flag.lstrip('-'), value)}")
            else:
                made.append(self._value(name, before.lstrip("-") if before.startswith("--") else "", text))
        return made

    def _value(self, server: str, key: str, text: str) -> str:
        """A value; one that is a secret goes out, and its name stands there."""
        put = self._text(text)
        if put != text or SECRET.search(text) or not text or text.startswith("-"):
            return put
        if not (pasted_key(text) or _SECRET_NAME.search(key)):
            return text
        scheme = _SCHEME.match(text)
        head, value = (scheme[0], text[scheme.end() :]) if scheme else ("", text)
        secret = re.sub(
            r"[^A-Za-z0-9_]", "_", key if key.isupper() and "_" in key else f"{server}_{key or 'key'}".upper()
        )
        self.secrets[secret] = value
        return f"{head}secret://{secret}"
