"""Pictures of every state stay as they were approved, in both looks, and carry the graph inside them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from engine.files import loads, png, svg
from engine.graph import commands, marks
from gui.canvas.picture import PNG, SVG, Picture

from .states import arranged, arranged_picture, graph, kinds, view

APPROVED = Path(__file__).parent / "approved"
TOLERANCE = 2.0
"""Mean difference of a colour channel (0 to 255) at half size: other font rasterisers stay below, changes do not."""

TOLERANCE_PART = 5.0
"""The same in the worst part: one letter drawn half a pixel aside counts for up to 4 there."""


def difference(a: QImage, b: QImage) -> float:
    """How far two pictures of a size are apart, as the mean over all channels of the pictures at half size."""
    size = a.size() / 2
    rows = []
    for image in (a, b):
        small = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
        plain = small.convertToFormat(QImage.Format.Format_RGB888)
        rows.append(bytes(plain.constBits()))
    return sum(abs(x - y) for x, y in zip(*rows, strict=True)) / len(rows[0])


def worst(a: QImage, b: QImage, tiles: int = 8) -> float:
    """The same for the part, one of `tiles` by `tiles`, in which they are farthest apart: small changes count, too."""
    width, height = a.width() // tiles, a.height() // tiles
    corners = [(x * width, y * height) for x in range(tiles) for y in range(tiles)]
    return max(difference(a.copy(x, y, width, height), b.copy(x, y, width, height)) for x, y in corners)


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
@pytest.mark.parametrize("moment", ["run", "calm", "rest"])
def test_every_state_looks_as_approved(qapp: QApplication, dark: bool, moment: str) -> None:
    watched = None if moment == "rest" else view()
    picture = Picture(graph(), kinds(), view=watched, dark=dark, calm=moment == "calm")
    picture.renderer.selection = frozenset({"issues"})
    made = picture.image(1.0)
    name = f"{moment}-{'dark' if dark else 'light'}.png"
    approved = QImage(str(APPROVED / name))
    assert made.size() == approved.size()
    assert difference(made, approved) < TOLERANCE, f"compare {APPROVED / name} with the picture of states.py"


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
def test_what_hands_add_looks_as_approved(qapp: QApplication, dark: bool, scale: int) -> None:
    made = arranged_picture(dark=dark).image(scale)
    name = f"arranged-{'dark' if dark else 'light'}-{scale}x.png"
    approved = QImage(str(APPROVED / name))
    assert made.size() == approved.size()
    assert worst(made, approved) < TOLERANCE_PART, f"compare {APPROVED / name} with the picture of states.py"


def test_small_changes_of_what_hands_add_would_be_noticed(qapp: QApplication) -> None:
    made, (wire, *_) = arranged_picture(dark=True), arranged().bends
    for other in (
        commands.set_aside(arranged(), ["quiet"], ""),
        arranged().with_tables(bends={k: v for k, v in arranged().bends.items() if k != wire}),
        marks.paint(arranged(), ["two"], "red"),
    ):
        assert worst(made.image(1), arranged_picture(other, dark=True).image(1)) > TOLERANCE_PART


@pytest.mark.parametrize("calm", [True, False])
def test_under_reduced_motion_nothing_moves_by_itself(qapp: QApplication, calm: bool) -> None:
    now, soon = view(), view()
    soon.now += 0.04  # less than a figure counts
    pictures = [Picture(graph(), kinds(), view=each, dark=True, calm=calm).image(1.0) for each in (now, soon)]
    assert (pictures[0] == pictures[1]) == calm


def test_a_change_of_one_state_would_be_noticed(qapp: QApplication) -> None:
    rest = Picture(graph(), kinds(), dark=True).image(1.0)
    run = Picture(graph(), kinds(), view=view(), dark=True).image(1.0)
    assert difference(rest, run) > TOLERANCE


def test_twice_the_scale_is_twice_the_pixels_and_as_sharp(qapp: QApplication) -> None:
    picture = Picture(graph(), kinds(), dark=True)
    one, two = picture.image(1.0), picture.image(2.0)
    assert abs(two.width() - 2 * one.width()) <= 1
    coarse = one.scaled(two.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    assert difference(two, coarse) > 0.3


def test_a_png_carries_its_graph(qapp: QApplication) -> None:
    data = PNG.export(graph(), kinds())
    assert loads(png.graph_in(data)) == graph()
    assert not QImage.fromData(data).isNull(), "other programs show it as before"
    assert PNG.verify(data, graph(), kinds()) == ""
    assert PNG.verify(data, graph().with_tables(notes={}), kinds()) != ""


def test_an_svg_carries_its_graph_and_is_xml_with_the_titles_as_text(qapp: QApplication) -> None:
    data = SVG.export(graph(), kinds())
    assert loads(svg.graph_in(data.decode("utf-8"))) == graph()
    assert SVG.verify(data, graph(), kinds()) == ""
    assert QSvgRenderer(data).isValid(), "other programs show it as before"
    tree = ElementTree.fromstring(data)
    words = " ".join("".join(each.itertext()) for each in tree.iter("{http://www.w3.org/2000/svg}text"))
    assert "Search the docs" in words
    assert "Merge findings" in words


@pytest.mark.slow
def test_pictures_need_no_running_application(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from engine.export.registry import exporter\n"
        "from engine.graph.graph import Graph\n"
        "from engine.graph.records import Node\n"
        "from engine.kinds.registry import Kinds\n"
        "graph = Graph({}, {'a': Node('a', 'agent')})\n"
        "sys.stdout.buffer.write(exporter('png').export(graph, Kinds.load()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert done.stdout.startswith(b"\x89PNG"), done.stderr.decode()
