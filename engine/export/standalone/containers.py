"""Containers as Python source: maps, loops and sub-graphs, each around a flow of its own."""

from __future__ import annotations

from engine.export.standalone.draft import Draft, called, condition
from engine.export.standalone.writing import quoted


def container_map(draft: Draft) -> None:
    config = draft.config
    items = draft.names.get("items", "[]")
    if config.over == "rows":
        items = f"{draft.use('rows')}({items})"
    axes = list(config.matrix) if config.over == "matrix" else []
    if axes:
        lists = ", ".join(f"{quoted(axis)}: {draft.names.get(axis, '[]')}" for axis in axes)
        left = f", lambda item: {condition(draft, config.exclude, 'item')}" if config.exclude else ""
        draft.lines.append(f"    items = {draft.use('combinations')}({{{lists}}}{left})")
        items = "items"
    shared = {port: name for port, name in draft.names.items() if port not in ("items", *axes)}
    given = [draft.body, items, f"{{{', '.join(f'{quoted(port)}: {name}' for port, name in shared.items())}}}"]
    usual = {"concurrency": 8, "on_item_failure": "collect", "max_failures": 0, "item_retries": 0, "canary": 0,
             "dedupe": False, "max_items": 1000}  # fmt: skip
    given += [f"{name}={getattr(config, name)!r}" for name, value in usual.items() if getattr(config, name) != value]
    draft.lines += called(f"await {draft.use('each')}", given, "    return ")
    draft.notes.append(f"“{draft.node.id}” gives no cost and attempts in its results, and fails above max_items.")


def container_loop(draft: Draft) -> None:
    config = draft.config
    given = [draft.body, _carried(draft), f"max_passes={config.max_passes}"]
    given += [f"on_max={config.on_max!r}"] if config.on_max != "use_last" else []
    given += [f"wanted={quoted(config.condition)}"] if config.on_max == "fail" else []
    given += [f"score={quoted(config.score)}"] if config.score else []
    if config.until is not None:
        given.append(f"until=lambda outputs: {condition(draft, config.until, 'outputs')}")
    if config.judge.strip():
        asked = [draft.models(), quoted(config.judge.strip()), "outputs", repr(config.threshold), *draft.limits()]
        given.append(f"judged=lambda outputs: {draft.use('good_enough')}({', '.join(asked)})")
    draft.lines += called(f"await {draft.use('repeat')}", given, "    return ")


def subgraph(draft: Draft) -> None:
    draft.lines.append(f"    return {draft.use('unfailed')}(await {draft.body}.run({_carried(draft)}))")


def _carried(draft: Draft) -> str:
    return f"{{{', '.join(f'{quoted(port)}: {name}' for port, name in draft.names.items())}}}"
