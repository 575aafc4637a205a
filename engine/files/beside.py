"""Graph files that a graph names as its bodies: read beside it, by relative names that stay inside its folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.base.errors import FileProblem
from engine.files.format import graph_to_json
from engine.files.open import open_graph


class Beside:
    """Reads the graph files of one folder, and of those that they name; each is read again only when it changed.

    Args:
        folder: where the graph stands that names them.
        root: the folder that none of them may stand outside of (trust.md T1); by default `folder`.
        allowed: whether the user trusted that graphs name this file although it stands outside.
        kept: texts of graph files by their whole name, as a run found them when it began: they hold, whatever became
            of the files (S11).
    """

    def __init__(
        self, folder: Path, root: Path | None = None, *, allowed: Callable[[str], bool] = lambda _file: False,
        kept: Mapping[str, str] = {},
    ) -> None:  # fmt: skip
        self._folder = folder
        self._root = (root or folder).resolve()
        self._allowed, self._kept = allowed, kept
        self._read: dict[Path, tuple[int, Mapping[str, Any]]] = {}
        self._places: dict[tuple[Path, str], Path] | None = None
        self._seen = set[Path]()

    def read(self, name: str) -> Mapping[str, Any]:
        """The graph file's JSON.

        Raises:
            FileProblem: it cannot be read, or stands outside the folder.
        """
        path = self.path(name)
        if (text := self._kept.get(str(path))) is not None:
            found: Mapping[str, Any] = json.loads(text)
            return found
        if path in self._seen:
            return self._read[path][1]
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            raise FileProblem(
                f"The graph “{name}” cannot be found.", "Save it beside the graph that uses it."
            ) from None
        known = self._read.get(path)
        if known is None or known[0] != changed:
            known = self._read[path] = (changed, graph_to_json(open_graph(path)))
        if self._places is not None:
            self._seen.add(path)
        return known[1]

    def settled(self) -> Beside:
        """What looks at each file once only: whoever asks again gets what was there then. So what is trusted and what
        runs are the same, however quickly another program changes the files or links between (T2)."""
        return self._like(self._folder, {}, set())

    def inside(self, name: str) -> Beside:
        """What reads the files that the graph file `name` itself names."""
        return self._like(self.path(name).parent, self._places, self._seen)

    def texts(self) -> dict[str, str]:
        """All that was read so far: texts of graph files by their whole name, as `kept` takes them."""
        return {str(path): json.dumps(found, ensure_ascii=False) for path, (_, found) in self._read.items()}

    def outside(self, name: str) -> str:
        """The whole name of the file when it stands outside the folder, trusted or not; "" when it does not.

        Raises:
            FileProblem: it cannot be the name of a file.
        """
        path = self._placed(name)
        return "" if path.is_relative_to(self._root) else str(path)

    def path(self, name: str) -> Path:
        """Where the graph file of a name stands.

        Raises:
            FileProblem: it cannot be the name of one, or it stands outside the folder and was not trusted.
        """
        path = self._placed(name)
        if not path.is_relative_to(self._root) and not self._allowed(str(path)):
            raise FileProblem(
                f"The graph “{name}” stands outside the folder of this one.",
                "Move it into the folder, or trust this graph (--trust).",
            )
        return path

    def _like(self, folder: Path, places: dict[tuple[Path, str], Path] | None, seen: set[Path]) -> Beside:
        other = Beside(folder, self._root, allowed=self._allowed, kept=self._kept)
        other._read, other._places, other._seen = self._read, places, seen
        return other

    def _placed(self, name: str) -> Path:
        if self._places is None:
            return self._resolved(name)
        if (self._folder, name) not in self._places:
            self._places[self._folder, name] = self._resolved(name)
        return self._places[self._folder, name]

    def _resolved(self, name: str) -> Path:
        try:
            return (self._folder / name).resolve()
        except (OSError, ValueError, RuntimeError) as error:  # a NUL in the name, links in a circle
            raise FileProblem(f"“{name}” cannot be the name of a graph file.", "Choose another file.") from error
