"""Pictures on their way to a model: taken out of values, counted and weighed, with a mark left in the text."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final

from engine.base.errors import NodeError
from engine.base.values import Value
from engine.models.contract import Image

MOST: Final = 20
"""Images in one call of a model."""
SIZE_CAP: Final = 5 * 1024 * 1024
"""Bytes of one image."""
MEDIA_TYPES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What the providers read."""
_DATA_URL: Final = "data:image/"
_KEYS: Final = frozenset({"media_type", "data", "path"})


@dataclass(slots=True)
class Album:
    """Collects the images of one request. `[image 1]` stands in the text for the first of them."""

    images: list[Image] = field(default_factory=list)

    def lift(self, value: Value) -> Value:
        """A value with a mark in the place of each image in it; the same object when there is none.

        Raises:
            NodeError: `type`, for an image that no model could be sent, or one too many.
        """
        if isinstance(value, str):
            return (
                self._mark(*_of_data_url(value)) if value.startswith(_DATA_URL) and ";base64," in value[:64] else value
            )
        if isinstance(value, list | tuple):
            items = [self.lift(item) for item in value]
            return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
        if isinstance(value, dict):
            if is_image(value):
                return self._mark(value["media_type"], value["data"])
            pairs = {key: self.lift(item) for key, item in value.items()}
            return pairs if any(pairs[key] is not value[key] for key in value) else value
        return value

    def _mark(self, media_type: str, data: str) -> str:
        image = _checked(media_type, data)
        if image not in self.images:
            if len(self.images) >= MOST:
                raise NodeError("type", f"More than {MOST} images reach one prompt.", "Show them in several calls.")
            self.images.append(image)
        return f"[image {self.images.index(image) + 1}]"


def is_image(value: Value) -> bool:
    """Whether a value is an image: `{"media_type", "data"}` with base64, and perhaps the `path` it came from."""
    return (
        isinstance(value, dict)
        and value.keys() <= _KEYS
        and isinstance(value.get("data"), str)
        and isinstance(value.get("media_type"), str)
        and value["media_type"].startswith("image/")
    )


def holds_image(value: Value) -> bool:
    """Whether there is an image anywhere in a value."""
    if isinstance(value, str):
        return _is_data_url(value)
    if isinstance(value, list | tuple):
        return any(map(holds_image, value))
    return isinstance(value, dict) and (is_image(value) or any(map(holds_image, value.values())))


def _is_data_url(text: str) -> bool:
    return text.startswith(_DATA_URL) and ";base64," in text[:64]


def _of_data_url(url: str) -> tuple[str, str]:
    head, _, data = url.partition(";base64,")
    return head.removeprefix("data:"), data.strip()


def _checked(media_type: str, data: str) -> Image:
    media_type = "image/jpeg" if media_type.lower() == "image/jpg" else media_type.lower()
    if media_type not in MEDIA_TYPES:
        raise NodeError("type", f"Models cannot be shown {media_type[:60]}.", "Use PNG, JPEG, GIF or WebP.")
    if len(data) * 3 // 4 > SIZE_CAP:
        raise NodeError("type", f"An image is larger than {SIZE_CAP // 2**20} MB.", "Make it smaller.")
    try:
        if not base64.b64decode(data, validate=True):
            raise ValueError("nothing in it")
    except (binascii.Error, ValueError):
        raise NodeError("type", "An image is not valid base64.", "Give its bytes in base64.") from None
    return Image(media_type, data)
