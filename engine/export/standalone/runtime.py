"""The runtime of a written program: the pieces that it uses, read as text, with what they import."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

PARTS: Final = Path(__file__).parent / "parts"
ORDER: Final = (
    "values", "filters", "keys", "rules", "schemas", "places", "attempts", "flow", "langgraph", "wires", "models",
    "conversation", "pictures", "tools", "people", "allowing", "toolresults", "toolservers", "calculator", "clock",
    "globbing", "ledger", "filetools", "databases", "guarding", "pages", "routing", "teams", "merging", "filemerging",
    "judging", "swarms", "maps", "tables", "loops", "web", "remotes", "folders", "coding", "disputes", "command",
)  # fmt: skip
_OURS: Final = "engine.export.standalone.parts."


@dataclass(frozen=True)
class Part:
    """A piece of the runtime: its source without its imports, what it imports, which names it defines."""

    source: str
    imports: tuple[tuple[str, str], ...]
    needs: tuple[str, ...]
    names: frozenset[str]


def runtime(names: Collection[str], filled: Mapping[str, Callable[[str], str]]) -> Iterator[str]:
    """The imports and the parts of these names, each once, in order.

    Args:
        filled: by the name of a part, what puts the program's own data into its source.
    """
    found = parts()
    yield from _imports({pair for name in names for pair in found[name].imports})
    for name in (name for name in ORDER if name in names):
        source = found[name].source
        yield f"\n\n{title(_about(name))}\n\n\n{filled[name](source) if name in filled else source}\n"


def wanted(uses: Collection[str]) -> set[str]:
    """The parts that define these functions, with those that they need themselves."""
    found = parts()
    names = {name for name, part in found.items() if not part.names.isdisjoint(uses)} | {"flow", "command"}
    for name in reversed(ORDER):
        if name in names:
            names |= set(found[name].needs)
    return names


def title(text: str) -> str:
    """A line that begins a part."""
    return f"# --- {text} {'-' * max(3, 90 - len(text))}"


def _about(name: str) -> str:
    return (ast.get_docstring(ast.parse((PARTS / f"{name}.py").read_text("utf-8"))) or name).split("\n")[0].rstrip(".")


@cache
def parts() -> dict[str, Part]:
    """The pieces that programs are made of, read as text."""
    return {name: _part((PARTS / f"{name}.py").read_text("utf-8")) for name in ORDER}


def _part(source: str) -> Part:
    tree = ast.parse(source)
    imports: list[tuple[str, str]] = []
    needs: list[str] = []
    names: set[str] = set()
    begin = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_OURS):
            needs.append((node.module or "").removeprefix(_OURS))
        elif isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__":
            imports += _lines(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            begin = node.end_lineno or begin
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return Part("\n".join(source.splitlines()[begin:]).strip("\n"), tuple(imports), tuple(needs), frozenset(names))


def _lines(node: ast.Import | ast.ImportFrom) -> list[tuple[str, str]]:
    """Modules and names that are imported from them; "" for a module itself."""
    if isinstance(node, ast.Import):
        return [(each.name, "") for each in node.names]
    return [(node.module or "", each.name) for each in node.names]


def _imports(wanted: set[tuple[str, str]]) -> Iterator[str]:
    """The import statements of a program in their usual order."""
    yield "from __future__ import annotations\n"
    whole = sorted(module for module, name in wanted if not name)
    yield from (f"import {module}" for module in whole if module != "httpx")
    for module in sorted({module for module, name in wanted if name}):
        yield f"from {module} import {', '.join(sorted(name for each, name in wanted if each == module and name))}"
    yield from ("\nimport httpx" for module in whole if module == "httpx")
