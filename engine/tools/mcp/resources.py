"""Which shared thing a call of a server's tool touches, as far as its arguments tell (semantics.md S14). Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any, Final

from engine.tools.contract import Resource
from engine.tools.mcp.definitions import Definition
from engine.tools.mcp.description import Description

PATHS: Final = ("destination", "path", "file_path", "filepath", "filename", "file", "notebook_path", "directory",
                "repo_path", "repo", "source", "inputPath", "outputPath")  # fmt: skip
"""Names that servers give to arguments which are paths, the one that tells most first."""
NAMES: Final = ("uri", "url", "table", "table_name", "database", "entity", "id", "key")
"""Names of arguments that name a thing otherwise."""


def resource_of(server: Description, definition: Definition) -> Resource:
    """What tells the resource of a call from its arguments."""
    known = definition.parameters.get("properties")
    names = known if isinstance(known, Mapping) else {}
    paths = tuple(name for name in PATHS if name in names)
    others = tuple(name for name in NAMES if name in names)

    def resource(arguments: Mapping[str, Any]) -> str | None:
        for name in paths:
            if isinstance(value := arguments.get(name), str) and value:
                return f"{server.name} {_canonical(value, server.cwd)}"
        for name in others:
            value = arguments.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return f"{server.name} {name}:{value}"
        return None

    return resource


def _canonical(path: str, folder: str) -> str:
    """One spelling of a path; a folder that ends in / stands for all that is in it, as leases take it."""
    if "://" in path:
        return path
    whole = posixpath.normpath(posixpath.join(folder or "/", path.replace("\\", "/")))
    return f"{whole}/" if path.endswith("/") and whole != "/" else whole
