"""Writes docs/reference from the code: every kind, command, file key, setting, provider and tool; `--check` only looks.

`make docs` brings the pages up to date; a test says when somebody forgot.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "docs" / "reference"
BY_HAND = "<!-- Written by .ci/reference.py from the code: change the code, then run make docs. -->"
Rows = Iterable[Sequence[str]]


def pages() -> dict[str, str]:
    """Every page of the reference: file name -> Markdown."""
    makers: dict[str, Callable[[], Iterator[str]]] = {
        "kinds": kinds, "commands": commands, "file": file_keys, "settings": settings,
        "providers": providers, "tools": tools, "keys": keys,
    }  # fmt: skip
    return {f"{name}.md": "\n".join([BY_HAND, "", *make()]).rstrip() + "\n" for name, make in makers.items()}


def kinds() -> Iterator[str]:
    """Each kind with its ports and settings."""
    from engine.cli.kinds import described
    from engine.kinds.contract import NodeConfig
    from engine.kinds.registry import Kinds
    from engine.kinds.schema import graph_schema

    known = Kinds.load()
    parts = graph_schema(known)["$defs"]
    common = set(NodeConfig.model_fields)
    yield from (
        "# Kinds of nodes",
        "",
        "What a node can be, as `baton kinds` lists it. Ports are those of a fresh node;",
    )
    yield from ("where its prompt, routes or body say more, it has more.", "")
    for kind in sorted(known, key=lambda kind: (kind.group, kind.name)):
        row = described(kind)
        yield from (f"## {kind.name}", "", f"**{kind.title}**: {kind.hint}. {kind.help}".rstrip(), "")
        if kind.needs_trust:
            yield from ("Reaches outside, so a graph with it runs once it is [trusted](../trust.md).", "")
        yield f"Takes {_ports(row['takes'])}; gives {_ports(row['gives'])}."
        yield ""
        first = kind.Config.__annotations__
        listed = sorted(parts[f"{kind.name}.config"]["properties"].items(), key=lambda item: item[0] not in first)
        own = {name: part for name, part in listed if name not in common}
        if own:
            yield from (*_table(("key", "type", "default", "says"), _keys(own)), "")
    yield from ("## Every node", "", "These stand in the config of any kind.", "")
    every = {name: part for name, part in parts["template.config"]["properties"].items() if name in common}
    yield from (*_table(("key", "type", "default", "says"), _keys(every)), "")
    yield from _parts(parts)


def _parts(parts: Mapping[str, Any]) -> Iterator[str]:
    """What configs are made of: rules, routes and the like, once each, though several kinds have them."""
    seen: set[str] = set()
    for name, part in sorted(parts.items(), key=lambda item: item[0].rpartition(".")[2]):
        title = name.rpartition(".")[2]
        if "." not in name or title == "config" or title in seen:
            continue
        seen.add(title)
        yield from (f"## {title}", "", _plain(part.get("description", "")), "")
        yield from (*_table(("key", "type", "default", "says"), _keys(part["properties"])), "")


def file_keys() -> Iterator[str]:
    """The keys of the graph file, without what is inside configs."""
    from engine.kinds.registry import Kinds
    from engine.kinds.schema import graph_schema

    schema = graph_schema(Kinds.load())
    yield from ("# Keys of the graph file", "", "`baton schema` prints all of it, with every config, as JSON Schema;")
    yield from ("[The graph file](../graph_file.md) tells what it means.", "")
    yield from ("## At the top", "", *_table(("key", "type", "default", "says"), _keys(schema["properties"])), "")
    for name in ("settings", "node", "edge", "layout"):
        keys = _keys(schema["$defs"][name]["properties"])
        yield from (f"## {name}", "", *_table(("key", "type", "default", "says"), keys), "")


def commands() -> Iterator[str]:
    """Each command with its arguments and options, as `--help` tells them."""
    from typer import Context
    from typer.main import get_command

    from engine.cli.main import COMMANDS

    yield from ("# Commands", "", "`baton` opens the studio, `baton FILE` opens it with a graph. Everything else needs")
    yield from ("no screen. [The command line](../command_line.md) shows them at work.", "")
    for name, summary in COMMANDS.items():
        found: Any = get_command(import_module(f"engine.cli.{name}").app)
        yield from (f"## baton {name}", "", summary, "")
        below: Mapping[str, Any] = getattr(found, "commands", {})
        for words, command in [(name, found)] if not below else [(f"{name} {sub}", below[sub]) for sub in below]:
            context = Context(command, info_name=f"baton {words}")
            usage = " ".join(["baton", words, *command.collect_usage_pieces(context)])
            yield from ("```text", usage, "```", "")
            told = _plain(command.help or "")
            if told and told != summary:
                yield from (told, "")
            records = [record for record in (part.get_help_record(context) for part in command.get_params(context))
                       if record and not record[0].endswith("--help")]  # fmt: skip
            if records:
                yield from (*_table(("", "says"), ((_code(name), _plain(told)) for name, told in records)), "")


def settings() -> Iterator[str]:
    """The keys of settings.json."""
    from engine.base.settings import ProviderSettings, Settings

    yield from (
        "# Settings",
        "",
        "`settings.json` in the folder of Baton ([where things are stored](../stored.md)) and",
    )
    yield from ("Help > Settings hold the same. Unknown keys survive.", "")
    for title, model in (("For everything", Settings), ("ProviderSettings", ProviderSettings)):
        told = _said_below(model)
        properties = model.model_json_schema()["properties"]
        for name, text in told.items():
            properties[name]["description"] = text
        yield from (f"## {title}", "", *_table(("key", "type", "default", "says"), _keys(properties)), "")


def providers() -> Iterator[str]:
    """Vendors and local servers."""
    from engine.base import discover

    found = sorted((module.PROVIDER for module in discover.modules("engine.models.providers")), key=lambda p: p.order)
    yield from ("# Providers", "", "In the order in which tiers that nobody mapped look for a key. A model is named")
    yield from ("`provider/model`, any model of theirs; what a tier means can be [changed](../models.md).", "")
    rows = []
    for each in found:
        tiers = ", ".join(f"{tier} {_code(model)}" for tier, model in each.tiers.items())
        row = (_code(each.name), each.title, _code(each.key_env) if each.key_env else "none")
        rows.append((*row, _code(each.url_env), _code(each.base_url), tiers or "the first model found"))
    yield from _table(("name", "is", "key", "other address by", "address", "tiers"), rows)


def tools() -> Iterator[str]:
    """The built-in tools."""
    from engine.tools.registry import Tools

    yield from ("# Built-in tools", "", "What agents and `tool` nodes can call without a server; [Tools](../tools.md)")
    yield from ("tells how they are chosen, bounded and trusted.", "")
    for tool in sorted(Tools.load(), key=lambda tool: tool.name):
        kind = "Asks before each call, unless writes are allowed." if tool.writes else "Changes nothing outside."
        yield from (f"## {tool.name}", "", _plain(tool.description), "", kind, "")
        properties = tool.parameters.get("properties", {})
        if properties:
            yield from (*_table(("argument", "type", "default", "says"), _keys(properties)), "")


def keys() -> Iterator[str]:
    """Keys and menus of the studio."""
    from gui.action import Actions

    yield from (
        "# Keys and menus",
        "",
        "Every verb of the studio, by menu; ? shows them there, Ctrl+K finds and does.",
        "",
    )
    menus: dict[str, list[tuple[str, str]]] = {}
    for action in Actions.load():
        if action.menu:
            title = action.title if isinstance(action.title, str) else _title_of(action.name)
            shown = ", ".join(f"<kbd>{key}</kbd>" for key in action.keys)
            menus.setdefault(action.menu, []).append((title, shown))
    for menu, rows in menus.items():
        yield from (f"## {menu}", "", *_table(("does", "keys"), rows), "")


def _title_of(name: str) -> str:
    """What to call a verb whose title depends on the moment: its name in the code."""
    return name.rpartition(".")[2].replace("_", " ").capitalize()


def _keys(properties: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Rows of a JSON Schema's properties: key, type, default, what it says."""
    return [(_code(name), _type(part), _default(part), _says(name, part)) for name, part in properties.items()]


