"""Text files: read by a glob, and written into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.export.standalone.parts.values import Failed


def read_files(root: str, glob: str, max_files: int) -> dict[str, Any]:
    """The text files that a glob means below a folder beside this program, sorted by path."""
    folder = (Path(__file__).parent / root).resolve()
    found = sorted(
        path for path in folder.glob(glob)
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )  # fmt: skip
    if len(found) > max_files:
        raise Failed("bad_request", f"More than {max_files} files fit “{glob}” in “{root}”.")
    files = []
    for path in found:
        try:
            files.append({"path": path.relative_to(folder).as_posix(), "text": path.read_bytes().decode("utf-8")})
        except UnicodeDecodeError:
            continue
    return {"files": files}


def write_files(root: str, files: Any, on_conflict: str) -> dict[str, Any]:
    """Writes files below a folder beside this program; one that is there already is a conflict."""
    folder = (Path(__file__).parent / root).resolve()
    written, conflicts = [], []
    for file in files if isinstance(files, list) else [files]:
        place = (folder / file["path"]).resolve()
        if not place.is_relative_to(folder):
            raise Failed("bad_request", f"“{file['path']}” leads out of the folder.")
        if place.exists() and place.read_text("utf-8") != file["text"] and on_conflict != "overwrite":
            conflicts.append({"path": file["path"]})
            if on_conflict == "fail":
                raise Failed("tool", f"The file “{file['path']}” is there already.")
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(file["text"], "utf-8", newline="")
        written.append(file["path"])
    return {"written": written, "conflicts": conflicts}
