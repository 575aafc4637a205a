"""Which shared thing a call of a server's tool touches, as far as its arguments tell (semantics.md S14). Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.tools.contract import Resource
from engine.tools.mcp.definitions import Definition
from engine.tools.mcp.description import Description

PATHS: Final = ("destination", "path", "file_path", "filepath", "filename", "file", "notebook_path", "directory",
                "repo_path", "repo", "source", "inputPath", "outputPath")  # fmt: skip
"""Names that servers give to arguments which are paths, the one that tells most first."""
NAMES: Final = ("uri", "url", "table", "table_name", "database", "entity", "id", "key")
"""Names of arguments that name a thing otherwise."""
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NO_TEXT: Final = frozenset({"media", "image", "audio", "binary", "info", "metadata", "stats"})


def resource_of(server: Description, definition: Definition) -> Resource:
    """What tells the resource of a call from its arguments."""

    def resource(arguments: Mapping[str, Any]) -> str | None:
        named = _named(definition, arguments)
        if named is None:
            return None
        name, value = named
        return f"{server.name} {_canonical(str(value), server.cwd) if name in PATHS else f'{name}:{value}'}"

    return resource


def tells(definition: Definition) -> bool:
    """Whether a tool gives what stands in a thing, as far as its name and its hints say."""
    words = {word.lower() for word in _WORDS.findall(definition.name)}
    gives = "read" in words or (words & {"get", "load", "fetch"} and words & {"content", "contents", "text"})
    return definition.reads and bool(gives) and not words & _NO_TEXT


def reader_for(definition: Definition, offered: Iterable[Definition]) -> Definition | None:
    """The tool of the same server that gives the whole of what a call touches, when asked for it by name alone."""
    for each in sorted(offered, key=lambda each: "deprecated" in each.description.lower()):
        (name, *more) = each.parameters.get("required") or ("",)
        if tells(each) and not more and any(_alike(name, own) for own in _names(definition)):
            return each
    return None


def reading(reader: Definition, definition: Definition, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments with which a reader gives what a call touches; None where that call names nothing of its sort."""
    named, (wanted, *_) = _named(definition, arguments), reader.parameters["required"]
    return {wanted: named[1]} if named is not None and _alike(wanted, named[0]) else None


def _names(definition: Definition) -> list[str]:
    """The arguments of a tool that name what it touches, the one that tells most first."""
    known = definition.parameters.get("properties")
    return [name for name in (*PATHS, *NAMES) if isinstance(known, Mapping) and name in known]


def _named(definition: Definition, arguments: Mapping[str, Any]) -> tuple[str, str | int] | None:
    """The argument of a call that names what it touches, and its value."""
    for name in _names(definition):
        value = arguments.get(name)
        if isinstance(value, bool) or (isinstance(value, int) and name in PATHS):
            continue
        if isinstance(value, str | int) and value != "":
            return name, value
    return None


def _alike(one: str, other: str) -> bool:
    """Whether two arguments name the same sort of thing."""
    return one == other or (one in PATHS and other in PATHS)


def _canonical(path: str, folder: str) -> str:
    """One spelling of a path; a folder that ends in / stands for all that is in it, as leases take it."""
    if "://" in path:
        return path
    whole = posixpath.normpath(posixpath.join(folder or "/", path.replace("\\", "/")))
    return f"{whole}/" if path.endswith("/") and whole != "/" else whole
