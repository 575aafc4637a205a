"""Which tool of a server shows what another one touches: told by names and hints, and never one that writes."""

from __future__ import annotations

from typing import Any

import pytest

from engine.tools.mcp.definitions import Definition
from engine.tools.mcp.resources import reader_for, reading


def tool(name: str, *required: str, reads: bool = True, said: str = "", optional: tuple[str, ...] = ()) -> Definition:
    properties: dict[str, Any] = {each: {"type": "string"} for each in (*required, *optional)}
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return Definition(name, said, schema, {"readOnlyHint": reads})


WRITE = tool("write_file", "path", "content", reads=False)


@pytest.mark.parametrize(
    ("offered", "found"),
    [
        ([tool("get_file_info", "path"), tool("read_text_file", "path")], "read_text_file"),
        ([tool("read_media_file", "path"), tool("getFileContents", "file", optional=("head",))], "getFileContents"),
        ([tool("read_file", "path", said="DEPRECATED."), tool("read_text_file", "path")], "read_text_file"),
        ([tool("read_lines", "path", "count"), tool("read_note", "id"), tool("read_all")], None),
        ([tool("read_file", "path", reads=False), WRITE], None),
    ],
)  # fmt: skip
def test_the_tool_that_shows_what_another_touches(offered: list[Definition], found: str | None) -> None:
    reader = reader_for(WRITE, offered)
    assert (reader and reader.name) == found
    if reader is not None:
        given = reading(reader, WRITE, {"path": "/n.txt", "content": "x"})
        assert given == {reader.parameters["required"][0]: "/n.txt"}


def test_a_call_that_names_nothing_cannot_be_looked_at() -> None:
    note = tool("write_note", "id", "text", reads=False)
    assert reading(tool("read_note", "id"), note, {"text": "x"}) is None
    assert reading(tool("read_note", "id"), note, {"id": 7}) == {"id": 7}
