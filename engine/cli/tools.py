"""`baton tools`: the tools that agents may use, built-in ones and those of servers: list, show, accept, import."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.console import complain, inert, new_app, paint, say, say_json
from engine.cli.options import AsJson

if TYPE_CHECKING:
    from engine.run.servers import Looked
    from engine.run.services import Services
    from engine.tools.mcp.imports import Imported
    from engine.tools.mcp.pins import Judged

app = new_app("List, show, accept or import the tools that agents may use.")

File = Annotated[Path | None, typer.Argument(help="A graph file, for the servers that it names.")]
Server = Annotated[str, typer.Argument(metavar="SERVER", help="The name of a tool server.")]
Trust = Annotated[bool, typer.Option("--trust", help="Trust what the graph may do, from now on.")]
STATES = {
    "new": "first use", "accepted": "accepted", "changed": "CHANGED, blocked", "added": "NEW, blocked",
    "gone": "gone", "refused": "refused",
}  # fmt: skip


@app.command(name="list")
def list_tools(file: File = None, as_json: AsJson = False, trust: Trust = False) -> None:
    """List built-in tools, the servers of the settings and of a graph, and what each offers. Starts the servers."""
    from engine.run.services import Services
    from engine.tools.registry import Tools

    services = Services.load()
    servers = _looked(services, file, trust)
    builtin = [{"name": tool.name, "writes": tool.writes, "description": tool.description} for tool in Tools.load()]
    if as_json:
        say_json({"builtin": builtin, "servers": [_as_json(found) for found in servers]})
    else:
        say(paint("built in", "bold"))
        for each in builtin:
            say(_line(str(each["name"]), bool(each["writes"]), str(each["description"])))
        for found in servers:
            for line in _lines(found):
                say(line)
    raise typer.Exit(1 if any(found.problem for found in servers) else 0)


@app.command()
def show(server: Server, file: File = None, as_json: AsJson = False, trust: Trust = False) -> None:
    """Show all that a server says of its tools, as it is, and what has changed since it was accepted."""
    from engine.run.services import Services

    (found,) = _looked(Services.load(), file, trust, server)
    if as_json:
        say_json(_as_json(found, whole=True))
        raise typer.Exit(1 if found.problem else 0)
    _refuse(found)
    for line in _lines(found):
        say(line)
    for each in found.tools:
        for line in _whole(found, each):
            say(line)


@app.command()
def accept(server: Server, file: File = None, trust: Trust = False) -> None:
    """Accept a server's tools as they are now, and say what has changed in them."""
    from engine.run.servers import accept as take
    from engine.run.services import Services

    services = Services.load()
    (found,) = _looked(services, file, trust, server)
    _refuse(found)
    take(services, found)
    for each in found.tools:
        if each.state not in ("new", "accepted"):
            say(f"{found.description.name}.{inert(each.definition.name)}: {STATES[each.state].lower()}")
            say(inert(each.why))
    good = sum(each.state not in ("gone", "refused") for each in found.tools)
    say(f"{good} tools of {found.description.name} are accepted as they are now.")


@app.command(name="import")
def import_servers(
    file: Annotated[Path, typer.Argument(help="A configuration of Claude, Cursor, VS Code or the like.")],
) -> None:
    """Take the tool servers of another client into the settings, for all graphs. Starts none of them."""
    from engine.base.errors import WrongUse
    from engine.files.bounded import text_bounded
    from engine.run.services import Services
    from engine.tools.mcp.imports import read_config

    try:
        text = text_bounded(file)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise WrongUse(f"The file {file} cannot be read: {reason}.", "Check its name.") from None
    services = Services.load()
    found = read_config(text)
    servers = {**services.settings.tool_servers, **{name: dict(server) for name, server in found.servers.items()}}
    services.home.save_settings(services.settings.model_copy(update={"tool_servers": servers}))
    for name in found.servers:
        say(f"{name} is in the settings now{', instead of the one before' * (name in services.settings.tool_servers)}.")
    for note in found.notes:
        complain(inert(note), level="note")
    _keep_secrets(services, found)


