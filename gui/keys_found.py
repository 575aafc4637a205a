"""Keys that were pasted into a document: where one stands, its name put in its place, and a word when it comes (T3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from engine.base.pasted import keys_in
from engine.base.values import texts_in, with_texts
from engine.graph.changes import Change, Difference
from engine.graph.graph import Graph
from engine.graph.records import Frame, Node, Note

if TYPE_CHECKING:
    from gui.session import Session
    from gui.studio import Studio

NAMES = {
    "an Anthropic key": "ANTHROPIC_API_KEY", "an OpenRouter key": "OPENROUTER_API_KEY", "an API key": "OPENAI_API_KEY",
    "a Google key": "GEMINI_API_KEY", "a Groq key": "GROQ_API_KEY", "an xAI key": "XAI_API_KEY",
    "a Hugging Face token": "HF_TOKEN", "a GitHub token": "GITHUB_TOKEN", "a GitLab token": "GITLAB_TOKEN",
    "a Slack token": "SLACK_TOKEN",
}  # fmt: skip
"""How a key of a sort is usually called."""
STORE = "Store the key…"


@dataclass(frozen=True, slots=True)
class Pasted:
    """A key in a graph.

    Attributes:
        title: what it seems to be.
        node: the node it was found at; "" beside the nodes.
    """

    title: str
    key: str
    node: str

    def __repr__(self) -> str:
        return f"Pasted({self.title}, ***)"

    @property
    def name(self) -> str:
        """How it is usually called."""
        return NAMES.get(self.title, "MY_KEY")

    def replace(self, session: Session, name: str) -> None:
        """Puts `secret://name` in its place, wherever it stands in the graph that is shown: one undo step."""
        after = _mapped(session.graph, lambda text: text.replace(self.key, f"secret://{name}"))
        session.commit(after, f"Name the key {name}")


def pasted_at(graph: Graph, node: str) -> Pasted | None:
    """The first key that stands at a node, or beside the nodes where `node` is ""."""
    records: list[Any] = [graph.nodes[node]] if node in graph.nodes else []
    if not node:
        records = [dict(graph.head), *graph.notes.values(), *graph.frames.values()]
    found = (key for record in records for text in _texts(record) for key in keys_in(text))
    return next((Pasted(title, key, node) for title, key in found), None)


class PasteWatch(QObject):
    """Looks at what an edit brought, whatever field it was made in."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._told, self._seen = "", False
        studio.session.edited.connect(self._edited)
        studio.session.problems_changed.connect(self._checked)

    def _edited(self, difference: Difference, _after: Graph) -> None:
        for change in difference.changes:
            if change.after is not None and (new := _new_key(change)):
                self._tell(new)
                return

    def _checked(self) -> None:
        """Takes the word back once no key is in the graph any more, as after Undo."""
        there = any(each.offer == "store_secret" for each in self._studio.session.problems)
        if self._told and self._seen and not there:
            self._studio.window.bar.take_back(self._told)
            self._told = ""
        self._seen = there

    def _tell(self, title: str) -> None:
        text = f"This looks like {title}. A graph is shared, and a key in it with it: store the key and name it."

        def chosen(words: str) -> None:
            problems = self._studio.session.problems
            mine = next((each for each in problems if each.offer == "store_secret"), None)
            if words == STORE and mine is not None:
                from gui.fixes import solve

                solve(self._studio, mine)

        self._told = text
        self._studio.window.bar.ask("warning", text, (STORE,), chosen)


def _new_key(change: Change) -> str:
    """What an edit brought that seems to be a key; "" for nothing, or what was there before."""
    before = {key for text in _texts(change.before.record) for _, key in keys_in(text)} if change.before else set()
    after = change.after.record if change.after else None
    return next((title for text in _texts(after) for title, key in keys_in(text) if key not in before), "")


def _texts(record: Any) -> Iterator[str]:
    """What people wrote in a node, a note, a frame, or a value of the head."""
    if isinstance(record, Node):
        yield from texts_in([record.title, dict(record.config)])
    elif isinstance(record, Note | Frame):
        yield record.text if isinstance(record, Note) else record.title
    else:
        yield from texts_in(record)


def _mapped(graph: Graph, change: Callable[[str], str]) -> Graph:
    """The graph with every text of people changed."""

    def node(found: Node) -> Node:
        return replace(found, title=change(found.title), config=with_texts(dict(found.config), change))

    return graph.with_tables(
        head=with_texts(dict(graph.head), change),
        nodes={key: node(each) for key, each in graph.nodes.items()},
        notes={key: replace(each, text=change(each.text)) for key, each in graph.notes.items()},
        frames={key: replace(each, title=change(each.title)) for key, each in graph.frames.items()},
    )
