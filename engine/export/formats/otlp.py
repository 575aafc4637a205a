"""The trace of a run as OTLP/JSON, in the words of OpenTelemetry's GenAI conventions: for any viewer of traces."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final

from engine.base.values import as_text
from engine.export.record import RunRecord
from engine.export.story import Exchange, NodeStory, ToolUse, stories
from engine.kinds.registry import Kinds
from engine.run.places import containers
from engine.run.view import NodeView

_INTERNAL, _CLIENT = 1, 3
"""Kinds of span."""
_OK, _ERROR = 1, 2
"""Codes of a span's status."""
_PROVIDERS: Final = {"gemini": "gcp.gemini", "xai": "x_ai", "mistral": "mistral_ai"}
"""Where the conventions call a provider by another name."""
Span = dict[str, Any]


class Otlp:
    """Writes `NAME.otlp.json`: a span for the run, each node, each call of a model, and each call of a tool."""

    name = "otlp"
    title = "Trace (OpenTelemetry, JSON)"
    suffix = ".otlp.json"

    def export_run(self, record: RunRecord, kinds: Kinds) -> str:
        """The trace of a run."""
        trace = _Trace(record)
        resource = {"attributes": _attributes({"service.name": "baton", "baton.run.id": record.id})}
        scope = {"scope": {"name": "baton"}, "spans": trace.spans()}
        return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}, ensure_ascii=False)

    def verify_run(self, data: bytes, record: RunRecord) -> str:
        """Reads the trace again: each span's parent must be in it, and each node that began has a span."""
        [resource] = json.loads(data)["resourceSpans"]
        spans = resource["scopeSpans"][0]["spans"]
        known = {span["spanId"] for span in spans}
        if any(span.get("parentSpanId", span["spanId"]) not in known for span in spans) or len(known) != len(spans):
            return "its spans do not hang together."
        keys = {_value(span, "baton.node.key") for span in spans}
        missing = stories(record.events).keys() - keys
        return f"the node “{min(missing)}” is not in the trace." if missing else ""


