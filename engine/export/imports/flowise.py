"""Flowise: agent flows, whose edges say "then" and whose texts name the values that they use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.export.drafting import Draft
from engine.export.flowise_models import VARIABLE, FlowiseModels
from engine.export.foreign import literal, objects, part, text_of, words_of
from engine.export.importing import Found, Imported

_SCALE: Final = 1.4
_OPS: Final = {
    "equal": ("equals", False),
    "notEqual": ("equals", True),
    "contains": ("contains", False),
    "notContains": ("contains", True),
    "startsWith": ("starts_with", False),
    "endsWith": ("ends_with", False),
    "isEmpty": ("is_empty", False),
    "notEmpty": ("is_empty", True),
    "larger": ("gt", False),
    "smaller": ("lt", False),
    "largerEqual": ("gte", False),
    "smallerEqual": ("lte", False),
    "regex": ("matches", False),
}
_TYPES: Final = {"number": "number", "boolean": "boolean"}


class Flowise:
    """Reads agents, models, conditions, people, requests, loops, iterations and notes."""

    name = "flowise"
    title = "Flowise"

    def recognises(self, found: Found) -> bool:
        """By nodes whose names say that they are of an agent flow."""
        nodes = objects(found.object.get("nodes"))
        return isinstance(found.object.get("edges"), list) and any(_sort(node).endswith("Agentflow") for node in nodes)

    def read(self, found: Found) -> Imported:
        """The flow as a graph."""
        nodes = objects(found.object.get("nodes"))
        name = text_of(found.object.get("name")) or found.title
        draft = Draft(self.title, name, text_of(found.object.get("description")), scale=_SCALE)
        edges = objects(found.object.get("edges"))
        _AgentFlow(draft, nodes, edges).take()
        return draft.finish()


class _AgentFlow(FlowiseModels):
    """An agent flow: each node names the values that it uses."""

    def __init__(
        self, draft: Draft, nodes: list[dict[str, Any]], edges: list[dict[str, Any]], parent: str = ""
    ) -> None:
        super().__init__(draft, nodes)
        self._edges = edges
        self._mine = {str(node.get("id")): node for node in nodes if text_of(node.get("parentNode")) == parent}

    def take(self) -> None:
        """All nodes of this level, then what follows what."""
        for key, node in sorted(self._mine.items(), key=lambda item: not _sort(item[1]).startswith("start")):
            data = node.get("data") or {}
            self._node(key, _sort(node), text_of(data.get("label")) or key, data.get("inputs") or {}, node)
        followed = set()
        for edge in self._edges:
            source, target = str(edge.get("source")), str(edge.get("target"))
            if (
                source in self._mine
                and target in self._mine
                and self._draft.id_of(source)
                and self._draft.id_of(target)
            ):
                handle = text_of(edge.get("sourceHandle")).rpartition("-output-")[2]
                self._draft.then(source, handle if handle.isdigit() else "", target)
                if handle == self._last.get(source):
                    self._draft.then(source, "default", target)
                followed.add(source)
        for key in self._mine:
            if key not in followed and self._draft.kind_of(key) in ("agent", "manager", "template", "http"):
                self._draft.end(key)

    def _node(self, key: str, sort: str, title: str, given: dict[str, Any], node: dict[str, Any]) -> None:
        at = node.get("position")
        makers: dict[str, Callable[[str, str, dict[str, Any], Any], None]] = {
            "startAgentflow": self._start,
            "llmAgentflow": self._llm,
            "agentAgentflow": self._agent,
            "conditionAgentflow": self._condition,
            "conditionAgentAgentflow": self._choice,
            "humanInputAgentflow": self._human,
            "directReplyAgentflow": self._reply,
            "httpAgentflow": self._http,
            "loopAgentflow": self._loop,
            "iterationAgentflow": self._iteration,
        }
        if sort.startswith("stickyNote"):
            self._draft.note(words_of(given.get("note")), at)
        elif sort in makers:
            makers[sort](key, title, given, at)
        else:
            self._draft.placeholder(key, sort, title, given, at)

    def _start(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        fields = objects(given.get("formInputTypes")) if given.get("startInputType") == "formInput" else []
        if not fields:
            self._draft.add(f"{key}.question", "input", "Question", {"type": "text"}, at, wanted="question")
            self._draft.stands_for(key, f"{key}.question")
            self._draft.stands_for("question", f"{key}.question")
        x, y = (at or {}).get("x", 0), (at or {}).get("y", 0)
        for number, field in enumerate(fields):
            name = text_of(field.get("name")) or "value"
            config = {"type": _TYPES.get(text_of(field.get("type")), "text")}
            inner = f"$form.{name}"
            self._draft.add(
                inner, "input", text_of(field.get("label")) or name, config, (x, y + 110 * number), wanted=name
            )
            self._draft.stands_for(key, inner)
        for state in objects(given.get("startState")):
            name = text_of(state.get("key"))
            if name:
                self._draft.add(
                    f"$flow.state.{name}",
                    "input",
                    name,
                    {"type": "text", "default": text_of(state.get("value"))},
                    why="A state that nodes change there; here it is an input: wire what changes it.",
                    wanted=name,
                )

    def _condition(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        routes, lost = [], False
        values: list[str] = []
        for number, each in enumerate(objects(given.get("conditions"))):
            op, negated = _OPS.get(text_of(each.get("operation")), ("", False))
            first = words_of(each.get("value1"))
            found = VARIABLE.fullmatch(first.strip())
            values += [found[1]] if found else []
            rule: dict[str, Any] = {"field": "", "op": op, "value": words_of(each.get("value2"))}
            if op == "is_empty":
                del rule["value"]
            lost = lost or not op or not found
            routes.append(
                {
                    "id": f"route_{number}",
                    "label": f"condition {number}",
                    **({"when": {"not": rule} if negated else rule} if op and found else {}),
                }
            )
        one = len(set(values)) == 1
        why = "" if one and not lost else "Look at its conditions: they are of one value here."
        node = self._draft.add(key, "router", title, {"mode": "rules", "routes": routes}, at, why=why)
        for number in range(len(routes)):
            self._draft.gives(key, str(number), f"route_{number}")
        self._draft.gives(key, str(len(routes)), "default")
        if values:
            self._use(node, values[0], "value")

    def _human(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        question = literal(words_of(given.get("humanInputDescription"))) or title
        self._draft.add(key, "review", title, {"question": question}, at)
        self._draft.gives(key, "0", "approved")
        self._draft.gives(key, "1", "rejected")

    def _reply(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        text = words_of(given.get("directReplyMessage"))
        node = self._draft.add(key, "template", title, {"template": ""}, at)
        self._draft.configure(node, template=self._text(node, text))
        self._draft.end(key)

    def _http(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        node = self._draft.add(
            key,
            "http",
            title,
            {"method": text_of(given.get("method")) or "GET", "url": ""},
            at,
            why="Look at its headers, its body and how it signs in.",
        )
        body = self._text(node, words_of(given.get("body")))
        headers = {
            text_of(each.get("key")): self._text(node, words_of(each.get("value")))
            for each in objects(given.get("headers"))
        }
        self._draft.configure(
            node, url=self._text(node, words_of(given.get("url"))), headers=headers, **({"body": body} if body else {})
        )

    def _loop(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        """A node that leads back: what leads to it leads on to where it goes, and the circle becomes a loop."""
        target = text_of(given.get("loopBackToNode")).split("-")[0]
        if target in self._mine:
            before = [edge for edge in self._edges if str(edge.get("target")) == key]
            for edge in before:
                handle = text_of(edge.get("sourceHandle")).rpartition("-output-")[2]
                self._draft.then(str(edge.get("source")), handle if handle.isdigit() else "", target)
            self._draft.say("approximated", title, "It leads back: the circle becomes a loop.")
        else:
            self._draft.placeholder(key, "loopAgentflow", title, given, at)

    def _iteration(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        inner = Draft(self._draft.source)
        inner.add("$iteration", "input", "Item", {"type": "json"}, wanted="item")
        flow = _AgentFlow(inner, self._all, self._edges, key)
        flow.take()
        node = self._draft.add(key, "map", title, {"body": inner.body()}, at)
        self._draft.take_report(inner, title)
        found = VARIABLE.search(words_of(given.get("iterationInput")))
        if found:
            self._use(node, found[1], "items")


def _sort(node: Any) -> str:
    return text_of(part(node, "data", "name"))


IMPORTER = Flowise()