def _keep_secrets(services: Services, found: Imported) -> None:
    """Puts the keys that stood in a configuration into the keyring, and says which are missing. None is shown (T3)."""
    from engine.base.errors import WrongUse

    missing = dict(found.needed)
    for name, value in found.secrets.items():
        try:
            services.secrets.store(name, value)
            say(f"The key {name} is in the keyring now; the settings only name it.")
        except WrongUse:
            missing[name] = name
    for name, what in missing.items():
        if not services.secrets.find(name):
            about = "" if what == name else f" ({inert(what)})"
            complain(f"The key {name}{about} is not stored.", f"Set the variable {name}.", level="note")


def _looked(services: Services, file: Path | None, trust: bool, only: str = "") -> list[Looked]:
    """Starts the servers that are meant.

    Raises:
        NotTrusted: the graph that names them is not trusted.
    """
    from engine.files.open import open_graph
    from engine.plan.capabilities import capabilities
    from engine.plan.trust import refusal
    from engine.run.servers import looked_at

    if file is None:
        return asyncio.run(looked_at(services, only=only))
    from engine.cli.beforehand import trust_file

    graph, folder = open_graph(file), file.resolve().parent
    near = services.beside(folder)
    if trust:
        trust_file(graph, services, file.resolve())
    could = capabilities(graph, near.kinds, folder)
    if not services.trust.trusts(could):
        raise refusal(could)
    return asyncio.run(looked_at(near, graph, folder, only))


def _refuse(found: Looked) -> None:
    """Raises BatonError for a server that cannot be used, after its last words."""
    from engine.base.errors import BatonError

    if found.problem:
        for line in found.log.strip().splitlines()[-10:]:
            complain(line, level="it said")
        raise BatonError(found.problem)


def _lines(found: Looked) -> Iterator[str]:
    told = found.told
    who = " ".join(inert(str(told[key])) for key in ("name", "version") if told.get(key))
    yield f"{paint(found.description.name, 'bold')}  {inert(found.description.words)}  ({found.place})"
    if found.problem:
        yield f"    {paint('✗', 'red')} {inert(found.problem)}"
        return
    yield f"    {who or 'ready'}, protocol {inert(str(told.get('protocol', '')))}"
    for each in found.tools:
        name = f"{found.description.name}.{each.definition.name}"
        state = "" if each.usable else f"[{STATES[each.state]}] "
        yield _line(name, not each.definition.reads, state + each.definition.told())


def _line(name: str, writes: bool, description: str) -> str:
    from engine.base.visible import visible

    does = paint("writes", "yellow") if writes else "reads "
    return f"  {does}  {visible(name, 80):<32} {visible(' '.join(description.split()), 110)}"


def _whole(found: Looked, each: Judged) -> Iterator[str]:
    """A tool with nothing left out or hidden."""
    import json

    from engine.base.visible import escaped
    from engine.tools.mcp.definitions import notes

    definition = each.definition
    yield ""
    yield paint(escaped(f"{found.description.name}.{definition.name}"), "bold") + f"  {STATES[each.state]}"
    for note in notes(definition):
        yield paint(f"  ! {note}", "yellow")
    for line in escaped(definition.description).splitlines():
        yield f"  {line}"
    for line in escaped(json.dumps(dict(definition.parameters), indent=2, ensure_ascii=False)).splitlines():
        yield f"  {line}"
    for line in inert(each.why).splitlines():
        yield f"  {line}"


def _as_json(found: Looked, whole: bool = False) -> dict[str, Any]:
    from engine.tools.mcp.definitions import notes

    tools = []
    for each in found.tools:
        made = each.definition
        row = {"name": f"{found.description.name}.{made.name}", "writes": not made.reads, "state": each.state,
               "description": made.description if whole else made.told(), "notes": notes(made)}  # fmt: skip
        if whole:
            row |= {"parameters": dict(made.parameters), "annotations": dict(made.annotations)}
        tools.append({**row, "why": each.why} if each.why else row)
    about = {"name": found.description.name, "what": found.description.words, "place": found.place, **{
        f"server_{key}": value for key, value in found.told.items()}}  # fmt: skip
    return {**about, "tools": tools} if not found.problem else {**about, "problem": found.problem, "log": found.log}
