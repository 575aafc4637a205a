"""Random graphs for the oracle: every kind that needs no model, joined in every way that the rules speak of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.oracle.talking import DOWN, told
from tests.oracle.work import REJECTS, Deed, Script, inputs_of, name_of

OBJECTS: tuple[Any, ...] = (
    {"a": 1}, {"a": "red", "b": [1, 2]}, {"b": [1, 1], "c": {"d": None}}, {"a": 1, "c": {"d": 0, "e.f": "red"}}, {},
    ["x", "x"], ["y", {"a": 1}, "x"],
)  # fmt: skip
COLORS: tuple[Any, ...] = ("red", "blue", "", 0, False, None, [])
RULES = (
    {"field": "", "op": "contains", "value": "red"}, {"field": "", "op": "is_empty"}, {"field": "", "op": "exists"},
    {"field": "", "op": "contains", "value": "blue"},
)  # fmt: skip
PLAIN = ("act", "act", "act", "act", "merge", "router", "manager", "manager", "agent")
BRIEFS = ("b0", "b1")

deeds = st.builds(
    Deed,
    gives=st.sampled_from([("out",), ("out",), ("out",), ("alt",), ("out", "alt"), ()]),
    color=st.sampled_from(("red", "blue", *COLORS, *OBJECTS)),
    fails=st.sampled_from(("", "", "", "", "tool", "credentials", "transient", REJECTS)),
)
scripts = st.builds(
    Script,
    deeds=st.lists(deeds, min_size=1, max_size=8).map(tuple),
    order=st.lists(st.integers(0, 9), min_size=1, max_size=9).map(tuple),
)


class Drawing:
    """A graph while it is being drawn: nodes in an order in which each comes after its sources."""

    def __init__(self, draw: st.DrawFn, depth: int, inputs: list[dict[str, Any]]) -> None:
        self.draw, self.depth = draw, depth
        self.nodes: list[dict[str, Any]] = list(inputs)
        self.edges: dict[tuple[str, str], None] = {}
        self.starts: list[str] = [f"{node['id']}.value" for node in inputs]

    def join(self, target: str, port: str, least: int = 1, most: int = 1) -> int:
        """Draws some edges into a port. Returns how many."""
        starts = self.draw(st.lists(st.sampled_from(self.starts), min_size=least, max_size=most, unique=True))
        self.edges.update({(start, f"{target}.{port}"): None for start in starts})
        return len(starts)

    def add(self, node_id: str, kind: str) -> None:
        """Draws one more node with its edges."""
        config, outputs = getattr(self, f"_{kind}")(node_id)
        self.nodes.append({"id": node_id, "kind": kind, "config": config})
        self.starts += [f"{node_id}.{port}" for port in outputs]

    def graph(self) -> dict[str, Any]:
        """The file's object, nodes and edges in some order."""
        nodes = self.draw(st.permutations(self.nodes))
        edges = self.draw(st.permutations(list(self.edges)))
        return {"nodes": nodes, "edges": [{"from": start, "to": end} for start, end in edges]}

    def _chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == one_in

    def _output(self, node_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        self.join(node_id, "value", 1, 2 if self._chance(4) else 1)
        return {}, ()

    def _act(self, node_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        config: dict[str, Any] = {"takes": []}
        for port, most in (("many", 3), ("one", 1 + self._chance(4)), ("maybe", 2)) if self.starts else ():
            if self._chance(2) and self.join(node_id, port, 0, most):
                config["takes"].append(port)
        if self._chance(4):
            config["lists"] = self.draw(st.integers(0, 4))
            config["equal"] = self.draw(st.sampled_from([1, 1, 2]))
        elif self._chance(6):
            config["counts"] = True
        if self._chance(8) and "one" not in config["takes"]:
            config[self.draw(st.sampled_from(["on_error", "pinned"]))] = {"value": f"{node_id} red"}
        return config, ("out", "out", "alt", "error")

    def _merge(self, node_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        wired = self.join(node_id, "items", 1, 4)
        if self._chance(4):
            self.join(node_id, "base")
        join = self.draw(st.sampled_from(["wait_all", "wait_all", "first", "quorum"]))
        strategies = ["list", "concat", "dict", "vote", "json", "json"]
        config: dict[str, Any] = {"join": join, "strategy": self.draw(st.sampled_from(strategies))}
        if config["strategy"] == "vote":
            config["vote"] = self.draw(st.sampled_from(["majority", "majority", "weighted", "unanimous"]))
            config["tie"] = self.draw(st.sampled_from(["first", "conflict"]))
            config["weights"] = {node["id"]: self.draw(st.sampled_from([0.5, 1, 2])) for node in self.nodes}
        if config["strategy"] == "json":
            config["arrays"] = self.draw(st.sampled_from(["concat", "union"]))
        if config["strategy"] in ("vote", "json"):
            config["on_conflict"] = self.draw(st.sampled_from(["fail", "collect", "prefer"]))
            config["prefer"] = self.draw(st.lists(st.sampled_from([node["id"] for node in self.nodes]), max_size=2))
        if join == "wait_all":
            config["tolerate_failures"] = self.draw(st.booleans())
        else:
            config["cancel_losers"] = self.draw(st.booleans())
            config["k"] = self.draw(st.integers(1, wired))
        return config, ("value", "conflicts", "error")

    def _manager(self, node_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        prompt = "{{ task }}" if self.starts and self.join(node_id, "task", 0, 2) else "go"
        team = [f"{node_id}_{letter}" for letter in "abcd"[: self.draw(st.integers(1, 4))]]
        for name in team:
            self.nodes.append({"id": name, "kind": "act", "config": {"takes": ["many"]}})
            self.edges[f"{node_id}.team", f"{name}.many"] = None
            self.starts += [f"{name}.{port}" for port in ("out", "alt", "error")]
        calls = st.tuples(st.sampled_from([*team, "nobody"]), st.sampled_from(BRIEFS))
        drawn = self.draw(st.lists(st.lists(calls, min_size=1, max_size=3), min_size=1, max_size=3))
        turns = [[("delegate", {"specialist": s, "brief": b, "expected": ""}) for s, b in turn] for turn in drawn]
        plan = self._plan(turns, self.draw(st.permutations(team))[: self.draw(st.integers(0, 4))])
        config = {"prompt": prompt, "plan": plan, "instructions": told(plan), "model": "m", "max_turns": 4}
        config["max_delegations"] = self.draw(st.integers(1, 4))
        if self._chance(3):
            config["default"] = self.draw(st.sampled_from(team))
        if self._chance(4):
            config |= {"model": DOWN, "fallback": ["m"]}
        return config, ("text", "text", "error")

    def _agent(self, node_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        prompt = "{{ task }}" if self.starts and self.join(node_id, "task", 0, 2) else "go"
        sums = ["1+1", "2*3", "1/0"]
        call = st.tuples(st.sampled_from(["calc.evaluate", "calc.evaluate", "no.such"]), st.sampled_from(sums))
        drawn = self.draw(st.lists(st.lists(call, min_size=1, max_size=2), max_size=4))
        turns = [[(name, {"expression": each}) for name, each in turn] for turn in drawn]
        plan = {**self._plan(turns, []), "fails": False}
        config = {"prompt": prompt, "plan": plan, "instructions": told(plan), "model": "m", "tools": ["calc.evaluate"]}
        return {**config, "max_turns": self.draw(st.integers(1, 5))}, ("text", "error")

    def _plan(self, turns: list[Any], prefers: list[str]) -> dict[str, Any]:
        stubborn, fails = self._chance(3), self._chance(4)
        return {"turns": turns, "stubborn": stubborn, "fails": fails, "prefers": prefers}

    def _router(self, node_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        self.join(node_id, "value", 1, 1 + self._chance(6))
        rules = self.draw(st.lists(st.sampled_from(RULES), min_size=1, max_size=3))
        routes = [{"id": f"r{index}", "when": rule} for index, rule in enumerate(rules)]
        config = {"mode": "rules", "routes": routes, "multi": self.draw(st.booleans()),
                  "allow_none": self.draw(st.booleans())}  # fmt: skip
        return config, (*(str(route["id"]) for route in routes), "default", "error")

    def _body(self, *needed: str) -> dict[str, Any]:
        inputs = [{"id": name, "kind": "input", "config": {"type": "json"}} for name in needed]
        for node in inputs[1:]:
            if self._chance(2):
                node["config"] = {"type": "json", "default": f"{node['id']} blue"}
        return self.draw(bodies(self.depth - 1, inputs))

    def _wire_inputs(self, node_id: str, body: dict[str, Any], *but: str) -> None:
        for name, must in inputs_of(body).items():
            if name not in but:
                self.join(node_id, name, int(must), 1)

    def _map(self, node_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        body = self._body("item", *(("extra",) if self._chance(3) else ()))
        lists = [f"{node['id']}.out" for node in self.nodes if "lists" in node.get("config", {})]
        if lists and not self._chance(6):
            self.edges[(self.draw(st.sampled_from(lists)), f"{node_id}.items")] = None
        else:
            self.join(node_id, "items")
        self._wire_inputs(node_id, body, "item")
        config: dict[str, Any] = {
            "body": body,
            "concurrency": self.draw(st.integers(1, 4)),
            "on_item_failure": self.draw(st.sampled_from(["collect", "drop", "null", "fail_fast"])),
            "max_failures": self.draw(st.integers(0, 2)),
            "canary": self.draw(st.sampled_from([0, 0, 1, 2])),
            "dedupe": self.draw(st.booleans()),
            "item_retries": self.draw(st.sampled_from([0, 0, 1, 2])),
        }
        return config, ("items", "results", "errors", "error")

    def _loop(self, node_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        body = self._body(*(("x", "y") if self._chance(2) else ("x",)))
        outputs = [node for node in body["nodes"] if node["kind"] == "output"]
        for node, name in zip(outputs, ("x", "z"), strict=False):
            node["config"] = {"name": name}
        self._wire_inputs(node_id, body)
        names = [name_of(node) for node in outputs]
        config: dict[str, Any] = {"body": body, "max_passes": self.draw(st.integers(1, 3))}
        if self._chance(2):
            config["until"] = {"field": self.draw(st.sampled_from(names)), "op": "contains", "value": "red"}
            config["on_max"] = self.draw(st.sampled_from(["use_last", "fail", "best"]))
            config["score"] = self.draw(st.sampled_from(names))
        return config, (*names, "error")

    def _subgraph(self, node_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        body = self._body("a", *(("b",) if self._chance(2) else ()))
        self._wire_inputs(node_id, body)
        names = [name_of(node) for node in body["nodes"] if node["kind"] == "output"]
        return {"body": body}, (*names, "error")


@st.composite
def bodies(draw: st.DrawFn, depth: int, inputs: list[dict[str, Any]]) -> dict[str, Any]:
    """A graph with these input nodes and one or two outputs."""
    drawing = Drawing(draw, depth, inputs)
    kinds = (*PLAIN, *(("map", "map", "loop", "subgraph") if depth else ()))
    for index in range(draw(st.integers(0 if inputs else 1, 8 if not inputs else 3))):
        drawing.add(f"n{index}", draw(st.sampled_from(kinds)) if drawing.starts else "act")
    for index in range(draw(st.integers(1, 2))):
        drawing.add(f"end{index}", "output")
    return drawing.graph()


@st.composite
def graphs(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    """A graph with settings."""
    policy = draw(st.sampled_from(["continue", "continue", "continue", "drain", "fail_fast"]))
    settings = {"on_failure": policy, "concurrency": draw(st.sampled_from([1, 2, 16, 16]))}
    return {"baton": 1, "settings": settings, **draw(bodies(depth, []))}
