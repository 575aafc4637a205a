"""What a teammate needs to run a graph elsewhere: models, keys by name, tools, folders, files, and money (T3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.errors import BatonError
from engine.base.settings import TIERS
from engine.graph.graph import Graph
from engine.kinds.contract import Capability, NodeConfig
from engine.kinds.registry import AnyKind, Kinds
from engine.models.catalog import Offers
from engine.plan.capabilities import secret_names
from engine.plan.estimate import PricedModels, estimate
from engine.plan.facts import facts_of
from engine.tools.registry import Tools


def needs_of(graph: Graph, kinds: Kinds) -> Iterator[str]:
    """What one graph needs, without the graphs inside it, in short phrases; some may come twice."""
    facts, offers = facts_of(graph, kinds), Offers()
    for _, kind, config in facts.known:
        yield from _of_node(kind, config, offers)
    for node_id in facts.faults.keys() - facts.configs.keys():
        if graph.nodes[node_id].kind not in kinds:
            yield f"the kind {graph.nodes[node_id].kind}"
    servers = graph.head.get("tool_servers")
    yield from (f"the tool server {name}" for name in (servers if isinstance(servers, Mapping) else ()))
    told = [dict(graph.head), *(dict(node.config) for node in graph.nodes.values())]
    yield from (f"the secret {name}" for name in sorted({name for each in told for name in secret_names(each)}))


def _of_node(kind: AnyKind, config: NodeConfig, offers: Offers) -> Iterator[str]:
    for model in kind.models(config):
        yield f"the tier {model}" if model in TIERS else f"the model {model}"
        provider = offers.providers.get(model.partition("/")[0])
        if provider is not None and provider.key_env:
            yield f"the key {provider.key_env}"
    tools: Any = getattr(config, "tools", ())
    yield from (f"the tool {name}" for name, _ in Tools.load().unknown(tools))
    if isinstance(tool := getattr(config, "tool", None), str):
        yield f"the tool {tool}"
    for body in kind.bodies(config):
        if isinstance(body, str):
            yield f"the file {body}"
    yield from filter(None, map(_reached, kind.capabilities(config)))


def _reached(one: Capability) -> str:
    """Something outside that a node reaches; code is in the graph itself, and secrets are told by name elsewhere."""
    if one.what == "folder":
        return f"the folder {one.detail}{', to write into' if one.writes else ''}"
    return f"access to {one.detail}" if one.what in ("host", "agent") else ""


def expected_cost(graph: Graph, kinds: Kinds, models: PricedModels, when: float) -> str:
    """What a run costs with the tiers of this computer, in words; "" when it calls no model or that cannot be told.

    Args:
        when: seconds since 1970; some prices depend on the time.
    """
    try:
        mapped = estimate(graph, kinds, models, when=when)[0]
    except BatonError:
        return ""
    if set(mapped.models.values()) <= {"rehearsal"}:
        return ""
    if mapped.usd is None:
        return f"the price of {', '.join(mapped.unknown)} is not known"
    return f"a run costs about ${mapped.usd.low:.4f} to ${mapped.usd.high:.4f} with the models of this computer"
