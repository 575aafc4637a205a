"""Events as lines that people can read. Pure; an event that is not for people gives no line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.run.events import Event
from engine.run.shown import why_chosen
from gui.bridge.faces import fault
from gui.figures import money, seconds_text


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log. `at` is seconds since the run began; `level` is info, good, warning or error."""

    at: float
    level: str
    node: str
    key: str
    text: str


def line_of(event: Event, started: float) -> Line | None:
    """The line of an event; None for pieces of text and other things too small to log."""
    words = _WORDS.get(event.kind)
    if words is None:
        return None
    level, text = words(event, event.data)
    return Line(max(0.0, event.mono - started), level, event.node, event.key, " ".join(text.split()))


Words = Callable[[Event, Mapping[str, Any]], tuple[str, str]]


def _created(_event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    return "info", "run created" + (" · rehearsal: the built-in model, at no cost" if data.get("rehearsal") else "")


def _finished(_event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    status = str(data.get("status", ""))
    level = {"failed": "error", "completed": "good"}.get(status, "warning")
    reason = f": {data['reason']}" if data.get("reason") else ""
    warnings = "".join(f" · {warning}" for warning in data.get("warnings", ()))
    return level, f"run {status.replace('_', ' ')}{reason}{warnings}"


def _started(event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    which = f", attempt {event.attempt} of {data.get('attempts', '?')}" if event.attempt > 1 else ""
    model = f" · {data['model']}" if data.get("model") else ""
    return "info", f"started{which}{model}"


def _ok(_event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    source = data.get("source", "ran")
    degraded = f", but {data['degraded']}" if data.get("degraded") else ""
    return "warning" if degraded else "good", ("done" if source == "ran" else f"done, from {source}") + degraded


def _failed(event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    error = data.get("error") or {}
    handled = event.kind == "node.handled"
    prefix = "failed, taken by its error port" if handled else "failed"
    return (
        "warning" if handled else "error",
        f"{prefix} ({fault(str(error.get('class', '?')))}): {error.get('message', '')}",
    )


def _settled(event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    why = f"blocked by {data['by']}" if data.get("by") else str(data.get("reason", "")).replace("_", " ")
    return "info", event.kind.removeprefix("node.") + (f": {why}" if why else "")


def _retry(_event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    wait = seconds_text(float(data.get("wait_s", 0.0)))
    return "warning", f"{fault(str(data.get('class', 'failed')))}: {data.get('message', '')} Next try in {wait}."


def _waiting(_event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    who = ", ".join(str(each) for each in data.get("for", ()))
    why = str(data.get("reason", "something"))
    return "info", f"waits for {who}" if who else why if why.startswith("waits") else f"waits for {why}"


def _request(_event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    return "info", f"asks {data.get('model', 'a model')}"


def _response(_event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    usage = data.get("usage") or {}
    cost = data.get("cost_usd")
    price = "price unknown" if cost is None else money(cost)
    tokens = f"{usage.get('input_tokens', 0)} tokens in, {usage.get('output_tokens', 0)} out"
    return "info", f"answer from {data.get('model', 'a model')}: {tokens}, {price}"


def _route(_event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    chosen = ", ".join(str(route) for route in data.get("routes", ())) or "nothing"
    return "warning" if data.get("misrouted") else "info", f"chose {chosen}{_because(data)}"


def _delegated(_event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    return "info", f"delegates to {data.get('specialist', 'a specialist')}{_because(data)}"


def _rejected(_event: Event, data: Mapping[str, Any]) -> tuple[str, str]:
    return "warning", f"what it delegated was turned down{_because(data)}"


def _because(data: Mapping[str, Any]) -> str:
    why = why_chosen(data)
    return f": {why}" if why else ""


def _plain(level: str, text: str) -> Words:
    return lambda _event, data: (level, text.format_map(_Told(data)))


class _Told(dict[str, Any]):
    """What an event told; what it did not is left out."""

    def __missing__(self, key: str) -> str:
        return ""


_WORDS: Mapping[str, Words] = {
    "run.created": _created,
    "run.started": _plain("info", "run started"),
    "run.cancelling": _plain("warning", "stopping"),
    "run.paused": _plain("warning", "run paused {reason}"),
    "run.resumed": _plain("info", "run goes on"),
    "run.finished": _finished,
    "node.started": _started,
    "node.ok": _ok,
    "node.failed": _failed,
    "node.handled": _failed,
    "node.skipped": _settled,
    "node.cancelled": _settled,
    "node.retry": _retry,
    "node.waiting": _waiting,
    "node.fallback": _plain("warning", "goes on with {to}: {message}"),
    "node.attempt_discarded": _plain("info", "the unfinished answer is thrown away"),
    "model.request": _request,
    "model.response": _response,
    "route.chosen": _route,
    "delegation.started": _delegated,
    "delegation.rejected": _rejected,
    "cache.hit": _plain("info", "taken from the stored results"),
    "merge.conflict": _plain("warning", "the inputs contradict each other"),
    "conflict.detected": _plain("warning", "{resource}: {why} ({outcome})"),
    "budget.warn": _plain("warning", "most of the budget is spent"),
    "budget.stop": _plain("error", "the budget is spent"),
    "human.requested": _plain("warning", "asks you: {question}"),
    "human.resolved": _plain("info", "{decision} by {by}"),
    "late": _plain("info", "a result came too late to be used"),
}
