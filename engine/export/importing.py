"""What an importer is: it recognises a file of another tool and gives a graph with a report of how true it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, Protocol, runtime_checkable

from engine.base.errors import FileProblem
from engine.files.strict import FILE_CAP, parse
from engine.graph.graph import Graph

How = Literal["exact", "approximated", "placeholder", "left out", "warning"]
HOWS: Final[tuple[How, ...]] = ("warning", "placeholder", "left out", "approximated", "exact")
"""What a line of a report may say; in this order people have to look at them."""
YAML_CAP: Final = 4 * 1024 * 1024
"""Bytes of a YAML file that is read; they are slow to parse, and no graph of this form comes near."""
_YAML: Final = (".yml", ".yaml", ".rivet-project", ".rivet-graph")


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one thing of the other tool.

    Attributes:
        what: it, by its name there.
        why: what is different here, or why it is not there; "" where nothing is.
        node: the node's id here, or "".
    """

    how: How
    what: str
    why: str = ""
    node: str = ""

    def as_json(self) -> dict[str, str]:
        """As `baton import --json` prints it."""
        return {"how": self.how, "what": self.what, **{k: v for k in ("why", "node") if (v := getattr(self, k))}}


@dataclass(frozen=True, slots=True)
class Imported:
    """A graph made of another tool's file, with what to know of it. `source` is the tool's name for people."""

    graph: Graph
    source: str
    report: tuple[Line, ...] = ()

    def counts(self) -> dict[How, int]:
        """How many lines of the report say what; those that none does are left out."""
        found = {how: sum(line.how == how for line in self.report) for how in HOWS}
        return {how: count for how, count in found.items() if count}

    def sentence(self) -> str:
        """The report in one line."""
        counts = ", ".join(f"{count} {how}" for how, count in self.counts().items())
        return f"Made from a file of {self.source}: {counts or 'nothing was in it'}."


@dataclass(frozen=True)
class Found:
    """A file that may be of any tool: its bytes, and its value once somebody asks. Nothing of it is ever run (T1).

    Attributes:
        name: of the file, for its ending and the graph's name.
    """

    data: bytes
    name: str = ""
    problem: list[FileProblem] = field(default_factory=list, compare=False)
    """Why the value could not be read, for who finds no importer."""

    @cached_property
    def text(self) -> str:
        """The file as text, "" when it is none."""
        try:
            return self.data.decode("utf-8-sig") if len(self.data) <= FILE_CAP else ""
        except UnicodeDecodeError:
            return ""

    @cached_property
    def value(self) -> Any:
        """The value of a JSON or YAML file; None for anything else, and for what breaks a cap (T8)."""
        start = self.text.lstrip()[:1]
        try:
            if start in ("{", "["):
                return parse(self.data)
            looks = any(
                self.text.startswith((f"{key}:", f"\n{key}:")) for key in ("app", "kind", "version", "workflow")
            )
            return read_yaml(self.data) if self.text and (looks or self.name.lower().endswith(_YAML)) else None
        except FileProblem as problem:
            self.problem.append(problem)
            return None

    @property
    def object(self) -> dict[str, Any]:
        """The value where it is an object, else an empty one."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def title(self) -> str:
        """The file's name without its ending, for a graph that has no other."""
        return self.name.rpartition("/")[2].partition(".")[0].replace("_", " ") or "Imported"


@runtime_checkable
class Importer(Protocol):
    """One tool. Each file of `engine.export.imports` offers one as `IMPORTER`.

    Attributes:
        name: a short name, such as `n8n`.
        title: what people call it.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def recognises(self, found: Found) -> bool:
        """Whether the file is of this tool. Looks only at its shape."""

    def read(self, found: Found) -> Imported:
        """The graph, as far as it can be told. Starts, imports and contacts nothing (T1).

        Raises:
            FileProblem: it is of this tool, but cannot be read.
        """


def read_yaml(data: bytes) -> Any:
    """The JSON value of a YAML file: no tags, no aliases, within caps (T8, T12).

    Raises:
        FileProblem: it is no YAML, or breaks a cap.
    """
    import yaml

    from engine.files.strict import DEPTH_CAP, VALUE_CAP

    if len(data) > YAML_CAP:
        raise FileProblem(f"The file has {len(data):,} bytes, more than the 4 MB of YAML that are read.", "Split it.")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = count = 0
    try:
        for event in yaml.parse(data, Loader=loader):
            count += 1
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                raise FileProblem("The YAML file repeats a part by an alias, which is not read.", "Write it out.")
            if depth > DEPTH_CAP or count > VALUE_CAP:
                raise FileProblem("The YAML file is nested too deeply or holds too much.", "Split it.")
        return _plain(yaml.safe_load(data))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else ""
        raise FileProblem(f"The file is not valid YAML{f' ({where})' if where else ''}.", "Export it again.",
                          place=where) from error  # fmt: skip


def _plain(value: Any) -> Any:
    """YAML's dates and odd keys as text, so that only JSON is left."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value - value != 0:
        return None
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
