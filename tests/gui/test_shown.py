"""What is shown of values and of items: inert, quick however long, each cell in its place."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.run.view import NodeView, PartView
from gui.bridge.cells import cells_of, part_title, part_words, stragglers, worst
from gui.canvas.geometry import Rect
from gui.canvas.strip import grid
from gui.dialogs.ask import Question
from gui.inspecting import ask_link
from gui.studio import Studio
from gui.theme.icons import Icons
from gui.views.messages import tools_used
from gui.views.plain_text import LINE, PAGE, PlainText, broken
from gui.views.rich_text import RichText, may_open
from gui.views.value_view import ValueView

BOX = Rect(13, 50, 198, 34)


@given(st.integers(1, 20_000), st.floats(60, 400), st.floats(12, 80))
def test_every_item_has_a_cell_inside_the_box_that_is_found_again(count: int, width: float, height: float) -> None:
    found = grid(count, Rect(0, 0, width, height))
    for index in {0, count // 2, count - 1}:
        cell = found.cell(index)
        assert cell.x >= 0 and cell.right <= width + 1e-6 and cell.y >= 0 and cell.bottom <= height + 1e-6
        at = found.at((cell.x + cell.w / 2, cell.y + cell.h / 2))
        assert at is not None and at == index // found.each * found.each
    assert found.at((-1, 1)) is None and found.at((width + 5, height + 5)) is None


def test_cells_tell_states_warmth_and_stragglers() -> None:
    node = NodeView("m", "m", total=8, first=0)
    ends = {0: 1.0, 1: 1.1, 2: 0.9, 3: 4.0}
    for number, seconds in ends.items():
        node.parts[number] = PartView(number, f"m[{number}]", 100.0, 100.0 + seconds, {"status": "ok", "value": number})
    node.parts[4] = PartView(4, "m[4]", 100.0, 101.0, {"status": "failed", "error": {"message": "It broke."}})
    node.parts[5] = PartView(5, "m[5]", 104.0)
    node.parts[6] = PartView(6, "m[6]", 100.0)
    assert cells_of(node, 105.0) == "1113frs." and [part.number for part in stragglers(node, 105.0)] == [6]
    assert cells_of(NodeView("m", "m", total=2, first=0, parts=node.parts), 105.0) == "1113frs", "more than was thought"
    assert part_words(node, 4, 105.0) == "item 5 of 8\nfailed · 1.0 s\nIt broke."
    node.parts[4] = replace(node.parts[4], started=80.0, told={**node.parts[4].told, "cost_usd": None})
    assert "failed · 21.0 s · $ ?" in part_words(node, 4, 105.0), "an unknown price is not nothing"
    assert part_words(node, 7, 105.0) == "item 8 of 8\nhas not begun"
    many = {n: PartView(n, f"m[{n}]", 0.0, 1.0 if n < 3 else 99.0, {"status": "ok" if n < 3 else "failed"})
            for n in range(7)}  # fmt: skip
    most_failed = NodeView("m", "m", total=7, first=0, parts=many)
    assert cells_of(most_failed, 99.0) == "111ffff", "how long the others take is not told by those that failed"
    assert [worst(letters) for letters in ("0123f", "1rs", "03", "..1", "k.")] == ["f", "s", "3", "1", "k"]
    loop = NodeView("l", "l", total=3, parts={1: PartView(1, "l[1]", 0.0, 1.0, {"outputs": {"score": 7}})})
    assert cells_of(loop, 2.0) == "0.." and part_title(loop, 1) == "pass 1 of 3"
    assert part_words(loop, 1, 2.0).endswith("score: 7")


HOSTILE = [
    "![i](file://{png})", "![i]({png})", '<img src="{png}">', "[l](javascript:alert(1))", "![i](http://127.0.0.1:9/x)",
    '<iframe src="file:///etc/passwd"></iframe>', "![i](//host/share/x.png)", "<style>@import url({png})</style>",
    '<a href="file:///etc/passwd">x</a>', "![i](data:image/png;base64,{data})",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_loads_and_follows_nothing(text: str, icons: Icons, qtbot: QtBot, tmp_path: Path) -> None:
    image = QImage(700, 500, QImage.Format.Format_RGB32)
    image.fill(0xFF00FF)
    image.save(str(tmp_path / "a.png"))
    data = base64.b64encode((tmp_path / "a.png").read_bytes()).decode()
    view = RichText()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    view.set_markdown(f"before\n\n{text.replace('{png}', str(tmp_path / 'a.png')).replace('{data}', data)}\n\nafter")
    assert view.document().size().height() < 250  # a picture of 500 points would need more
    shot = view.grab().toImage()
    assert all(shot.pixelColor(x, y).name() != "#ff00ff" for x in range(0, 400, 8) for y in range(0, 300, 8))
    with qtbot.waitSignal(view.link_asked) as asked:
        view.anchorClicked.emit(QUrl("javascript:alert(1)"))
    assert asked.args == ["javascript:alert(1)"] and view.source().isEmpty()


def test_a_link_is_opened_only_after_its_whole_address_was_shown(studio: Studio, qtbot: QtBot) -> None:
    assert may_open("https://example.org/a") and not may_open("file:///etc/passwd") and not may_open("javascript:1")
    address = "https://example.org/" + "a" * 300 + "?to=evil"
    ask_link(studio, address)
    question = next(each for each in studio.window.findChildren(Question) if each.isVisible())
    assert address in [label.text() for label in question.findChildren(QLabel)]
    assert "Open it in the browser" in [button.text() for button in question.buttons]
    next(button for button in question.buttons if button.text() == "Copy the address").click()
    assert QGuiApplication.clipboard().text() == address


def test_long_texts_are_shown_page_by_page_and_copied_whole(icons: Icons, qtbot: QtBot, tmp_path: Path) -> None:
    text = "a line of words\n" * 700_000
    view = PlainText(icons, "Text", text)
    qtbot.addWidget(view)
    assert view.pages == -(-len(text) // PAGE) and len(view.area.toPlainText()) <= PAGE
    view.after.click()
    assert view.where.text().startswith("part 2 of") and view.area.toPlainText() == text[PAGE : 2 * PAGE]
    view.copy.click()
    assert QGuiApplication.clipboard().text() == text
    view.head.write(str(tmp_path / "out.txt"))
    assert (tmp_path / "out.txt").read_text("utf-8") == text
    one = "x" * 1_000_000
    assert max(map(len, broken(one).split("\n"))) <= LINE and broken(one).replace("\n", "") == one
    view.set_text(one)
    view.set_text(one[:5])
    assert view.area.toPlainText() == "xxxxx" and view.text == "xxxxx"


def test_a_value_is_shown_as_what_it_is(icons: Icons, qtbot: QtBot, tmp_path: Path) -> None:
    view = ValueView(icons, "text")
    qtbot.addWidget(view)
    view.show()
    view.set_value("# Title")
    assert view.modes["Markdown"].isVisible() and not view.modes["Data"].isVisible()
    view.set_value('{"a": [1, 2]}')
    view.modes["Data"].click()
    assert view.tree.isVisible() and view.tree.topLevelItem(0) is not None
    view.set_value({"b": 1})
    assert view.tree.isVisible()
    buffer = QBuffer()
    picture = QImage(20, 10, QImage.Format.Format_RGB32)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]  # a device is taken too
    data = bytes(buffer.data().data())
    view.set_value({"media_type": "image/png", "data": base64.b64encode(data).decode()})
    assert view.image.isVisible() and view.image.shown.getRect() == (0, 0, 20, 10)
    view.image.resize(8, 100)
    assert view.image.shown.getRect() == (0, 0, 8, 4), "it is never cut off"
    view.head.copy.click()
    assert QGuiApplication.clipboard().image().size() == picture.size()
    view.head.write(str(tmp_path / "out.png"))
    assert (tmp_path / "out.png").read_bytes() == data and view.head.suffix == ".png"
    view.set_value("words")
    view.head.copy.click()
    assert QGuiApplication.clipboard().text() == "words"


def test_a_tool_call_is_shown_with_what_came_of_it() -> None:
    call = {"id": "1", "name": "search", "arguments": {"q": "pools"}}
    node = NodeView("a", "a", replies=[{"tool_calls": [call]}])
    node.tools = ({"kind": "intent", "tool": "search", "id": "1", "arguments": {"q": "pools"}},
                  {"kind": "result", "tool": "search", "id": "1", "ok": True, "text": "12 pages", "seconds": 0.5},
                  {"kind": "denied", "tool": "write", "id": "2", "reason": "not allowed"})  # fmt: skip
    first, second = tools_used(node)
    assert first.who == "search  ·  0.5 s" and '"q": "pools"' in first.text and first.text.endswith("→ 12 pages")
    assert second.who == "write  ·  refused" and second.text == "→ not allowed"
