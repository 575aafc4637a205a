"""From the Run button to a run: the model plan, the inputs it needs, and what to say when no key is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.base.errors import BatonError
from engine.base.settings import TIERS
from engine.kinds.builtin.input import InputConfig
from gui.dialogs.inputs import InputsDialog, Wanted, ask_inputs
from gui.dialogs.trust import REHEARSE, RUN, ask_trust
from gui.models import outlook, tiers_of_plan
from gui.session import Basis
from gui.settings_page import Asking

if TYPE_CHECKING:
    from engine.plan.capabilities import Capabilities
    from gui.studio import Studio

PLANS: Mapping[str, str] = {
    "balanced": "balanced (as mapped)",
    "cheap": "all cheap",
    "best": "all best",
    "rehearsal": "rehearsal",
}
"""What can stand for the models of a graph in a run."""


class Launch(QObject):
    """Starts runs of one window."""

    plan_changed = Signal()

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        stored = studio.state.get("plan")
        self.plan: str = stored if stored in PLANS else "balanced"
        self.cache = bool(studio.state.get("cache", True))
        """Whether results of earlier runs are used again where they were made of the same (S12)."""
        self.pace: float | None = None
        """Words a second of the rehearsal model; None is a natural pace."""
        self._asking = Asking(self)
        self._readying = False
        self.dialog: InputsDialog | None = None

    def set_plan(self, plan: str) -> None:
        """Chooses what stands for the models, from the next run on."""
        self.plan = plan
        self._studio.state.put("plan", plan)
        self.plan_changed.emit()

    def set_cache(self, used: bool) -> None:
        """Chooses whether results of earlier runs are used again, from the next run on."""
        self.cache = used
        self._studio.state.put("cache", used)

    def start_from(self, basis: Basis, *, rehearse: bool = False) -> None:
        """Runs the graph with the results of a stored run, as far as they hold."""
        self._studio.session.seal()
        self._go({}, rehearse, basis)

    def start_with(self, inputs: dict[str, Any], *, rehearse: bool = False) -> None:
        """Runs the graph with these inputs, without asking for them."""
        self._studio.session.seal()
        self._go(inputs, rehearse)

    def start(self, *, rehearse: bool = False) -> None:
        """Runs the graph; asks for its inputs first where it needs some."""
        self.when_ready(lambda: self._ready(rehearse))

    def when_ready(self, then: Callable[[], object]) -> None:
        """Calls `then` once the graph is known to be able to run; else says what keeps it from that."""
        session = self._studio.session
        session.seal()
        if not session.whole.nodes:
            session.said.emit("info", "There is nothing to run yet.", "Press Tab on the canvas to add a node.")
            return

        def ready() -> None:
            self._readying = False
            then()

        if not self._readying:
            self._readying = True
            session.make_ready(ready, self._cannot_run)

    def _ready(self, rehearse: bool) -> None:
        """The graph can run: asks for what it needs, before anybody types inputs in vain."""
        wanted = self._wanted()
        if not wanted:
            self._go({}, rehearse)
            return
        studio, path = self._studio, self._studio.session.path
        known, folder = studio.state.inputs(path), path.parent if path else Path.home()
        then = lambda values: self._given(values, rehearse)  # noqa: E731  (a method would have to store `rehearse`)
        self.dialog = ask_inputs(studio.window, studio.theme, studio.icons, wanted, known, folder, then)

    def _cannot_run(self, error: BatonError) -> None:
        """Says why the graph cannot run, and shows where."""
        from gui.fixes import go_to

        self._readying = False
        studio, session = self._studio, self._studio.session
        session.say_error(error)
        studio.window.show_panel("problems")
        first = next((problem for problem in session.problems if problem.severity == "error"), None)
        if first is not None and go_to(session, first).node:
            studio.canvas.frame_selection()

    def _given(self, values: dict[str, Any], rehearse: bool) -> None:
        self.dialog = None
        self._studio.state.put_inputs(self._studio.session.path, {name: _kept(each) for name, each in values.items()})
        self._go(values, rehearse)

    def _wanted(self) -> list[Wanted]:
        found: dict[str, Wanted] = {}
        session = self._studio.session
        for node in session.whole.nodes.values():
            if node.kind != "input":
                continue
            try:
                config = session.kinds.config(node.kind, node.config)
            except BatonError:
                continue
            if isinstance(config, InputConfig) and not config.has_default:
                name = config.name or node.id
                found.setdefault(name, Wanted(name, config.type, config.description))
        return list(found.values())

    def _go(self, inputs: dict[str, Any], rehearse: bool, basis: Basis | None = None) -> None:
        from engine.run.control import RunOptions

        def settled(rehearse: bool, tiers: Mapping[str, str]) -> None:
            options = RunOptions(
                rehearse=rehearse, tiers=tiers, pace=self.pace, cache=self.cache, attended=True,
                breakpoints=self._studio.session.breakpoints,
            )  # fmt: skip
            self._studio.session.run(inputs, options, basis)

        self.settle(rehearse, settled)

    def settle(self, rehearse: bool, then: Callable[[bool, Mapping[str, str]], object]) -> None:
        """Settles what stands before every run: that the graph is trusted, and that its models can be called. Calls
        `then` with whether it is a rehearsal, and with what the tiers mean; or not at all."""
        studio, go = self._studio, lambda rehearse: self.settle(rehearse, then)
        rehearse = rehearse or self.plan == "rehearsal"
        tiers = {} if rehearse else tiers_of_plan(studio.services, self.plan)
        if not rehearse:
            could = studio.trust.needed()
            if could:
                ask_trust(studio, could, lambda answer: self._trusted(answer, could, go), to_run=True)
                return
            seen = outlook(studio.services, studio.services.kinds, studio.session.whole, tiers)
            if seen.missing:
                self._offer_rehearsal(seen.missing[0], go)
                return
            if seen.rehearsed:
                self._look_for_local(tiers)
        then(rehearse, tiers)

    def _look_for_local(self, tiers: dict[str, str]) -> None:
        """No model is known: one of this computer may be found, as the run finds it too; else a rehearsal is said."""
        studio, models = self._studio, self._studio.services.models()

        async def look() -> None:
            try:
                await models.prepare(TIERS, tiers)
            finally:
                await models.aclose()

        def looked(_: None) -> None:
            if outlook(studio.services, studio.services.kinds, studio.session.whole, tiers).rehearsed:
                self._say_rehearsal()
            else:
                studio.window.see_models()

        self._asking.ask(look, looked, lambda _: self._say_rehearsal())

    def _trusted(self, answer: str, could: Capabilities, go: Callable[[bool], None]) -> None:
        if answer == REHEARSE or (answer == RUN and self._studio.trust.give(could)):
            go(answer == REHEARSE)

    def _offer_rehearsal(self, why: str, go: Callable[[bool], None]) -> None:
        bar = self._studio.window.bar

        def chosen(words: str) -> None:
            if words == "Rehearse":
                go(True)
            elif words == "Settings":
                self._studio.actions["help.settings"].trigger(self._studio)

        bar.ask("warning", f"{why} A rehearsal needs no key and costs nothing.", ("Rehearse", "Settings"), chosen)

    def _say_rehearsal(self) -> None:
        if self._studio.state.get("rehearsal_said"):
            return
        text = "No model key yet: this is a rehearsal on the built-in model, at no cost."

        def chosen(words: str) -> None:
            if words == "Settings":
                self._studio.actions["help.settings"].trigger(self._studio)
            else:
                self._studio.state.put("rehearsal_said", True)

        self._studio.window.bar.ask("info", text, ("Settings", "Do not say again"), chosen)


def _kept(value: Any) -> Any:
    """A value to be offered the next time: a file by its name, to be read again then."""
    named = isinstance(value, dict) and isinstance(value.get("path"), str) and ("text" in value or "data" in value)
    return {"path": value["path"]} if named else value
