"""Which tools a list of names and patterns means, and what is said of those that there are not."""

from engine.tools.contract import Tool, ToolContext
from engine.tools.registry import Tools


class Source:
    def __init__(self, *names: str, told: str = "") -> None:
        self.name = "x"
        self._names, self._told = names, told

    def tools(self) -> list[Tool]:
        return [Tool(name, self._told, self._work) for name in self._names]

    async def _work(self, arguments: object, context: ToolContext) -> str:
        return ""


TOOLS = Tools([Source("fs.read", "fs.write", "web.get", told="ours"), Source("fs.read", "calc", told="theirs")])


def test_no_source_takes_the_place_of_a_tool_that_is_there() -> None:
    assert {tool.name: tool.description for tool in TOOLS.chosen(["fs.read", "calc"])} == {
        "fs.read": "ours", "calc": "theirs",
    }  # fmt: skip


def test_patterns_choose_in_the_order_of_the_list_and_each_tool_once() -> None:
    assert [tool.name for tool in TOOLS.chosen(["web.*", "fs.read", "fs.*"])] == ["web.get", "fs.read", "fs.write"]
    assert TOOLS.chosen([]) == ()
    assert [tool.name for tool in TOOLS.chosen(["*"])] == ["fs.read", "fs.write", "web.get", "calc"]
    assert TOOLS.chosen(["FS.read"]) == ()


def test_what_means_nothing_is_named_with_the_nearest() -> None:
    assert TOOLS.unknown(["fs.raed", "fs.*", "wep.*", "nowhere.near"]) == [
        ("fs.raed", "fs.read"), ("wep.*", "web.*"), ("nowhere.near", ""),
    ]  # fmt: skip


def test_the_built_in_tools_are_found_and_write_nothing() -> None:
    tools = {tool.name: tool for tool in Tools.load()}
    assert {"clock.now", "calc.evaluate"} <= set(tools)
    assert not tools["clock.now"].writes and not tools["calc.evaluate"].writes


def test_a_tool_that_does_not_say_so_is_taken_as_writing() -> None:
    assert all(tool.writes for tool in TOOLS)
