"""Plays what the pages of docs/ tell, in the real studio on a screen that nobody sees, and draws each step as a PNG."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Callable, Literal

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from engine.base.settings import TIERS, Home, Settings
from gui.dialogs.finder import Finder
from gui.dialogs.trust import TrustDialog
from gui.studio import Studio
from gui.studios import Studios

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SIZE = (1440, 900)
LEFT = Qt.MouseButton.LeftButton
QUESTION = "Why do connection pools stall in services under load?"
PROMPTS = {
    "Research": "Collect facts about {{ task }}",
    "Draft": "Write a short report from {{ notes }}",
    "Review": "Improve this report: {{ draft }}",
}


def focused() -> QWidget:
    """What the keyboard is at."""
    found = QApplication.focusWidget()
    assert found is not None, "the keyboard is nowhere"
    return found


class Scene:
    """One window of the studio with hands of its own, and a camera."""

    def __init__(self, app: QApplication, home: Path, appearance: Literal["dark", "light"] = "light") -> None:
        given = Settings(appearance=appearance, reduced_motion=True, local_discovery=False,
                         tiers=dict.fromkeys(TIERS, "rehearsal"))  # fmt: skip
        self.studios = Studios(app, Home(home), given)
        self.studio: Studio = self.studios.open_window()
        self.studio.launch.pace = 0
        self.studio.state.put("rehearsal_said", True)
        self.studio.window.resize(*SIZE)
        self.until(self.studio.window.isVisible)
        self.studio.window.activateWindow()

    def until(self, done: Callable[[], bool]) -> None:
        """Lets the studio work until something holds.

        Raises:
            TimeoutError: it does not within a minute.
        """
        for _ in range(3000):
            if done():
                return
            QTest.qWait(20)
        raise TimeoutError("The studio did not come to what the picture shows.")

    def rest(self) -> None:
        """Lets what follows by a moment (the inspector, a layout) happen."""
        QTest.qWait(400)
        if not QApplication.activePopupWidget() and not QApplication.activeModalWidget():
            self.studio.window.activateWindow()  # no window is active here once a popup has closed
            QTest.qWait(50)

    def load(self, name: str, *, library: bool = False) -> None:
        """Opens one of the saved graphs, with all of it in sight, and by default with the library put away."""
        if self.studio.window.side_shown("left") and not library:
            self.studio.window.toggle_side("left")
        self.studio.filing.load(ROOT / "saved_graphs" / f"{name}.baton.json")
        self.rest()
        self.studio.canvas.frame_all()

    def run(self, *, rehearse: bool = False) -> None:
        """Presses Run and waits for the end, or for a person to be asked."""
        session = self.studio.session
        self.studio.launch.start(rehearse=rehearse)
        self.until(lambda: session.run_view is not None)
        self.until(lambda: not session.running or bool(session.run_view and session.run_view.waiting))
        self.rest()

    def click(self, node: str) -> None:
        """Clicks a node's title."""
        rect = self.studio.canvas.scene.nodes[node].rect
        QTest.mouseClick(self.studio.canvas, LEFT, pos=self._at(rect.x + rect.w / 2, rect.y + 10))
        self.rest()

    def add(self, kind: str, x: float, y: float, letters: str = "") -> str:
        """Double-clicks the ground and picks a kind by its first letters; returns the new node's id."""
        before = set(self.studio.session.graph.nodes)
        finder = self.finder(x, y)
        QTest.keyClicks(finder.field, letters or kind)
        QTest.keyClick(finder.field, Qt.Key.Key_Return)
        self.rest()
        (new,) = set(self.studio.session.graph.nodes) - before
        return new

    def finder(self, x: float, y: float) -> Finder:
        """The popup that a double click on the ground opens."""
        QTest.mouseDClick(self.studio.canvas, LEFT, pos=self._at(x, y))
        self.rest()
        return next(each for each in self.studio.window.findChildren(Finder) if each.isVisible())

    def wire(self, source: str, out: str, target: str, into: str, *, drop: bool = True) -> None:
        """Drags from an output to an input; without `drop` the wire is left in the air."""
        canvas = self.studio.canvas
        start, end = self._socket(source, out, output=True), self._socket(target, into, output=False)
        QTest.mousePress(canvas, LEFT, pos=start)
        for step in (1, 2, 3, 4):
            QTest.mouseMove(canvas, start + (end - start) * (step / 4))
        if drop:
            QTest.mouseRelease(canvas, LEFT, pos=end)
        self.rest()

    def prompt(self, node: str, title: str, text: str) -> None:
        """Types a title and a prompt for an agent."""
        self.click(node)
        self.studio.window.rename()
        self.rest()
        QTest.keyClicks(focused(), title)
        QTest.keyClick(focused(), Qt.Key.Key_Return)
        self.click(node)
        form = self.studio.window.right.widget("inspector").form
        editor = form.rows["prompt"].editor.editor()
        editor.setFocus()
        QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(editor, text)
        self.rest()

    def photograph(self, name: str) -> None:
        """Draws the window with all that stands above it into docs/images/NAME.png."""
        self.rest()
        window = self.studio.window
        picture: QPixmap = window.grab()
        painter = QPainter(picture)
        for above in QApplication.topLevelWidgets():
            if above is not window and above.isVisible() and above.width() > 1:
                place, shown = _place(above, window), above.grab()
                painter.drawPixmap(place, shown)
                painter.setPen(QColor(self.studio.theme.tokens.line))
                painter.drawRect(QRectF(QPointF(place), shown.deviceIndependentSize()).adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.end()
        (IMAGES / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(str(IMAGES / f"{name}.png"), "PNG", 0)
        print(f"drew docs/images/{name}.png", flush=True)

    def close(self) -> None:
        """Puts the window away."""
        self.studios.close()

    def _at(self, x: float, y: float) -> QPoint:
        view = self.studio.canvas.camera.to_view((x, y))
        return QPoint(round(view[0]), round(view[1]))

    def _socket(self, node: str, port: str, *, output: bool) -> QPoint:
        item = self.studio.canvas.scene.nodes[node]
        socket = item.shape.socket(port, output, 99)
        assert socket is not None, f"{node} has no port {port}"
        return self._at(*item.at(socket))


def _place(above: QWidget, window: QWidget) -> QPoint:
    """Where a dialog stands over the window: in its middle when it does not stand there already."""
    place = above.pos() - window.pos()
    if isinstance(above, Finder) or window.rect().contains(place):
        return place
    return QPoint((window.width() - above.width()) // 2, (window.height() - above.height()) // 2)


def draw_a_pipeline(scene: Scene) -> None:
    """The first ten minutes: an empty canvas becomes a pipeline of three agents that runs."""
    scene.finder(0, 0)
    scene.photograph("steps/add-a-node")
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    scene.studio.canvas.zoom_to(0.6)
    scene.rest()
    ids = [scene.add("input", -540, 0)]
    for index, (title, text) in enumerate(PROMPTS.items()):
        ids.append(scene.add("agent", -290 + 260 * index, 0))
        scene.prompt(ids[-1], title, text)
        if title == "Research":
            scene.studio.canvas.frame_all()
            scene.photograph("steps/prompt-makes-a-port")
            scene.studio.canvas.zoom_to(0.6)
            scene.rest()
    ids.append(scene.add("output", 500, 0))
    scene.studio.canvas.frame_all()
    scene.rest()
    wires = [("value", "task"), ("text", "notes"), ("text", "draft"), ("text", "value")]
    for source, target, (out, into) in zip(ids, ids[1:], wires):
        scene.wire(source, out, target, into)
    scene.studio.canvas.frame_all()
    scene.photograph("steps/sequential-drawn")
    scene.studio.launch.start_with({ids[0]: QUESTION})
    scene.until(lambda: scene.studio.session.run_view is not None)
    scene.until(lambda: not scene.studio.session.running)
    scene.click(ids[3])
    scene.studio.window.right.widget("inspector").tabs.setCurrentIndex(1)
    scene.photograph("steps/sequential-run")


def fan_out(scene: Scene) -> None:
    """Four agents side by side and what the merge made of them; then a map with its items."""
    scene.load("fan_out_research")
    scene.click("findings")
    scene.photograph("steps/fan-out-drawn")
    scene.run()
    scene.photograph("steps/fan-out-run")
    scene.load("folder_batch")
    scene.run()
    scene.photograph("steps/map-run")


def delegation(scene: Scene) -> None:
    """A manager, its specialists, and who did what."""
    scene.load("support_desk")
    scene.click("desk")
    scene.photograph("steps/delegation-drawn")
    scene.run()
    scene.photograph("steps/delegation-run")


def people(scene: Scene) -> None:
    """A question that waits for a person."""
    scene.load("review_before_publishing")
    scene.run()
    scene.photograph("steps/review-asks")
    scene.studio.session.stop()
    scene.until(lambda: not scene.studio.session.running)


def trust(scene: Scene) -> None:
    """What is asked before the first run of a graph that reaches outside."""
    scene.load("two_vendors")
    scene.studio.launch.start()
    scene.until(lambda: any(each.isVisible() for each in scene.studio.window.findChildren(TrustDialog)))
    scene.photograph("steps/trust-asks")
    for each in scene.studio.window.findChildren(TrustDialog):
        each.close()


def in_a_run(scene: Scene) -> None:
    """The whole window in a run: four agents are done, the one that weighs what they found is writing."""
    scene.studio.launch.pace = None  # as a person sees it
    scene.load("fan_out_research", library=True)
    scene.click("synthesis")
    scene.studio.window.right.widget("inspector").tabs.setCurrentIndex(1)
    session = scene.studio.session
    scene.studio.launch.start()

    def amid() -> bool:
        node = session.run_view.nodes.get("synthesis") if session.run_view else None
        return node is not None and node.status == "running"

    scene.until(amid)
    scene.rest()
    scene.photograph(f"studio-{scene.studio.theme.appearance}")
    session.stop()
    scene.until(lambda: not session.running)


SCENES = (draw_a_pipeline, fan_out, delegation, people, trust)


def main() -> int:
    """Plays all scenes, or those that are named; returns the exit code."""
    app = QApplication(sys.argv[:1])
    wanted = sys.argv[1:]
    looks: list[tuple[Callable[[Scene], None], Literal["dark", "light"]]] = [(play, "light") for play in SCENES]
    for play, appearance in [*looks, (in_a_run, "light"), (in_a_run, "dark")]:
        if wanted and play.__name__ not in wanted:
            continue
        with tempfile.TemporaryDirectory() as home:
            scene = Scene(app, Path(home), appearance)
            try:
                play(scene)
            finally:
                scene.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
