"""Flowise: chat flows, in which models, prompts and memories hang below a chain or an agent."""

from __future__ import annotations

import re
from typing import Any, Final

from engine.export.drafting import Draft
from engine.export.foreign import named, objects, part, port_name, text_of, words_of
from engine.export.importing import Found, Imported
from engine.export.models_there import model_here

_SCALE: Final = 1.0
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
        self._draft, self._nodes = draft, {str(node.get("id")): node for node in nodes}
        self._below: dict[str, list[str]] = {}
        for edge in edges:
            self._below.setdefault(str(edge.get("target")), []).append(str(edge.get("source")))
        self._used = {source for sources in self._below.values() for source in sources}

    def take(self) -> None:
        """One agent for each chain that nothing else uses."""
        tops = [key for key in self._nodes if self._category(key) in ("Chains", "Agents", "Sequential Agents")]
        self._draft.add("question", "input", "Question", {"type": "text"}, None, wanted="question")
        for key in tops:
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
        title = text_of(given.get("chainName")) or text_of(part(node, "data", "label")) or key
        model, prompt = (
            "medium",
            {"instructions": text_of(given.get("systemMessage") or given.get("systemMessagePrompt"))},
        )
        why = []
        for other in self._below.get(key, []):
            inner, category = part(self._nodes.get(other), "data", "inputs") or {}, self._category(other)
            if category == "Chat Models" or category == "LLMs":
                name = text_of(inner.get("modelName"))
                model, same = model_here(_sort(self._nodes[other]), name)
                why += [] if same else [f"Its model {name} became the tier {model}."]
            elif category == "Prompts":
                prompt = {
                    "instructions": text_of(inner.get("systemMessagePrompt")),
                    "prompt": text_of(inner.get("humanMessagePrompt") or inner.get("template")),
                }
            elif category in ("Chains", "Agents"):
                self._draft.then(other, "", key)
            else:
                self._draft.say(
                    "left out",
                    f"{text_of(part(self._nodes.get(other), 'data', 'label')) or other} of {title}",
                    "Give the agent what it needs of this graph.",
                )
        texts = {name: self._braces(text) for name, text in prompt.items()}
        texts["prompt"] = texts.get("prompt") or "{{ question }}"
        agent = self._draft.add(key, "agent", title, {"model": model, **texts}, node.get("position"), why=" ".join(why))
        for name in {found[1] for text in texts.values() for found in re.finditer(r"\{\{ (\w+) \}\}", text)}:
            self._draft.wire("question", "", agent, name)
        if key not in self._used:
            self._draft.end(key)

    def _braces(self, text: str) -> str:
        """`{name}` of a prompt as a port; the question is the one value that there is."""
        return named(text, _BRACES, lambda found: port_name(found[1]))


def _sort(node: Any) -> str:
    return text_of(part(node, "data", "name"))


IMPORTER = FlowiseChat()
