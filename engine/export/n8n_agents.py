"""n8n's nodes that ask a model, with what hangs below them: models, memories, parsers, tools, other workflows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.base.errors import FileProblem
from engine.base.ids import id_from
from engine.export.drafting import Draft
from engine.export.foreign import dict_of, objects, part, temperature, text_of
from engine.export.models_there import model_here
from engine.export.n8n_expressions import EXPRESSION, Expressions, Way
from engine.export.tools_there import ELSEWHERE, Belt, listed, stub
from engine.files.strict import parse

Take = Callable[[Draft, list[dict[str, Any]], dict[str, Any]], None]


class N8nAgents(Expressions):
    """The agents of one workflow.

    Args:
        nodes: all nodes by name.
        ways: what leads where.
        take: reads another workflow, by its nodes and connections, into a draft.
    """

    def __init__(self, draft: Draft, nodes: dict[str, dict[str, Any]], ways: list[Way], take: Take) -> None:
        super().__init__(draft, ways)
        self._nodes, self._belt, self._take = nodes, Belt(draft), take
        self._takes: dict[str, str] = {}
        """Of each workflow that is called as a tool, the port that takes its brief."""
        self._below: dict[str, list[tuple[str, str]]] = {}
        for source, sort, _, target in ways:
            if sort != "main":
                self._below.setdefault(target, []).append((sort, source))

    def _agent(self, name: str, sort: str, given: dict[str, Any], at: Any) -> None:
        why: list[str] = []
        model, options = self._model(name, sort, given, why)
        node = self._draft.add(name, "agent", name, {"model": model, "prompt": ""}, at)
        system = part(given, "options", "systemMessage") or _message(given, "system")
        prompt = given.get("text") or _message(given, "user") or ""
        if given.get("promptType", "auto") in ("auto", "guardrails") and not prompt:
            prompt = "={{ $json.chatInput }}"
        texts = {"instructions": self._text(name, node, system), "prompt": self._text(name, node, prompt)}
        heat = temperature(options.get("temperature"))
        self._draft.configure(node, **{key: text for key, text in texts.items() if text or key == "prompt"}, **heat)
        turns = part(given, "options", "maxIterations")
        if isinstance(turns, int) and not isinstance(turns, bool) and 1 <= turns <= 1000:
            self._draft.configure(node, max_turns=turns)
        for kind, below in self._below.get(name, []):
            if kind == "ai_tool":
                self._tool(node, below)
            elif kind == "ai_memory":
                self._draft.say("approximated", f"the memory {below} of {name}", "Wire its port “history”.", node)
                self._draft.configure(node, history={})
            elif kind == "ai_outputParser":
                self._schema(name, node, below)
        if why:
            self._draft.say("approximated", f"the model of {name}", " ".join(why), node)

    def _tool(self, agent: str, name: str) -> None:
        """A tool that hangs below an agent."""
        node = self._nodes[name]
        sort, at = text_of(node.get("type")).rpartition(".")[2], node.get("position")
        given = dict_of(node.get("parameters"))
        about = text_of(given.get("toolDescription") or given.get("description")).lstrip("=")
        if sort == "agentTool":
            self._specialist(agent, name, given, at, about)
        elif sort == "toolWorkflow":
            self._workflow_as_tool(agent, name, given, at)
        elif sort == "toolThink":
            self._draft.say("left out", name, "Models think without a tool here.", agent)
        elif sort == "mcpClientTool" and self._server(agent, name, given):
            return
        elif sort in ("toolHttpRequest", "httpRequestTool") and _reads(given):
            if not self._belt.page(agent, name, text_of(given.get("url")).lstrip("="), about):
                self._belt.placeholder(agent, name, sort, name, {"parameters": given}, at)
        else:
            self._belt.take(agent, name, sort, name, {"parameters": given}, at)

    def _specialist(self, manager: str, name: str, given: dict[str, Any], at: Any, about: str) -> None:
        """An agent that another one calls as a tool: a specialist, who gets its brief."""
        if not self._draft.id_of(name):
            self._agent(name, "agentTool", given, at)
        self._draft.configure(self._draft.id_of(name), prompt="{{ brief }}")
        self._belt.specialist(manager, self._draft.id_of(name), about=about)

    def _server(self, agent: str, name: str, given: dict[str, Any]) -> bool:
        """A tool server that it reaches over the network; keys are named and stay behind."""
        url = text_of(given.get("endpointUrl")) or text_of(given.get("sseEndpoint"))
        old = given.get("serverTransport") == "sse" or not given.get("endpointUrl")
        told: dict[str, Any] = {"url": url.lstrip("="), **({"type": "sse"} if old else {})}
        way = text_of(given.get("authentication")) or "none"
        if way == "bearerAuth":
            told["headers"] = {"Authorization": f"Bearer secret://{id_from(name).upper()}_TOKEN"}
        only = listed(given.get("includeTools")) if given.get("include") == "selected" else []
        if not self._belt.server(agent, name, {"mcpServers": {id_from(name): told}}, only):
            return False
        if way == "bearerAuth":
            why = f"Store its token in the settings as {id_from(name).upper()}_TOKEN."
            self._draft.say("warning", f"the sign-in of {name}", why, agent)
        elif way != "none":
            self._draft.say(
                "warning", f"the sign-in of {name}", f"It is {way}: write its headers, keys by name.", agent
            )
        if given.get("include") == "except":
            self._draft.say("approximated", f"the tools of {name}", "All may be called: list those that may.", agent)
        return True

    def _workflow_as_tool(self, manager: str, name: str, given: dict[str, Any], at: Any) -> None:
        """A workflow that an agent calls: a specialist with a graph, of this file or as a placeholder."""
        if self._draft.id_of(name):
            self._belt.specialist(manager, self._draft.id_of(name), self._takes.get(name, "brief"))
        elif body := self._inner(name, given):
            made = self._draft.add(name, "subgraph", name, {"body": body}, at)
            self._takes[name] = _port(body, "input")
            self._belt.specialist(manager, made, self._takes[name])
        else:
            self._belt.graph_elsewhere(manager, name, name, "workflow", given, at)

    def _other_workflow(self, name: str, given: dict[str, Any], at: Any) -> None:
        """A workflow that is run as a step: a sub-graph."""
        body = self._inner(name, given)
        node = self._draft.add(
            name, "subgraph", name, {"body": body or stub(self._draft.source, "workflow", given, "value")}, at,
            how=None if body else "placeholder", why="" if body else ELSEWHERE,
        )  # fmt: skip
        config = self._draft.config_of(node)["body"]
        self._draft.gives(name, "", _port(config, "output"))
        for source in self._before(name) if _port(config, "input") else ():
            branch = self._draft.kind_of(source) == "router"
            handles = [str(i) for s, sort, i, t in self._ways if (s, t, sort) == (source, name, "main")]
            self._draft.wire(source, handles[0] if branch and handles else "", node, _port(config, "input"))

    def _inner(self, name: str, given: dict[str, Any]) -> dict[str, Any] | None:
        """The graph of a workflow that is written into a node, when it takes and gives something."""
        text = text_of(given.get("workflowJson"))
        try:
            found = parse(text.encode()) if given.get("source") == "parameter" and text.strip() else None
        except FileProblem:
            return None
        nodes = [node for node in objects(part(found, "nodes")) if "type" in node and "name" in node]
        if not nodes:
            return None
        inner = Draft(self._draft.source)
        self._take(inner, nodes, dict_of(part(found, "connections")))
        body = inner.body()
        self._draft.take_report(inner, name)
        return body if _port(body, "input") and _port(body, "output") else None

    def _model(self, name: str, sort: str, given: dict[str, Any], why: list[str]) -> tuple[str, dict[str, Any]]:
        below = [source for kind, source in self._below.get(name, []) if kind == "ai_languageModel"]
        node = self._nodes[below[0]] if below else {"type": sort, "parameters": given}
        chosen = part(node, "parameters", "model") or part(node, "parameters", "modelId") or ""
        model_name = text_of(chosen.get("value") if isinstance(chosen, dict) else chosen).lstrip("=")
        model, same = model_here(text_of(node.get("type")).rpartition(".")[2], model_name)
        if not same:
            why.append(f"{model_name or 'It'} became the tier {model}.")
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


def _reads(given: dict[str, Any]) -> bool:
    """Whether a request only reads: nothing is sent with it but its address."""
    sends = any(given.get(name) is True for name in ("sendBody", "sendHeaders"))
    return (text_of(given.get("method")) or "GET") == "GET" and not sends


def _port(body: dict[str, Any], kind: str) -> str:
    """The name of the first input or output of a graph; "" where it has none."""
    nodes = (node for node in body["nodes"] if node["kind"] == kind)
    return next((str(part(node, "config", "name") or node["id"]) for node in nodes), "")


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
