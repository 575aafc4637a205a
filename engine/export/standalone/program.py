"""A graph as one Python program: the parts that it needs, then a function for each node, wired as on the canvas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from engine.agents.images import holds_image
from engine.base.settings import TIERS
from engine.export.standalone.runtime import parts, runtime, title, wanted
from engine.export.standalone.steps import WRITERS, Beyond, Draft, pinned, stands_for
from engine.export.standalone.writing import Names, literal, quoted
from engine.files.format import graph_from_json, graph_to_json
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.kinds.contract import Ports
from engine.kinds.registry import AnyKind, Kinds
from engine.models.catalog import providers
from engine.plan.facts import Facts, facts_of
from engine.tools.mcp.description import Description

NO_SERVERS: Final = "SERVERS: dict[str, dict[str, Any]] = {}"
DEEPEST: Final = 16
"""How many graphs may stand inside each other; a file that contains itself would never end."""


@dataclass
class Written:
    """A program so far. `uses` are functions of the parts; `notes` is what it does otherwise than the graph; `servers`
    are the tool servers that it may start."""

    names: Names
    steps: list[str] = field(default_factory=list)
    uses: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    models: set[str] = field(default_factory=set)
    servers: dict[str, Any] = field(default_factory=dict)
    flow: str = "Flow"
    pictured: bool = False
    depth: int = 0


class _Given(dict[str, str]):
    """What the values at ports are called; a port that nothing leads to has empty text."""

    def __missing__(self, port: str) -> str:
        return '""'


def program(graph: Graph, kinds: Kinds, flow: str = "Flow") -> tuple[str, tuple[str, ...]]:
    """The source of the program, and what it does otherwise than the graph, one sentence each.

    Args:
        flow: the class of the parts that runs the graph.
    """
    known = {name for part in parts().values() for name in part.names}
    made = Written(Names(known | {"flow", "httpx", "json", "asyncio", "os", "re", "sys", "random"}))
    made.flow = flow
    made.uses |= {flow, "main"}
    flow_of(graph, kinds, "flow", "", made)
    made.notes += _of_settings(graph)
    body = "\n\n\n".join(made.steps)
    names = wanted(made.uses)
    filled = {"models": partial(_with_models, graph, made), "toolservers": partial(_with_servers, made)}
    text = "\n".join(
        [_head(graph, made, names), *runtime(names, filled), title("The graph"), "", body, "", _foot(graph, made)]
    )
    return text, tuple(dict.fromkeys(made.notes))


def flow_of(
    graph: Graph, kinds: Kinds, flow: str, prefix: str, made: Written, around: Mapping[str, Any] | None = None
) -> None:
    """Writes the steps of one graph, and before them those of the graphs inside its nodes.

    Args:
        around: the tool servers of the graph that it stands in.
    """
    facts = facts_of(graph, kinds)
    made.pictured = made.pictured or _pictured(graph_to_json(graph))
    own = graph.head.get("tool_servers")
    servers = {**(around or {}), **(own if isinstance(own, Mapping) else {})}
    steps = [_step(node, facts, flow, prefix, made, servers) for node in graph.nodes.values()]
    made.steps.append(f"{flow} = {made.flow}()")
    made.steps += steps


def _step(node: Node, facts: Facts, flow: str, prefix: str, made: Written, servers: Mapping[str, Any]) -> str:
    config: Any = facts.configs.get(node.id)
    wires: dict[str, list[str]] = {}
    for edge in facts.graph.incoming(node.id):
        if edge.source in facts.graph.nodes:
            wires.setdefault(edge.target_port, []).append(edge.start)
    if node.kind == "input" and config is not None:
        default = f", default={literal(config.default)}" if config.has_default else ""
        given = f"{quoted(node.id)}, {quoted(config.name or node.id)}, {quoted(config.type)}{default}"
        return f"{flow}.given({given})"
    if node.kind == "output" and config is not None:
        ends = "".join(f", {quoted(wire)}" for wire in wires.get("value", ()))
        return f"{flow}.result({quoted(node.id)}, {quoted(config.name or node.id)}{ends})"
    return _function(node, facts, wires, flow, prefix, made, servers)


def _function(
    node: Node, facts: Facts, wires: dict[str, list[str]], flow: str, prefix: str, made: Written,
    servers: Mapping[str, Any],
) -> str:  # fmt: skip
    ports = facts.ports.get(node.id, Ports())
    config: Any = facts.configs.get(node.id)
    ordered = {port.name: wires[port.name] for port in ports.inputs if port.name in wires} | wires
    name, inside = made.names.new(f"{prefix}{node.id}"), made.names.locals()
    joins = node.kind == "merge"
    called = _Given({port: inside.new(port) for port in ordered if not (joins and port == "items")})
    managers = [edge.source for edge in facts.specialists.get(node.id, ())]
    draft = Draft(node, config, called, inside, flow=flow, team=_team(node, facts),
                  briefed=bool(managers), servers=servers, pictured=made.pictured)  # fmt: skip
    try:
        if joins and managers:
            raise Beyond("a merge has no brief")
        if node.kind not in WRITERS or config is None:
            raise Beyond(f"nodes of the kind “{node.kind}” have no counterpart in exported programs")
        if inner := _inner(node, facts):
            draft.body = made.names.new(f"{name}_body")
            if made.depth >= DEEPEST:
                raise Beyond("its graphs stand too deep inside each other")
            made.depth += 1
            apart = isinstance(facts.bodies[node.id][0], str)  # a graph in a file brings its own servers
            flow_of(*inner, draft.body, f"{name}_", made, None if apart else servers)
            made.depth -= 1
        first = ports.outputs[0].name if ports.outputs else "value"
        if not pinned(draft, config, first):
            WRITERS[node.kind](draft)
            kind = facts.kinds.get(node.kind)
            made.models |= set(kind.models(config)) if kind else set()
    except Beyond as beyond:
        said = f"“{node.id}” is a placeholder: {beyond}."
        made.notes.append(said)
        draft = Draft(node, config, called, inside, lines=[f"    raise NotImplementedError({quoted(said)})"])
        first = "value"
        if joins:
            draft.how["parts"] = '"items"'
    tries = _tries(draft, facts.kinds.get(node.kind))
    made.uses |= draft.uses
    made.servers |= {started: _server(started, servers[started], made) for started in sorted(draft.started)}
    made.notes += [*draft.notes, *_unkept(draft)]
    given = ["parts", "missing"] if joins and "items" in ordered else []
    params = [part for port in ordered for part in (given if joins and port == "items" else [called[port]])]
    head = f"async def {name}({', '.join(f'{param}: Any' for param in params)}) -> Any:"
    if managers:
        given = [quoted(node.id), literal(managers), *_limits(draft, first, tries)]
        decorator = f"@{flow}.specialist({', '.join(given)})"
    else:
        given = [quoted(node.id), literal(ordered), *_how(draft, facts, ports, first, tries)]
        decorator = f"@{flow}.step({', '.join(given)})"
    return "\n".join([decorator, head, f"    {_docstring(node)}", *draft.lines])


def _how(draft: Draft, facts: Facts, ports: Ports, first: str, tries: str) -> Iterator[str]:
    """Arguments of the decorator that say how a step differs from the usual."""
    wired = [port for port in ports.inputs if (draft.node.id, port.name) in facts.wired]
    many = [port.name for port in wired if port.many and draft.how.get("parts") != quoted(port.name)]
    optional = [port.name for port in wired if not facts.required(draft.node.id, port)] if draft.config else []
    if many:
        yield f"many={literal(many)}"
    if optional:
        yield f"optional={literal(optional)}"
    yield from _limits(draft, first, tries)
    yield from (f"{key}={value}" for key, value in draft.how.items())


def _limits(draft: Draft, first: str, tries: str) -> Iterator[str]:
    if draft.config is not None and draft.config.on_error is not None:
        yield f"stand_in={literal(stands_for(draft.config.on_error, first))}"
    if draft.config is not None and draft.config.node_timeout_s is not None:
        yield f"timeout_s={draft.config.node_timeout_s!r}"
    if tries:
        yield f"tries={tries}"


def _tries(draft: Draft, kind: AnyKind | None) -> str:
    """How often a step is tried that calls no model, as an expression; "" for one attempt without a limit (S8)."""
    config = draft.config
    if kind is None or config is None or kind.container or kind.models(config):
        return ""
    told = "retry" in config.model_fields_set
    if not (kind.needs_trust or config.timeout_s is not None or told):
        return ""
    again = told or not any(each.writes for each in kind.capabilities(config))
    usual = {"attempts": 1, "base_s": 1.0, "cap_s": 30.0, "max_wait_s": 300.0, "limit_s": None}
    given = {**config.retry.model_dump(), "limit_s": config.timeout_s, **({} if again else {"attempts": 1})}
    made = (f"{name}={value!r}" for name, value in given.items() if value != usual[name])
    return f"{draft.use('Attempts')}({', '.join(made)})"


def _unkept(draft: Draft) -> Iterator[str]:
    """Settings that any node may have and a program does not follow."""
    config = draft.config
    if getattr(config, "budget_usd", None) is not None or getattr(config, "budget_tokens", None) is not None:
        yield f"“{draft.node.id}” keeps no budget of its own."
    if getattr(config, "first_token_s", None) is not None:
        yield f"“{draft.node.id}” waits for a first word as long as for any later one."


def _server(name: str, written: Any, made: Written) -> dict[str, Any]:
    """A tool server for the table of the program. One name may not mean two servers there."""
    read = Description.read(name, written)
    told = {"command": read.command, "args": list(read.args), "env": dict(read.env), "cwd": written.get("cwd"),
            "url": read.url, "headers": dict(read.headers), "sse": read.sse}  # fmt: skip
    told = {key: value for key, value in told.items() if value}
    if made.servers.get(name, told) != told:
        made.notes.append(f"Two graphs call different tool servers “{name}”: the program starts the last one.")
    return told


def _team(node: Node, facts: Facts) -> dict[str, str]:
    """The specialists of a manager, with what they are good at."""
    found: dict[str, str] = {}
    for edge in facts.teams.get(node.id, ()):
        if (other := facts.graph.nodes.get(edge.target)) is not None:
            kind, config = facts.kinds.get(other.kind), facts.configs.get(other.id)
            said = kind.describe(config) if kind is not None and config is not None else ""
            found[other.id] = said or other.name
    return found


def _inner(node: Node, facts: Facts) -> tuple[Graph, Kinds] | None:
    """The graph inside a container, read from the file beside it where it names one."""
    bodies = facts.bodies.get(node.id)
    body = bodies[0] if bodies and isinstance(bodies[0], Mapping) else getattr(facts.configs.get(node.id), "body", None)
    kind = facts.kinds.get(node.kind)
    if not bodies and kind is not None and kind.container:
        raise Beyond("there is no graph in it")
    if not bodies:
        return None
    if body is None:
        raise Beyond(f"its graph stands in the file {bodies[0]}, which is not here")
    kinds = facts.kinds.inside(bodies[0]) if isinstance(bodies[0], str) else facts.kinds
    return graph_from_json(body), kinds


def _docstring(node: Node) -> str:
    said = f"{node.name} ({node.kind})"
    return quoted(said) if '"' in said or "\\" in said or not said.isprintable() else f'"""{said}"""'


def _head(graph: Graph, made: Written, names: set[str]) -> str:
    needs = ["httpx>=0.27,<1"] if {"wires", "guarding", "toolservers"} & names else []
    needs += ["langgraph>=1,<2"] if made.flow == "OnLangGraph" else []
    block = ["# /// script", '# requires-python = ">=3.11"', f"# dependencies = {literal(needs)}", "# ///"]
    told = [graph.name or "A graph", graph.description, "Run it with: uv run THIS_FILE -i NAME=VALUE", *made.notes]
    lines = (" ".join(text.split()) for text in told)
    comment = [f"# {''.join(c if c.isprintable() else '?' for c in line)}" for line in lines if line]
    return "\n".join([*block, "", *comment, ""])


def _with_servers(made: Written, source: str) -> str:
    """The part for tool servers, with those that the program may start."""
    return source.replace(NO_SERVERS, NO_SERVERS.removesuffix("{}") + literal(made.servers))


def _with_models(graph: Graph, made: Written, source: str) -> str:
    """The part for models, with the providers that the graph may need."""
    named = {model.partition("/")[0] for model in made.models}
    rows = {
        each.name: {
            "wire": each.wire, "address": each.base_url, "key_env": each.key_env, "url_env": each.url_env,
            "local": each.local, "tiers": dict(each.tiers), "options": dict(each.options),
        }
        for each in providers().values()
        if each.name in named or (each.tiers and not named.isdisjoint(TIERS))
    }  # fmt: skip
    tiers = "TIERS: dict[str, str] = {}"
    told = '# What "cheap", "medium" and "best" mean; unset, the first provider below that has a key decides.\n'
    source = source.replace(tiers, f"{told}{tiers}")
    source = source.replace("CONCURRENCY = 16", f"CONCURRENCY = {graph.settings.concurrency}")
    empty = "PROVIDERS: dict[str, dict[str, Any]] = {}"
    return source.replace(empty, empty.removesuffix("{}") + literal(rows))


def _pictured(value: Any) -> bool:
    """Whether pictures may be under way in a graph: an input takes or holds one, or a tool may give one."""
    if isinstance(value, Mapping):
        asked = value.get("kind") == "input" and value.get("config", {}).get("type") == "image"
        return asked or value.get("kind") == "tool" or holds_image(dict(value)) or any(map(_pictured, value.values()))
    return isinstance(value, list | tuple) and any(map(_pictured, value))


def _of_settings(graph: Graph) -> Iterator[str]:
    settings = graph.settings
    if settings.budget_usd is not None or settings.budget_tokens is not None:
        yield "Budgets are not kept: the program does not know prices."
    if settings.on_failure != "continue":
        yield "When a node fails, what does not depend on it still runs."


def _foot(graph: Graph, made: Written) -> str:
    about = quoted(" ".join((graph.description or graph.name).split())[:300].replace("%", "%%"))
    compiled = "\ngraph = flow.compile()\n" if made.flow == "OnLangGraph" else ""
    return f'{compiled}\nif __name__ == "__main__":\n    raise SystemExit(main(flow, {about}))\n'
