"""Configurations of other clients are read as they are written there, and their keys stay out of every file (T3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.base.errors import WrongUse
from engine.tools.mcp.description import Description
from engine.tools.mcp.imports import read_config

CLAUDE = """{"mcpServers": {
  "filesystem": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me"]},
  "git hub": {"command": "docker", "args": ["run", "-i", "--token=ghp_0123456789abcdefghij0123"],
              "env": {"GITHUB_PERSONAL_ACCESS_TOKEN": "ghp_abcdefghij0123456789abcd", "LEVEL": "debug"}},
  "off": {"command": "x", "disabled": true}}}"""
VSCODE = """{
  // what VS Code writes
  "inputs": [{"type": "promptString", "id": "api-key", "description": "The key", "password": true},],
  "servers": {
    "far": {"type": "http", "url": "https://mcp.example/mcp", "headers": {"Authorization": "Bearer ${input:api-key}"}},
    /* and this */
    "near": {"command": "uvx", "args": ["srv", "${workspaceFolder}//x"], "env": {"A": "${env:HOME_TOWN}"}},
  },
}"""


def test_claude() -> None:
    found = read_config(CLAUDE)
    assert found.servers["filesystem"] == json.loads(CLAUDE)["mcpServers"]["filesystem"]
    assert found.servers["git_hub"]["env"] == {
        "GITHUB_PERSONAL_ACCESS_TOKEN": "secret://GITHUB_PERSONAL_ACCESS_TOKEN", "LEVEL": "debug",
    }  # fmt: skip
    assert found.servers["git_hub"]["args"] == ["run", "-i", "--token=secret://GIT_HUB_TOKEN"]
    assert set(found.secrets) == {"GITHUB_PERSONAL_ACCESS_TOKEN", "GIT_HUB_TOKEN"}
    assert "ghp_" not in json.dumps(found.servers) + "".join(found.notes)
    assert "off" not in found.servers and any("off" in note for note in found.notes)


def test_vs_code_with_comments_commas_and_inputs() -> None:
    found = read_config(VSCODE)
    assert found.servers["far"] == {
        "url": "https://mcp.example/mcp", "headers": {"Authorization": "Bearer secret://api_key"},
    }  # fmt: skip
    assert found.servers["near"] == {"command": "uvx", "args": ["srv", ".//x"], "env": {"A": "secret://HOME_TOWN"}}
    assert found.needed == {"api_key": "The key", "HOME_TOWN": "HOME_TOWN"} and not found.secrets


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"mcpServers": {"a": {"url": "http://127.0.0.1:1/mcp"}}}', ["a"]),
        ('{"mcp": {"servers": {"a": {"command": "x"}}}}', ["a"]),
        ('{"a": {"command": "x"}, "b": {"command": "y"}}', ["a", "b"]),
        ('{"command": "npx", "args": ["-y", "@scope/server-x"]}', ["server-x"]),
        ('{"context_servers": {"z": {"command": {"path": "zed", "args": ["1"]}}}}', ["z"]),
        ('{"mcpServers": {"a b": {"command": "x"}, "a.b": {"command": "y"}}}', ["a_b", "a_b_2"]),
    ],
)
def test_shapes(text: str, names: list[str]) -> None:
    found = read_config(text)
    assert list(found.servers) == names
    for name, server in found.servers.items():
        assert Description.read(name, server).words


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "{}", '{"mcpServers": {"a": {}}}', '{"a": 1}', "[" * 9999])
def test_what_is_no_configuration_is_refused(text: str) -> None:
    with pytest.raises(WrongUse):
        read_config(text)


@pytest.mark.parametrize(
    ("name", "server", "says"),
    [
        ("a.b", {"command": "x"}, "called"), ("a", [], "object"), ("a", {"args": []}, "command is missing"),
        ("a", {"url": "file:///etc/passwd"}, "http://"), ("a", {"command": "x", "env": ["A"]}, "env"),
        ("a", {"command": "x", "args": [{}]}, "args"), ("a", {"command": "x", "args": ["\0"]}, "NUL"),
    ],
)  # fmt: skip
def test_descriptions_that_are_none(name: str, server: Any, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        Description.read(name, server)


def test_a_server_is_what_it_is_started_as_and_not_what_it_is_called() -> None:
    one = {"command": "x", "args": ["1"], "env": {"A": "secret://k"}}
    same = Description.read("a", one).identity
    assert Description.read("b", {**one, "type": "stdio", "note": "mine"}).identity == same
    others = ({"command": "y"}, {"args": ["2"]}, {"env": {"A": "secret://j"}}, {"cwd": "/"})
    assert len({same, *(Description.read("a", {**one, **other}).identity for other in others)}) == 5
    assert list(Description.read("a", one).secrets()) == ["k"]
