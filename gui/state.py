"""What the studio remembers between starts, for each user: window shape, panels, recent files, inputs of each file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.base.pasted import pasted_in
from engine.base.settings import Home, write_json

WELCOMED = "welcomed"
"""Under which it stands that the page of a first start was shown."""
RECENT = 12
FILES_WITH_INPUTS = 200


class StudioState:
    """The contents of `BATON_HOME/studio.json`. A broken or missing file means the defaults: nothing here is precious.

    Args:
        home: where the file stands; None remembers nothing beyond this process.
    """

    def __init__(self, home: Home | None = None) -> None:
        self._file = home.state_file if home else None
        self._data: dict[str, Any] = self._load()

    def get(self, key: str, default: Any = None) -> Any:
        """What is remembered under a key."""
        return self._data.get(key, default)

    def put(self, key: str, value: Any) -> None:
        """Remembers a JSON value at once; a disk that refuses costs only the memory."""
        if self._data.get(key) != value:
            self._data[key] = value
            self._store()

    def number_list(self, key: str) -> list[int]:
        """A list of whole numbers (sizes), or an empty one."""
        found = self.get(key)
        return [int(item) for item in found if isinstance(item, int | float)] if isinstance(found, Sequence) else []

    @property
    def recent(self) -> list[Path]:
        """Files opened or saved last, newest first; those that are gone are left out."""
        found = self.get("recent", [])
        return [path for item in found if isinstance(item, str) and (path := Path(item)).is_file()]

    def add_recent(self, path: Path) -> None:
        """Puts a file at the front of the recent ones."""
        absolute = str(path.resolve())
        others = [str(item) for item in self.recent if str(item) != absolute]
        self.put("recent", [absolute, *others][:RECENT])

    def inputs(self, path: Path | None) -> Mapping[str, Any]:
        """The values last given to a run of this file."""
        found = self.get("inputs", {}).get(_place(path), {})
        return found if isinstance(found, Mapping) else {}

    def put_inputs(self, path: Path | None, values: Mapping[str, Any]) -> None:
        """Remembers the values given to a run of this file, but none in which a key seems to stand (T3)."""
        others = {key: value for key, value in self.get("inputs", {}).items() if key != _place(path)}
        safe = {name: value for name, value in values.items() if not any(pasted_in(value))}
        kept = dict(list(others.items())[-FILES_WITH_INPUTS + 1 :])
        self.put("inputs", {**kept, _place(path): safe})

    def _load(self) -> dict[str, Any]:
        try:
            found = json.loads(self._file.read_text("utf-8")) if self._file else {}
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _store(self) -> None:
        if self._file is None:
            return
        try:
            write_json(self._file, self._data)
        except OSError:
            return


def _place(path: Path | None) -> str:
    return str(path.resolve()) if path else ""
