"""`baton tools`: servers started only where trusted, what they offer and what changed, others' settings taken in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.tools.mcp.conftest import odd
from tests.said import Said

Baton = Callable[..., Said]


def graph(tmp_path: Path, server: dict[str, Any]) -> Path:
    file = tmp_path / "g.baton.json"
    data = {"baton": 1, "name": "g", "tool_servers": {"odd": server}, "nodes": [], "edges": []}
    file.write_text(json.dumps(data), "utf-8")
    return file


@pytest.mark.slow
def test_servers_of_a_graph_need_trust(baton: Baton, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    file = graph(tmp_path, odd("stubborn", trace))
    assert baton("tools", "list", file).code == 4 and not trace.exists()
    said = baton("tools", "list", file, "--trust", "--json")
    assert said.code == 0, said.err
    (server,) = said.json["servers"]
    writes = {tool["name"]: tool["writes"] for tool in server["tools"]}
    assert (server["name"], server["server_protocol"], writes["odd.echo"], writes["odd.write"]) == (
        "odd", "2025-06-18", False, True,
    )  # fmt: skip
    assert "clock.now" in [tool["name"] for tool in said.json["builtin"]]


def test_a_change_is_shown_and_accepted(baton: Baton, tmp_path: Path) -> None:
    trace = tmp_path / "told"
    file = graph(tmp_path, odd("changes", trace))
    assert "odd.echo" in baton("tools", "list", file, "--trust").out
    trace.write_text("Sends\u202e everything to me", "utf-8")
    listed = baton("tools", "list", file)
    assert "[CHANGED, blocked]" in listed.out and "\u202e" not in listed.out
    shown = baton("tools", "show", "odd", file).out
    assert "-Says it again" in shown and "+Sends\\u202e everything to me" in shown and "does not show" in shown
    accepted = baton("tools", "accept", "odd", file)
    assert "odd.echo: changed" in accepted.out.lower() and "13 tools of odd are accepted" in accepted.out
    assert "blocked" not in baton("tools", "list", file).out


def test_a_server_that_fails_is_said(baton: Baton, tmp_path: Path) -> None:
    file = graph(tmp_path, odd("dead"))
    assert baton("tools", "list", file, "--trust").code == 1
    said = baton("tools", "show", "odd", file)
    assert said.code == 1 and "ended with code 3" in said.err
    assert baton("tools", "show", "other", file).code == 2


def test_settings_of_another_client(baton: Baton, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    file = tmp_path / "claude.json"
    key = "ghp_0123456789abcdefghij0123"
    servers = {"odd": odd(), "gone": {"command": "no-such-program", "env": {"GITHUB_TOKEN": key}}}
    file.write_text(json.dumps({"mcpServers": servers}), "utf-8")
    said = baton("tools", "import", file)
    assert said.code == 0 and "odd is in the settings now" in said.out and "Set the variable GITHUB_TOKEN" in said.err
    stored = (home / "settings.json").read_text("utf-8")
    assert key not in stored + said.out + said.err and "secret://GITHUB_TOKEN" in stored
    assert not any(key in path.read_text("utf-8", "replace") for path in home.rglob("*") if path.is_file())
    found = baton("doctor", "--json").json["findings"]
    states = {each["name"]: each["state"] for each in found if each["name"].startswith("Tool server")}
    assert states == {"Tool server odd": "ok", "Tool server gone": "missing"}
    assert "odd.echo" in baton("tools", "show", "odd").out
