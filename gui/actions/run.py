"""The Run menu: run, rehearse, stop, what stands for the models."""

from __future__ import annotations

from gui.action import Action
from gui.batch_offer import ask_table
from gui.breaking import all_broken, can_break, toggle
from gui.following import show_log
from gui.launch import PLANS
from gui.pinning import can_pin, can_unpin, pin, unpin
from gui.resuming import (
    can_resume,
    can_retry,
    can_run_from,
    can_run_only,
    failed_items,
    resume,
    retry_failed,
    run_from,
    selected_key,
)
from gui.studio import Studio

ORDER = 40


def _idle(studio: Studio) -> bool:
    return not studio.session.running


def _resume_title(studio: Studio) -> str:
    view = studio.session.run_view
    return "Run again what failed" if view is not None and view.status == "failed" else "Go on with this run"


def _retry_title(studio: Studio) -> str:
    count = failed_items(studio.session.run_view)
    return f"Retry {count} failed item{'' if count == 1 else 's'}"


def _let_go(studio: Studio, *, step: bool) -> None:
    """Lets go what is held longest, by its card: that knows what was changed there."""
    from gui.panels.questions import Questions

    panel = studio.panels.widget("questions")
    if isinstance(panel, Questions):
        panel.let_go(step=step)


def _plan(name: str, title: str) -> Action:
    return Action(
        f"run.plan.{name}", f"Models: {title}", lambda s: s.launch.set_plan(name), menu="Run", section=7,
        checked=lambda s: s.launch.plan == name,
    )  # fmt: skip


ACTIONS = [
    Action("run.start", "Run", lambda s: s.launch.start(), ("Ctrl+Return", "Ctrl+Enter"), _idle, "Run", 1, "run"),
    Action("run.rehearse", "Run as a rehearsal", lambda s: s.launch.start(rehearse=True), ("Ctrl+Shift+Return",), _idle,
           "Run", 1, "play"),
    Action("run.batch", "Run for each row…", ask_table, when=lambda s: not s.batching.active, menu="Run", section=1,
           icon="map"),
    Action("run.stop", lambda s: "Force the stop" if s.session.stopping else "Stop", lambda s: s.session.stop(),
           ("Ctrl+.",), lambda s: s.session.running, "Run", 2, "stop"),
    Action("run.put_away", "Clear the run from the canvas", lambda s: s.session.put_run_away(),
           when=lambda s: _idle(s) and s.session.run_view is not None, menu="Run", section=2),
    Action("run.resume", _resume_title, lambda s: resume(s), when=can_resume, menu="Run", section=3, icon="play",
           context=True),
    Action("run.from_here", "Run from here", run_from, when=can_run_from, menu="Run", section=3, icon="step_forward",
           context=True),
    Action("run.only", "Run this node only", lambda s: run_from(s, only=True), when=can_run_only, menu="Run", section=3,
           context=True),
    Action("run.retry_failed", _retry_title, retry_failed, when=can_retry, menu="Run", section=3, icon="retry",
           context=True),
    Action("run.log", "Show the log of the node", lambda s: show_log(s, selected_key(s)),
           when=lambda s: s.session.run_view is not None and bool(selected_key(s)), menu="Run", section=3,
           context=True),
    Action("run.pin", "Pin the output", lambda s: pin(s.session), when=lambda s: can_pin(s.session), menu="Run",
           section=4, icon="pinned", context=True),
    Action("run.unpin", "Unpin the output", lambda s: unpin(s.session), when=lambda s: can_unpin(s.session),
           menu="Run", section=4, context=True),
    Action("run.breakpoint", "Breakpoint", lambda s: toggle(s.session), ("F9",), lambda s: can_break(s.session),
           "Run", 5, checked=lambda s: all_broken(s.session), context=True),
    Action("run.go_on", "Go on with what is held", lambda s: _let_go(s, step=False), ("F8",),
           lambda s: bool(s.session.held), "Run", 5),
    Action("run.step", "Step", lambda s: _let_go(s, step=True), ("F10",), lambda s: bool(s.session.held), "Run",
           5),
    Action("run.no_breakpoints", "Remove all breakpoints", lambda s: s.session.break_at(()), ("Ctrl+Shift+F9",),
           lambda s: bool(s.session.breakpoints), "Run", 5),
    Action("run.cache", "Use stored results", lambda s: s.launch.set_cache(not s.launch.cache), menu="Run", section=6,
           checked=lambda s: s.launch.cache),
    *(_plan(name, title) for name, title in PLANS.items()),
]  # fmt: skip
