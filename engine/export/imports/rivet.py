"""Rivet: a project's YAML. Its edges are values between named ports, as ours are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.export.drafting import Draft
from engine.export.foreign import default_of, dict_of, list_of, literal, named, part, port_name, temperature, text_of
from engine.export.importing import Found, Imported
from engine.export.models_there import model_here
from engine.export.tools_there import Belt

_KNOWN: Final = 4
_KEY: Final = re.compile(r"\[([^\]]{1,100})\]:(\S{1,100}) \"(.*)\"", re.S)
_LEADS: Final = re.compile(r"(.{1,200}?)->\"(.*)\" ([^\s/]{1,100})/(.{1,200})", re.S)
_NAMED: Final = re.compile(r"\{\{\s*([^{}\s|][^{}|]{0,100}?)\s*(?:\|[^{}]{0,200})?\}\}")
_TYPES: Final = {"number": "number", "boolean": "boolean", "object": "json", "chat-message": "text"}
_DEEPEST: Final = 8


_CHATS: Final = ("chat", "chatAnthropic", "chatGoogle")


class Rivet:
    """Reads the main graph of a project; graphs that it uses are drawn into the nodes that use them."""

    name = "rivet"
    title = "Rivet"

    def recognises(self, found: Found) -> bool:
        """By a version and graphs of Rivet's form."""
        data = found.object.get("data")
        return "version" in found.object and isinstance(data, dict) and ("graphs" in data or "nodes" in data)

    def read(self, found: Found) -> Imported:
        """The main graph."""
        data = found.object["data"]
        graphs = data.get("graphs") if isinstance(data.get("graphs"), dict) else {"": data}
        main = graphs.get(text_of(part(data, "metadata", "mainGraphId"))) or next(iter(graphs.values()), None)
        if not isinstance(main, dict):
            raise FileProblem("This Rivet project has no graph.", "Draw one in it first.")
        title = text_of(part(data, "metadata", "title")) or text_of(part(main, "metadata", "name")) or found.title
        draft = Draft(self.title, title, text_of(part(data, "metadata", "description")))
        version = found.object.get("version")
        if isinstance(version, int) and version != _KNOWN:
            age = "newer" if version > _KNOWN else "older"
            draft.say(
                "warning", f"the file's version {version}", f"It is {age} than what Baton knows: look at all of it."
            )
        _Reading(draft, graphs).take(main)
        return draft.finish()


