"""Templates as Python: `{{ name }}` becomes part of an f-string; loops and conditions become loops and conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.export.standalone.writing import joined, literal, quoted

_COMPARE: Final = {
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "gteq": ">=",
    "lt": "<",
    "lteq": "<=",
    "in": "in",
    "notin": "not in",
}
_LOOP: Final = {"index0": "{0}", "index": "({0} + 1)", "first": "({0} == 0)", "length": "len({1})",
                "last": "({0} == len({1}) - 1)"}  # fmt: skip
_FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "join": lambda value, by='""', *_: f"{by}.join(map(str, {value}))",
    "length": lambda value: f"len({value})",
    "count": lambda value: f"len({value})",
    "replace": lambda value, old, new: f"str({value}).replace({old}, {new})",
    "upper": lambda value: f"str({value}).upper()",
    "lower": lambda value: f"str({value}).lower()",
    "trim": lambda value: f"str({value}).strip()",
    "capitalize": lambda value: f"str({value}).capitalize()",
    "string": lambda value: f"str({value})",
    "list": lambda value: f"list({value})",
    "first": lambda value: f"{value}[0]",
    "last": lambda value: f"{value}[-1]",
}


class Beyond(Exception):
    """The template uses something that has no counterpart here; the message says what."""


class Template:
    """One template.

    Args:
        names: what its names are called in the program.
        shown: the function that makes text of a value.
    """

    def __init__(self, source: str, names: Mapping[str, str], shown: str = "text") -> None:
        from jinja2 import Environment

        self._names, self._shown = dict(names), shown
        self._tree = Environment(autoescape=False).parse(source)  # noqa: S701 - it is read here, never rendered
        self._count = 0

    def made(self, target: str, indent: int) -> tuple[list[str], str]:
        """Lines of a function's source to stand before, and the expression of the text, `indent` spaces in.

        Raises:
            Beyond: see there.
        """
        from jinja2 import nodes

        if all(isinstance(node, nodes.Output) for node in self._tree.body):
            return [], joined(self._pieces(self._tree.body), indent)
        lines = [f"    {target}: list[str] = []", *self._block(self._tree.body, target, 4)]
        return lines, f'"".join({target})'

    def _block(self, body: list[Any], target: str, indent: int) -> list[str]:
        from jinja2 import nodes

        made: list[str] = []
        margin = " " * indent
        for node in body:
            if isinstance(node, nodes.Output):
                made += [f"{margin}{target}.append({piece})" for piece in self._pieces([node])]
            elif isinstance(node, nodes.If):
                made += self._if(node, target, indent)
            elif isinstance(node, nodes.For):
                made += self._for(node, target, indent)
            else:
                raise Beyond(f"a template uses “{type(node).__name__.lower()}”")
        return made

    def _if(self, node: Any, target: str, indent: int) -> list[str]:
        margin, inner = " " * indent, indent + 4
        made = [f"{margin}if {self._expression(node.test)}:", *self._block(node.body, target, inner)]
        for other in node.elif_:
            made += [f"{margin}elif {self._expression(other.test)}:", *self._block(other.body, target, inner)]
        if node.else_:
            made += [f"{margin}else:", *self._block(node.else_, target, inner)]
        return made

    def _for(self, node: Any, target: str, indent: int) -> list[str]:
        from jinja2 import nodes

        if not isinstance(node.target, nodes.Name) or node.recursive:
            raise Beyond("a template has a loop over pairs")
        self._count += 1
        number = f"i{self._count}_"
        over = self._expression(node.iter)
        before = dict(self._names)
        self._names |= {node.target.name: f"{node.target.name}_{self._count}_"}
        item = self._names[node.target.name]
        if node.test is not None:
            over = f"[{item} for {item} in {over} if {self._expression(node.test)}]"
        self._names["loop"] = f"{number} {over}"
        made = [
            f"{' ' * indent}for {number}, {item} in enumerate({over}):",
            *self._block(node.body, target, indent + 4),
        ]
        self._names = before
        if node.else_:
            made += [f"{' ' * indent}if not {over}:", *self._block(node.else_, target, indent + 4)]
        return made

    def _pieces(self, body: list[Any]) -> list[str]:
        """The texts and values of outputs as literals, one for each line of the text."""
        from jinja2 import nodes

        lines: list[list[tuple[bool, str]]] = [[]]
        for part in (part for output in body for part in output.nodes):
            if not isinstance(part, nodes.TemplateData):
                lines[-1].append((True, self._expression(part)))
                continue
            for line in part.data.splitlines(keepends=True):
                lines[-1].append((False, line))
                if line.endswith("\n"):
                    lines.append([])
        return [self._line(line) for line in lines if line]

    def _line(self, parts: list[tuple[bool, str]]) -> str:
        """One line. A value stands in an f-string where it is simple, else in an addition."""
        if all(not value for value, _ in parts):
            return quoted("".join(text for _, text in parts))
        if any(value and ('"' in said or "\\" in said or "{" in said) for value, said in parts):
            shown = [f"{self._shown}({said})" if value else quoted(said) for value, said in parts]
            return f"{' + '.join(shown)}" if len(shown) == 1 else f"''.join([{', '.join(shown)}])"
        texts = (
            f"{{{self._shown}({said})}}" if value else quoted(said)[1:-1].replace("{", "{{").replace("}", "}}")
            for value, said in parts
        )
        return f'f"{"".join(texts)}"'

    def _expression(self, node: Any) -> str:
        from jinja2 import nodes

        if isinstance(node, nodes.Name):
            if node.name not in self._names:
                raise Beyond(f"a template uses the name “{node.name}” before it is set")
            return self._names[node.name]
        if isinstance(node, nodes.Const):
            return literal(node.value)
        if isinstance(node, nodes.Getattr | nodes.Getitem):
            return self._field(node)
        if isinstance(node, nodes.Not):
            return f"(not {self._expression(node.node)})"
        if isinstance(node, nodes.And | nodes.Or):
            word = "and" if isinstance(node, nodes.And) else "or"
            return f"({self._expression(node.left)} {word} {self._expression(node.right)})"
        if isinstance(node, nodes.Compare):
            rest = (f" {_COMPARE[each.op]} {self._expression(each.expr)}" for each in node.ops)
            return f"({self._expression(node.expr)}{''.join(rest)})"
        if isinstance(node, nodes.CondExpr) and node.expr2 is not None:
            yes, no = self._expression(node.expr1), self._expression(node.expr2)
            return f"({yes} if {self._expression(node.test)} else {no})"
        if isinstance(node, nodes.Filter) and node.name in _FILTERS and not node.kwargs and node.node is not None:
            given = [self._expression(each) for each in (node.node, *node.args)]
            return _FILTERS[node.name](*given)
        raise Beyond(f"a template uses “{getattr(node, 'name', type(node).__name__.lower())}”")

    def _field(self, node: Any) -> str:
        from jinja2 import nodes

        if isinstance(node, nodes.Getattr):
            if isinstance(node.node, nodes.Name) and node.node.name == "loop" and "loop" in self._names:
                number, _, over = self._names["loop"].partition(" ")
                if node.attr not in _LOOP:
                    raise Beyond(f"a template uses “loop.{node.attr}”")
                return _LOOP[node.attr].format(number, over)
            return f"get({self._expression(node.node)}, '{node.attr}')"
        return f"get({self._expression(node.node)}, {self._expression(node.arg)})"
