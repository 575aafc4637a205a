"""Tools of another program's agents: what of ours does the same, tool servers, helpers, placeholders for the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.base.errors import WrongUse
from engine.base.ids import id_from
from engine.export.drafting import Draft
from engine.export.foreign import literal, part, text_of
from engine.tools.mcp.imports import read_config

FOLDER: Final = "files"
"""The folder that file tools get, since ours work in one that is chosen."""
_OURS: Final[Sequence[tuple[re.Pattern[str], tuple[str, ...]]]] = tuple(
    (re.compile(pattern, re.IGNORECASE), tools)
    for pattern, tools in (
        (r"calculat|^calc\b|eval_?expression", ("calc.*",)),
        (r"current_?(date|time)|date_?time|^time\b|^clock", ("clock.now",)),
        (r"(write|save)_?file", ("fs.write_file", "fs.edit_file")),
        (r"read_?file|list_?director|file_?system", ("fs.read_file", "fs.list_directory", "fs.search_files")),
        (
            r"requests?_?get\b|web_?(browser|scrap|fetch|reader|page)|^url|fetch_?(url|page|content)|^fetch$",
            ("web.fetch",),
        ),
    )
)
"""What a tool is called there -> tools of ours that do it."""
ADD: Final = "Let a tool server offer it (“tool_servers”), list its tools in the agent, then delete this node."


ELSEWHERE: Final = "Its graph stands in another file: import that, and put its nodes in the place of the one inside."


def own_tools(*names: str) -> tuple[str, ...]:
    """The tools of ours that do what one of another program does, by its names there; none where none does."""
    return next((tools for name in names for pattern, tools in _OURS if pattern.search(name)), ())


class Belt:
    """Gives the agents of a draft their tools."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def give(self, node: str, title: str, tools: Iterable[str], **settings: Any) -> None:
        """More tools of ours.

        Args:
            node: the agent's id here.
            title: the tool's name there, for the report.
        """
        config = self._draft.config_of(node)
        made = dict.fromkeys([*config.get("tools", ()), *tools])
        files = {"folder": FOLDER} if any(name.startswith("fs.") for name in made) and not config.get("folder") else {}
        self._draft.configure(node, tools=list(made), **files, **settings)
        name = f"{title} of {self._draft.title_of(node)}"
        why = f"It may use the folder “{FOLDER}” beside the graph: choose another." if files else ""
        self._draft.say("approximated" if why else "exact", name, why or f"It is {', '.join(tools)} here.", node)

    def take(self, node: str, key: str, sort: str, title: str, settings: Any, at: Any, *names: str) -> None:
        """A tool: ours that does the same, or a placeholder that keeps its settings.

        Args:
            sort: its type there.
            names: what else tells what it does.
        """
        ours = own_tools(sort, title, *names)
        if ours:
            self.give(node, title, ours)
        else:
            self.placeholder(node, key, sort, title, settings, at)

    def placeholder(self, node: str, key: str, sort: str, title: str, settings: Any, at: Any, why: str = "") -> None:
        """A tool that nothing here does, beside its agent."""
        told = f"{why or f'It is a tool of {self._draft.title_of(node)} that Baton does not have.'} {ADD}"
        if not self._draft.id_of(key):
            self._draft.placeholder(key, sort, title, settings, at, told)

    def page(self, node: str, title: str, url: str, about: str) -> bool:
        """A tool that reads one address becomes the reading of pages of its host. False where it is no fixed host."""
        host = re.match(r"https?://([A-Za-z0-9.-]+(?::\d+)?)(?=[/?#{]|\Z)", url.strip())
        if host is None:
            return False
        hosts = dict.fromkeys([*self._draft.config_of(node).get("hosts", ()), host[1]])
        said = text_of(self._draft.config_of(node).get("instructions"))
        shown = url.strip().replace("{", "<").replace("}", ">")
        lines = literal(f"{title}: {about.strip().rstrip('.') or 'reads a page'}. Read {shown} with web.fetch.")
        self.give(node, title, ["web.fetch"], hosts=list(hosts), instructions="\n".join(filter(None, (said, lines))))
        self._draft.say("approximated", title, "It reads the address as a page, as its instructions say.", node)
        return True

    def server(self, node: str, title: str, told: Any, only: Sequence[str] = ()) -> bool:
        """A tool server that the file describes; its tools are the agent's. False where it describes none.

        Args:
            told: its description, as other clients write it, as an object or as JSON text.
            only: the tools of it that the agent may call; all when empty.
        """
        try:
            known = read_config(told if isinstance(told, str) else json.dumps(told))
        except WrongUse:
            return False
        patterns: list[str] = []
        for name, server in known.servers.items():
            mine = self._draft.serve(name, server)
            patterns += [f"{mine}.{tool}" for tool in only] or [f"{mine}.*"]
        needed = sorted({*known.secrets, *known.needed})
        self.give(node, title, patterns)
        if needed:
            why = f"Store {', '.join(needed)} under that name in the settings; no key of the file came along."
            self._draft.say("warning", f"the tool server of {title}", why, node)
        for sentence in known.notes if len(known.servers) > 1 else ():
            self._draft.say("warning", f"the tool server of {title}", sentence, node)
        return True

    def unknown_server(self, node: str, title: str, name: str, only: Sequence[str] = ()) -> None:
        """A tool server that the file only names."""
        mine = id_from(name)
        patterns = [f"{mine}.{tool}" for tool in only] or [f"{mine}.*"]
        config = self._draft.config_of(node)
        self._draft.configure(node, tools=list(dict.fromkeys([*config.get("tools", ()), *patterns])))
        why = f"The file does not say how its tool server is reached: add it under “tool_servers” as “{mine}”."
        self._draft.say("placeholder", f"{title} of {self._draft.title_of(node)}", why, node)

    def specialist(self, manager: str, node: str, port: str = "brief", about: str = "") -> None:
        """What another agent calls as a tool, an agent or a graph: the one becomes a manager, the other its specialist.

        Args:
            manager: the id of the agent that calls.
            node: the id of what it calls; its brief arrives at `port`.
        """
        self._draft.become(manager, "manager")
        if about.strip() and self._draft.kind_of_id(node) == "agent":
            self._draft.configure(node, description=about.strip()[:300])
        self._draft.delegate(manager, node, port)

    def graph_elsewhere(
        self, manager: str, key: str, title: str, sort: str, settings: Mapping[str, Any], at: Any
    ) -> None:
        """A graph in another file that is called as a tool: a specialist whose work is a placeholder."""
        body = {"body": stub(self._draft.source, sort, settings)}
        node = self._draft.add(key, "subgraph", title, body, at, how="placeholder", why=ELSEWHERE)
        self.specialist(manager, node)


