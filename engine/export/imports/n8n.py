"""n8n: the JSON of a workflow. Its edges carry items; values of other nodes are named in expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.export.drafting import Draft
from engine.export.foreign import dict_of, objects, part, temperature, text_of
from engine.export.importing import Found, Imported
from engine.export.models_there import model_here
from engine.export.n8n_expressions import EXPRESSION, Expressions

_SCALE: Final = 1.5
"""Its nodes are smaller than ours."""
_TRIGGER: Final = re.compile(r"trigger$|^webhook$|^start$|^executeworkflowtrigger$", re.I)
_AGENTS: Final = frozenset({"agent", "chainLlm", "openAi", "anthropic", "googleGemini", "ollama", "chainSummarization"})

_SUB_AGENT = "agentTool"
"""The type of an agent that another one calls as a tool."""


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
        _Workflow(draft, nodes, found.object["connections"]).take()
        return draft.finish()


class _Workflow(Expressions):
    """One workflow: nodes by name, and what leads where."""

    def __init__(self, draft: Draft, nodes: list[dict[str, Any]], connections: dict[str, Any]) -> None:
        self._nodes = {str(node["name"]): node for node in nodes}
        known = [way for way in _ways(connections) if way[0] in self._nodes and way[3] in self._nodes]
        super().__init__(draft, known)
        self._below: dict[str, list[tuple[str, str]]] = {}
        for source, sort, _, target in self._ways:
            if sort != "main":
                self._below.setdefault(target, []).append((sort, source))

    def take(self) -> None:
        """All nodes, then the edges."""
        parts = {source for _, sort, _, source in ((t, s, i, n) for n, s, i, t in self._ways) if sort != "main"}
        for name, node in self._nodes.items():
            if name not in parts:
                self._node(name, node)
        led = {source for source, sort, _, _ in self._ways if sort == "main"}
        for source, sort, index, target in self._ways:
            if sort == "main" and self._draft.id_of(source):
                self._draft.then(source, str(index) if self._draft.kind_of(source) == "router" else "", target)
        for name in (each for each in self._nodes if each not in parts):
            if name not in led and self._draft.kind_of(name) in ("agent", "manager", "template", "merge", "http"):
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

    def _agent(self, name: str, sort: str, given: dict[str, Any], at: Any) -> None:
        why: list[str] = []
        model, options = self._model(name, sort, given, why)
        team = [below for tie, below in self._below.get(name, []) if tie == "ai_tool" and self._is(below, _SUB_AGENT)]
        node = self._draft.add(name, "manager" if team else "agent", name, {"model": model, "prompt": ""}, at)
        system = part(given, "options", "systemMessage") or _message(given, "system")
        prompt = given.get("text") or _message(given, "user") or ""
        if given.get("promptType", "auto") in ("auto", "guardrails") and not prompt:
            prompt = "={{ $json.chatInput }}"
        texts = {"instructions": self._text(name, node, system), "prompt": self._text(name, node, prompt)}
        heat = temperature(options.get("temperature"))
        self._draft.configure(node, **{key: text for key, text in texts.items() if text or key == "prompt"}, **heat)
        for kind, below in self._below.get(name, []):
            if kind == "ai_tool" and below in team:
                self._specialist(name, below)
            elif kind == "ai_tool" and self._is(below, "toolCalculator"):
                self._draft.configure(node, tools=["calc.*"])
            elif kind == "ai_tool":
                self._draft.say("left out", f"the tool {below} of {name}", "Give it a tool of this graph.", node)
            elif kind == "ai_memory":
                self._draft.say("approximated", f"the memory {below} of {name}", "Wire its port “history”.", node)
                self._draft.configure(node, history={})
            elif kind == "ai_outputParser":
                self._schema(name, node, below)
        if why:
            self._draft.say("approximated", f"the model of {name}", " ".join(why), node)

    def _is(self, name: str, sort: str) -> bool:
        return text_of(self._nodes[name].get("type")).rpartition(".")[2] == sort

    def _specialist(self, manager: str, name: str) -> None:
        """An agent that another one calls as a tool: a specialist, who gets its brief."""
        node = self._nodes[name]
        given = dict_of(node.get("parameters"))
        if not self._draft.id_of(name):
            self._agent(name, _SUB_AGENT, given, node.get("position"))
        made = self._draft.id_of(name)
        told = text_of(given.get("toolDescription")).lstrip("=")
        self._draft.configure(made, prompt="{{ brief }}", **({"description": told} if told else {}))
        self._draft.gives(manager, "team", "team")
        self._draft.wire(manager, "team", made, "brief")

    def _model(self, name: str, sort: str, given: dict[str, Any], why: list[str]) -> tuple[str, dict[str, Any]]:
        below = [source for kind, source in self._below.get(name, []) if kind == "ai_languageModel"]
        node = self._nodes[below[0]] if below else {"type": sort, "parameters": given}
        chosen = part(node, "parameters", "model") or part(node, "parameters", "modelId") or ""
        model_name = text_of(chosen.get("value") if isinstance(chosen, dict) else chosen).lstrip("=")
        model, same = model_here(text_of(node.get("type")).rpartition(".")[2], model_name)
        if not same:
            why.append(f"{model_name or 'It'} became the tier {model}.")
        for other in below[1:]:
            self._draft.say("left out", f"the second model {other} of {name}", "List it as a fallback.")
        for used in below:
            self._draft.say("exact", used, f"It is the model of {name}.")
        options = part(node, "parameters", "options")
        return model, options if isinstance(options, dict) else {}

    def _schema(self, name: str, node: str, parser: str) -> None:
        import json

        given = self._nodes[parser].get("parameters") or {}
        try:
            schema = json.loads(text_of(given.get("inputSchema")) or "null")
        except ValueError:
            schema = None
        if isinstance(schema, dict):
            self._draft.configure(node, output_schema=schema)
            self._draft.gives(name, "", "data")
        else:
            self._draft.say("left out", f"the parser {parser} of {name}", "Write the schema of its answer.", node)

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

    def _by_model(self, name: str, classes: list[tuple[str, str]], instructions: str, at: Any) -> None:
        routes = [
            {"id": f"route_{n}", "label": label, "description": about or label}
            for n, (label, about) in enumerate(classes, 1)
        ]
        why: list[str] = []
        model, _ = self._model(name, "", {}, why)
        config = {"mode": "model", "model": model, "routes": routes, "instructions": EXPRESSION.sub("", instructions)}
        self._draft.add(name, "router", name, config, at, why=" ".join(why))
        self._routes(name, len(routes))

    def _routes(self, name: str, count: int) -> None:
        for number in range(count):
            self._draft.gives(name, str(number), f"route_{number + 1}")
        self._draft.gives(name, str(count), "default")

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

    def _extractor(self, name: str, given: dict[str, Any], at: Any) -> None:
        why: list[str] = []
        model, _ = self._model(name, "", {}, why)
        node = self._draft.add(
            name, "agent", name, {"model": model}, at, why=" ".join([*why, "Look at the schema of its answer."])
        )
        asked = {
            text_of(each.get("name")): {"type": "string", "description": text_of(each.get("description"))}
            for each in objects(part(given, "attributes", "attributes"))
        }
        self._draft.configure(
            node,
            prompt=self._text(name, node, given.get("text")),
            output_schema={"type": "object", "properties": asked},
        )
        self._draft.gives(name, "", "data")


def _ways(connections: dict[str, Any]) -> Iterator[tuple[str, str, int, str]]:
    """What leads where: source, sort (`main`, `ai_tool`), number of the output, target."""
    for source, sorts in connections.items():
        for sort, outputs in sorts.items() if isinstance(sorts, dict) else ():
            for index, ways in enumerate(outputs if isinstance(outputs, list) else ()):
                for way in objects(ways):
                    yield source, sort, index, str(way.get("node"))


def _message(given: dict[str, Any], role: str) -> str:
    """What a node says in messages of a role."""
    for holder in ("messages", "responses"):
        found = objects(part(given, holder, "messageValues")) or objects(part(given, holder, "values"))
        texts = [text_of(each.get("message")) or text_of(each.get("content")) for each in found if _role(each) == role]
        if texts:
            mark = "=" if any(text.startswith("=") for text in texts) else ""
            return mark + "\n\n".join(text.lstrip("=") for text in texts)
    return ""


def _role(message: dict[str, Any]) -> str:
    said = text_of(message.get("role")) or text_of(message.get("type"))
    return "system" if "system" in said.lower() or ("message" in message and not said) else "user"


IMPORTER = N8n()
