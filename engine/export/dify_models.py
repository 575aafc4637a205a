"""Dify's nodes that ask a model: prompts, choices and extraction, and the one agent of a plain chat."""

from __future__ import annotations

import re
from typing import Any, Final

from engine.export.dify_values import NAMED, DifyValues, selector_of
from engine.export.drafting import Draft
from engine.export.foreign import dict_of, literal, named, objects, part, port_name, temperature, text_of
from engine.export.models_there import model_here
from engine.export.tools_there import Belt, below

_JINJA: Final = re.compile(r"\{\{\s*([A-Za-z_]\w{0,60})\s*\}\}")


class DifyModels(DifyValues):
    """Makes the nodes that ask a model."""

    def _llm(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        messages = data.get("prompt_template")
        said = objects(messages) if isinstance(messages, list) else [messages] if isinstance(messages, dict) else []
        texts = {"system": [], "user": []}  # type: dict[str, list[str]]
        for message in said:
            role = "system" if message.get("role") == "system" else "user"
            texts[role].append(text_of(message.get("jinja2_text")) or text_of(message.get("text")))
        node = self._model_node(key, title, data, at, few=sum(m.get("role") == "assistant" for m in said))
        instructions, prompt = ("\n\n".join(texts[role]) for role in ("system", "user"))
        if not prompt and instructions:
            instructions, prompt = "", instructions
        self.draft.configure(
            node, instructions=self._text(node, instructions, data), prompt=self._text(node, prompt, data)
        )
        schema = part(data, "structured_output", "schema")
        if data.get("structured_output_enabled") and isinstance(schema, dict):
            self.draft.configure(node, output_schema=schema)
            self.draft.gives(key, "structured_output", "data")

    def _agent(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        given = data.get("agent_parameters") or {}
        model = part(given, "model", "value") or {}
        named_model = (
            {"provider": model.get("provider"), "name": model.get("model") or model.get("name")}
            if isinstance(model, dict)
            else {}
        )
        node = self._model_node(key, title, {**data, "model": named_model}, at)
        texts = [self._text(node, text_of(part(given, name, "value")), data) for name in ("instruction", "query")]
        self.draft.configure(node, instructions=texts[0], prompt=texts[1])
        _tools(self.draft, node, key, part(given, "tools", "value"), at)
        turns = part(given, "maximum_iterations", "value")
        if isinstance(turns, int) and not isinstance(turns, bool) and 1 <= turns <= 1000:
            self.draft.configure(node, max_turns=turns)

    def _model_node(self, key: str, title: str, data: dict[str, Any], at: Any, few: int = 0) -> str:
        given = dict_of(data.get("model"))
        model, same = model_here(text_of(part(given, "provider")), text_of(part(given, "name")))
        why = "" if same else f"Its model {text_of(part(given, 'name')) or 'is not named and'} became the tier {model}."
        why += " Its examples of answers are part of the prompt." * bool(few)
        config: dict[str, Any] = {"model": model, "prompt": ""}
        config |= temperature(part(given, "completion_params", "temperature"))
        retries = part(data, "retry_config", "max_retries")
        if part(data, "retry_config", "retry_enabled") and isinstance(retries, int) and 0 <= retries < 20:
            config["retry"] = {"attempts": retries + 1}
        return self.draft.add(key, "agent", title, config, at, why=why.strip())

    def _classifier(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        given = dict_of(data.get("model"))
        model, _ = model_here(text_of(part(given, "provider")), text_of(part(given, "name")))
        routes = []
        for number, each in enumerate(objects(data.get("classes"))):
            name = f"class_{number + 1}"
            label = text_of(each.get("name")) or name
            routes.append({"id": name, "label": label[:80], "description": label})
        config = {
            "mode": "model",
            "model": model,
            "routes": routes,
            "instructions": literal(NAMED.sub("", text_of(data.get("instruction")))),
        }
        node = self.draft.add(key, "router", title, config, at)
        for number, each in enumerate(objects(data.get("classes"))):
            self.draft.gives(key, text_of(each.get("id")), f"class_{number + 1}")
        selector = selector_of(data.get("query_variable_selector"))
        if selector:
            self._wire(selector, node, "value")

    def _extractor(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        node = self._model_node(key, title, data, at)
        words = {"string": "string", "number": "number", "bool": "boolean", "boolean": "boolean"}
        asked = {
            text_of(each.get("name")): {
                "type": words.get(text_of(each.get("type")), "string"),
                "description": text_of(each.get("description")),
            }
            for each in objects(data.get("parameters"))
        }
        selector = selector_of(data.get("query")) or ("", "")
        self.draft.configure(
            node,
            instructions=self._text(node, text_of(data.get("instruction")), data),
            prompt=f"{{{{ {self._field(selector)} }}}}" if selector[0] else "",
            output_schema={"type": "object", "properties": asked, "required": list(asked)},
        )
        if selector[0]:
            self._wire(selector, node, self._field(selector))
        for name in asked:
            self.draft.gives(key, name, "data")


def _tools(draft: Draft, node: str, key: str, tools: Any, at: Any) -> None:
    """The tools of an agent, as a workflow or a plain chat lists them."""
    belt = Belt(draft)
    for number, tool in enumerate(objects(tools)):
        name, provider = text_of(tool.get("tool_name")), text_of(tool.get("provider_name"))
        title = text_of(tool.get("tool_label")) or name
        sort = text_of(tool.get("type") or tool.get("provider_type"))
        kept = {each: tool[each] for each in ("provider_name", "tool_name", "settings", "parameters", "tool_parameters")
                if tool.get(each)}  # fmt: skip
        spot = below(at, number)
        if tool.get("enabled") is False:
            draft.say("left out", f"{title} of {draft.title_of(node)}", "It is switched off there.", node)
        elif sort == "mcp":
            belt.unknown_server(
                node, title, text_of(tool.get("provider_show_name")) or provider, [name] if name else []
            )
        elif sort == "workflow":
            belt.graph_elsewhere(node, f"{key}/tool_{number}", title, "workflow", kept, spot)
        else:
            belt.take(node, f"{key}/tool_{number}", name or sort, title, kept, spot, provider)


def chat(draft: Draft, config: dict[str, Any]) -> None:
    """A plain chat: one agent."""
    draft.add("question", "input", "Message", {"type": "text"}, (0, 0), wanted="message")
    model, same = model_here(text_of(part(config, "model", "provider")), text_of(part(config, "model", "name")))
    agent = draft.add(
        "agent",
        "agent",
        "Assistant",
        {"model": model, "prompt": "{{ message }}"},
        (280, 0),
        why="" if same else "Its model became a tier.",
    )
    names = {text_of(part(each, sort, "variable")) for each in objects(config.get("user_input_form")) for sort in each}

    def port(match: re.Match[str]) -> str:
        name = port_name(match[1])
        if match[1] in names:
            draft.add(f"var.{match[1]}", "input", match[1], {"type": "text", "default": ""}, wanted=name)
            draft.wire(f"var.{match[1]}", "", agent, name)
            names.discard(match[1])
        return name

    draft.configure(agent, instructions=named(text_of(config.get("pre_prompt")), _JINJA, port))
    if part(config, "agent_mode", "enabled"):
        _tools(draft, agent, "agent", part(config, "agent_mode", "tools"), (280, 0))
    draft.wire("question", "", agent, "message")
    draft.end("agent")