class _Reading:
    """One graph of a project."""

    def __init__(self, draft: Draft, graphs: dict[str, Any], depth: int = 0) -> None:
        self._draft, self._graphs, self._depth = draft, graphs, depth
        self._wired: dict[str, list[str]] = {}

    def take(self, graph: dict[str, Any]) -> None:
        """All nodes, then what leads from each."""
        nodes = []
        for name, node in dict_of(graph.get("nodes")).items():
            found = _KEY.fullmatch(name)
            if found and isinstance(node, dict):
                nodes.append((found[1], found[2], found[3], node))
                for way in _ways(node):
                    self._wired.setdefault(way[1], []).append(way[2])
        tools = self._tools([(key, sort, node) for key, sort, _, node in nodes])
        for key, sort, title, node in nodes:
            if key not in tools:
                self._node(key, sort, title, dict_of(node.get("data")), _at(node))
        for key, sort, title, node in nodes:
            agent, data = self._draft.id_of(tools.get(key, "")), dict_of(node.get("data"))
            if agent and sort != "array":
                Belt(self._draft).take(agent, key, sort, text_of(data.get("name")) or title, data, _at(node))
        for key, _, _, node in nodes:
            for handle, target, port in _ways(node):
                self._lead(key, handle, target, port)

    def _tools(self, nodes: list[tuple[str, str, dict[str, Any]]]) -> dict[str, str]:
        """The functions that chats may call, with the chat of each; those that pass through a list among them."""
        sorts = {key: sort for key, sort, _ in nodes}
        ways = [(key, target, port) for key, _, node in nodes for _, target, port in _ways(node)]
        found = {source: chat for source, chat, port in ways if port == "functions" and sorts.get(chat) in _CHATS}
        lists = {key for key in found if sorts.get(key) == "array"}
        return found | {source: found[target] for source, target, _ in ways if target in lists}

    def _lead(self, key: str, handle: str, target: str, port: str) -> None:
        node_id = self._draft.id_of(target)
        taken = {"output": "value", "router": "value", "merge": "items"}.get(self._draft.kind_of(target))
        asks = self._draft.kind_of(target) in ("agent", "manager")
        if node_id and self._draft.id_of(key) and (not asks or port in ("prompt", "systemPrompt")):
            self._draft.wire(key, handle, node_id, taken or port_name(port))

    def _node(self, key: str, sort: str, title: str, data: dict[str, Any], at: Any) -> None:
        makers: dict[str, Callable[[str, str, dict[str, Any], Any], None]] = {
            **dict.fromkeys(_CHATS, self._chat),
            "graphInput": self._input,
            "userInput": self._input,
            "graphOutput": self._output,
            "text": self._text,
            "prompt": self._text,
            "match": self._match,
            "coalesce": self._coalesce,
            "raceInputs": self._coalesce,
            "subGraph": self._sub,
            "httpCall": self._http,
            "array": self._array,
            "assemblePrompt": self._assemble,
            "assembleMessage": self._assemble,
        }
        if sort == "comment":
            self._draft.note(text_of(data.get("text")), at)
        elif sort in makers:
            makers[sort](key, title, data, at)
        else:
            self._draft.placeholder(key, sort, title, data, at)

    def _chat(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        into = self._wired.get(key, [])
        model, same = model_here("", text_of(data.get("model")))
        config: dict[str, Any] = {"model": model, "prompt": "{{ prompt }}"}
        if "systemPrompt" in into:
            config["instructions"] = f"{{{{ {port_name('systemPrompt')} }}}}"
        config |= temperature(data.get("temperature"))
        if isinstance(data.get("maxTokens"), int) and data["maxTokens"] > 0:
            config["max_tokens"] = data["maxTokens"]
        lost = [name for name in into if name not in ("prompt", "systemPrompt", "functions")]
        why = ("" if same else f"Its model {text_of(data.get('model'))} became the tier {model}. ") + (
            f"What led into {', '.join(lost)} has no port here." if lost else ""
        )
        self._draft.add(key, "agent", title, config, at, why=why.strip())
        self._draft.gives(key, "response", "text")

    def _input(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        sort = text_of(data.get("dataType"))
        config: dict[str, Any] = {"type": "list" if sort.endswith("[]") else _TYPES.get(sort, "text")}
        default = data.get("defaultValue", data.get("prompt"))
        if default not in (None, ""):
            config["default"] = default_of(config["type"], default)
        self._draft.add(key, "input", title, config, at, wanted=text_of(data.get("id")) or title)

    def _output(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        name = text_of(data.get("id"))
        self._draft.add(key, "output", title, {"name": name} if name else {}, at, wanted=name or title)

    def _text(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        text = text_of(data.get("text")) or text_of(data.get("promptText"))
        template = named(text, _NAMED, lambda found: port_name(found[1]))
        self._draft.add(key, "template", title, {"template": template}, at)

    def _match(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        cases = list_of(data.get("cases"))
        routes = [
            {"id": f"case_{n}", "label": str(case), "when": {"field": "", "op": "matches", "value": str(case)}}
            for n, case in enumerate(cases, 1)
        ]
        self._draft.add(key, "router", title, {"mode": "rules", "routes": routes}, at)
        for number in range(1, len(cases) + 1):
            self._draft.gives(key, f"case{number}", f"case_{number}")
        self._draft.gives(key, "unmatched", "default")

    def _coalesce(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        self._draft.add(
            key, "merge", title, {"strategy": "first_success"}, at, why="It takes the first branch that brings a value."
        )

    def _array(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        self._draft.add(key, "merge", title, {"strategy": "list"}, at)

    def _assemble(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        ports = [port_name(name) for name in self._wired.get(key, [])]
        template = "\n\n".join(f"{{{{ {port} }}}}" for port in dict.fromkeys(ports))
        self._draft.add(key, "template", title, {"template": template}, at, why="Its messages became one text.")

    def _sub(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        graph = self._graphs.get(text_of(data.get("graphId")))
        if not isinstance(graph, dict) or self._depth >= _DEEPEST:
            self._draft.placeholder(key, "subGraph", title, data, at, "The graph that it uses is not in the file.")
            return
        inner = Draft(self._draft.source, text_of(part(graph, "metadata", "name")))
        _Reading(inner, self._graphs, self._depth + 1).take(graph)
        body = inner.body()
        self._draft.add(key, "subgraph", text_of(part(graph, "metadata", "name")) or title, {"body": body}, at)
        for node in body["nodes"]:
            if node["kind"] == "output":
                self._draft.gives(
                    key, str(node["config"].get("name") or node["id"]), str(node["config"].get("name") or node["id"])
                )
        self._draft.take_report(inner, title)

    def _http(self, key: str, title: str, data: dict[str, Any], at: Any) -> None:
        config = {"method": text_of(data.get("method")) or "GET", "url": literal(text_of(data.get("url")))}
        self._draft.add(key, "http", title, config, at, why="Look at its headers and its body.")
        self._draft.gives(key, "res_body", "body")
        self._draft.gives(key, "statusCode", "status")


def _ways(node: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What leads out of a node: its output, the other node, and that one's input."""
    lines = node.get("outgoingConnections")
    found = (_LEADS.fullmatch(line) for line in (lines if isinstance(lines, list) else []) if isinstance(line, str))
    return [(way[1], way[3], way[4]) for way in found if way]


def _at(node: dict[str, Any]) -> list[float]:
    """`x/y/width/...` as numbers."""
    try:
        return [float(number) for number in text_of(node.get("visualData")).split("/")[:2]]
    except ValueError:
        return []


IMPORTER = Rivet()
