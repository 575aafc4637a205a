"""Dify: the YAML of a workflow or a chatflow. Its edges say "then"; values are named by node, as {{#node.text#}}."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.export.dify_models import DifyModels, chat
from engine.export.dify_values import NAMED, Selector, selector_of
from engine.export.drafting import Draft
from engine.export.foreign import default_of, dict_of, list_of, literal, objects, part, text_of
from engine.export.importing import Found, Imported

_KNOWN: Final = (0, 6)
"""The newest version of its files that was looked at."""
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
            chat(draft, value["model_config"])
        else:
            raise FileProblem("This Dify file holds no workflow.", "Export the app itself from Dify's studio.")
        return draft.finish()


class _Flow(DifyModels):
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
            config: dict[str, Any] = {"type": _TYPES.get(text_of(variable.get("type")), "text")}
            if variable.get("default") not in (None, "") or not variable.get("required"):
                config["default"] = default_of(config["type"], variable.get("default"))
            self._input(key, name, text_of(variable.get("label")) or name, config, (x, y + 130 * number))
        if not variables:
            self._input(key, "sys.query", "Message", {"type": "text"}, (x, y), wanted="message")

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
        node = self.draft.add(key, "router", title, {"mode": "rules", "routes": routes}, at, why=why)
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
            why="Its parameters and its way to sign in have to be looked at.",
        )
        headers = {name.strip(): self._text(node, value.strip(), data) for name, _, value in pairs}
        body = dict_of(data.get("body"))
        parts = objects(part(body, "data"))
        raw = "\n".join(text_of(item.get("value")) for item in parts) or text_of(part(body, "data"))
        config = {"url": self._text(node, text_of(data.get("url")), data), "headers": headers}
        self.draft.configure(node, **config, **({"body": self._text(node, raw, data)} if raw else {}))
        self.draft.gives(key, "status_code", "status")

    def _human(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        question = literal(NAMED.sub("", text_of(data.get("form_content")))) or title
        self.draft.add(
            key,
            "review",
            title,
            {"question": question},
            at,
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


def _note_text(text: Any) -> str:
    """The words of a note, which is kept there as the state of an editor."""
    return " ".join(re.findall(r'"text":\s*"((?:[^"\\]|\\.){0,4000})"', text)) if isinstance(text, str) else ""


IMPORTER = Dify()
