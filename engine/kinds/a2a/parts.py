"""Values as the parts of a message or an artifact, and back: text, JSON, files and images."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from typing import Any

from a2a.helpers import get_data_parts, new_data_part, new_raw_part, new_text_part
from a2a.types import Part

from engine.agents.images import is_image
from engine.base.values import Value, is_file, repair

TEXT, JSON = "text/plain", "application/json"


def to_parts(value: Value) -> list[Part]:
    """A value as parts: text and files as text, images as bytes, all else as data."""
    if isinstance(value, str):
        return [new_text_part(repair(value), TEXT)]
    if is_file(value):
        part = new_text_part(repair(value["text"]), TEXT)
        part.filename = value["path"]
        return [part]
    if is_image(value):
        return [new_raw_part(base64.b64decode(value["data"]), value["media_type"], value.get("path") or None)]
    return [new_data_part(_sendable(repair(value)), JSON)]


def texts(parts: Iterable[Part]) -> str:
    """The text of some parts, a line break between two."""
    return "\n".join(part.text for part in parts if part.HasField("text"))


def data_values(parts: Sequence[Part]) -> list[Value]:
    """The JSON values of some parts; whole numbers are whole again, though the wire knows only fractions."""
    return [_whole(value) for value in get_data_parts(parts)]


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return value


def _sendable(value: Any) -> Any:
    """A value without numbers that the wire has no form for: too large ones, and what is none, become text."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {key: _sendable(item) for key, item in value.items()}
    return [_sendable(item) for item in value]
