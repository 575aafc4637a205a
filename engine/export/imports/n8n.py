"""n8n: the JSON of a workflow. Its edges carry items; values of other nodes are named in expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.export.drafting import Draft
from engine.export.foreign import dict_of, objects, part, text_of
from engine.export.importing import Found, Imported
from engine.export.n8n_agents import N8nAgents

_SCALE: Final = 1.5
"""Its nodes are smaller than ours."""
_TRIGGER: Final = re.compile(r"trigger$|^webhook$|^start$|^executeworkflowtrigger$", re.I)
_AGENTS: Final = frozenset({"agent", "chainLlm", "openAi", "anthropic", "googleGemini", "ollama", "chainSummarization"})


_ENDING: Final = frozenset({"agent", "manager", "template", "merge", "http", "subgraph"})
"""Kinds whose result is the answer where nothing follows them."""


class N8n:
    """Reads agents, chains, choices, merges, requests and notes; what hangs below an agent becomes its settings."""

    name = "n8n"
    title = "n8n"

    def recognises(self, found: Found) -> bool:
        """By nodes with an n8n type, and connections by name."""
        nodes = objects(found.object.get("nodes"))
        return isinstance(found.object.get("connections"), dict) and all("type" in n and "name" in n for n in nodes)

    def read(self, found: Found) -> Imported:
        """The workflow as a graph."""
        nodes = objects(found.object.get("nodes"))
        if not nodes:
            raise FileProblem("This n8n workflow has no nodes.", "Export one that has.")
        draft = Draft(self.title, text_of(found.object.get("name")) or found.title, scale=_SCALE)
        _taken(draft, nodes, found.object["connections"])
        return draft.finish()


class _Workflow(N8nAgents):
    """One workflow: nodes by name, and what leads where."""

    def __init__(self, draft: Draft, nodes: list[dict[str, Any]], connections: dict[str, Any]) -> None:
        named = {str(node["name"]): node for node in nodes}
        super().__init__(
            draft, named, [way for way in _ways(connections) if way[0] in named and way[3] in named], _taken
        )

    def take(self) -> None:
        """All nodes, then the edges."""
        parts = {source for source, sort, _, _ in self._ways if sort != "main"}
        for name, node in self._nodes.items():
            if name not in parts:
                self._node(name, node)
        led = {source for source, sort, _, _ in self._ways if sort == "main"}
        for source, sort, index, target in self._ways:
            if sort == "main" and self._draft.id_of(source):
                self._draft.then(source, str(index) if self._draft.kind_of(source) == "router" else "", target)
        for name in (each for each in self._nodes if each not in parts):
            if name not in led and self._draft.kind_of(name) in _ENDING:
                self._draft.end(name)

    def _node(self, name: str, node: dict[str, Any]) -> None:
        sort, at = text_of(node.get("type")).rpartition(".")[2], node.get("position")
        given = dict_of(node.get("parameters"))
        makers: dict[str, Callable[[str, dict[str, Any], Any], None]] = {
            "if": self._if,
            "filter": self._if,
            "switch": self._switch,
            "textClassifier": self._classifier,
            "sentimentAnalysis": self._sentiment,
            "merge": self._merge,
            "set": self._set,
            "httpRequest": self._http,
            "respondToWebhook": self._reply,
            "chat": self._reply,
            "informationExtractor": self._extractor,
            "noOp": self._pass,
            "executeWorkflow": self._other_workflow,
        }
        if sort == "stickyNote":
            size = tuple(float(given.get(k, d)) for k, d in (("width", 240), ("height", 160)))
            self._draft.note(text_of(given.get("content")), at, (size[0], size[1]))
        elif _TRIGGER.search(sort):
            self._trigger(name, given, at)
        elif sort in _AGENTS:
            self._agent(name, sort, given, at)
        elif sort in makers:
            makers[sort](name, given, at)
        else:
            self._draft.placeholder(name, sort, name, {"parameters": given}, at)
        if node.get("disabled"):
            self._draft.say("warning", name, "It is switched off there and works here.", self._draft.id_of(name))

    def _trigger(self, name: str, given: dict[str, Any], at: Any) -> None:
        self._draft.add(
            name, "input", name, {"type": "text"}, at, why="What starts it there is an input of the graph here."
        )

    def _if(self, name: str, given: dict[str, Any], at: Any) -> None:
        when = self._conditions(given.get("conditions"))
        routes = [{"id": "true", "label": "true", **({"when": when} if when else {})}]
        self._draft.add(
            name, "router", name, {"mode": "rules", "routes": routes}, at, why="" if when else "Write its condition."
        )
        self._draft.gives(name, "0", "true")
        self._draft.gives(name, "1", "default")

    def _switch(self, name: str, given: dict[str, Any], at: Any) -> None:
        rules = part(given, "rules", "values") or part(given, "rules", "rules")
        routes, complete = [], True
        for number, rule in enumerate(objects(rules)):
            when = self._conditions(rule.get("conditions"))
            complete = complete and when is not None
            label = text_of(rule.get("outputKey")) or f"output {number}"
            routes.append({"id": f"route_{number + 1}", "label": label, **({"when": when} if when else {})})
        why = "" if complete and routes else "Write its conditions."
        self._draft.add(name, "router", name, {"mode": "rules", "routes": routes}, at, why=why)
        self._routes(name, len(routes))

    def _classifier(self, name: str, given: dict[str, Any], at: Any) -> None:
        found = [
            (text_of(c.get("category")), text_of(c.get("description")))
            for c in objects(part(given, "categories", "categories"))
        ]
        self._by_model(name, found, text_of(part(given, "options", "systemPromptTemplate")), at)

    def _sentiment(self, name: str, given: dict[str, Any], at: Any) -> None:
        names = text_of(part(given, "options", "categories")) or "Positive, Neutral, Negative"
        self._by_model(name, [(each.strip(), "") for each in names.split(",")], "Judge the mood of the text.", at)

    def _merge(self, name: str, given: dict[str, Any], at: Any) -> None:
        self._draft.add(
            name,
            "merge",
            name,
            {"strategy": "list"},
            at,
            why=f"Its mode {text_of(given.get('mode')) or 'append'} became a list of what arrives.",
        )

    def _set(self, name: str, given: dict[str, Any], at: Any) -> None:
        pairs = objects(part(given, "assignments", "assignments")) or objects(part(given, "values", "string"))
        node = self._draft.add(name, "template", name, {"template": ""}, at, why="Its fields became lines of one text.")
        if len(pairs) == 1:
            text = self._text(name, node, pairs[0].get("value"))
        elif pairs:
            text = "\n".join(f"{each.get('name')}: {self._text(name, node, each.get('value'))}" for each in pairs)
        else:
            text = self._text(name, node, given.get("jsonOutput"))
        self._draft.configure(node, template=text)

    def _http(self, name: str, given: dict[str, Any], at: Any) -> None:
        node = self._draft.add(
            name,
            "http",
            name,
            {"method": text_of(given.get("method")) or "GET", "url": ""},
            at,
            why="Look at its headers, its body and how it signs in.",
        )
        headers = objects(part(given, "headerParameters", "parameters"))
        body = self._text(name, node, given.get("jsonBody") or given.get("body"))
        self._draft.configure(
            node,
            url=self._text(name, node, given.get("url")),
            headers={text_of(each.get("name")): self._text(name, node, each.get("value")) for each in headers},
            **({"body": body} if body else {}),
        )

    def _reply(self, name: str, given: dict[str, Any], at: Any) -> None:
        self._draft.add(name, "output", name, {}, at, wanted="answer")

    def _pass(self, name: str, given: dict[str, Any], at: Any) -> None:
        node = self._draft.add(name, "template", name, {"template": ""}, at)
        self._draft.configure(node, template=self._text(name, node, "={{ $json.output }}"))


def _taken(draft: Draft, nodes: list[dict[str, Any]], connections: dict[str, Any]) -> None:
    """Reads a workflow into a draft."""
    _Workflow(draft, nodes, connections).take()


def _ways(connections: dict[str, Any]) -> Iterator[tuple[str, str, int, str]]:
    """What leads where: source, sort (`main`, `ai_tool`), number of the output, target."""
    for source, sorts in connections.items():
        for sort, outputs in sorts.items() if isinstance(sorts, dict) else ():
            for index, ways in enumerate(outputs if isinstance(outputs, list) else ()):
                for way in objects(ways):
                    yield source, sort, index, str(way.get("node"))


IMPORTER = N8n()
