"""The body of each kind's step as Python source: one small function for each kind that has a counterpart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.export.standalone.agents import agent, manager, tool
from engine.export.standalone.containers import container_loop, container_map, subgraph
from engine.export.standalone.draft import IN, Beyond, Draft, called, condition
from engine.export.standalone.merges import merge
from engine.export.standalone.outside import code, files, http, remote_agent, review, write_files
from engine.export.standalone.writing import lines_of, literal, quoted
from engine.kinds.contract import NodeConfig


def router(draft: Draft) -> None:
    value = draft.names["value"]
    if draft.config.mode == "rules":
        _by_rules(draft, value)
        return
    config = draft.config
    if not config.routes:
        draft.lines.append(f'    return {{"default": {value}}}')
        return
    options = literal([[route.id, route.label, route.description] for route in config.routes], IN * 2)
    given = [draft.models(), f"{draft.use('text')}({value})", options]
    given += [f"instructions={lines_of(config.instructions, IN * 2)}"] if config.instructions.strip() else []
    given += [f"{name}=True" for name, on in (("multi", config.multi), ("may_choose_none", config.allow_none)) if on]
    draft.lines += called(f"await {draft.use('choose')}", [*given, *draft.limits()], "    routes, sure = ")
    doubt = f"    if routes is not None and sure < {config.threshold!r}:"
    if config.below not in ("default", "person"):
        again = called("await choose", [literal([config.below]), *given[1:], *draft.limits()], "    routes, sure = ")
        draft.lines += [doubt, *("    " + line for line in again)]
    if config.below == "person":
        told = literal(
            {**{route.id: route.description or route.label for route in config.routes}, "default": ""}, IN * 2
        )
        draft.lines += [doubt, f"        routes = [await {draft.use('choice')}(text({value}), {told})]"]
        draft.notes.append(f"“{draft.node.id}” asks on the terminal in doubt.")
    else:
        draft.lines += [doubt, "        routes = None"]
    none = "[]" if config.allow_none else '["default"]'
    draft.lines.append(f'    chosen = ["default"] if routes is None else routes or {none}')
    draft.lines.append(f"    return dict.fromkeys(chosen, {value})")


def _by_rules(draft: Draft, value: str) -> None:
    config = draft.config
    ruled = [(route.id, condition(draft, route.when, value)) for route in config.routes if route.when is not None]
    if config.multi:
        draft.lines.append("    chosen: list[str] = []")
        draft.lines += [f"    if {rule}:\n        chosen.append({quoted(name)})" for name, rule in ruled]
        none = "[]" if config.allow_none else '["default"]'
        draft.lines.append(f"    return dict.fromkeys(chosen or {none}, {value})")
        return
    draft.lines += [f"    if {rule}:\n        return {{{quoted(name)}: {value}}}" for name, rule in ruled]
    draft.lines.append("    return {}" if config.allow_none else f'    return {{"default": {value}}}')


def template(draft: Draft) -> None:
    draft.lines.append(f'    return {{"text": {draft.text(draft.config.template, IN)}}}')


WRITERS: Final[Mapping[str, Callable[[Draft], None]]] = {
    "agent": agent, "router": router, "merge": merge, "template": template, "map": container_map,
    "loop": container_loop, "subgraph": subgraph, "http": http, "files": files, "write_files": write_files,
    "review": review, "code": code, "manager": manager, "tool": tool,
    "remote_agent": remote_agent,
}  # fmt: skip


def pinned(draft: Draft, config: NodeConfig, first: str) -> bool:
    """Writes what a pinned node gives. False when it is not pinned."""
    if config.pinned is None:
        return False
    draft.lines.append(f"    return {literal(stands_for(config.pinned, first), IN)}")
    return True


def stands_for(given: Mapping[str, Any], first: str) -> dict[str, Any]:
    """The ports of a pinned or a stand-in value: the first one, or those that it names."""
    return dict(given["ports"]) if "ports" in given else {first: given.get("value")}


__all__ = ["WRITERS", "Beyond", "Draft", "pinned", "stands_for"]
