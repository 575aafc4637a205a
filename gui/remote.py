"""A remote control for tests and scripts: lists the verbs of the front window and does them, as menus and keys do.

Off unless `BATON_REMOTE` is set. It listens on a socket of this machine that only this user may open, and answers
whoever has the token in `BATON_HOME/remote.json`, which is gone when the studio ends. A line of JSON asks, a line
answers:

    {"token": "…", "do": "list"}                      -> {"ok": true, "verbs": [{"name", "title", "keys", "can"}]}
    {"token": "…", "do": "invoke", "verb": "run.run"} -> {"ok": true}   or {"ok": false, "error": "…"}

What a verb asks a person (trust, unsaved work) it asks here too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from hmac import compare_digest
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any, Final

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from engine.base.errors import BatonError
from gui.action import Action
from gui.studio import Studio

FILE: Final = "remote.json"
LONGEST: Final = 65_536
"""Bytes of a request; whoever sends more is put off."""


class Remote(QObject):
    """The server.

    Args:
        folder: where the address and the token are written, for this user's eyes.
        front: gives the studio whose window is in front; None when there is none.

    Raises:
        BatonError: the socket cannot be opened.
    """

    def __init__(self, folder: Path, front: Callable[[], Studio | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._front, self._file = front, folder / FILE
        self._token = token_urlsafe(32)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        if not self._server.listen(f"baton-{os.getpid()}-{token_hex(8)}"):
            raise BatonError(f"The remote control cannot listen: {self._server.errorString()}.", "Unset BATON_REMOTE.")
        folder.mkdir(parents=True, exist_ok=True)
        self._file.unlink(missing_ok=True)
        self._file.touch(0o600, exist_ok=False)
        told = {"socket": self._server.fullServerName(), "token": self._token, "pid": os.getpid()}
        self._file.write_text(json.dumps(told), "utf-8")

    def close(self) -> None:
        """Hears nobody any more."""
        self._server.close()
        self._file.unlink(missing_ok=True)

    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(socket.deleteLater)

    def _read(self, socket: QLocalSocket) -> None:
        while socket.canReadLine():
            answer = self._answer(bytes(socket.readLine(LONGEST).data()))
            socket.write(json.dumps(answer).encode() + b"\n")
        if socket.bytesAvailable() >= LONGEST:
            socket.abort()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(line)
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            return _refused("A request is one line with a JSON object.")
        if not compare_digest(str(asked.get("token", "")).encode("utf-8", "replace"), self._token.encode()):
            return _refused("The token is wrong.")
        studio = self._front()
        if studio is None:
            return _refused("No window is open.")
        if asked.get("do") == "list":
            return {"ok": True, "verbs": [_told(action, studio) for action in _verbs(studio)]}
        if asked.get("do") == "invoke":
            return _invoke(str(asked.get("verb", "")), studio)
        return _refused("What can be done is list and invoke.")


def _invoke(name: str, studio: Studio) -> dict[str, Any]:
    action = next((each for each in _verbs(studio) if each.name == name), None)
    if action is None:
        return _refused(f"There is no verb {name}.")
    if not action.when(studio):
        return _refused(f"{name} cannot be done now.")
    try:
        action.trigger(studio)
    except BatonError as error:
        return _refused(f"{error.message} {error.hint}".strip())
    return {"ok": True}


def _verbs(studio: Studio) -> Iterator[Action]:
    """All verbs, and those that they offer at the moment, such as recent files."""
    for action in studio.actions:
        yield action
        if action.choices is not None and action.when(studio):
            yield from action.choices(studio)


def _told(action: Action, studio: Studio) -> dict[str, Any]:
    words = {"name": action.name, "title": action.words(studio), "keys": list(action.keys)}
    return {**words, "can": action.when(studio)}


def _refused(why: str) -> dict[str, Any]:
    return {"ok": False, "error": why}
