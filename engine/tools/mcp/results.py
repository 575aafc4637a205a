"""What a tool's result is worth as a value: structured JSON, text, images. Imported late."""

from __future__ import annotations

from typing import Any, Final

import mcp_types as types

from engine.base.incoming import judge
from engine.base.values import Value, repair, repair_text
from engine.tools.contract import ToolError

LONGEST: Final = 4 * 1024 * 1024
"""Characters of all texts of one result."""


def value_of(result: types.CallToolResult) -> Value:
    """The value of a result: the structured one where there is one, else its text, with its images beside it.

    Raises:
        ToolError: the tool says that it failed, or its result cannot be stored.
    """
    texts = [text for part in result.content if (text := _text(part))]
    text = "\n".join(texts)
    if len(text) > LONGEST:
        raise ToolError(f"The result has {len(text):,} characters, more than can be taken.", "Ask for less.")
    if result.is_error:
        raise ToolError(text.strip() or "The tool failed and did not say why.")
    images = [_image(part) for part in result.content if isinstance(part, types.ImageContent)]
    value = _structured(result.structured_content, text)
    if not images:
        return value
    return images[0] if len(images) == 1 and not text else [*([value] if text else []), *images]


def _structured(data: Any, text: str) -> Value:
    """The structured result; the text where it only wraps that, or where there is none."""
    if data is None:
        return repair_text(text)
    try:
        judge(data)
    except ValueError as error:
        raise ToolError(f"The result is {error}.") from None
    if isinstance(data, dict) and list(data) == ["result"]:  # how servers wrap what is no object
        return repair(data["result"])
    return repair(data)


def _image(part: types.ImageContent) -> Value:
    return {"media_type": part.mime_type, "data": part.data}


def _text(part: Any) -> str:
    """How a part of a result reads; "" for an image, which is no text."""
    if isinstance(part, types.TextContent):
        return part.text
    if isinstance(part, types.ResourceLink):
        return f"[{part.name}] {part.uri}"
    if isinstance(part, types.EmbeddedResource):
        inner = part.resource
        if isinstance(inner, types.TextResourceContents):
            return inner.text
        return f"[{inner.mime_type or 'a file'} at {inner.uri}, not shown]"
    if isinstance(part, types.AudioContent):
        return f"[{part.mime_type}, not shown]"
    return ""
