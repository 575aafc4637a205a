"""Langflow: the JSON of a flow. Its edges are values from an output to a field, as ours are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.export.drafting import Draft
from engine.export.foreign import dict_of, literal, named, objects, part, port_name, temperature, text_of
from engine.export.importing import Found, Imported
from engine.export.models_there import model_here
from engine.export.tools_there import Belt

_SCALE: Final = 0.8
_KNOWN: Final = (1, 7)
"""The newest version of Langflow whose files were looked at."""
_VARIABLE: Final = re.compile(r"(?<!\{)\{([A-Za-z_]\w{0,100})\}(?!\})")
_MODELS: Final = frozenset({"LanguageModelComponent", "LanguageModel", "ChatModel"})
_OPS: Final = {
    "equals": "equals", "not equals": "not_equals", "contains": "contains", "starts with": "starts_with",
    "ends with": "ends_with", "regex": "matches", "greater than": "gt", "greater than or equal": "gte",
    "less than": "lt", "less than or equal": "lte",
}  # fmt: skip
_PROMPTS: Final = frozenset({"Prompt", "PromptComponent", "Prompt Template", "PromptTemplate"})


class Langflow:
    """Reads chat inputs and outputs, prompts, models, agents, choices and notes."""

    name = "langflow"
    title = "Langflow"

    def recognises(self, found: Found) -> bool:
        """By nodes that hold a component with its template."""
        nodes = objects(part(found.object, "data", "nodes"))
        known = (part(node, "data", "node") is not None or node.get("type") == "genericNode" for node in nodes)
        return isinstance(part(found.object, "data", "edges"), list) and (not nodes or any(known))

    def read(self, found: Found) -> Imported:
        """The flow as a graph."""
        nodes = objects(part(found.object, "data", "nodes"))
        if not nodes:
            raise FileProblem("This Langflow file has no components.", "Export a flow that has.")
        draft = Draft(self.title, text_of(found.object.get("name")) or found.title,
                      text_of(found.object.get("description")), scale=_SCALE)  # fmt: skip
        version = text_of(found.object.get("last_tested_version"))
        if tuple(int(n) for n in re.findall(r"\d{1,6}", version)[:2]) > _KNOWN:
            draft.say(
                "warning", f"the flow's version {version}", "It is newer than what Baton knows: look at all of it."
            )
        _Flow(draft, nodes, objects(part(found.object, "data", "edges"))).take()
        return draft.finish()


class _Flow:
    """One flow: components by their ids, and edges from outputs to fields."""

    def __init__(self, draft: Draft, nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> None:
        self._draft, self._nodes = draft, {str(node.get("id")): node for node in nodes}
        self._edges = [_ends(edge) for edge in edges]
        self._into: dict[str, set[str]] = {}
        for _, _, target, name in self._edges:
            self._into.setdefault(target, set()).add(name)
        elsewhere = {source for source, _, _, name in self._edges if name != "tools"}
        self._tools = {source for source, _, _, name in self._edges if name == "tools"} - elsewhere
        self._belt = Belt(draft)

    def take(self) -> None:
        """All components, then the edges."""
        for key, node in self._nodes.items():
            self._node(key, node)
        for source, _, target, name in self._edges:
            if name == "tools" and self._draft.kind_of(target) in ("agent", "manager"):
                self._tool(self._draft.id_of(target), source)
        for source, output, target, name in self._edges:
            self._edge(source, output, target, name)

    def _node(self, key: str, node: dict[str, Any]) -> None:
        data = dict_of(node.get("data"))
        sort, inner = text_of(data.get("type")), dict_of(data.get("node"))
        title, at = text_of(inner.get("display_name")) or sort, node.get("position")
        fields = _fields(inner)
        makers: dict[str, Callable[[str, str, dict[str, Any], Any], None]] = {
            "ChatInput": self._input, "TextInput": self._input, "TextInputComponent": self._input,
            "ChatOutput": self._output, "TextOutput": self._output, "TextOutputComponent": self._output,
            "Agent": self._agent, "ConditionalRouter": self._if, "CombineText": self._combine,
        }  # fmt: skip
        if node.get("type") == "noteNode" or sort == "note":
            self._draft.note(text_of(inner.get("description")), at, (400, 240))
        elif key in self._tools and sort != "Agent":
            return  # its agent takes it
        elif sort in makers:
            makers[sort](key, title, fields, at)
        elif sort in _PROMPTS:
            self._prompt(key, title, fields, at)
        elif sort in _MODELS or (sort.endswith("Model") and "input_value" in fields):
            self._model(key, sort, title, fields, at)
        else:
            self._draft.placeholder(key, sort, title, fields, at)

    def _edge(self, source: str, output: str, target: str, name: str) -> None:
        node_id, kind = self._draft.id_of(target), self._draft.kind_of(target)
        if kind in ("agent", "manager") and name == "tools":
            return
        if kind in ("agent", "manager") and name not in ("input_value", "system_message", "system_prompt"):
            self._draft.say("left out", f"the edge from {source} into {name} of {target}",
                            "The agent has no such port: look at its settings.", node_id)  # fmt: skip
        elif node_id:
            self._draft.wire(source, output, node_id, {"output": "value", "router": "value"}.get(kind, port_name(name)))

    def _tool(self, agent: str, source: str) -> None:
        """A component that is a tool of an agent."""
        node = self._nodes.get(source) or {}
        data = dict_of(node.get("data"))
        sort, inner, at = text_of(data.get("type")), dict_of(data.get("node")), node.get("position")
        title, fields = text_of(inner.get("display_name")) or sort or source, _fields(inner)
        made = self._draft.id_of(source)
        if sort == "Agent" and self._draft.kind_of(source) in ("agent", "manager"):
            if "input_value" not in self._into.get(source, ()):
                self._draft.configure(made, prompt="{{ brief }}")
                self._belt.specialist(agent, made, about=text_of(fields.get("agent_description")))
            else:
                self._belt.placeholder(agent, f"{source}/tool", sort, title, {}, at, "It answers elsewhere, too.")
        elif "MCP" in sort and self._server(agent, title, fields):
            return
        elif sort in ("RunFlow", "SubFlow", "FlowTool"):
            self._belt.graph_elsewhere(agent, source, title, "flow", fields, at)
        else:
            self._belt.take(agent, source, sort, title, fields, at)

    def _server(self, agent: str, title: str, fields: dict[str, Any]) -> bool:
        """A tool server: described in the component, or only named there."""
        named = fields.get("mcp_server")
        name = text_of(part(named, "name")) or text_of(named)
        known = objects(fields.get("tools_metadata"))
        only = [text_of(each.get("name")) for each in known if each.get("status")]
        only = only if len(only) < len(known) else [tool for tool in [text_of(fields.get("tool"))] if tool]
        words = text_of(fields.get("command")).split()
        there = {"url": text_of(fields.get("sse_url")), "type": "sse"}
        told = dict_of(part(named, "config")) or ({"command": words[0], "args": words[1:]} if words else there)
        if self._belt.server(agent, name or title, {"mcpServers": {name or title: told}}, only):
            return True
        if name:
            self._belt.unknown_server(agent, title, name, only)
        return bool(name)

    def _input(self, key: str, title: str, fields: dict[str, Any], at: Any) -> None:
        value = text_of(fields.get("input_value"))
        self._draft.add(key, "input", title, {"type": "text", **({"default": value} if value else {})}, at)

    def _output(self, key: str, title: str, fields: dict[str, Any], at: Any) -> None:
        self._draft.add(key, "output", title, {}, at)

    def _prompt(self, key: str, title: str, fields: dict[str, Any], at: Any) -> None:
        text = text_of(fields.get("template"))
        fixed = {name: value for name, value in fields.items() if isinstance(value, str) and value and
                 name not in ("template", "tool_placeholder") and name not in self._into.get(key, ())}  # fmt: skip

        def port(match: re.Match[str]) -> str:
            return json.dumps(fixed[match[1]]) if match[1] in fixed else port_name(match[1])

        template = named(text, _VARIABLE, port).replace("{{ '{{' }}", "{").replace("{{ '}}' }}", "}")
        self._draft.add(key, "template", title, {"template": template}, at)

    def _model(self, key: str, sort: str, title: str, fields: dict[str, Any], at: Any) -> None:
        vendor = sort.removesuffix("Model") if sort not in _MODELS else text_of(fields.get("provider"))
        self._agent_node(key, title, fields, at, vendor, "system_message")

    def _agent(self, key: str, title: str, fields: dict[str, Any], at: Any) -> None:
        self._agent_node(key, title, fields, at, text_of(fields.get("agent_llm")), "system_prompt")
        node, turns = self._draft.id_of(key), fields.get("max_iterations")
        if isinstance(turns, int) and not isinstance(turns, bool) and 1 <= turns <= 1000:
            self._draft.configure(node, max_turns=turns)
        if fields.get("add_current_date_tool") is True:
            self._belt.give(node, "the current date", ["clock.now"])

    def _agent_node(self, key: str, title: str, fields: dict[str, Any], at: Any, vendor: str, system: str) -> None:
        chosen = objects(fields.get("model"))
        vendor = text_of(chosen[0].get("provider")) if chosen else vendor
        named_model = text_of(chosen[0].get("name")) if chosen else text_of(fields.get("model_name"))
        model, same = model_here(vendor, named_model)
        into = self._into.get(key, set())
        config: dict[str, Any] = {"model": model}
        config["instructions"] = f"{{{{ {system} }}}}" if system in into else literal(text_of(fields.get(system)))
        config["prompt"] = "{{ input_value }}" if "input_value" in into else literal(text_of(fields.get("input_value")))
        config |= temperature(fields.get("temperature"))
        why = "" if same else f"Its model {named_model or 'is not named and'} became the tier {model}."
        self._draft.add(key, "agent", title, config, at, why=why)

    def _if(self, key: str, title: str, fields: dict[str, Any], at: Any) -> None:
        op = _OPS.get(text_of(fields.get("operator")), "equals")
        when: dict[str, Any] = {"field": "", "op": op, "value": fields.get("match_text", "")}
        config = {"mode": "rules", "routes": [{"id": "true", "label": "true", "when": when}]}
        lost = "" if fields.get("case_sensitive", True) else "Capital letters count here. "
        if self._into.get(key, set()) & {"true_case_message", "false_case_message", "message"}:
            lost += "What was looked at passes on, not another message."
        self._draft.add(key, "router", title, config, at, why=lost.strip())
        self._draft.gives(key, "true_result", "true")
        self._draft.gives(key, "false_result", "default")

    def _combine(self, key: str, title: str, fields: dict[str, Any], at: Any) -> None:
        between = literal(text_of(fields.get("delimiter")) or " ")
        self._draft.add(key, "template", title, {"template": f"{{{{ text1 }}}}{between}{{{{ text2 }}}}"}, at)


def _fields(component: dict[str, Any]) -> dict[str, Any]:
    """What is set in a component, without its code and its keys."""
    return {name: field.get("value") for name, field in dict_of(component.get("template")).items()
            if isinstance(field, dict) and field.get("type") != "code" and not field.get("password")}  # fmt: skip


def _ends(edge: dict[str, Any]) -> tuple[str, str, str, str]:
    """Source, its output, target, its field."""
    source = part(edge, "data", "sourceHandle") or _handle(edge.get("sourceHandle"))
    target = part(edge, "data", "targetHandle") or _handle(edge.get("targetHandle"))
    return (str(edge.get("source")), text_of(part(source, "name")), str(edge.get("target")),
            text_of(part(target, "fieldName")) or text_of(part(target, "id")))  # fmt: skip


def _handle(text: Any) -> Any:
    """A handle that is written as text: JSON with another sign for quotes."""
    try:
        return json.loads(text.replace("œ", '"')) if isinstance(text, str) and len(text) < 20_000 else None
    except (ValueError, RecursionError):
        return None


IMPORTER = Langflow()
