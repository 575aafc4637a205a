"""Templates as Python: `{{ name }}` becomes part of an f-string; loops and conditions become loops and conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.export.standalone.expressions import Beyond, Expressions
from engine.export.standalone.writing import joined, quoted


class Template(Expressions):
    """One template.

    Args:
        names: what its names are called in the program.
        use: told each function of the parts that is called.
        shown: the function that makes text of a value.
    """

    def __init__(
        self, source: str, names: Mapping[str, str], use: Callable[[str], Any] = lambda _: None, shown: str = "text"
    ) -> None:
        from jinja2 import Environment

        super().__init__(names, use)
        self._shown = shown
        self._tree = Environment(autoescape=False).parse(source)  # noqa: S701 - it is read here, never rendered
        self._count = 0

    def text(self, target: str, indent: int) -> tuple[list[str], str]:
        """Lines of a function's source to stand before, and the expression of the text, `indent` spaces in.

        Raises:
            Beyond: see there.
        """
        from jinja2 import nodes

        if all(isinstance(node, nodes.Output) for node in self._tree.body):
            return [], joined(self._pieces(self._tree.body), indent)
        lines = [f"    {target}: list[str] = []", *self._scope(self._tree.body, target, 4)]
        return lines, f'"".join({target})'

    def _scope(self, body: list[Any], target: str, indent: int) -> list[str]:
        """A block in which what is set is known from then on, but not outside."""
        fresh: dict[str, str] = {}
        lines: list[str] = []
        for name in dict.fromkeys(_set_in(body)):
            self._count += 1
            fresh[name] = f"{name}_{self._count}_"
            lines.append(f"{' ' * indent}{fresh[name]}: Any = {self._names.get(name, 'None')}")
        self._names |= fresh
        return [*lines, *self._block(body, target, indent)]

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
            elif isinstance(node, nodes.Assign):
                made.append(f"{margin}{self._taken(node.target)} = {self.made(node.node)}")
            elif isinstance(node, nodes.With):
                made += self._with(node, target, indent)
            else:
                raise Beyond(f"a template uses “{type(node).__name__.lower()}”")
        return made

    def _with(self, node: Any, target: str, indent: int) -> list[str]:
        before, values = dict(self._names), [self.made(value) for value in node.values]
        names = [self._new(each) for each in node.targets]
        lines = [f"{' ' * indent}{name} = {value}" for name, value in zip(names, values, strict=True)]
        lines += self._scope(node.body, target, indent)
        self._names = before
        return lines

    def _if(self, node: Any, target: str, indent: int) -> list[str]:
        margin, inner = " " * indent, indent + 4
        made = [f"{margin}if {self.made(node.test)}:", *self._filled(node.body, target, inner)]
        for other in node.elif_:
            made += [f"{margin}elif {self.made(other.test)}:", *self._filled(other.body, target, inner)]
        if node.else_:
            made += [f"{margin}else:", *self._filled(node.else_, target, inner)]
        return made

    def _filled(self, body: list[Any], target: str, indent: int) -> list[str]:
        return self._block(body, target, indent) or [f"{' ' * indent}pass"]

    def _for(self, node: Any, target: str, indent: int) -> list[str]:
        if node.recursive:
            raise Beyond("a template has a loop that contains itself")
        self._count += 1
        number, over = f"i{self._count}_", f"over{self._count}_"
        items = self.made(node.iter)
        before = dict(self._names)
        item = self._new(node.target)
        items = f"list({items})" if node.test is None else f"[{item} for {item} in {items} if {self.made(node.test)}]"
        self._names["loop"] = f"{number} {over}"
        margin = " " * indent
        made = [f"{margin}{over} = {items}", f"{margin}for {number}, {item} in enumerate({over}):"]
        made += self._scope(node.body, target, indent + 4) or [f"{margin}    pass"]
        self._names = before
        if node.else_:
            made += [f"{margin}if not {over}:", *self._scope(node.else_, target, indent + 4)]
            self._names = before
        return made

    def _new(self, target: Any) -> str:
        """Fresh variables for a name or several, as in `for key, value in pairs`."""
        from jinja2 import nodes

        if isinstance(target, nodes.Tuple):
            return f"({', '.join(map(self._new, target.items))})"
        if not isinstance(target, nodes.Name):
            raise Beyond("a template gives a value to what is no name")
        self._count += 1
        self._names[target.name] = f"{target.name}_{self._count}_"
        return self._names[target.name]

    def _taken(self, target: Any) -> str:
        """The variables of names that are set."""
        from jinja2 import nodes

        if isinstance(target, nodes.Tuple):
            return f"({', '.join(map(self._taken, target.items))})"
        if not isinstance(target, nodes.Name):
            raise Beyond("a template gives a value to what is no name")
        return self._names[target.name]

    def _pieces(self, body: list[Any]) -> list[str]:
        """The texts and values of outputs as literals, one for each line of the text."""
        from jinja2 import nodes

        lines: list[list[tuple[bool, str]]] = [[]]
        for part in (part for output in body for part in output.nodes):
            if not isinstance(part, nodes.TemplateData):
                lines[-1].append((True, self.made(part)))
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
        if any(value and any(sign in said for sign in '"\\{') for value, said in parts):
            shown = [f"{self._shown}({said})" if value else quoted(said) for value, said in parts]
            return f"{' + '.join(shown)}" if len(shown) == 1 else f"''.join([{', '.join(shown)}])"
        texts = (
            f"{{{self._shown}({said})}}" if value else quoted(said)[1:-1].replace("{", "{{").replace("}", "}}")
            for value, said in parts
        )
        return f'f"{"".join(texts)}"'


def _set_in(body: list[Any]) -> Iterator[str]:
    """The names that a block sets, those of loops in it not among them."""
    from jinja2 import nodes

    for node in body:
        if isinstance(node, nodes.Assign):
            yield from ([node.target.name] if isinstance(node.target, nodes.Name) else
                        [each.name for each in node.target.find_all(nodes.Name)])  # fmt: skip
        elif isinstance(node, nodes.If):
            others = [each for other in node.elif_ for each in other.body]
            yield from _set_in([*node.body, *others, *node.else_])


__all__ = ["Beyond", "Template"]
