"""Large texts of events, kept apart by their hash: what passes from node to node is stored once (S11). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final

from engine.base.values import Value

LARGE: Final = 8_192
"""Characters from which a text is kept apart."""
MARK: Final = "$baton_text"
"""The key of the object that stands for a text: `{"$baton_text": HASH}`."""


def without_large(value: Value, texts: dict[str, str]) -> Any:
    """A value with its large texts replaced; they are put into `texts` by their hash."""
    if isinstance(value, str):
        if len(value) < LARGE:
            return value
        name = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        texts[name] = value
        return {MARK: name}
    if isinstance(value, Mapping):
        return {key: without_large(item, texts) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_large(item, texts) for item in value]
    return value


def with_large(value: Any, find: Callable[[str], str | None]) -> Any:
    """The value as it was. An object that only looks like a mark stays what it is."""
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(name := value.get(MARK), str) and (text := find(name)) is not None:
            return text
        return {key: with_large(item, find) for key, item in value.items()}
    if isinstance(value, list):
        return [with_large(item, find) for item in value]
    return value