def stub(source: str, sort: str, settings: Mapping[str, Any], given: str = "brief") -> dict[str, Any]:
    """The body of a sub-graph that stands in another file: what it takes and gives, around a placeholder."""
    kind = f"{source.lower().replace(' ', '')}.{sort}"
    return {
        "nodes": [
            {"id": given, "kind": "input", "config": {"type": "any"}},
            {"id": "elsewhere", "kind": kind, "config": dict(settings)},
            {"id": "result", "kind": "output"},
        ],
        "edges": [
            {"from": f"{given}.value", "to": "elsewhere.input"},
            {"from": "elsewhere.output", "to": "result.value"},
        ],
    }


def listed(value: Any) -> list[str]:
    """Names in a list, which may be written as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if len(value) < 20_000 else []
        except (ValueError, RecursionError):
            return []
    return [name for each in value if (name := text_of(each) or text_of(part(each, "name")))] if isinstance(
        value, list) else []  # fmt: skip


def below(at: Any, number: int) -> tuple[float, float] | None:
    """A place below a node, `[x, y]` or `{"x", "y"}`, for what hangs there."""
    x, y = (part(at, "x"), part(at, "y")) if isinstance(at, dict) else at if isinstance(at, tuple) else (None, None)
    fits = isinstance(x, int | float) and isinstance(y, int | float)
    return (x + 40, y + 120 * (number + 1)) if fits else None
