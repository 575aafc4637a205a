"""Merges as Python source: how branches are joined, and what one value is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.export.standalone.draft import IN, Beyond, Draft, called
from engine.export.standalone.writing import lines_of, literal, quoted

OF_NOTHING: Final[Mapping[str, Any]] = {"concat": "", "template": "", "list": [], "dict": {}, "json": {}, "reduce": ""}
"""What a merge gives whose branches may all be missing, and are."""


def merge(draft: Draft) -> None:
    config = draft.config
    _join(draft)
    if "items" in config.optional:
        nothing = literal(OF_NOTHING.get(config.strategy))
        draft.lines.append(f'    if not parts:\n        return {{"value": {nothing}, "conflicts": []}}')
    ways: dict[str, Callable[[], str]] = {
        "concat": lambda: f"{quoted(config.separator)}.join({draft.use('text')}(value) for _, value in parts)",
        "list": lambda: "[value for _, value in parts]",
        "dict": lambda: "dict(parts)",
        "first_success": lambda: "parts[0][1]",
        "template": lambda: _merged_text(draft),
    }
    if made := ways.get(config.strategy):
        draft.lines.append(f'    return {{"value": {made()}, "conflicts": []}}')
        return
    instructions = [f"instructions={lines_of(config.instructions, IN * 2)}"] if config.instructions.strip() else []
    if config.strategy in ("judge", "reduce"):
        name = draft.use("judge" if config.strategy == "judge" else "written_together")
        given = [
            draft.models(),
            "parts",
            *(["write=True"] if (config.strategy, config.judge) == ("judge", "write") else []),
        ]
        draft.notes.append(f"“{draft.node.id}” shows its model all branches at once, however long they are.")
        draft.lines += called(f"await {name}", [*given, *instructions, *draft.limits()], "    return ")
        return
    if config.strategy not in ("json", "vote", "files"):
        raise Beyond(f"it merges by “{config.strategy}”, which exported programs cannot")
    if not config.asks:
        draft.lines.append(f"    return {_decided(draft, _by_rule(draft))}")
        return
    decide = draft.use("by_person")
    if config.asks == "judge":
        asked = called(draft.use("by_judge"), [draft.models(), *instructions, *draft.limits()], "    decide = ")
        draft.lines += asked
        decide = "decide"
    draft.lines.append(
        f"    return await {draft.use('settled')}(lambda resolve: {_decided(draft, 'resolve')}, {decide})"
    )


def _by_rule(draft: Draft) -> str:
    config = draft.config
    given = [repr(config.on_conflict)] if config.on_conflict != "fail" or config.prefer else []
    given += [literal(list(config.prefer))] if config.prefer else []
    return f"{draft.use('by_rule')}({', '.join(given)})"


def _decided(draft: Draft, resolve: str) -> str:
    """The call that merges by `json`, `files` or `vote`, whoever ends its conflicts."""
    config, given = draft.config, ["parts", resolve]
    if config.strategy == "files":
        given += [f"base={draft.names['base']} or None"] if "base" in draft.names else []
        return f"{draft.use('merge_files')}({', '.join(given)})"
    if config.strategy == "json":
        given += [f"arrays={config.arrays!r}"] if config.arrays != "concat" else []
        given += [f"key={quoted(config.array_key)}"] if config.arrays == "by_key" else []
        if "base" in draft.names:
            name = draft.names["base"]
            given.append(f'base={draft.use("ABSENT")} if {name} == "" else {name}')
        return f"{draft.use('merge_json')}({', '.join(given)})"
    given += ["unanimous=True"] if config.vote == "unanimous" else []
    given += [f"weights={literal(dict(config.weights))}"] if config.vote == "weighted" else []
    given += [f"tie={config.tie!r}"] if config.tie != "first" else []
    return f"{draft.use('vote')}({', '.join(given)})"


def _join(draft: Draft) -> None:
    config = draft.config
    draft.how["parts"] = '"items"'
    if config.waits_for != "wait_all":
        draft.how["first"] = str(1 if config.waits_for == "first" else config.k)
        draft.notes.append(f"“{draft.node.id}” lets the branches that come too late run on.")
    if config.waits_for != "wait_all" or config.tolerate_failures:
        draft.how["tolerates"] = "True"


def _merged_text(draft: Draft) -> str:
    """The strategy `template`, which sees items, missing and labels."""
    draft.lines += ["    items = [value for _, value in parts]", "    labels = [label for label, _ in parts]"]
    seen = {"items": "items", "missing": "missing", "labels": "labels"}
    return draft.text(draft.config.template, names=seen)