class _Trace:
    """The spans of one run. Ids are hashes of its own, so that the same run always makes the same trace."""

    def __init__(self, record: RunRecord) -> None:
        self.record, self.view = record, record.view
        self.stories = stories(record.events)
        self.end = record.events[-1].ts

    def spans(self) -> list[Span]:
        return [self._run(), *(span for story in self.stories.values() for span in self._node(story))]

    def _run(self) -> Span:
        view = self.view
        facts = {
            "gen_ai.operation.name": "invoke_workflow",
            "gen_ai.workflow.name": self.record.name,
            "gen_ai.usage.input_tokens": view.input_tokens,
            "gen_ai.usage.output_tokens": view.output_tokens,
            "baton.status": view.status,
            "baton.cost_usd": view.cost,
        }
        began = view.started_at if view.started_at is not None else self.record.created
        span = self._span("", "", f"invoke_workflow {self.record.name}".strip(), began, self.end, facts)
        wrong = view.status == "failed"
        return {**span, "status": {"code": _ERROR, "message": view.reason or "failed"} if wrong else {"code": _OK}}

    def _node(self, story: NodeStory) -> Iterator[Span]:
        view = self.view.nodes[story.key]
        node = self.record.graph.nodes.get(view.node) if not view.scope else None
        agent = bool(story.exchanges)
        facts = {
            "gen_ai.operation.name": "invoke_agent" if agent else None,
            "gen_ai.agent.name": view.node if agent else None,
            "baton.node.key": story.key,
            "baton.node.kind": node.kind if node else None,
            "baton.node.title": node.title if node else None,
            "baton.status": view.status,
            "baton.source": view.source or None,
            "baton.attempts": view.attempt or None,
            "baton.cost_usd": view.cost if agent else None,
            "baton.route": list(view.route) or None,
            "error.type": str(view.error.get("class", "internal")) if view.error else None,
        }
        name = f"invoke_agent {view.node}" if agent else view.node
        span = self._span(story.key, self._parent(view), name, story.started, story.ended, facts)
        yield {**span, "status": _status(view)}
        for number, step in enumerate(story.steps):
            if isinstance(step, Exchange):
                yield self._exchange(story.key, number, step)
            else:
                yield self._tool(story.key, number, step)

    def _exchange(self, key: str, number: int, call: Exchange) -> Span:
        asked, answer = call.asked, call.answer or {}
        provider, _, model = str(asked.get("model", "")).rpartition("/")
        usage = answer.get("usage", {})
        facts = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": _PROVIDERS.get(provider, provider or "baton"),
            "gen_ai.request.model": model,
            "gen_ai.request.temperature": asked.get("temperature"),
            "gen_ai.request.top_p": asked.get("top_p"),
            "gen_ai.request.max_tokens": asked.get("max_tokens"),
            "gen_ai.response.model": answer.get("model"),
            "gen_ai.response.finish_reasons": [str(answer["finish"])] if answer.get("finish") else None,
            "gen_ai.usage.input_tokens": usage.get("input_tokens"),
            "gen_ai.usage.output_tokens": usage.get("output_tokens"),
            "gen_ai.input.messages": json.dumps([_message(m) for m in asked["messages"]], ensure_ascii=False),
            "gen_ai.output.messages": json.dumps([_answered(answer)], ensure_ascii=False) if answer else None,
            "gen_ai.output.type": "json" if "output_schema" in asked else "text",
            "baton.attempt": call.attempt,
            "error.type": None if answer else "_OTHER",
        }
        span = self._span(f"{key}#{number}", key, f"chat {model}", call.started, call.ended, facts, _CLIENT)
        return {**span, "status": {"code": _OK} if answer else {"code": _ERROR}}

    def _tool(self, key: str, number: int, use: ToolUse) -> Span:
        result = use.result or {}
        fine = bool(result.get("ok"))
        facts = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": use.tool,
            "gen_ai.tool.call.id": use.id,
            "gen_ai.tool.call.arguments": json.dumps(dict(use.arguments), ensure_ascii=False),
            "gen_ai.tool.call.result": as_text(result.get("text")) or None,
            "error.type": None if fine else "tool",
        }
        span = self._span(f"{key}#{number}", key, f"execute_tool {use.tool}", use.started, use.ended, facts)
        return {**span, "status": {"code": _OK} if fine else {"code": _ERROR, "message": use.denied}}

    def _parent(self, view: NodeView) -> str:
        """The nearest container around a node that has a span, else the run."""
        around = [key for key in containers(view.scope) if key in self.stories]
        return around[-1] if around else ""

    def _span(
        self, key: str, parent: str, name: str, began: float | None, ended: float | None, facts: Mapping[str, Any],
        kind: int = _INTERNAL,
    ) -> Span:  # fmt: skip
        start = self.end if began is None else began
        made: Span = {"traceId": self._id("trace", 16), "spanId": self._id(f"span {key}", 8)}
        if key:
            made["parentSpanId"] = self._id(f"span {parent}", 8)
        times = {"startTimeUnixNano": _nanos(start), "endTimeUnixNano": _nanos(max(start, ended or self.end))}
        return {**made, "name": name, "kind": kind, **times, "attributes": _attributes(facts)}

    def _id(self, what: str, size: int) -> str:
        return blake2b(f"{self.record.id} {what}".encode(), digest_size=size).hexdigest()


def _status(view: NodeView) -> dict[str, Any]:
    if view.error:
        return {"code": _ERROR, "message": str(view.error.get("message", ""))}
    return {"code": _OK} if view.status == "ok" else {}


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    return {"role": message.get("role"), "parts": [{"type": "text", "content": message.get("text", "")}]}


def _answered(answer: Mapping[str, Any]) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"type": "text", "content": answer["text"]}] if answer.get("text") else []
    parts += [
        {"type": "tool_call", "id": call.get("id"), "name": call["name"], "arguments": call.get("arguments")}
        for call in answer.get("tool_calls") or ()
    ]
    return {"role": "assistant", "parts": parts, "finish_reason": answer.get("finish", "stop")}


def _nanos(seconds: float) -> str:
    return str(round(seconds * 1e9))


def _attributes(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _any(value)} for key, value in facts.items() if value is not None]


def _any(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any(item) for item in value]}}
    return {"stringValue": str(value)}


def _value(span: Span, key: str) -> str:
    return next((each["value"]["stringValue"] for each in span["attributes"] if each["key"] == key), "")


EXPORTER = Otlp()
