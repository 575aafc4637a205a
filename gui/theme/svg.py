"""The shipped icons as SVG text in a given colour: the one place where `currentColor` becomes a real one."""

from __future__ import annotations

import assets


def icon_source(name: str, colour: str) -> bytes:
    """The SVG of icon `name` drawn in `colour` (`#rrggbb`); a name that does not ship gives the `unknown` icon.

    A plug-in may name an icon that this version has not: a graph must still show.
    """
    try:
        file = assets.path(f"icons/{name}.svg")
    except FileNotFoundError:
        file = assets.path("icons/unknown.svg")
    return file.read_bytes().replace(b"currentColor", colour.encode())
