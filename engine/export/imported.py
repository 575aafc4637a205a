"""The way of an import: a file's bytes become a graph with a report, whoever made the file."""

from __future__ import annotations

from engine.base import discover
from engine.base.errors import FileProblem
from engine.export.importing import Found, Imported, Importer


def importers() -> list[Importer]:
    """All importers, those that look at their own kind of file first."""
    found: list[Importer] = [module.IMPORTER for module in discover.modules("engine.export.imports")]
    return sorted(found, key=lambda each: each.name != "baton")


def imported(data: bytes, name: str = "") -> Imported:
    """A graph made of a file: one of ours, a picture or a bundle with one in it, or one of another tool.

    Args:
        name: of the file.

    Raises:
        FileProblem: nobody knows the file, or it is broken.
    """
    found = Found(data, name)
    known = importers()
    for importer in known:
        if importer.recognises(found):
            return _read(importer, found)
    if found.problem:
        raise found.problem[0]
    titles = ", ".join(dict.fromkeys(importer.title for importer in known))
    raise FileProblem(f"{name or 'This'} is no file that Baton can read.", f"It reads files of {titles}.")


def _read(importer: Importer, found: Found) -> Imported:
    try:
        return importer.read(found)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        # strangers' files have every shape: what an importer did not think of is the file's fault, said in words (T8)
        raise FileProblem(
            f"{found.name or 'The file'} looks like one of {importer.title}, but is built in another way.",
            "Export it there once more.",
        ) from error
