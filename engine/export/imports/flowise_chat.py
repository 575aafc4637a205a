"""Flowise: chat flows, in which models, prompts and memories hang below a chain or an agent."""

from __future__ import annotations

import re
from typing import Any, Final

from engine.export.drafting import Draft
from engine.export.flowise_models import flowise_tool
from engine.export.foreign import named, objects, part, port_name, text_of, words_of
from engine.export.importing import Found, Imported
from engine.export.models_there import model_here
from engine.export.tools_there import Belt

_SCALE: Final = 1.0
_TOPS: Final = frozenset({"Chains", "Agents", "Sequential Agents", "Multi Agents"})
_TITLES: Final = ("chainName", "supervisorName", "workerName", "agentName")
_SYSTEM: Final = ("systemMessage", "systemMessagePrompt", "supervisorPrompt", "workerPrompt")
_BRACES: Final = re.compile(r"(?<!\{)\{([A-Za-z_]\w{0,100})\}(?!\})")


class FlowiseChat:
    """Makes one agent of each chain with what hangs below it."""

    name = "flowise_chat"
    title = "Flowise"

    def recognises(self, found: Found) -> bool:
        """By nodes that have inputs and a name, and edges with handles."""
        nodes = objects(found.object.get("nodes"))
        known = (
            isinstance(part(node, "data", "name"), str) and part(node, "data", "inputs") is not None for node in nodes
        )
        return bool(nodes) and isinstance(found.object.get("edges"), list) and any(known)

    def read(self, found: Found) -> Imported:
        """The flow as a graph."""
        name = text_of(found.object.get("name")) or found.title
        draft = Draft(self.title, name, text_of(found.object.get("description")), scale=_SCALE)
        _ChatFlow(draft, objects(found.object.get("nodes")), objects(found.object.get("edges"))).take()
        return draft.finish()


class _ChatFlow:
    """A chat flow: models, prompts and memories hang below chains and agents by their anchors."""

    def __init__(self, draft: Draft, nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> None:
        self._belt = Belt(draft)
        self._draft, self._nodes = draft, {str(node.get("id")): node for node in nodes}
        self._below: dict[str, list[str]] = {}
        for edge in edges:
            self._below.setdefault(str(edge.get("target")), []).append(str(edge.get("source")))
        self._used = {source for sources in self._below.values() for source in sources}

    def take(self) -> None:
        """One agent for each chain that nothing else uses."""
        tops = [key for key in self._nodes if self._category(key) in _TOPS]
        self._draft.add("question", "input", "Question", {"type": "text"}, None, wanted="question")
        for key in sorted(tops, key=lambda key: _sort(self._nodes[key]) == "worker"):
            self._chain(key)
        for key, node in self._nodes.items():
            if _sort(node).startswith("stickyNote"):
                self._draft.note(words_of(part(node, "data", "inputs", "note")), node.get("position"))
            elif key not in self._used and key not in tops:
                data = node.get("data") or {}
                self._draft.placeholder(
                    key, _sort(node), text_of(data.get("label")) or key, data.get("inputs"), node.get("position")
                )

    def _category(self, key: str) -> str:
        return text_of(part(self._nodes.get(key), "data", "category"))

    def _chain(self, key: str) -> None:
        node = self._nodes[key]
        given = part(node, "data", "inputs") or {}
        title = next((name for each in _TITLES if (name := text_of(given.get(each)))), "")
        title = title or text_of(part(node, "data", "label")) or key
        model, why = self._model(key)
        prompt = {"instructions": next((text for each in _SYSTEM if (text := text_of(given.get(each)))), "")}
        for other in self._below.get(key, []):
            inner = part(self._nodes.get(other), "data", "inputs") or {}
            if self._category(other) == "Prompts":
                prompt = {
                    "instructions": text_of(inner.get("systemMessagePrompt")),
                    "prompt": text_of(inner.get("humanMessagePrompt") or inner.get("template")),
                }
        texts = {name: self._braces(text) for name, text in prompt.items()}
        brief = _sort(node) == "worker"
        texts["prompt"] = "{{ brief }}" if brief else texts.get("prompt") or "{{ question }}"
        agent = self._draft.add(key, "agent", title, {"model": model, **texts}, node.get("position"), why=why)
        named = (name for text in texts.values() for name in re.findall(r"\{\{ (\w+) \}\}", text))
        for name in dict.fromkeys(named):
            if name != "brief":
                self._draft.wire("question", "", agent, name)
        self._hang(key, agent, title)
        if not brief and (key not in self._used or _sort(node) == "supervisor"):
            self._draft.end(key)

    def _model(self, key: str, above: bool = True) -> tuple[str, str]:
        """The model that hangs below a chain, or below the supervisor above it; and what is different, if anything."""
        for other in self._below.get(key, []):
            if self._category(other) in ("Chat Models", "LLMs"):
                name = text_of(part(self._nodes.get(other), "data", "inputs", "modelName"))
                model, same = model_here(_sort(self._nodes[other]), name)
                return model, "" if same else f"Its model {name} became the tier {model}."
            if above and _sort(self._nodes.get(other)) == "supervisor":
                return self._model(other, above=False)
        return "medium", ""

    def _hang(self, key: str, agent: str, title: str) -> None:
        """What else hangs below a chain: tools, other chains, a supervisor."""
        for other in self._below.get(key, []):
            node, category = self._nodes.get(other) or {}, self._category(other)
            label, sort = text_of(part(node, "data", "label")) or other, _sort(node)
            if sort == "supervisor":
                self._belt.specialist(self._draft.id_of(other), agent)
            elif category.startswith("Tools"):
                settings = part(node, "data", "inputs") or {}
                flowise_tool(self._belt, agent, other, sort, settings, node.get("position"), label)
            elif category.endswith("Memory"):
                self._draft.configure(agent, history={})
                self._draft.say("approximated", f"{label} of {title}", "Wire its port “history”.", agent)
            elif category in _TOPS:
                self._draft.then(other, "", key)
            elif category not in ("Chat Models", "LLMs", "Prompts"):
                self._draft.say("left out", f"{label} of {title}", "Give the agent what it needs of this graph.", agent)

    def _braces(self, text: str) -> str:
        """`{name}` of a prompt as a port; the question is the one value that there is."""
        return named(text, _BRACES, lambda found: port_name(found[1]))


def _sort(node: Any) -> str:
    return text_of(part(node, "data", "name"))


IMPORTER = FlowiseChat()
