"""Dify: the YAML of a workflow or a chatflow. Its edges say "then"; values are named by node, as {{#node.text#}}."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.export.dify_values import NAMED, DifyValues, Selector, selector_of
from engine.export.drafting import Draft
from engine.export.foreign import dict_of, list_of, literal, named, objects, part, port_name, text_of
from engine.export.importing import Found, Imported
from engine.export.models_there import model_here

_KNOWN: Final = (0, 6)
"""The newest version of its files that was looked at."""
_JINJA: Final = re.compile(r"\{\{\s*([A-Za-z_]\w{0,60})\s*\}\}")
_TYPES: Final = {"number": "number", "file": "file", "file-list": "list", "checkbox": "boolean"}
_HANDLES: Final = frozenset({"source", "", "text"})


class Dify:
    """Reads apps of the modes workflow and advanced-chat, and the one agent of a plain chat."""

    name = "dify"
    title = "Dify"

    def recognises(self, found: Found) -> bool:
        """By `kind: app` and what belongs to it."""
        value = found.object
        return value.get("kind") == "app" or ("app" in value and ("workflow" in value or "model_config" in value))

    def read(self, found: Found) -> Imported:
        """The app as a graph."""
        value = found.object
        draft = Draft(
            self.title, text_of(part(value, "app", "name")) or found.title, text_of(part(value, "app", "description"))
        )
        version = text_of(value.get("version"))
        numbers = tuple(int(n) for n in re.findall(r"\d{1,6}", version)[:2])
        if numbers > _KNOWN:
            draft.say(
                "warning", f"the file's version {version}", "It is newer than what Baton knows: look at all of it."
            )
        if isinstance(value.get("workflow"), dict):
            _Flow(draft).take(part(value, "workflow", "graph"))
        elif isinstance(value.get("model_config"), dict):
            _chat(draft, value["model_config"])
        else:
            raise FileProblem("This Dify file holds no workflow.", "Export the app itself from Dify's studio.")
        return draft.finish()


class _Flow(DifyValues):
    """One graph of a workflow: the whole, or what stands inside an iteration."""

    def __init__(self, draft: Draft, parent: str = "") -> None:
        super().__init__(draft)
        self._parent = parent

    def take(self, graph: Any) -> None:
        """All nodes of this level, then what joins them."""
        self._all = objects(part(graph, "nodes"))
        mine = [node for node in self._all if text_of(node.get("parentId")) == self._parent]
        ids = {str(node.get("id")) for node in mine}
        for node in sorted(mine, key=lambda each: part(each, "data", "type") == "if-else"):
            self._node(str(node.get("id")), node.get("data") or {}, node, graph)
        for edge in objects(part(graph, "edges")):
            source, target = str(edge.get("source")), str(edge.get("target"))
            if source in ids and target in ids and self.draft.id_of(source):
                handle = text_of(edge.get("sourceHandle"))
                self.draft.then(source, "" if handle in _HANDLES else handle, target)

    def _node(self, key: str, data: dict[str, Any], node: dict[str, Any], graph: Any) -> None:
        at, title = node.get("position"), text_of(data.get("title"))
        sort = text_of(data.get("type"))
        makers: dict[str, Callable[[str, str, dict[str, Any], Any], None]] = {
            "start": self._start,
            "llm": self._llm,
            "agent": self._agent,
            "if-else": self._if,
            "question-classifier": self._classifier,
            "template-transform": self._template,
            "answer": self._answer,
            "end": self._end,
            "variable-aggregator": self._aggregator,
            "variable-assigner": self._aggregator,
            "http-request": self._http,
            "parameter-extractor": self._extractor,
            "human-input": self._human,
        }
        if node.get("type") == "custom-note" or sort == "":
            self.draft.note(_note_text(data.get("text")), at)
        elif sort == "iteration":
            self._iteration(key, title, data, at, graph)
        elif sort in ("iteration-start", "loop-start"):
            return
        elif sort in makers:
            makers[sort](key, title, data, at)
        else:
            self.draft.placeholder(key, sort, title, data, at)

    # Kinds

    def _start(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        x, y = (at or {}).get("x", 0), (at or {}).get("y", 0)
        variables = objects(data.get("variables"))
        for number, variable in enumerate(variables):
            name = text_of(variable.get("variable")) or "value"
            config = {"type": _TYPES.get(text_of(variable.get("type")), "text")}
            if variable.get("default") not in (None, "") or not variable.get("required"):
                config["default"] = variable.get("default") or ""
            self._input(key, name, text_of(variable.get("label")) or name, config, (x, y + 130 * number))
        if not variables:
            self._input(key, "sys.query", "Message", {"type": "text"}, (x, y), wanted="message")

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
        named_model = {"provider": model.get("provider"), "name": model.get("model")} if isinstance(model, dict) else {}
        node = self._model_node(key, title, {**data, "model": named_model}, at)
        texts = [self._text(node, text_of(part(given, name, "value")), data) for name in ("instruction", "query")]
        self.draft.configure(node, instructions=texts[0], prompt=texts[1])
        tools = [text_of(tool.get("tool_name")) for tool in objects(part(given, "tools", "value"))]
        if tools:
            self.draft.say(
                "left out", f"the tools of {title} ({', '.join(tools)})", "Give it tools of this graph.", node
            )

    def _model_node(self, key: str, title: str, data: dict[str, Any], at: Any, few: int = 0) -> str:
        given = dict_of(data.get("model"))
        model, same = model_here(text_of(part(given, "provider")), text_of(part(given, "name")))
        why = "" if same else f"Its model {text_of(part(given, 'name')) or 'is not named and'} became the tier {model}."
        why += " Its examples of answers are part of the prompt." * bool(few)
        config: dict[str, Any] = {"model": model, "prompt": ""}
        temperature = part(given, "completion_params", "temperature")
        if isinstance(temperature, int | float) and 0 <= temperature <= 2:
            config["temperature"] = temperature
        retries = part(data, "retry_config", "max_retries")
        if part(data, "retry_config", "retry_enabled") and isinstance(retries, int) and 0 <= retries < 20:
            config["retry"] = {"attempts": retries + 1}
        return self.draft.add(key, "agent", title, config, at, how="approximated" if why else "exact", why=why.strip())

    def _if(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        cases = objects(data.get("cases")) or [
            {"case_id": "true", "conditions": data.get("conditions"), "logical_operator": data.get("logical_operator")}
        ]
        asked = [selector_of(c.get("variable_selector")) for case in cases for c in objects(case.get("conditions"))]
        used = list(dict.fromkeys(selector for selector in asked if selector))
        routes, unknown = [], False
        for number, case in enumerate(cases):
            handle = text_of(case.get("case_id")) or text_of(case.get("id")) or "true"
            name = (
                handle
                if handle.isalpha() and handle.islower() and handle not in ("default", "error")
                else f"case_{number + 1}"
            )
            rules = [self._rule(each, used) for each in objects(case.get("conditions"))]
            unknown = unknown or None in rules
            known = [rule for rule in rules if rule]
            either = "any" if case.get("logical_operator") == "or" else "all"
            when = known[0] if len(known) == 1 else {either: known} if known else None
            routes.append({"id": name, "label": name.replace("_", " "), **({"when": when} if when else {})})
        why = "Some of its conditions have no counterpart: look at them." if unknown else ""
        node = self.draft.add(
            key,
            "router",
            title,
            {"mode": "rules", "routes": routes},
            at,
            how="approximated" if why else "exact",
            why=why,
        )
        for route, case in zip(routes, cases, strict=True):
            self.draft.gives(key, text_of(case.get("case_id")) or text_of(case.get("id")) or "true", str(route["id"]))
        self.draft.gives(key, "false", "default")
        self._value(key, node, used, title, at)

    def _value(self, key: str, node: str, used: list[Selector], title: str, at: Any) -> None:
        """What a router looks at: one value, or an object of several by the nodes that they come from."""
        if len(used) == 1:
            self._wire(used[0], node, "value")
        elif used:
            below = ((at or {}).get("x", 0), (at or {}).get("y", 0) + 200)
            both = self.draft.add(f"{key}/values", "merge", f"Values of {title}", {"strategy": "dict"}, below)
            for each in used:
                self._wire(each, both, "items")
            self.draft.wire(f"{key}/values", "", node, "value")

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

    def _template(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        node = self.draft.add(key, "template", title, {"template": text_of(data.get("template"))}, at)
        for variable in objects(data.get("variables")):
            selector, name = selector_of(variable.get("value_selector")), text_of(variable.get("variable"))
            if selector and name:
                self._wire(selector, node, name)

    def _answer(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        text = text_of(data.get("answer"))
        alone = NAMED.fullmatch(text.strip())
        if alone:
            node = self.draft.add(key, "output", title, {}, at, wanted="answer")
            self._wire(tuple(alone[1].split(".")), node, "value")
            return
        node = self.draft.add(key, "template", title, {"template": ""}, at)
        self.draft.configure(node, template=self._text(node, text, data))
        self.draft.end(key)

    def _end(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        x, y = (at or {}).get("x", 0), (at or {}).get("y", 0)
        for number, output in enumerate(objects(data.get("outputs"))):
            name = text_of(output.get("variable")) or "answer"
            inner = f"{key}.{name}"
            node = self.draft.add(inner, "output", name, {"name": name}, (x, y + 200 * number), wanted=name)
            self.draft.stands_for(key, inner)
            selector = selector_of(output.get("value_selector"))
            if selector:
                self._wire(selector, node, "value")

    def _aggregator(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        groups = (
            objects(part(data, "advanced_settings", "groups"))
            if part(data, "advanced_settings", "group_enabled")
            else []
        )
        for number, group in enumerate(groups or [data]):
            name = text_of(group.get("group_name"))
            inner = f"{key}.{name}" if name else key
            words = f"{title}: {name}" if name else title
            spot = ((at or {}).get("x", 0), (at or {}).get("y", 0) + 150 * number)
            node = self.draft.add(
                inner,
                "merge",
                words,
                {"strategy": "first_success"},
                spot,
                how="approximated",
                why="It takes the first branch that brings a value.",
            )
            if name:
                self.draft.stands_for(key, inner)
                self.draft.stands_for(key, inner, f"{name}.output")
            for each in list_of(group.get("variables")):
                selector = selector_of(each)
                if selector:
                    self._wire(selector, node, "items")

    def _http(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        method = text_of(data.get("method")).upper() or "GET"
        pairs = (line.partition(":") for line in text_of(data.get("headers")).splitlines() if ":" in line)
        node = self.draft.add(
            key,
            "http",
            title,
            {"method": method, "url": ""},
            at,
            how="approximated",
            why="Its parameters and its way to sign in have to be looked at.",
        )
        headers = {name.strip(): self._text(node, value.strip(), data) for name, _, value in pairs}
        body = dict_of(data.get("body"))
        parts = objects(part(body, "data"))
        raw = "\n".join(text_of(item.get("value")) for item in parts) or text_of(part(body, "data"))
        config = {"url": self._text(node, text_of(data.get("url")), data), "headers": headers}
        self.draft.configure(node, **config, **({"body": self._text(node, raw, data)} if raw else {}))
        self.draft.gives(key, "status_code", "status")

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

    def _human(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        question = literal(NAMED.sub("", text_of(data.get("form_content")))) or title
        self.draft.add(
            key,
            "review",
            title,
            {"question": question},
            at,
            how="approximated",
            why="Its form and its ways to answer became approve and reject.",
        )

    def _iteration(self, key: str, title: str, data: dict[str, Any], at: Any, graph: Any) -> None:
        inner = Draft(self.draft.source)
        inner.add(f"{key}/item", "input", "Item", {"type": "json"}, wanted="item")
        inner.stands_for(key, f"{key}/item")
        inner.stands_for(key, f"{key}/item", "item")
        flow = _Flow(inner, key)
        flow.take(graph)
        selector = selector_of(data.get("output_selector"))
        result = inner.add(f"{key}/result", "output", "Result", {}, wanted="result")
        if selector:
            flow._wire(selector, result, "value")
        width = data.get("parallel_nums") if data.get("is_parallel") else 1
        config = {"body": inner.body(), "concurrency": width if isinstance(width, int) and width > 0 else 1}
        node = self.draft.add(key, "map", title, config, at)
        self.draft.take_report(inner, title)
        items = selector_of(data.get("iterator_selector"))
        if items:
            self._wire(items, node, "items")


def _chat(draft: Draft, config: dict[str, Any]) -> None:
    """A plain chat: one agent."""
    draft.add("question", "input", "Message", {"type": "text"}, (0, 0), wanted="message")
    model, same = model_here(text_of(part(config, "model", "provider")), text_of(part(config, "model", "name")))
    agent = draft.add(
        "agent",
        "agent",
        "Assistant",
        {"model": model, "prompt": "{{ message }}"},
        (280, 0),
        how="exact" if same else "approximated",
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
    draft.wire("question", "", agent, "message")
    draft.end("agent")


def _note_text(text: Any) -> str:
    """The words of a note, which is kept there as the state of an editor."""
    return " ".join(re.findall(r'"text":\s*"((?:[^"\\]|\\.){0,4000})"', text)) if isinstance(text, str) else ""


IMPORTER = Dify()
