"""Tools `fs.*`: files of the folder that the person chose; named as those of the file servers that agents know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.base.values import Value
from engine.tools.contract import Desk, Tool, ToolContext, ToolError, Work

MOST_LINES: Final = 2_000
"""Lines of one reading; more are read by another."""
MOST_HITS: Final = 200
_PATH: Final = {"type": "string", "description": "Path in the folder, with slashes, such as src/a.py."}
_LINE: Final = {"type": "integer", "minimum": 1}
_EDIT: Final = {
    "type": "object", "required": ["oldText", "newText"], "additionalProperties": False,
    "properties": {"oldText": {"type": "string", "minLength": 1}, "newText": {"type": "string"}},
}  # fmt: skip


class FilesSource:
    """Offers the tools. Each works in its node's folder; what is read and written is told to the others of the run."""

    name = "fs"

    def tools(self) -> Sequence[Tool]:
        part = {"path": _PATH, "first_line": {**_LINE, "description": "1 when absent."}, "lines": _LINE}
        folder = {"path": {"type": "string", "description": "A folder; the chosen one when absent."}}
        search = {
            "pattern": {"type": "string", "description": "Such as **/*.py."},
            "text": {"type": "string", "description": "Only files with lines that hold this, and those lines."},
        }
        whole = {"path": _PATH, "content": {"type": "string"}}
        edits = {"path": _PATH, "edits": {"type": "array", "minItems": 1, "items": _EDIT}}
        unread = "One that is there must have been read before."
        return (
            _tool("read_file", "The text of a file; of a long one a part, by its lines.", _read, part, "path"),
            _tool("list_directory", "What a folder holds: names, sizes, and which are folders.", _list, folder),
            _tool("search_files", "Paths of files, and the lines that hold a text.", _search, search, "pattern"),
            _tool("write_file", f"Writes a whole file. {unread}", _write, whole, "path", "content", writes=True),
            _tool("edit_file", f"Replaces texts, each of which must stand in the file exactly once. {unread}", _edit,
                  edits, "path", "edits", writes=True),
        )  # fmt: skip


def _tool(
    name: str, told: str, work: Work, properties: Mapping[str, Any], *required: str, writes: bool = False
) -> Tool:
    schema = {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
    touches = _file if "path" in required else _folder
    return Tool(f"fs.{name}", told, work, schema, writes=writes, resource=touches, needs="folder")


def _file(arguments: Mapping[str, Any]) -> str:
    return f"fs {arguments['path']}"


def _folder(_arguments: Mapping[str, Any]) -> str:
    return "fs "


def _desk(context: ToolContext) -> Desk:
    if context.desk is None:
        raise ToolError("No folder is chosen for file tools.", "Choose one in the node's settings.")
    return context.desk


async def _read(arguments: Mapping[str, Any], context: ToolContext) -> Value:
    text = await _desk(context).read(arguments["path"])
    lines = text.splitlines(keepends=True)
    start, count = arguments.get("first_line", 1) - 1, arguments.get("lines", MOST_LINES)
    if start == 0 and count >= len(lines):
        return text
    shown = "".join(lines[start : start + count])
    return f"{shown}\n[lines {start + 1} to {min(start + count, len(lines))} of {len(lines)}]"


async def _list(arguments: Mapping[str, Any], context: ToolContext) -> Value:
    entries = await _desk(context).entries(arguments.get("path", ""))
    return "\n".join(f"{name}/" if folder else f"{name} ({size} bytes)" for name, folder, size in entries) or "(empty)"


async def _search(arguments: Mapping[str, Any], context: ToolContext) -> Value:
    desk, wanted = _desk(context), arguments.get("text", "")
    paths = await desk.find(arguments["pattern"])
    if not wanted:
        return "\n".join(paths) or "No file fits the pattern."
    hits: list[str] = []
    for path in paths:
        try:
            text = await desk.read(path)
        except ToolError:
            continue  # no text: nothing of it can be shown
        hits += [f"{path}:{place}: {line[:300]}" for place, line in enumerate(text.splitlines(), 1) if wanted in line]
        if len(hits) > MOST_HITS:
            return "\n".join([*hits[:MOST_HITS], "[more lines hold it: use a narrower pattern]"])
    return "\n".join(hits) or "No line holds it."


async def _write(arguments: Mapping[str, Any], context: ToolContext) -> Value:
    await _desk(context).write(arguments["path"], arguments["content"])
    return f"{arguments['path']} is written."


async def _edit(arguments: Mapping[str, Any], context: ToolContext) -> Value:
    desk, path = _desk(context), arguments["path"]
    text = await desk.read(path)
    for place, edit in enumerate(arguments["edits"], 1):
        found = text.count(edit["oldText"])
        if found != 1:
            said = "does not stand in the file" if not found else f"stands {found} times in the file"
            raise ToolError(f"Nothing was written: the text of edit {place} {said}.", "Name more of what is around it.")
        text = text.replace(edit["oldText"], edit["newText"])
    await desk.write(path, text)
    return f"{path} is changed in {len(arguments['edits'])} places."


SOURCE = FilesSource()
