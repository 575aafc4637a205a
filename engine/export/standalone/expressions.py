"""Expressions of templates as Python: names, fields, comparisons, filters, tests and methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.export.standalone.writing import literal, quoted
from engine.kinds.allowance import METHODS

_COMPARE: Final = {
    "eq": "==", "ne": "!=", "gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "in": "in", "notin": "not in",
}  # fmt: skip
_RECKONED: Final = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**"}
_LOOP: Final = {
    "index0": "{0}", "index": "({0} + 1)", "first": "({0} == 0)", "length": "len({1})",
    "last": "({0} == len({1}) - 1)", "revindex": "(len({1}) - {0})", "revindex0": "(len({1}) - {0} - 1)",
}  # fmt: skip
_FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "join": lambda value, by='""': f"{by}.join(map(str, {value}))",
    "length": lambda value: f"len({value})",
    "count": lambda value: f"len({value})",
    "replace": lambda value, old, new: f"str({value}).replace({old}, {new})",
    "upper": lambda value: f"str({value}).upper()",
    "lower": lambda value: f"str({value}).lower()",
    "trim": lambda value: f"str({value}).strip()",
    "capitalize": lambda value: f"str({value}).capitalize()",
    "center": lambda value, width="80": f"str({value}).center({width})",
    "string": lambda value: f"str({value})",
    "list": lambda value: f"list({value})",
    "first": lambda value: f"next(iter({value}))",
    "last": lambda value: f"list({value})[-1]",
    "abs": lambda value: f"abs({value})",
    "items": lambda value: f"{value}.items()",
    "safe": lambda value: value,
}
"""Filters that Python has itself; the others are functions of the part `filters`."""
_HELPED: Final[Mapping[str, str]] = {
    "default": "default", "d": "default", "sort": "in_order", "reverse": "backwards", "unique": "each_once",
    "sum": "summed", "min": "least", "max": "greatest", "tojson": "as_json", "title": "in_title_case",
    "truncate": "cut_short", "indent": "indented", "wordcount": "word_count", "dictsort": "sorted_pairs",
    "round": "rounded", "int": "as_int", "float": "as_float", "batch": "in_rows", "urlencode": "for_address",
    "escape": "for_html", "e": "for_html", "groupby": "in_groups", "format": "filled_in", "random": "any_of",
    "filesizeformat": "as_size", "slice": "in_columns",
}  # fmt: skip
_PICKING: Final = {"select": "kept", "selectattr": "kept", "reject": "dropped", "rejectattr": "dropped"}
_TESTS: Final[Mapping[str, str]] = {
    "none": "({0} is None)", "string": "isinstance({0}, str)", "mapping": "isinstance({0}, dict)",
    "number": "isinstance({0}, int | float)", "integer": "is_int({0})", "float": "isinstance({0}, float)",
    "boolean": "isinstance({0}, bool)", "true": "({0} is True)", "false": "({0} is False)",
    "sequence": "isinstance({0}, str | list | tuple | dict)", "iterable": "isinstance({0}, str | list | tuple | dict)",
    "odd": "({0} % 2 == 1)", "even": "({0} % 2 == 0)", "divisibleby": "({0} % {1} == 0)", "lower": "str({0}).islower()",
    "upper": "str({0}).isupper()", "in": "({0} in {1})", "eq": "({0} == {1})", "equalto": "({0} == {1})",
    "==": "({0} == {1})", "ne": "({0} != {1})", "!=": "({0} != {1})", "gt": "({0} > {1})", ">": "({0} > {1})",
    "greaterthan": "({0} > {1})", "ge": "({0} >= {1})", ">=": "({0} >= {1})", "lt": "({0} < {1})", "<": "({0} < {1})",
    "lessthan": "({0} < {1})", "le": "({0} <= {1})", "<=": "({0} <= {1})", "sameas": "({0} is {1})",
}  # fmt: skip
_METHODS: Final = frozenset(name for names in METHODS.values() for name in names)


class Beyond(Exception):
    """The template uses something that has no counterpart here; the message says what."""


class Expressions:
    """Expressions of one template.

    Args:
        names: what its names are called in the program.
        use: told each function of the parts that is called.
    """

    def __init__(self, names: Mapping[str, str], use: Callable[[str], Any]) -> None:
        self._names, self._use = dict(names), use

    def made(self, node: Any) -> str:
        """An expression.

        Raises:
            Beyond: see there.
        """
        maker = getattr(self, f"_{type(node).__name__.lower()}", None)
        if type(node).__name__ in _RECKONED:
            return f"({self.made(node.left)} {_RECKONED[type(node).__name__]} {self.made(node.right)})"
        if maker is None:
            raise Beyond(f"a template uses “{type(node).__name__.lower()}”")
        return str(maker(node))

    def _name(self, node: Any) -> str:
        if node.name not in self._names:
            raise Beyond(f"a template uses the name “{node.name}” before it is set")
        return self._names[node.name]

    def _const(self, node: Any) -> str:
        return literal(node.value)

    def _getitem(self, node: Any) -> str:
        from jinja2 import nodes

        if isinstance(node.arg, nodes.Slice):
            ends = [node.arg.start, node.arg.stop, node.arg.step]
            return f"{self.made(node.node)}[{':'.join(self.made(end) if end else '' for end in ends)}]"
        self._use("get")
        return f"get({self.made(node.node)}, {self.made(node.arg)})"

    def _getattr(self, node: Any) -> str:
        from jinja2 import nodes

        if isinstance(node.node, nodes.Name) and node.node.name == "loop" and "loop" in self._names:
            number, _, over = self._names["loop"].partition(" ")
            if node.attr not in _LOOP:
                raise Beyond(f"a template uses “loop.{node.attr}”")
            return _LOOP[node.attr].format(number, over)
        self._use("get")
        return f"get({self.made(node.node)}, '{node.attr}')"

    def _not(self, node: Any) -> str:
        return f"(not {self.made(node.node)})"

    def _neg(self, node: Any) -> str:
        return f"(-{self.made(node.node)})"

    def _pos(self, node: Any) -> str:
        return f"(+{self.made(node.node)})"

    def _and(self, node: Any) -> str:
        return f"({self.made(node.left)} and {self.made(node.right)})"

    def _or(self, node: Any) -> str:
        return f"({self.made(node.left)} or {self.made(node.right)})"

    def _compare(self, node: Any) -> str:
        rest = (f" {_COMPARE[each.op]} {self.made(each.expr)}" for each in node.ops)
        return f"({self.made(node.expr)}{''.join(rest)})"

    def _condexpr(self, node: Any) -> str:
        other = self.made(node.expr2) if node.expr2 is not None else '""'
        return f"({self.made(node.expr1)} if {self.made(node.test)} else {other})"

    def _concat(self, node: Any) -> str:
        return f"({' + '.join(f'str({self.made(each)})' for each in node.nodes)})"

    def _list(self, node: Any) -> str:
        return f"[{', '.join(map(self.made, node.items))}]"

    def _tuple(self, node: Any) -> str:
        return f"({''.join(f'{self.made(each)}, ' for each in node.items)})"

    def _dict(self, node: Any) -> str:
        return f"{{{', '.join(f'{self.made(each.key)}: {self.made(each.value)}' for each in node.items)}}}"

    def _call(self, node: Any) -> str:
        from jinja2 import nodes

        if not isinstance(node.node, nodes.Getattr) or node.dyn_args or node.dyn_kwargs:
            raise Beyond("a template calls what is no method")
        name, given = node.node.attr, [self.made(each) for each in node.args]
        if isinstance(node.node.node, nodes.Name) and node.node.node.name == "loop" and "loop" in self._names:
            if name != "cycle":
                raise Beyond(f"a template uses “loop.{name}”")
            return f"[{', '.join(given)}][{self._names['loop'].partition(' ')[0]} % {len(given)}]"
        if name not in _METHODS:
            raise Beyond(f"a template calls “{name}”")
        given += [f"{each.key}={self.made(each.value)}" for each in node.kwargs]
        return f"{self.made(node.node.node)}.{name}({', '.join(given)})"

    def _filter(self, node: Any) -> str:
        if node.node is None or node.dyn_args or node.dyn_kwargs:
            raise Beyond(f"a template uses “{node.name}” over a block")
        value = self.made(node.node)
        if node.name == "map" or node.name in _PICKING:
            return self._picked(node, value)
        given = [self.made(each) for each in node.args]
        named = {each.key: self.made(each.value) for each in node.kwargs}
        if node.name == "join" and "attribute" in named:
            value, named = f"({self._field('each', node.kwargs[-1].value)} for each in {value})", {}
        if node.name in _FILTERS and not named:
            return _FILTERS[node.name](value, *given)
        if node.name not in _HELPED:
            raise Beyond(f"a template uses “{node.name}”")
        value = f"lambda: {value}" if _HELPED[node.name] == "default" else value
        parts = [value, *given, *(f"{key}={said}" for key, said in named.items())]
        return f"{self._helper(_HELPED[node.name])}({', '.join(parts)})"

    def _picked(self, node: Any, value: str) -> str:
        """`map`, and what keeps or drops the items that pass a test."""
        from jinja2 import nodes

        named = {each.key: each.value for each in node.kwargs}
        args = list(node.args)
        if node.name == "map" and "attribute" in named:
            item = self._field("each", named["attribute"])
            if "default" in named:
                item = f"{self._helper('default')}(lambda: {item}, {self.made(named['default'])})"
            return f"[{item} for each in {value}]"
        item, first = "each", args.pop(0) if args else None
        if node.name.endswith("attr") and first is not None:
            item, first = self._field("each", first), args.pop(0) if args else None
        if first is not None and not isinstance(first, nodes.Const):
            raise Beyond(f"a template uses “{node.name}” by a name that is not written there")
        before, self._names["each"] = self._names.get("each"), item
        there = nodes.Name("each", "load")
        word = first.value if first is not None else ""
        if node.name == "map":
            made = self._filter(nodes.Filter(there, word, args, node.kwargs, None, None))
        else:
            made = self._test(nodes.Test(there, word, args, [], None, None)) if word else item
        del self._names["each"]
        self._names |= {"each": before} if before is not None else {}
        if node.name == "map":
            return f"[{made} for each in {value}]"
        return f"[each for each in {value} if {'not ' if _PICKING[node.name] == 'dropped' else ''}{made}]"

    def _field(self, of: str, path: Any) -> str:
        self._use("get")
        if not isinstance(path.value, str):
            return f"get({of}, {literal(path.value)})"
        for part in path.value.split("."):
            of = f"get({of}, {part if part.isdigit() else quoted(part)})"
        return of

    def _test(self, node: Any) -> str:
        value = self.made(node.node)
        if node.name in ("defined", "undefined"):
            return f"({'not ' if node.name == 'undefined' else ''}{self._helper('is_there')}(lambda: {value}))"
        if node.name not in _TESTS:
            raise Beyond(f"a template uses the test “{node.name}”")
        if "is_int" in _TESTS[node.name]:
            self._helper("is_int")
        return _TESTS[node.name].format(value, *(self.made(each) for each in node.args))

    def _helper(self, name: str) -> str:
        self._use(name)
        return name
