"""A graph as a Flow of Open Agent Spec 25.4.2: one node works at a time, so branches side by side become a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.files.format import graph_from_json
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.registry import Kinds
from engine.plan.facts import Facts, facts_of

VERSION: Final = "25.4.2"
DEEPEST: Final = 16
"""How many graphs may stand inside each other; a file that contains itself would never end."""
_EXPRESSION: Final = re.compile(r"\{\{-?\s*([a-z_][a-z0-9_]*)[^{}]*\}\}")
_BLANKS: Final = re.compile(r"\{\{\s*([a-z_][a-z0-9_]*)\s*\}\}")
_SIMPLE: Final = re.compile(r"\{\{([a-z_][a-z0-9_]*)\}\}")
_BLOCK: Final = re.compile(r"\{%.*?%\}", re.DOTALL)
Json = dict[str, Any]
Way = tuple[str, str]
"""A component that control leaves, and by which branch; "" where it has only one."""


def flow_of(graph: Graph, kinds: Kinds) -> tuple[Json, tuple[str, ...]]:
    """The document, and what it says otherwise than the graph, one sentence each."""
    writer = _Writer()
    flow = _Flow(writer, facts_of(graph, kinds), "flow").made()
    document = {**flow, "$referenced_components": writer.components, "agentspec_version": VERSION}
    return document, tuple(dict.fromkeys(writer.notes))


@dataclass
class _Writer:
    """What all flows of one document share."""

    components: dict[str, Json] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, kind: str, name: str, **fields: Any) -> Json:
        """A component that others refer to by its id."""
        part = component(kind, name, **fields)
        self.components[name] = part
        return ref(name)


def component(kind: str, name: str, **fields: Any) -> Json:
    return {"component_type": kind, "id": name, "name": name, "description": None, "metadata": {}, **fields}


def ref(name: str) -> Json:
    return {"$component_ref": name}


@dataclass
class _Flow:
    """One graph as a flow. `prefix` begins the ids of its components."""

    writer: _Writer
    facts: Facts
    prefix: str
    depth: int = 0
    control: list[Json] = field(default_factory=list)
    data: list[Json] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    needs: dict[str, set[Way]] = field(default_factory=dict)

    def made(self) -> Json:
        """The flow itself, with its edges in it and its nodes among the components."""
        graph = self.facts.graph
        self._drop_errors()
        self._find_needs()
        start = self._add("StartNode", "start", inputs=self._inputs(), outputs=self._inputs(), branches=["next"])
        ends = [node for node in graph.nodes.values() if node.kind == "output"]
        outputs = [value(_name(node)) for node in ends]
        work = [name for name in self.order if graph.nodes[name].kind not in ("input", "output")]
        ways = self._row(work, [(start, "")])
        end = self._add("EndNode", "end", inputs=outputs, outputs=outputs, branches=[], branch_name="next")
        self._lead(ways, end)
        for node in ends:
            self._feed(graph.incoming(node.id), end, _name(node))
        return component(
            "Flow", self.prefix, inputs=self._inputs(), outputs=outputs, start_node=ref(start),
            nodes=[ref(name) for name in self.nodes], control_flow_connections=self.control,
            data_flow_connections=self.data,
        ) | {"name": graph.name or self.prefix, "description": graph.description or None}  # fmt: skip

    def _drop_errors(self) -> None:
        """What only begins after a failure has no place in a flow."""
        graph, lost = self.facts.graph, set[str]()
        for name in self.facts.order:
            ports: dict[str, list[Edge]] = {}
            for edge in graph.incoming(name):
                ports.setdefault(edge.target_port, []).append(edge)
            if any(all(e.source_port == "error" or e.source in lost for e in edges) for edges in ports.values()):
                lost.add(name)
                self.writer.notes.append(f"“{name}” is left out: it only begins after a failure.")
        self.order = [name for name in self.facts.order if name not in lost]

    def _inputs(self) -> list[Json]:
        nodes = [node for node in self.facts.graph.nodes.values() if node.kind == "input"]
        return [
            value(_name(node)) | ({"default": node.config["default"]} if "default" in node.config else {})
            for node in nodes
        ]

    def _add(self, kind: str, name: str, **fields: Any) -> str:
        full = f"{self.prefix}/{name}"
        self.writer.add(kind, full, **fields)
        self.nodes.append(full)
        return full

    def _row(self, names: Sequence[str], ways: list[Way]) -> list[Way]:
        """Nodes one after the other; behind a router, those of each branch in a row of their own."""
        done: set[str] = set()
        for name in names:
            if name in done:
                continue
            node = self.facts.graph.nodes[name]
            done.add(name)
            if node.kind == "router":
                ways = self._router(node, [each for each in names if each not in done], ways, done)
                continue
            made = self._work(node)
            self._lead(ways, made)
            ways = [(made, "")]
        return ways

    def _router(self, node: Node, left: Sequence[str], ways: list[Way], done: set[str]) -> list[Way]:
        config: Any = self.facts.configs[node.id]
        routes = [route.id for route in config.routes]
        chosen = value("route") | {"type": "string", "enum": [*routes, "default"]}
        told = "\n".join(f"- {r.id}: {r.description or r.label or r.when or r.id}" for r in config.routes)
        if config.mode == "model":
            prompt = f"{config.instructions}\nChoose the route that fits, or default:\n{told}\n\n{{{{value}}}}".strip()
            asks = self._llm(f"{node.id}_choice", config.model, prompt, [value("value")], [chosen])
            self.writer.notes.append(f"“{node.id}” does not look at how sure its model is.")
        else:
            asks = self._tool(
                node, f"{node.id}_choice", f"Gives the first route that holds:\n{told}", ["value"], [chosen]
            )
        if config.multi:
            self.writer.notes.append(f"“{node.id}” takes one route only.")
        self._feed(self.facts.graph.incoming(node.id), asks, "value")
        key = value("branching_mapping_key") | {"type": "string"}
        mapping = {route: route for route in routes}
        branch = self._add("BranchingNode", node.id, inputs=[key], outputs=[], branches=[*routes, "default"],
                           mapping=mapping)  # fmt: skip
        self._lead(ways, asks)
        self._lead([(asks, "")], branch)
        self._wire(asks, "route", branch, "branching_mapping_key")
        after: list[Way] = []
        for route in [*routes, "default"]:
            own = [each for each in left if (node.id, route) in self.needs[each]]
            done.update(own)
            after += self._row(own, [(branch, route)])
        return after

    def _find_needs(self) -> None:
        """The routes without which each node never runs: on one of its ports, every way leads through them."""
        graph = self.facts.graph
        for name in self.facts.order:
            ports: dict[str, list[set[Way]]] = {}
            for edge in graph.incoming(name):
                own = {(edge.source, edge.source_port)} if graph.nodes[edge.source].kind == "router" else set()
                ports.setdefault(edge.target_port, []).append(own | self.needs.get(edge.source, set()))
            self.needs[name] = {need for ways in ports.values() for need in set.intersection(*ways)}

    def _work(self, node: Node) -> str:
        """The component of a node that does something, with its data."""
        config: Any = self.facts.configs.get(node.id)
        ports = list(dict.fromkeys(edge.target_port for edge in self.facts.graph.incoming(node.id)))
        made = None
        if config is not None and node.kind == "agent":
            made = self._agent(node, config, ports)
        elif config is not None and node.kind in ("subgraph", "loop", "map"):
            made = self._container(node, config, ports)
        if made is None:
            given = [value(e.source_port) for e in self.facts.graph.outgoing(node.id) if e.source_port != "error"]
            outputs = list({each["title"]: each for each in given}.values()) or [value("value")]
            told = str(node.config.get("template") or node.config.get("question") or f"A node of the kind {node.kind}.")
            made = self._tool(node, node.id, told, ports, outputs)
        if node.kind not in ("subgraph", "loop", "map"):
            for port in (port for port in ports if port in self._takes(made)):
                self._feed([e for e in self.facts.graph.incoming(node.id) if e.target_port == port], made, port)
        return made

    def _takes(self, made: str) -> set[str]:
        return {each["title"] for each in self.writer.components[made]["inputs"]}

    def _agent(self, node: Node, config: Any, ports: Sequence[str]) -> str:
        used = {edge.source_port for edge in self.facts.graph.outgoing(node.id)} - {"error"}
        outputs = [value("text") | {"type": "string"}]
        if config.output_schema is not None and "data" in used:
            outputs = [{**config.output_schema, "title": "data"}]
            if "text" in used:
                outputs.append(value("text") | {"type": "string"})
        lost = [name for name in ("tools", "fallback", "history", "on_error") if getattr(config, name)]
        if lost:
            self.writer.notes.append(f"“{node.id}” goes without its {', '.join(lost)}.")
        prompt = "\n\n".join(filter(None, [config.instructions.strip(), config.prompt]))
        plain = _EXPRESSION.sub(r"{{\1}}", prompt)
        if "{%" in prompt or plain != _BLANKS.sub(r"{{\1}}", prompt):
            self.writer.notes.append(f"The prompt of “{node.id}” shows whole values where it picks or changes parts.")
        prompt = _BLOCK.sub("", plain)
        inputs = [value(port) for port in dict.fromkeys(_SIMPLE.findall(prompt))]
        return self._llm(node.id, config.model, prompt, inputs, outputs, config)

    def _llm(
        self, name: str, model: str, prompt: str, inputs: list[Json], outputs: list[Json], config: Any = None
    ) -> str:
        sampling = {key: getattr(config, key, None) for key in ("temperature", "max_tokens", "top_p")}
        given = {key: number for key, number in sampling.items() if number is not None}
        llm = component("OpenAiCompatibleConfig", f"{self.prefix}/{name}/model", model_id=model,
                        url="http://localhost:8000/v1", default_generation_parameters=given or None)  # fmt: skip
        self.writer.notes.append(f"The model “{model}” stands for itself: put its name and address in.")
        return self._add("LlmNode", name, inputs=inputs, outputs=outputs, branches=["next"], llm_config=llm,
                         prompt_template=prompt)  # fmt: skip

    def _tool(self, node: Node, name: str, told: str, ports: Sequence[str], outputs: list[Json]) -> str:
        self.writer.notes.append(f"“{node.id}” ({node.kind}) is a tool that the runtime must offer.")
        inputs = [value(port) for port in ports]
        tool = component("ServerTool", f"{self.prefix}/{name}/tool", inputs=inputs, outputs=outputs)
        tool |= {"name": node.id, "description": told}
        return self._add("ToolNode", name, inputs=inputs, outputs=outputs, branches=["next"], tool=tool)

    def _container(self, node: Node, config: Any, ports: Sequence[str]) -> str | None:
        """A node with a flow inside; None when its graph is not here."""
        try:
            inner = graph_from_json(config.body) if config.body is not None else None
        except FileProblem:
            inner = None
        if inner is None or self.depth >= DEEPEST:
            return None
        kinds = self.facts.kinds.inside(config.graph) if config.graph else self.facts.kinds
        flow = _Flow(self.writer, facts_of(inner, kinds), f"{self.prefix}/{node.id}/flow", self.depth + 1).made()
        if node.kind == "loop":
            self.writer.notes.append(f"“{node.id}” makes one pass.")
        into, out = ("iterated_", "collected_") if node.kind == "map" else ("", "")
        inputs = [each | {"title": into + each["title"]} for each in flow["inputs"]]
        outputs = [
            value(out + each["title"]) | ({"type": "array", "items": {}} if out else {}) for each in flow["outputs"]
        ]
        reducers = {"reducers": {each["title"]: "append" for each in flow["outputs"]}} if out else {}
        made = self._add("MapNode" if out else "FlowNode", node.id, inputs=inputs, outputs=outputs,
                         branches=["next"], subflow=flow, **reducers)  # fmt: skip
        known = {each["title"] for each in inputs}
        for edge in self.facts.graph.incoming(node.id):
            port = into + ("item" if into and edge.target_port == "items" else edge.target_port)
            if port in known:
                self._feed([edge], made, port)
        return made

    def _feed(self, edges: Iterable[Edge], target: str, port: str) -> None:
        """Where the value of a port comes from; a router passes on what came to it."""
        for edge in edges:
            source = self.facts.graph.nodes[edge.source]
            if edge.source_port == "error" or source.id not in self.order:
                continue
            if source.kind == "router":
                self._feed(self.facts.graph.incoming(source.id), target, port)
            elif source.kind == "input":
                self._wire(f"{self.prefix}/start", _name(source), target, port)
            else:
                self._wire(f"{self.prefix}/{source.id}", self._given(source, edge.source_port), target, port)

    def _given(self, source: Node, port: str) -> str:
        """What an output of a node is called in its component."""
        if source.kind != "map" or port not in ("items", "results"):
            return port
        made = self.writer.components[f"{self.prefix}/{source.id}"]
        return str(made["outputs"][0]["title"]) if made.get("outputs") else port

    def _wire(self, source: str, output: str, target: str, port: str) -> None:
        name = f"{self.prefix}/data_{len(self.data)}"
        self.data.append(component("DataFlowEdge", name, source_node=ref(source), source_output=output,
                                   destination_node=ref(target), destination_input=port))  # fmt: skip

    def _lead(self, ways: Iterable[Way], target: str) -> None:
        for source, branch in ways:
            name = f"{self.prefix}/control_{len(self.control)}"
            self.control.append(component("ControlFlowEdge", name, from_node=ref(source), from_branch=branch or None,
                                          to_node=ref(target)))  # fmt: skip


def value(title: str) -> Json:
    """A property that takes anything."""
    return {"title": title}


def _name(node: Node) -> str:
    return str(node.config.get("name") or node.id)
