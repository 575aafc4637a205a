"""Fields of several lines: text, JSON that is committed when it is whole, and values of a type the config names."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from engine.base.errors import FileProblem
from engine.files.strict import read_text
from gui.views.growing_text import GrowingText
from gui.views.text_field import TextField


class JsonField(TextField):
    """JSON, committed only when it is whole. Empty means the default."""

    mono: ClassVar[bool] = True

    def make_area(self) -> GrowingText:
        return GrowingText(1, 16)

    def text_of(self, value: Any) -> str:
        return "" if value in (None, {}) else json.dumps(value, indent=2, ensure_ascii=False)

    def value_of(self, text: str) -> Any:
        if not text.strip():
            return None
        try:
            return read_text(text)
        except FileProblem as error:
            raise ValueError(f"This is not JSON yet: {error.message.partition(': ')[2] or error.message}") from None


class ValueField(JsonField):
    """A value of the type that the node's config names: text as it is, everything else as JSON."""

    mono: ClassVar[bool] = False

    def make_area(self) -> GrowingText:
        return GrowingText(2, 12)

    def text_of(self, value: Any) -> str:
        return value if self._plain and isinstance(value, str) else super().text_of(value)

    def value_of(self, text: str) -> Any:
        return text if self._plain else super().value_of(text)

    @property
    def _plain(self) -> bool:
        return bool(self.place.config.get("type", "text") == "text")


FIELDS = {
    "text": TextField, "json": JsonField,
    "value": ValueField,
}  # fmt: skip
