"""The body of each kind's step as Python source: one small function for each kind that has a counterpart."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from textwrap import indent as indented
from typing import Any, Final

from engine.base.rules import Rule
from engine.export.standalone.templating import Beyond, Template
from engine.export.standalone.writing import Names, joined, lines_of, literal, quoted
from engine.graph.records import Node
from engine.kinds.contract import NodeConfig

IN: Final = 4
"""Spaces before the lines of a function."""
_MODEL_DEFAULTS: Final = {"timeout_s": 120, "idle_s": 60, "connect_s": 10}
_RETRY_DEFAULTS: Final = {"attempts": 3, "base_s": 1.0, "cap_s": 30.0, "max_wait_s": 300.0}
_WHOLE: Final = re.compile(r"\s*\{\{\s*([a-z_][a-z0-9_]*)\s*\}\}\s*\Z")
_LEADING: Final = re.compile(r"\s*\{\{[^{}]*\}\}")


@dataclass
class Draft:
    """One step being written.

    Attributes:
        names: what the values at its ports are called.
        body: the name of the flow inside it, for containers.
        uses: functions of the parts that it calls.
        how: further arguments of its decorator.
        notes: what it does otherwise than the node, one sentence each.
    """

    node: Node
    config: Any
    names: Mapping[str, str]
    fresh: Names
    body: str = ""
    inputs: tuple[str, ...] = ()
    uses: set[str] = field(default_factory=set)
    how: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def use(self, name: str) -> str:
        """A function of the parts."""
        self.uses.add(name)
        return name

    def text(self, template: str, indent: int = IN * 2, shown: str = "text", names: Any = None) -> str:
        """The expression of a template; what has to stand before it is written.

        Raises:
            Beyond: it has no counterpart.
        """
        if "{" not in template:
            return lines_of(template, indent)
        target = self.fresh.new("made")
        before, made = Template(template, self.names if names is None else names, self.use(shown)).made(target, indent)
        self.uses.add("get")
        self.lines += before
        return made

    def models(self) -> str:
        return literal([self.config.model, *self.config.fallback])

    def limits(self) -> list[str]:
        """How the calls of models are made, as far as it is not the usual."""
        config = self.config
        given = {name: getattr(config, name, usual) for name, usual in _MODEL_DEFAULTS.items()}
        made = [f"{name}={value!r}" for name, value in given.items() if value != _MODEL_DEFAULTS[name]]
        retry = {name: getattr(config.retry, name) for name in _RETRY_DEFAULTS}
        made += [f"{name}={value!r}" for name, value in retry.items() if value != _RETRY_DEFAULTS[name]]
        sampling = {name: getattr(config, name, None) for name in ("temperature", "top_p", "max_tokens")}
        return [*made, *(f"{name}={value!r}" for name, value in sampling.items() if value is not None)]


def called(name: str, given: list[str], start: str) -> list[str]:
    """A call with one argument on each line."""
    return [f"{start}{name}(", *(f"        {each}," for each in given), "    )"]


def agent(draft: Draft) -> None:
    config = draft.config
    if config.tools or config.history is not None:
        what = "uses tools" if config.tools else "takes a conversation"
        raise Beyond(f"it {what}, which exported programs cannot")
    given = [draft.models(), draft.text(config.prompt)]
    if config.instructions.strip():
        given.append(f"instructions={draft.text(config.instructions)}")
    if config.output_schema is not None:
        given.append(f"schema={literal(dict(config.output_schema), IN * 2)}")
    draft.lines += called(f"await {draft.use('ask')}", [*given, *draft.limits()], "    answer = ")
    data = ', "data": answer.data' if config.output_schema is not None else ""
    draft.lines.append(f'    return {{"text": answer.text{data}}}')


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
    elif config.below == "person":
        draft.notes.append(f"“{draft.node.id}” takes the default route in doubt and asks nobody.")
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


def condition(draft: Draft, rule: Rule, value: str) -> str:
    """A rule as an expression."""
    for several, word, empty in ((rule.all_, " and ", "True"), (rule.any_, " or ", "False")):
        if several is not None:
            return f"({word.join(condition(draft, each, value) for each in several) or empty})"
    if rule.not_ is not None:
        return f"(not {condition(draft, rule.not_, value)})"
    if rule.op == "matches":
        draft.notes.append(f"“{draft.node.id}” searches its pattern with Python's own engine.")
    wanted = "" if rule.op in ("exists", "is_empty") else f", {literal(rule.value)}"
    return f"{draft.use('holds')}({value}, {quoted(rule.field)}, {quoted(rule.op or '')}{wanted})"


def merge(draft: Draft) -> None:
    config = draft.config
    _join(draft)
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
    if config.strategy == "reduce" or config.asks or "base" in draft.names:
        raise Beyond(f"it merges by “{config.strategy}” in a way that exported programs cannot")
    given = ["parts"]
    if config.strategy == "judge":
        given = [draft.models(), "parts", *(["write=True"] if config.judge == "write" else [])]
        given += [f"instructions={lines_of(config.instructions, IN * 2)}"] if config.instructions.strip() else []
        draft.notes.append(f"“{draft.node.id}” shows its model all branches at once, however long they are.")
        draft.lines += called(f"await {draft.use('judge')}", [*given, *draft.limits()], "    return ")
        return
    given += [f"on_conflict={config.on_conflict!r}"] if config.on_conflict != "fail" else []
    given += [f"prefer={literal(list(config.prefer))}"] if config.prefer else []
    if config.strategy == "json":
        if config.arrays == "by_key":
            raise Beyond("it joins lists by a key, which exported programs cannot")
        given.append(f"arrays={config.arrays!r}")
        draft.lines.append(f"    return {draft.use('merge_json')}({', '.join(given)})")
        return
    given += ["unanimous=True"] if config.vote == "unanimous" else []
    given += [f"weights={literal(dict(config.weights))}"] if config.vote == "weighted" else []
    given += [f"tie={config.tie!r}"] if config.tie != "first" else []
    draft.lines.append(f"    return {draft.use('vote')}({', '.join(given)})")


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


def template(draft: Draft) -> None:
    draft.lines.append(f'    return {{"text": {draft.text(draft.config.template, IN)}}}')


def container_map(draft: Draft) -> None:
    config = draft.config
    if config.over == "rows":
        raise Beyond("it maps over the rows of a table, which exported programs cannot")
    items = draft.names.get("items", "[]")
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


def http(draft: Draft) -> None:
    config, url = draft.config, draft.config.url.strip()
    start = found.end() if (found := _LEADING.match(url)) else 0
    address = [draft.text(url[:start])] if start else []
    address += [draft.text(url[start:], shown="address_part")] if url[start:] else []
    headers = {name: _sent(draft, value) for name, value in config.headers.items()}
    given = [quoted(config.method), " + ".join(address) or '""']
    given.append(f"{{{', '.join(f'{quoted(name)}: {value}' for name, value in headers.items())}}}")
    given += [f"body={_body(draft, config.body)}"] if config.body is not None else []
    given += ["fail_on_status=False"] if not config.fail_on_status else []
    given += [f"timeout_s={config.timeout_s!r}"] if config.timeout_s != 30 else []
    draft.lines += called(f"await {draft.use('fetch')}", given, "    return ")
    draft.notes.append(f"“{draft.node.id}” is not tried again, and does not judge where an address leads.")


def _sent(draft: Draft, template: str) -> str:
    made = draft.text(template)
    return f"{draft.use('secrets')}({made})" if "secret://" in template else made


def _body(draft: Draft, value: Any) -> str:
    if isinstance(value, str):
        whole = _WHOLE.match(value)
        return draft.names[whole[1]] if whole and whole[1] in draft.names else _sent(draft, value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{quoted(key)}: {_body(draft, item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_body(draft, item) for item in value)}]"
    return literal(value)


def files(draft: Draft) -> None:
    config = draft.config
    given = f"{quoted(config.root)}, {quoted(config.glob)}, {config.max_files}"
    draft.lines.append(f"    return {draft.use('read_files')}({given})")


def write_files(draft: Draft) -> None:
    given = f"{quoted(draft.config.root)}, {draft.names['files']}, {draft.config.on_conflict!r}"
    draft.lines.append(f"    return {draft.use('write_files')}({given})")
    draft.notes.append(f"“{draft.node.id}” takes each file that is there and differs for a conflict.")


def review(draft: Draft) -> None:
    value = draft.names["value"]
    draft.lines.append(f"    return await {draft.use('review')}({draft.text(draft.config.question)}, {value})")
    draft.notes.append(f"“{draft.node.id}” asks on the terminal, without a form and a deadline.")


def code(draft: Draft) -> None:
    """The source as it means, not as it was written: comments go."""
    try:
        source = ast.unparse(ast.parse(draft.config.source))
    except (SyntaxError, ValueError, RecursionError):
        raise Beyond("its source cannot be read") from None
    draft.lines += [indented(source, " " * IN), ""]
    given = f"run({', '.join(f'{port}={name}' for port, name in draft.names.items())})"
    draft.lines.append(f"    return {given}" if draft.config.outputs else f'    return {{"value": {given}}}')
    draft.notes.append(f"“{draft.node.id}” runs its code within the program, without limits.")


WRITERS: Final[Mapping[str, Callable[[Draft], None]]] = {
    "agent": agent, "router": router, "merge": merge, "template": template, "map": container_map,
    "loop": container_loop, "subgraph": subgraph, "http": http, "files": files, "write_files": write_files,
    "review": review, "code": code,
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


__all__ = ["WRITERS", "Beyond", "Draft", "joined", "pinned", "stands_for"]
