"""One state machine over all that happens to a document: commands, undo, redo, save, load and recovery in any order."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.base.errors import Refused
from engine.base.settings import Home
from engine.files import Recovery, dumps, loads, open_stamped, save_graph
from engine.files.clip import copy, paste
from engine.graph import commands, marks
from engine.graph.changes import apply, between
from engine.graph.document import Document
from engine.graph.graph import TABLES, Graph
from tests import graphs as some


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(some.graphs(), some.graphs())
def test_a_difference_leads_there_and_back_with_the_order(old: Graph, new: Graph) -> None:
    difference = between(old, new)
    there = apply(old, difference)
    assert all(list(there.table(name).items()) == list(new.table(name).items()) for name in TABLES)
    assert some.exact(apply(there, difference.inverse())) == some.exact(old)


class Documents(RuleBasedStateMachine):
    """The model of undo is the list of all snapshots: `before[i]` is the graph before step i."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.home = Home(Path(self._folder.name) / "home")
        self.path = Path(self._folder.name) / "graph.baton.json"
        self.recovery = Recovery(self.home)
        self.stamp: Any = None

    @initialize(graph=some.graphs())
    def start(self, graph: Graph) -> None:
        self.open(graph)

    def open(self, graph: Graph) -> None:
        self.document = Document(graph)
        self.before: list[tuple[Graph, str]] = []
        self.after: list[Graph] = []
        self.undone: list[tuple[Graph, str]] = []
        self.saved_at: int | None = 0
        self.edited = False
        self.log = self.recovery.log(self.path)
        self.document.listen(lambda difference, _, graph: self.log.record(difference, graph))

    def commit(self, graph: Graph, merge: str = "") -> None:
        now, steps = self.document.graph, self.before
        if not self.document.commit(graph, "step", merge):
            assert some.exact(graph) == some.exact(now)
            return
        self.edited = True
        self.after, self.undone = [], []
        if self.saved_at is not None and self.saved_at > len(steps):
            self.saved_at = None
        if merge and steps and steps[-1][1] == merge and self.saved_at != len(steps):
            if not between(steps[-1][0], graph):
                steps.pop()
        else:
            steps.append((now, merge))

    def node(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(list(self.document.graph.nodes)))

    @rule(place=some.places, kind=st.sampled_from(["agent", "merge"]), title=some.texts, config=some.configs)
    def add(self, place: Any, kind: str, title: str, config: Any) -> None:
        self.commit(commands.add_node(self.document.graph, kind, place, title=title, config=config)[0])

    @rule(part=some.graphs(), offset=some.places)
    def insert(self, part: Graph, offset: Any) -> None:
        old = self.document.graph
        new, names = commands.insert(old, part, offset)
        assert len(new.nodes) == len(old.nodes) + len(part.nodes) == len({*old.nodes, *names.values()})
        self.commit(new)

    @precondition(lambda self: self.document.graph.nodes)
    @rule(data=st.data())
    def paste_twice(self, data: st.DataObject) -> None:
        graph = self.document.graph
        chosen = data.draw(st.lists(st.sampled_from(list(graph.nodes)), min_size=1, unique=True))
        part = paste(copy(graph, chosen))
        assert part is not None
        assert list(part.nodes.values()) == [graph.nodes[key] for key in graph.nodes if key in chosen]
        once, _ = commands.insert(graph, part, (32.0, 32.0))
        twice, _ = commands.insert(once, part, (64.0, 64.0))
        assert len(twice.nodes) == len(graph.nodes) + 2 * len(part.nodes)
        assert all(twice.nodes[key] == node for key, node in graph.nodes.items())
        self.commit(twice)

    @precondition(lambda self: self.document.graph.nodes)
    @rule(data=st.data(), keep_chain=st.booleans())
    def remove(self, data: st.DataObject, keep_chain: bool) -> None:
        graph = self.document.graph
        gone = data.draw(st.lists(st.sampled_from(list(graph.nodes)), min_size=1, unique=True))
        cut = data.draw(st.lists(st.sampled_from(list(graph.edges)), unique=True)) if graph.edges else []
        new = commands.remove(graph, gone, cut, keep_chain=keep_chain)
        assert not any(edge.source in gone or edge.target in gone for edge in new.edges.values())
        self.commit(new)

    @precondition(lambda self: self.document.graph.nodes)
    @rule(data=st.data(), new=some.ids)
    def rename(self, data: st.DataObject, new: str) -> None:
        node = self.node(data)
        try:
            self.commit(commands.rename(self.document.graph, node, new))
        except Refused:
            assert new in self.document.graph.nodes

    @precondition(lambda self: len(self.document.graph.nodes) > 1)
    @rule(edge=some.edges)
    def connect(self, edge: Any) -> None:
        try:
            self.commit(commands.connect(self.document.graph, edge))
        except Refused:
            nodes = self.document.graph.nodes
            there = edge.source in nodes and edge.target in nodes
            assert not there or edge.source == edge.target or edge.key in self.document.graph.edges

    @precondition(lambda self: self.document.graph.nodes and self.document.graph.edges)
    @rule(data=st.data())
    def splice(self, data: st.DataObject) -> None:
        edge = data.draw(st.sampled_from(list(self.document.graph.edges)))
        self.commit(commands.splice(self.document.graph, edge, self.node(data), "value", "text"))

    @precondition(lambda self: self.document.graph.nodes)
    @rule(data=st.data(), place=some.places, mark=st.sampled_from(["", "drag"]))
    def move(self, data: st.DataObject, place: Any, mark: str) -> None:
        self.commit(commands.move(self.document.graph, {self.node(data): place}), mark)

    @precondition(lambda self: self.document.graph.nodes)
    @rule(data=st.data(), values=some.configs, title=some.texts)
    def configure(self, data: st.DataObject, values: Any, title: str) -> None:
        node = self.node(data)
        self.commit(commands.set_title(self.document.graph, node, title))
        unset = list(self.document.graph.nodes[node].config)[:1]
        self.commit(commands.set_config(self.document.graph, node, values, unset=unset), f"config {node}")

    @rule(key=st.sampled_from(["name", "description", "x_new"]), value=some.texts)
    def set_head(self, key: str, value: str) -> None:
        self.commit(commands.set_head(self.document.graph, key, value))

    @rule(frame=some.frames, note=some.notes, gone=some.ids)
    def mark(self, frame: Any, note: Any, gone: str) -> None:
        graph = self.document.graph
        if frame.id not in graph.notes:  # a frame and a note never share an id
            graph = marks.put_frame(graph, frame)
        if note.id not in graph.frames:
            graph = marks.put_note(graph, note)
        self.commit(graph)
        self.commit(marks.remove_marks(self.document.graph, [gone]))

    @rule(where=some.rects, words=some.texts, way=some.places, name=some.texts)
    def decorate(self, where: Any, words: str, way: Any, name: str) -> None:
        graph, frame = marks.add_frame(self.document.graph, where, words)
        graph, note = marks.add_note(graph, where, words)
        self.commit(graph)
        self.commit(marks.paint(marks.move_marks(graph, [frame, note], way), [frame], "done"))
        self.commit(marks.set_words(marks.set_words(self.document.graph, frame, name), note, name))
        self.commit(marks.bookmark(self.document.graph, name, (*way, 0.5)))
        self.commit(marks.forget_bookmark(self.document.graph, words))

    @precondition(lambda self: self.document.graph.edges)
    @rule(data=st.data(), points=st.lists(some.places, max_size=3))
    def bend(self, data: st.DataObject, points: Any) -> None:
        edge = data.draw(st.sampled_from(list(self.document.graph.edges)))
        self.commit(commands.bend(self.document.graph, edge, tuple(points)))
        self.commit(commands.straighten(self.document.graph, [self.document.graph.edges[edge].source]))

    @precondition(lambda self: self.document.graph.nodes)
    @rule(data=st.data(), aside=st.sampled_from(["", "muted", "bypassed"]))
    def set_aside(self, data: st.DataObject, aside: Any) -> None:
        self.commit(commands.set_aside(self.document.graph, [self.node(data)], aside))

    @rule()
    def undo(self) -> None:
        now = self.document.graph
        assert bool(self.document.undo()) == bool(self.before)
        if self.before:
            graph, _ = self.before[-1]
            self.after.append(now)
            self.undone.append(self.before.pop())
            self.edited = True
            assert some.exact(self.document.graph) == some.exact(graph)

    @rule()
    def redo(self) -> None:
        assert bool(self.document.redo()) == bool(self.after)
        if self.after:
            self.before.append(self.undone.pop())
            self.edited = True
            assert some.exact(self.document.graph) == some.exact(self.after.pop())

    @rule()
    def save(self) -> None:
        self.stamp = save_graph(self.document.graph, self.path, expected=self.stamp, home=self.home)
        self.document.undo_stack.mark_saved()
        self.saved_at = len(self.before)
        self.log.saved()
        self.edited = False
        text = self.path.read_text("utf-8")
        again = loads(text)
        assert again == self.document.graph
        assert dumps(again) == text
        assert all(list(again.table(t)) == list(self.document.graph.table(t)) for t in TABLES if t != "head")

    @precondition(lambda self: self.stamp is not None)
    @rule()
    def load(self) -> None:
        self.log.close()
        graph, self.stamp = open_stamped(self.path)
        self.open(graph)

    @rule(take=st.booleans())
    def recover(self, take: bool) -> None:
        assert self.log.flush()
        found = self.recovery.pending()
        assert len(found) == (1 if self.edited else 0)
        if found:
            graph = self.recovery.restore(found[0])
            assert graph == self.document.graph
            assert some.exact(graph) == some.exact(self.document.graph)
            assert found[0].alive
            if take:
                self.log.close()
                self.open(graph)
                self.document.undo_stack.mark_unsaved()
                self.saved_at = None

    @invariant()
    def is_clean_when_it_is_as_saved(self) -> None:
        assert self.document.undo_stack.clean == (self.saved_at == len(self.before))

    def teardown(self) -> None:
        if not hasattr(self, "document"):
            return
        end, states = self.document.graph, [graph for graph, _ in self.before]
        for graph in reversed(states):
            self.document.undo()
            assert some.exact(self.document.graph) == some.exact(graph)
        assert not self.document.undo()
        for _ in states:
            self.document.redo()
        assert some.exact(self.document.graph) == some.exact(end)
        self.log.close()
        assert self.recovery.pending() == []
        self._folder.cleanup()


TestDocuments = Documents.TestCase
TestDocuments.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
