"""What gestures, keys and the studio work with: the camera, the scene and what is drawn of it, without Qt's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QWidget

from engine.files.inside import Inside
from engine.graph.graph import Bends
from gui.bridge.captions import Captions, ModelName
from gui.bridge.display import Display
from gui.bridge.feed import Feed
from gui.canvas.access import CanvasAccess, tell_focus
from gui.canvas.camera import Camera, framing
from gui.canvas.geometry import Point, Rect, bounds
from gui.canvas.glide import MOST_GLIDING, Glide
from gui.canvas.items import EdgeItem
from gui.canvas.layers import Layers
from gui.canvas.marks import MARK_REACH
from gui.canvas.motion import Motion
from gui.canvas.placing import WireEnd
from gui.canvas.renderer import Fits
from gui.canvas.scene import Scene
from gui.canvas.still import MANY
from gui.canvas.tip import Tip
from gui.canvas.under import Under
from gui.paced import Paced
from gui.theme.icons import Icons
from gui.theme.theme import Theme

if TYPE_CHECKING:
    from gui.canvas.gesture import Gesture
    from gui.session import Session


class Stage(QWidget):
    """A view of a session's graph that can be looked around in.

    Args:
        session: what is shown and changed.
        model_name: what a tier is mapped to now, for the second line of nodes; None shows tiers only.
    """

    add_requested = Signal(QPoint, QPointF, object)
    """Global position for a popup, canvas position, and a WireEnd (node, port, output) or None."""
    camera_changed = Signal(object)
    """Camera."""
    button_pressed = Signal(str)
    """The button that a node shows in a run."""
    part_activated = Signal(str, int)
    """A double click on the cell of an item or pass: the node, and the number."""

    def __init__(
        self, session: Session, theme: Theme, icons: Icons, parent: QWidget | None = None,
        *, model_name: ModelName | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.session, self._theme = session, theme
        self.scene = Scene(Captions(session.kinds, model_name))
        self.display = Display()
        self.camera = Camera()
        self.layers = Layers(self.scene, self.display, theme, icons)
        self.minimap = self.layers.minimap
        self.under = Under(self)
        self._tip: Tip | None = None
        self._hanging: Gesture | None = None
        self._fit_pending = True
        self._all_framed = False
        self._inside: Inside = session.inside
        self._cameras: dict[Inside, Camera] = {}
        self._feed = Feed(session, self.scene, self.display, self)
        self._map_due = Paced(self._draw_map, self, session.turns)
        self.motion = Motion(self._moves, lambda: theme.reduced_motion, self)
        self._glide: Glide | None = None
        self.access: CanvasAccess | None = None
        """What a screen reader hears, once one has asked."""
        for ends in (session.changed, session.entered, session.replaced):
            ends.connect(self._land)
        session.changed.connect(self._forget_framing)
        session.selection_changed.connect(self._select)
        self._feed.touched.connect(self.touch)
        self._feed.states.connect(self._states_changed)
        self._feed.rebuilt.connect(self.refresh)
        self._feed.opened.connect(self._opened)
        self._feed.moved.connect(self._moved)
        self.motion.frame.connect(self._frame_due)
        theme.changed.connect(self._look_changed)

    # Looking

    @property
    def view_size(self) -> Point:
        """Width and height in view pixels."""
        return float(self.width()), float(self.height())

    def set_camera(self, camera: Camera) -> None:
        """Looks elsewhere."""
        if camera != self.camera:
            self.camera, self._fit_pending, self._all_framed = camera, False, False
            self._place_map()
            self.camera_changed.emit(camera)
            self.motion.wake()
            self.update()

    def frame_all(self) -> None:
        """Shows the whole graph, no larger than full size; it stays framed until one looks elsewhere or edits."""
        self._frame(self.scene.bounds())
        self._all_framed = True

    def frame_selection(self) -> None:
        """Shows what is selected; everything when nothing is."""
        self._frame(self.selected_area() or self.scene.bounds())

    def selected_area(self) -> Rect | None:
        """The box around the selected nodes, frames and notes, in canvas units; None when none is."""
        boxes = [item.rect for node in self.session.selection if (item := self.scene.nodes.get(node))]
        boxes += [rect for mark in self.session.mark_selection if (rect := self.scene.marks.rect(mark))]
        return bounds(boxes)

    def zoom_to(self, factor: float) -> None:
        """Sets the zoom (1.0 is full size), the middle of the view staying where it is."""
        self.zoom_by(factor / self.camera.zoom)

    def zoom_by(self, factor: float) -> None:
        """Enlarges by a factor around the middle of the view."""
        self.set_camera(self.camera.zoomed(factor, (self.width() / 2, self.height() / 2)))

    def keep_still(self, down: float) -> None:
        """Its upper edge moved down by so many pixels: what one looks at stays where it is on the screen."""
        if not self._fit_pending:
            framed = self._all_framed
            self.set_camera(self.camera.panned(0.0, -down))
            self._all_framed = framed

    def reveal(self, rect: Rect) -> None:
        """Moves just so far that a part of the canvas (canvas units) is seen."""
        seen = self.camera.rect_to_view(rect).grown(24)
        dx = -seen.x if seen.x < 0 else min(0.0, self.width() - seen.right)
        dy = -seen.y if seen.y < 0 else min(0.0, self.height() - seen.bottom)
        self.set_camera(self.camera.panned(dx, dy))

    def reveal_selection(self) -> None:
        """Moves just so far that the selected nodes, frames and notes are seen."""
        area = self.selected_area()
        if area is not None:
            self.reveal(area)

    def scene_centre(self) -> QPointF:
        """The canvas point in the middle of the view."""
        return QPointF(*self.camera.to_scene((self.width() / 2, self.height() / 2)))

    def pointer_scene(self) -> QPointF | None:
        """The canvas point under the mouse; None when it is elsewhere."""
        at = self.mapFromGlobal(QCursor.pos())
        return QPointF(*self.camera.to_scene((at.x(), at.y()))) if self.rect().contains(at) else None

    def refresh(self) -> None:
        """Draws everything anew, captions too: a tier may mean another model now."""
        self.layers.invalidate()
        self._states_changed()
        self.update()

    def recaption(self) -> None:
        """Makes the items again because what they say has changed without a change of the document."""
        self.scene.rebuild(self.session.graph)
        self.refresh()

    # For the studio and for gestures

    def ask_to_add(self, view: Point, scene: Point, wire: WireEnd | None = None) -> None:
        """Asks the studio to let people choose a node for this place."""
        self.add_requested.emit(self.mapToGlobal(QPoint(round(view[0]), round(view[1]))), QPointF(*scene), wire)

    def ask_to_add_at_pointer(self) -> None:
        """The same for the mouse's place, or for the middle of the view."""
        there = self.pointer_scene() or self.scene_centre()
        point = there.x(), there.y()
        self.ask_to_add(self.camera.to_view(point), point)

    def show_candidates(self, fits: Fits | None, without: EdgeItem | None) -> None:
        """While a wire is dragged: lights up the sockets that take it, and leaves out the edge it replaces."""
        renderer = self.layers.renderer
        if renderer.fits is not None or fits is not None:
            renderer.fits, renderer.hidden_edge = fits, without.key if without else ""
            self.layers.invalidate()
            self.update()

    def glide_from(self, old: Mapping[str, Point]) -> None:
        """Lets nodes come from where they stood to where they stand now; at once where people asked for less motion,
        and where there are too many to be followed."""
        if not self._theme.reduced_motion and self.isVisible() and len(old) <= MOST_GLIDING:
            self._glide = Glide(self.scene, old)
            self._glide_on()
            self.motion.wake()

    def hang(self, wire: Gesture | None) -> None:
        """Shows a wire that was let go over empty ground, until it is known where it leads; None takes it away."""
        if wire is not self._hanging:
            self._hanging = wire
            self.update()

    def set_tip(self, tip: Tip | None) -> None:
        """Shows a label, or none."""
        if tip != self._tip:
            self._tip = tip
            self.update()

    def touch(self, areas: Iterable[Rect]) -> None:
        """Draws areas (canvas units) again."""
        found = list(areas)
        self.layers.invalidate(found)
        self.show_areas(found)

    def show_areas(self, areas: Iterable[Rect]) -> None:
        """Shows areas again of which only the moving layer has changed."""
        found = list(areas)
        if len(found) > MANY:  # to find out where they are takes longer than to show all
            self.update()
            return
        whole = bounds(found)
        if whole is not None:
            x, y, w, h = self.camera.rect_to_view(whole).grown(2)
            seen = QRect(round(max(-9e6, x)), round(max(-9e6, y)), round(min(9e6, w)) + 1, round(min(9e6, h)) + 1)
            self.update(seen & self.rect())

    def drag(self, nodes: frozenset[str], dx: float, dy: float) -> None:
        """Shows nodes moved from where the document has them."""
        before = self.scene.lift
        areas = self.scene.shift(nodes, dx, dy)
        lift = self.scene.lift
        if lift is not None and lift is not before:
            self.layers.lift(lift)
            self.show_areas(lift.holes)
        self.show_areas(areas)

    def drag_marks(self, rects: dict[str, Rect]) -> None:
        """Shows frames and notes elsewhere than the document has them; {} takes that back."""
        self.touch(self.scene.marks.show(rects))

    def lead(self, edge: str, bends: Bends | None) -> None:
        """Shows an edge led through other points; None takes that back."""
        self.touch(self.scene.lead(edge, bends))

    def drop_drag(self) -> None:
        """Puts dragged nodes back; a commit that moves them for good may follow."""
        self.layers.renderer.lifted = frozenset()
        self.touch(self.scene.put_back())

    # What follows from changes

    def _frame(self, rect: Rect | None) -> None:
        if rect is not None and self.width() > 0:
            self.set_camera(framing(rect.grown(16), self.view_size, nearest=max(1.0, self._theme.font_scale)))

    def _keep_framed(self, before: Point) -> None:
        """Frames the graph anew in a view of another size, where it was framed and now has no room, or more of it."""
        if not self._all_framed or (whole := self.scene.bounds()) is None:
            return
        seen = self.camera.rect_to_scene(Rect(0, 0, *self.view_size))
        lower = self.view_size[0] == before[0] and self.view_size[1] < before[1]
        if not (lower and seen.covers(whole)):
            self.frame_all()

    def _forget_framing(self, *_: object) -> None:
        self._all_framed = False

    def _opened(self) -> None:
        self.layers.another()
        self._cameras.clear()
        self._inside = self.session.inside
        self._fit_soon()

    def _moved(self) -> None:
        """Looks at another graph of the document as it was looked at last."""
        if self.session.inside == self._inside:
            return
        self.layers.another()
        if not self._fit_pending:
            self._cameras[self._inside] = self.camera
        self._inside = self.session.inside
        camera = self._cameras.get(self._inside)
        if camera is None:
            self._fit_soon()
        else:
            self.set_camera(camera)
            self.reveal_selection()

    def _fit_soon(self) -> None:
        """Frames the graph: now, or as soon as the widget has its size."""
        self._fit_pending = True
        if self.isVisible():
            self._fit()

    def _fit(self) -> None:
        self.camera = Camera(-self.width() / 2, -self.height() / 2) if not self.scene.nodes else self.camera
        self.frame_all()
        self._fit_pending = True  # until it is painted: a message that comes with the graph takes some of the room

    def _moves(self) -> bool:
        running = self.display.live and bool(self.display.moving or self.display.flowing)
        return self.isVisible() and (running or self._glide is not None)

    def _frame_due(self) -> None:
        """A frame of motion: everything that moves and is seen."""
        if self._glide is not None:
            self._glide_on()
        self.update()

    def _glide_on(self) -> None:
        if self._glide is not None:
            if self._glide.step():
                self._glide = None
            self.layers.invalidate()
            self._states_changed()

    def _land(self, *_: object) -> None:
        """The document changed: what glides stands where it belongs."""
        if self._glide is not None:
            self._glide.land()
            self._glide = None
            self.layers.invalidate()

    def _select(self) -> None:
        session, renderer = self.session, self.layers.renderer
        nodes, edges = session.selection ^ renderer.selection, session.edge_selection ^ renderer.edge_selection
        marks = session.mark_selection ^ renderer.mark_selection
        renderer.selection, renderer.edge_selection, renderer.mark_selection = session.selected
        rects = (rect.grown(MARK_REACH) for mark in marks if (rect := self.scene.marks.rect(mark)))
        self.touch([*self._feed.areas(nodes, edges), *rects])
        if len(session.selection) == 1:
            tell_focus(self, next(iter(session.selection)))

    def _states_changed(self) -> None:
        self._map_due.ask()
        self.motion.wake()

    def _place_map(self) -> bool:
        """Whether the minimap came or went, since there is other room for it."""
        return self.minimap.give_way(self.view_size, self.camera.rect_to_scene(Rect(0, 0, *self.view_size)))

    def _draw_map(self) -> None:
        if self._place_map():
            self.update()
        box = self.minimap.box(self.view_size)
        if box is not None:  # drawn here, so that what it costs is known to who paces it
            self.minimap.draw(self.layers.ink, self.devicePixelRatioF(), self.view_size)
            self.update(QRect(*(round(part) for part in box.grown(1))))

    def _look_changed(self) -> None:
        self.layers.forget()
        self.motion.stop()
        self.motion.wake()
        self.update()
