"""Pictures on their way to a model: taken out of values, with a mark left in the text."""

from __future__ import annotations

from typing import Any

from engine.export.standalone.parts.values import Failed, Several, text

MOST_PICTURES, LARGEST_PICTURE = 20, 5 * 1024 * 1024
SHOWABLE = ("image/png", "image/jpeg", "image/gif", "image/webp")
Picture = tuple[str, str]
"""Its media type, and its bytes in base64."""


class Album:
    """Collects the pictures of one message. `[image 1]` stands in the text for the first of them."""

    def __init__(self) -> None:
        self.images: list[Picture] = []

    def lift(self, value: Any) -> Any:
        """A value with a mark in the place of each picture in it."""
        if isinstance(value, Several):
            return "\n\n".join(text(self.lift(each)) for each in value.values)
        if isinstance(value, str) and value.startswith("data:image/") and ";base64," in value[:64]:
            head, _, data = value.partition(";base64,")
            return self._mark(head.removeprefix("data:"), data.strip())
        if isinstance(value, list):
            return [self.lift(item) for item in value]
        if isinstance(value, dict):
            sort = value.get("media_type")
            if value.keys() <= {"media_type", "data", "path"} and isinstance(sort, str) and sort.startswith("image/"):
                return self._mark(sort, str(value.get("data")))
            return {key: self.lift(item) for key, item in value.items()}
        return value

    def _mark(self, sort: str, data: str) -> str:
        sort = "image/jpeg" if sort.lower() == "image/jpg" else sort.lower()
        if sort not in SHOWABLE or len(data) * 3 // 4 > LARGEST_PICTURE:
            raise Failed("type", f"Models cannot be shown {sort[:60]}, or more than 5 MB of it.")
        if (sort, data) not in self.images:
            if len(self.images) >= MOST_PICTURES:
                raise Failed("type", f"More than {MOST_PICTURES} images reach one prompt. Show them in several calls.")
            self.images.append((sort, data))
        return f"[image {self.images.index((sort, data)) + 1}]"
