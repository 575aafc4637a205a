"""The remote control: off by default, for this user and who has the token alone, and no more than a menu can do."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from engine.base.settings import Home
from engine.graph.graph import Graph
from gui.remote import FILE, LONGEST, Remote
from gui.studio import Studio
from gui.studios import Studios


@pytest.fixture
def remote(studio: Studio, studios: Studios, home: Home) -> Iterator[dict[str, Any]]:
    """What its file tells."""
    made = Remote(home.root, lambda: studio)
    yield json.loads((home.root / FILE).read_text())
    made.close()
    assert not (home.root / FILE).exists()


def sent(remote: dict[str, Any], line: bytes, bot: QtBot) -> dict[str, Any]:
    """What is answered to a line."""
    line_out = QLocalSocket()
    line_out.connectToServer(remote["socket"])
    line_out.write(line + b"\n")
    bot.waitUntil(line_out.canReadLine)
    answer: dict[str, Any] = json.loads(bytes(line_out.readLine().data()))
    line_out.disconnectFromServer()
    return answer


def asked(remote: dict[str, Any], bot: QtBot, **request: object) -> dict[str, Any]:
    return sent(remote, json.dumps({"token": remote["token"], **request}).encode(), bot)


def test_it_lists_the_verbs_and_does_them(remote: dict[str, Any], studio: Studio, qtbot: QtBot) -> None:
    studio.canvas.add_kind("agent", studio.canvas.scene_centre())
    verbs = {each["name"]: each for each in asked(remote, qtbot, do="list")["verbs"]}
    assert verbs["edit.undo"]["title"].startswith("Undo") and verbs["edit.undo"]["can"]
    assert "Ctrl+Z" in verbs["edit.undo"]["keys"] and not verbs["edit.redo"]["can"]
    assert asked(remote, qtbot, do="invoke", verb="edit.undo") == {"ok": True}
    assert not studio.session.graph.nodes
    again = asked(remote, qtbot, do="invoke", verb="edit.undo")
    assert again == {"ok": False, "error": "edit.undo cannot be done now."}


def test_it_does_nothing_for_strangers_and_nothing_that_is_no_verb(
    remote: dict[str, Any], studio: Studio, home: Home, qtbot: QtBot
) -> None:
    assert stat.S_IMODE((home.root / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(remote["socket"]).stat().st_mode) & 0o077 == 0
    studio.session.show(Graph())
    for line in (
        b"{",
        b"[]",
        b'{"do": "list"}',
        b'{"token": "x", "do": "invoke", "verb": "file.tab"}',
        b"\xff",
        b'{"token": "\\ud800"}',
    ):
        answer = sent(remote, line, qtbot)
        assert not answer["ok"] and "verbs" not in answer
    for verb in ("", "quit", "__class__"):
        assert "no verb" in asked(remote, qtbot, do="invoke", verb=verb)["error"]
    assert not asked(remote, qtbot, do="eval", verb="1")["ok"]


def test_whoever_sends_without_end_is_put_off(remote: dict[str, Any], qtbot: QtBot) -> None:
    with socket.socket(socket.AF_UNIX) as flood:
        flood.connect(remote["socket"])
        flood.sendall(b"x" * LONGEST)
        flood.setblocking(False)

        def ended() -> bool:
            try:
                return flood.recv(1) == b""
            except BlockingIOError:
                return False
            except ConnectionResetError:
                return True

        qtbot.waitUntil(ended)


@pytest.mark.slow
def test_without_being_asked_for_it_is_not_even_imported(tmp_path: Path) -> None:
    late = ("PySide6.QtNetwork", "gui.remote")
    code = f"import gui.app, gui.studios, sys; sys.exit(any(name in sys.modules for name in {late}))"
    env = {**os.environ, "BATON_HOME": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=env).returncode == 0
