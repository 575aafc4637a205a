"""Flowise: agent flows, whose edges say "then" and whose texts name the values that they use."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from engine.base.ids import id_from, unique_id
from engine.export.drafting import Draft
from engine.export.foreign import dict_of, literal, named, objects, part, port_name, temperature, text_of, words_of
from engine.export.importing import Found, Imported
from engine.export.models_there import model_here

_SCALE: Final = 1.4
_VARIABLE: Final = re.compile(r"\{\{\s*([$A-Za-z_][\w.$\[\]]{0,200})\s*\}\}")
_BRACES: Final = re.compile(r"(?<!\{)\{([A-Za-z_]\w{0,100})\}(?!\})")
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


class _AgentFlow:
    """An agent flow: each node names the values that it uses."""

    def __init__(
        self, draft: Draft, nodes: list[dict[str, Any]], edges: list[dict[str, Any]], parent: str = ""
    ) -> None:
        self._draft, self._all, self._edges = draft, nodes, edges
        self._last: dict[str, str] = {}
        """Of each choice by a model its last way: there one is always taken, so what fits none takes this one."""
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
            if key not in followed and self._draft.kind_of(key) in ("agent", "template", "http"):
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

    def _llm(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        self._agent_node(key, title, given, at, "llm")
        asked = objects(given.get("llmStructuredOutput"))
        if asked:
            types = {"number": "number", "boolean": "boolean", "stringArray": "array", "jsonArray": "array"}
            fields = {
                text_of(each.get("key")): {
                    "type": types.get(text_of(each.get("type")), "string"),
                    "description": text_of(each.get("description")),
                }
                for each in asked
            }
            schema = {"type": "object", "properties": fields, "required": list(fields)}
            self._draft.configure(self._draft.id_of(key), output_schema=schema)

    def _agent(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        self._agent_node(key, title, given, at, "agent")
        node = self._draft.id_of(key)
        for tool in objects(given.get("agentTools")):
            name = text_of(tool.get("agentSelectedTool"))
            self._draft.say("left out", f"the tool {name} of {title}", "Give it a tool of this graph.", node)
        for sort in ("agentKnowledgeDocumentStores", "agentKnowledgeVSEmbeddings"):
            if objects(given.get(sort)):
                self._draft.say("left out", f"the knowledge of {title}", "Hand it what it has to know.", node)

    def _agent_node(self, key: str, title: str, given: dict[str, Any], at: Any, prefix: str) -> None:
        chosen = dict_of(given.get(f"{prefix}ModelConfig"))
        name = text_of(part(chosen, "modelName")) or text_of(part(chosen, "customModel"))
        model, same = model_here(text_of(given.get(f"{prefix}Model")), name)
        why = "" if same else f"Its model {name or 'is not named and'} became the tier {model}."
        node = self._draft.add(key, "agent", title, {"model": model, "prompt": ""}, at, why=why)
        said = objects(given.get(f"{prefix}Messages"))
        system, user = (
            "\n\n".join(words_of(each.get("content")) for each in said if (each.get("role") == "system") == first)
            for first in (True, False)
        )
        asked = "\n\n".join(filter(None, (user, words_of(given.get(f"{prefix}UserMessage")))))
        if not asked and given.get(f"{prefix}EnableMemory") is not False and self._draft.id_of("question"):
            asked = "{{ question }}"
        texts = {"instructions": self._text(node, system), "prompt": self._text(node, asked)}
        self._draft.configure(node, **texts, **temperature(part(chosen, "temperature")))

    def _condition(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        routes, lost = [], False
        values: list[str] = []
        for number, each in enumerate(objects(given.get("conditions"))):
            op, negated = _OPS.get(text_of(each.get("operation")), ("", False))
            first = words_of(each.get("value1"))
            found = _VARIABLE.fullmatch(first.strip())
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

    def _choice(self, key: str, title: str, given: dict[str, Any], at: Any) -> None:
        chosen = given.get("conditionAgentModelConfig") or {}
        model, _ = model_here(text_of(given.get("conditionAgentModel")), text_of(part(chosen, "modelName")))
        routes: list[dict[str, str]] = []
        for each in objects(given.get("conditionAgentScenarios")):
            words = words_of(each.get("scenario"))
            name = unique_id(id_from(words)[:40].rstrip("_"), {route["id"] for route in routes} | {"default", "error"})
            routes.append({"id": name, "label": words[:80], "description": words})
        config = {
            "mode": "model",
            "model": model,
            "routes": routes,
            "instructions": words_of(given.get("conditionAgentInstructions")),
        }
        node = self._draft.add(key, "router", title, config, at)
        for number, route in enumerate(routes):
            self._draft.gives(key, str(number), route["id"])
        self._draft.gives(key, "default", "default")
        self._last[key] = str(len(routes) - 1)
        found = _VARIABLE.search(words_of(given.get("conditionAgentInput")))
        if found:
            self._use(node, found[1], "value")

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
        found = _VARIABLE.search(words_of(given.get("iterationInput")))
        if found:
            self._use(node, found[1], "items")

    def _text(self, node: str, text: str) -> str:
        """A text; each value that it names becomes a port with an edge from there."""

        def port(match: re.Match[str]) -> str:
            labels = (text_of(part(each, "data", "label")) for each in self._all if str(each.get("id")) == match[1])
            name = port_name(next(labels, "") or re.sub(r"^\$(?:flow\.state|form)?\.?", "", match[1]))
            if match[1].startswith(("$flow.state.", "$form.", "$iteration")) or "$" not in match[1]:
                path = self._use(node, match[1], name)
                return path or name
            self._draft.say("left out", f"the variable {match[1]}", "Give it by an input of the graph.", node)
            return ""

        return named(text, _VARIABLE, port)

    def _use(self, node: str, variable: str, port: str) -> str:
        """Wires a variable to a port."""
        key = variable.split(".output")[0].removesuffix("[0]")
        if key.startswith("$iteration"):
            key = "$iteration"
        if key == "question" and not self._draft.id_of(key):
            self._draft.add("question", "input", "Question", {"type": "text"}, wanted="question")
        self._draft.wire(key, "", node, port)
        return port


def _sort(node: Any) -> str:
    return text_of(part(node, "data", "name"))


IMPORTER = Flowise()