def _type(part: Any) -> str:
    """A schema's type in a few words."""
    if "enum" in part:
        return ", ".join(_code(json.dumps(choice)) for choice in part["enum"])
    if "const" in part:
        return _code(json.dumps(part["const"]))
    if "$ref" in part:
        name = part["$ref"].rpartition(".")[2].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"  # the heading below of what it is made of
    for several in ("anyOf", "oneOf"):
        if several in part:
            return ", ".join(dict.fromkeys(_type(each) for each in part[several]))
    kind = part.get("type", "any")
    if isinstance(kind, list):
        return ", ".join(kind)
    if kind == "array" and isinstance(part.get("items"), dict) and part["items"]:
        return f"array of {_type(part['items'])}"
    if kind == "object" and isinstance(part.get("additionalProperties"), dict) and part["additionalProperties"]:
        return f"object of {_type(part['additionalProperties'])}"
    return str(kind)


def _default(part: Any) -> str:
    return _code(json.dumps(part["default"], ensure_ascii=False)) if "default" in part else ""


def _says(name: str, part: Any) -> str:
    """Description and bounds; a title is told only where it says more than the key."""
    title = str(part.get("title", ""))
    same = title.lower().replace(" ", "_") == name.lower()
    told = _plain(part.get("description") or ("" if same or not title else f"{title}."))
    bounds = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "maxItems": "at most"}
    for each in (part, *part.get("anyOf", ())):
        limits = [f"{word} {each[key]:,}" for key, word in bounds.items() if key in each]
        told += f" ({', '.join(limits)})" if limits else ""
    return told.strip()


def _said_below(model: type) -> dict[str, str]:
    """The texts that stand below the fields of a class: field -> text."""
    body = ast.parse(inspect.cleandoc("\n" + inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in zip(body.body, body.body[1:]):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            found[field.target.id] = _plain(ast.literal_eval(below.value))
    return found


def _ports(ports: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(_code(port["name"]) for port in ports) or "nothing"


def _code(text: str) -> str:
    return f"`{text}`"


def _plain(text: str) -> str:
    """A text on one line, without numbers of rules and what Markdown would read as a table or a tag."""
    return re.sub(r" \([ST]\d+\)", "", " ".join(text.split())).replace("|", "\\|").replace("<", "&lt;")


def _table(head: Sequence[str], rows: Rows) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def main() -> int:
    """Writes the pages, or with `--check` says which ones are stale; returns the exit code."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(ROOT))  # this tree, whatever else is installed
    wanted = pages()
    there = {path.name: path.read_text("utf-8") for path in PLACE.glob("*.md")} if PLACE.is_dir() else {}
    stale = sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
    if "--check" in sys.argv[1:]:
        if stale:
            print(f"Stale in docs/reference: {', '.join(stale)}. Run make docs.", file=sys.stderr)
        return 1 if stale else 0
    PLACE.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (PLACE / name).write_text(wanted[name], "utf-8")
        else:
            (PLACE / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
