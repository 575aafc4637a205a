"""Agents, managers and calls of tools as Python source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from engine.base.errors import WrongUse
from engine.export.standalone.draft import IN, Beyond, Draft, called, condition
from engine.export.standalone.judged import unjudged
from engine.export.standalone.outside import filled
from engine.export.standalone.writing import literal, quoted
from engine.kinds.templates import names
from engine.kinds.tool_config import isolated
from engine.tools.mcp.description import Description
from engine.tools.registry import Tools, from_servers

WORK: Final[Mapping[str, str]] = {
    "calc.evaluate": "evaluate", "clock.now": "now", "loop.exit": "leave", "reject": "reject",
    "fs.read_file": "read", "fs.list_directory": "entries", "fs.search_files": "search", "fs.write_file": "write",
    "fs.edit_file": "edit", "sqlite.query": "query", "web.fetch": "page",
}  # fmt: skip
"""Functions of the parts that do the work of the program's own tools; those of files are methods of a `Folder`, those
of databases of `Databases` and those of the web of `Web`."""


def agent(draft: Draft) -> None:
    _asks(draft, "ask", _tools(draft))
    draft.lines.append(f"    return {_gives(draft)}")


def manager(draft: Draft) -> None:
    """A model with the tool `delegate`; its team is written as a table of names and what they are good at."""
    config = draft.config
    if config.swarm:
        _swarm(draft)
        return
    given = [draft.flow, literal(dict(draft.team), IN * 2), draft.models()]
    given += [tools] if (tools := _tools(draft)) else []
    given += [f"instructions={draft.text(config.instructions)}"] if config.instructions.strip() else []
    usual = {"max_delegations": 10, "max_depth": 3, "delegation_s": None, "threshold": 0.0, "default": ""}
    given += [f"{name}={_plain(value)}" for name in usual if (value := getattr(config, name)) != usual[name]]
    if config.rules:
        rules = (
            f"({quoted(rule.specialist)}, lambda task: {condition(draft, rule.when, 'task')})" for rule in config.rules
        )
        given.append(f"rules=[\n{''.join(f'            {rule},{NEWLINE}' for rule in rules)}        ]")
    draft.lines += called(draft.use("Team"), [*given, *draft.limits()], "    team = ")
    _asks(draft, "team.lead", "")
    draft.lines.append(f"    return {_gives(draft, ', **team.came_to')}")
    if config.person or (config.threshold and config.below == "person"):
        draft.notes.append(f"“{draft.node.id}” asks no person whom to give a task.")
    if config.delegation_usd is not None:
        draft.notes.append(f"“{draft.node.id}” keeps no budget for a delegation.")


def _swarm(draft: Draft) -> None:
    """A model that plans sub-tasks for sub-agents, each of which is a run of the flow inside it."""
    config = draft.config
    images = _pictures(draft)
    given = [draft.body, draft.models(), draft.text(config.prompt), *images]
    given += [f"instructions={draft.text(config.instructions)}"] if config.instructions.strip() else []
    given += _schema(draft)
    given += [f"history={before}"] if (before := _before(draft)) else []
    given += [f"tools={tools}"] if config.tools and (tools := _tools(draft)) else []
    usual = {"max_turns": 20, "width": 16, "max_tasks": 20, "max_failures": 0, "merge": "write", "delegation_s": None}
    given += [f"{name}={_plain(value)}" for name in usual if (value := getattr(config, name)) != usual[name]]
    more = f', "messages": {draft.use("as_history")}(before)' if config.history is not None else ""
    more += f', "changes": {draft.desk}.changes' if isolated(config) else ""
    start = "    answer = " if more else "    return "
    draft.lines += called(f"await {draft.use('swarm')}", [*given, *draft.limits()], start)
    draft.lines += [f"    return {{**answer{more}}}"] if more else []
    if config.delegation_usd is not None:
        draft.notes.append(f"“{draft.node.id}” keeps no budget for a sub-task.")


def tool(draft: Draft) -> None:
    config = draft.config
    [made] = _made(draft, (config.tool.strip(),), config)
    limit = f", limit_s={config.timeout_s!r}" if config.timeout_s not in (None, 60.0) else ""
    draft.lines.append(f"    tools = {draft.use('Tools')}({made}{limit})")
    arguments = filled(draft, dict(config.arguments))
    draft.lines.append(f'    return {{"result": await tools.call({quoted(config.tool.strip())}, {arguments})}}')


NEWLINE: Final = "\n"


def _plain(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else repr(value)


def _asks(draft: Draft, asker: str, tools: str) -> None:
    """The call that asks the model, with the conversation so far where the node takes one."""
    config = draft.config
    images = _pictures(draft)
    leads = asker == "team.lead"
    given = [draft.text(config.prompt)] if leads else [draft.models(), draft.text(config.prompt)]
    if config.instructions.strip() and not leads:
        given.append(f"instructions={draft.text(config.instructions)}")
    given += _schema(draft)
    given += images
    given += [f"history={before}"] if (before := _before(draft)) else []
    given += [f"tools={tools}"] if tools else []
    given += [f"max_turns={config.max_turns}"] if config.max_turns != 20 and (tools or leads) else []
    name = asker if leads else draft.use(asker)
    draft.lines += called(f"await {name}", [*given, *([] if leads else draft.limits())], "    answer = ")


def _schema(draft: Draft) -> list[str]:
    """The argument that says what the answer must fit."""
    schema = draft.config.output_schema
    if schema is None:
        return []
    if words := unjudged(schema):
        draft.notes.append(f"“{draft.node.id}” does not judge an answer by {', '.join(f'`{word}`' for word in words)}.")
    return [f"schema={literal(dict(schema), IN * 2)}"]


def _pictures(draft: Draft) -> list[str]:
    """Takes the pictures out of what the prompt is made of, where any may come; the argument that shows them."""
    ports = [port for port in names(draft.config.prompt, draft.config.instructions) if port in draft.names]
    if not draft.pictured or not ports:
        return []
    album = draft.fresh.new("album")
    draft.lines.append(f"    {album} = {draft.use('Album')}()")
    draft.lines += [f"    {draft.names[port]} = {album}.lift({draft.names[port]})" for port in ports]
    return [f"images={album}.images"]


def _before(draft: Draft) -> str:
    """The conversation so far, as far as the model is shown it; "" where the node takes none."""
    history = draft.config.history
    if history is None:
        return ""
    draft.lines.append(f"    before = {draft.use('read_history')}({draft.names['history']})")
    kept = {"last": history.last, "max_tokens": history.max_tokens}
    cut = "".join(f", {name}={value}" for name, value in kept.items() if value is not None)
    return f"{draft.use('window')}(before{cut})"


def _gives(draft: Draft, more: str = "") -> str:
    data = ', "data": answer.data' if draft.config.output_schema is not None else ""
    told = (
        f', "messages": {draft.use("as_history")}([*before, *answer.said])' if draft.config.history is not None else ""
    )
    changed = f', "changes": {draft.desk}.changes' if isolated(draft.config) else ""
    return f'{{"text": answer.text{data}{told}{changed}{more}}}'


def _tools(draft: Draft) -> str:
    """The tools that a node may call, as an expression; "" when there are none."""
    config = draft.config
    turns_down = ("reject",) if draft.briefed and config.may_reject else ()
    made = _made(draft, (*config.tools, *turns_down), config)
    if not made:
        return ""
    limit = [f"limit_s={config.tool_timeout_s!r}"] if config.tool_timeout_s != 60 else []
    inner = "".join(f"\n            {each}," for each in (*made, *limit))
    return f"{draft.use('Tools')}({inner}\n        )"


def _made(draft: Draft, patterns: Sequence[str], config: Any) -> list[str]:
    """Each tool as an expression, with the description and the schema that the model is shown; those of a server, which
    says only when it runs what it has, as one."""
    theirs, made = from_servers(patterns), list[str]()
    for pattern in dict.fromkeys(each.strip() for each in patterns):
        made += [_of_servers(draft, pattern)] if pattern in theirs else _own(draft, pattern, config)
    return made


def _of_servers(draft: Draft, pattern: str) -> str:
    head, dot, _ = pattern.partition(".")
    names = [
        name for name in draft.servers if fnmatchcase(name, head) or (not dot and fnmatchcase(f"{name}.", pattern))
    ]
    if not names:
        raise Beyond(f"it uses “{pattern}” of a tool server that the graph does not name")
    for name in names:
        try:
            Description.read(name, draft.servers[name])
        except WrongUse as error:
            raise Beyond(f"its tool server “{name}” is not described as one: {error.message}") from None
    draft.started |= set(names)
    draft.notes.append(
        f"“{draft.node.id}” takes tools as their servers offer them when it runs, unpinned, and does not hold their "
        "writes against those of other steps. One that may write asks on the terminal; BATON_ALLOW_WRITES=1 lets all."
    )
    return f"*await {draft.use('server_tools')}({literal(names)}, {quoted(pattern)})"


def _own(draft: Draft, pattern: str, config: Any) -> list[str]:
    made: list[str] = []
    for each in Tools.load().chosen([pattern]):
        if each.name not in WORK:
            raise Beyond(f"it uses the tool “{each.name}” of a package, which exported programs do not have")
        work = WORK[each.name]
        if each.name.startswith("sqlite."):
            work = f"{draft.use('Databases')}({_desk(draft, config)}).{work}"
        elif each.needs == "folder":
            work = f"{_desk(draft, config)}.{work}"
        elif each.needs == "web":
            work = f"{draft.use('Web')}({', '.join(map(quoted, config.hosts))}).{work}"
        else:
            draft.use(work)
        told = f"{quoted(each.name)}, {quoted(each.description)}, {literal(dict(each.parameters), IN * 3)}, {work}"
        made.append(f"{draft.use('Tool')}({told})")
    return made


def _desk(draft: Draft, config: Any) -> str:
    """The variable that holds the node's folder, or its copy of it."""
    if not draft.desk:
        draft.desk = draft.fresh.new("folder")
        policy = f", {quoted(config.on_conflict)}" if config.on_conflict != "cas" else ""
        draft.lines.append(f"    {draft.desk} = {draft.use('Folder')}({quoted(config.folder)}{policy})")
        if config.on_conflict == "ask":
            draft.notes.append(f"“{draft.node.id}” asks on the terminal about a write over what it has not seen.")
    return draft.desk
