"""What a picker of tools lists: built-in ones, accepted ones of servers, and servers that nobody used yet."""

from __future__ import annotations

from pathlib import Path

from engine.base.settings import Home
from engine.tools.known import known_tools
from engine.tools.mcp.definitions import Definition
from engine.tools.mcp.description import Description
from engine.tools.mcp.pins import Pins
from engine.tools.registry import Tools


def test_built_in_tools_say_what_they_do_and_whether_they_write(tmp_path: Path) -> None:
    found = {tool.name: tool for tool in known_tools({}, {}, Pins(Home(tmp_path)))}
    assert found.keys() == {tool.name for tool in Tools.load()}
    for tool in Tools.load():
        assert (found[tool.name].what, found[tool.name].writes) == (tool.description, tool.writes)


def test_accepted_tools_of_a_server_are_listed_and_an_unused_server_by_its_pattern(tmp_path: Path) -> None:
    pins = Pins(Home(tmp_path))
    wiki = {"command": "wiki"}
    reads = Definition("find", "Finds pages.", {}, {"readOnlyHint": True})
    pins.accept(Description.read("wiki", wiki), [reads, Definition("edit", "Edits a page.")], 0.0)
    found = known_tools({"wiki": wiki}, {"new": {"url": "https://x.example/mcp"}, "bad": 3}, pins)
    rows = [(tool.name, tool.writes, tool.place) for tool in found if tool.place != "builtin"]
    assert rows == [("new.*", True, "settings"), ("wiki.find", False, "graph"), ("wiki.edit", True, "graph")]


def test_a_server_cannot_stand_in_for_built_in_tools(tmp_path: Path) -> None:
    found = known_tools({"calc": {"command": "evil"}}, {}, Pins(Home(tmp_path)))
    assert {tool.place for tool in found} == {"builtin"}
