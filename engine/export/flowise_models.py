"""Flowise's nodes that ask a model: agents with their tools, choices, and the values that texts name."""

from __future__ import annotations

import re
from typing import Any, Final

from engine.base.ids import id_from, unique_id
from engine.export.drafting import Draft
from engine.export.foreign import dict_of, named, objects, part, port_name, temperature, text_of, words_of
from engine.export.models_there import model_here
from engine.export.tools_there import Belt, below, listed

VARIABLE: Final = re.compile(r"\{\{\s*([$A-Za-z_][\w.$\[\]]{0,200})\s*\}\}")
_TITLES: Final = ("toolName", "requestsGetName", "customToolName", "chatflowToolName", "name")
"""Settings in which a tool is named by whoever set it up."""


class FlowiseModels:
    """Makes the nodes that ask a model.

    Args:
        nodes: all of the flow.
    """

    def __init__(self, draft: Draft, nodes: list[dict[str, Any]]) -> None:
        self._draft, self._all, self._belt = draft, nodes, Belt(draft)
        self._last: dict[str, str] = {}
        """Of each choice by a model its last way: there one is always taken, so what fits none takes this one."""

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
        for number, tool in enumerate(objects(given.get("agentTools"))):
            sort, settings = text_of(tool.get("agentSelectedTool")), dict_of(tool.get("agentSelectedToolConfig"))
            if sort:
                flowise_tool(self._belt, node, f"{key}/tool_{number}", sort, settings, below(at, number))
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
        found = VARIABLE.search(words_of(given.get("conditionAgentInput")))
        if found:
            self._use(node, found[1], "value")

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

        return named(text, VARIABLE, port)

    def _use(self, node: str, variable: str, port: str) -> str:
        """Wires a variable to a port."""
        key = variable.split(".output")[0].removesuffix("[0]")
        if key.startswith("$iteration"):
            key = "$iteration"
        if key == "question" and not self._draft.id_of(key):
            self._draft.add("question", "input", "Question", {"type": "text"}, wanted="question")
        self._draft.wire(key, "", node, port)
        return port


def flowise_tool(
    belt: Belt, node: str, key: str, sort: str, settings: dict[str, Any], at: Any, label: str = ""
) -> None:
    """One tool of an agent.

    Args:
        node: the agent's id here.
        sort: the tool's name there, such as `calculator` or `customMCP`.
        label: what people call it there.
    """
    title = next((found for name in _TITLES if (found := text_of(settings.get(name)))), "") or label or sort
    only = listed(settings.get("mcpActions"))
    if sort == "customMCP" and belt.server(node, title, settings.get("mcpServerConfig") or "", only):
        return
    if sort.endswith("MCP"):
        belt.unknown_server(node, title, sort.removesuffix("MCP"), only)
    elif sort in ("chatflowTool", "agentAsTool", "chainTool"):
        belt.graph_elsewhere(node, key, title, "flow", settings, at)
    elif sort == "requestsGet" and belt.page(
        node, title, words_of(settings.get("requestsGetUrl") or settings.get("url")),
        words_of(settings.get("requestsGetDescription") or settings.get("description")),
    ):  # fmt: skip
        return
    else:
        belt.take(node, key, sort, title, settings, at)
