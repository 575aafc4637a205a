"""What tool servers say, made fit for a model: tools as they are offered, and results."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from engine.export.standalone.parts.allowing import plainly
from engine.export.standalone.parts.tools import ToolError


def given_back(result: Mapping[str, Any]) -> Any:
    """The value of a result: the structured one where there is one, else its text, with its images beside it."""
    content = [part for part in result.get("content") or () if isinstance(part, dict)]
    said = "\n".join(filter(None, map(_said_by, content)))
    if result.get("isError"):
        raise ToolError(said.strip() or "The tool failed and did not say why.")
    data = result.get("structuredContent")
    value = said if data is None else data["result"] if list(data) == ["result"] else data
    images = [{"media_type": part.get("mimeType"), "data": part.get("data")} for part in content
              if part.get("type") == "image"]  # fmt: skip
    if not images:
        return value
    return images[0] if len(images) == 1 and not said else [*([value] if said else []), *images]


def _said_by(part: Mapping[str, Any]) -> str:
    inner = part.get("resource") or {}
    if part.get("type") == "resource_link":
        return f"[{part.get('name')}] {part.get('uri')}"
    if "blob" in inner:
        return f"[{inner.get('mimeType') or 'a file'} at {inner.get('uri')}, not shown]"
    return str(part.get("text") or inner.get("text") or "")


def fit_to_show(told: Mapping[str, Any]) -> bool:
    """Whether a tool can be offered to a model: its name is one, and its schema hides no letters."""
    schema = json.dumps(shown_schema(told.get("inputSchema") or {}), ensure_ascii=False)
    return bool(re.fullmatch(r"[\w./:-]{1,128}", told["name"])) and plainly(schema, len(schema)) == schema


def shown_schema(schema: Any) -> Any:
    """A schema of a server whose descriptions are plain."""
    if isinstance(schema, dict):
        return {
            key: plainly(item, 1_000)
            if key in ("description", "title") and isinstance(item, str)
            else shown_schema(item)
            for key, item in schema.items()
        }
    return [shown_schema(item) for item in schema] if isinstance(schema, list) else schema
