"""The Jinja that a stranger's template may use: it ends soon and makes nothing huge, whatever it says (trust.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateAssertionError, Undefined, nodes, pass_context
from jinja2.ext import Extension
from jinja2.lexer import TokenStream
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from engine.kinds import allowance as take

BUDGET: Final = "#"
"""Where the allowance of one rendering stands among its values; no name in a template reads like this."""
_MAX_TOKENS: Final = 50_000
_READS: Final = frozenset({
    "Template", "TemplateData", "Output", "Name", "Const", "Getattr", "Getitem", "Slice", "If", "For", "With", "Assign",
    "CondExpr", "Filter", "Test", "Compare", "Operand", "And", "Or", "Not", "Add", "Sub", "Mul", "Div", "FloorDiv",
    "Mod", "Pow", "Neg", "Pos", "Concat", "List", "Tuple", "Dict", "Pair", "Call", "Keyword",
})  # fmt: skip
"""What a template may consist of; macros, blocks and other templates are not among it."""
_FILTERS: Final = frozenset({
    "abs", "batch", "capitalize", "center", "count", "d", "default", "dictsort", "e", "escape", "filesizeformat",
    "first", "float", "format", "groupby", "indent", "int", "items", "join", "last", "length", "list", "lower", "map",
    "max", "min", "random", "reject", "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr",
    "slice", "sort", "string", "sum", "title", "tojson", "trim", "truncate", "unique", "upper", "urlencode",
    "wordcount",
})  # fmt: skip
"""Filters whose work grows with what they get, or can be foretold by `allowance.FORETOLD`."""
_LOOPS: Final = ("cycle", "changed")


class _Short(Extension):
    """Refuses a template with more marks than anybody writes, before it is parsed."""

    def filter_stream(self, stream: TokenStream) -> Any:
        for count, token in enumerate(stream):
            if count > _MAX_TOKENS:
                raise TemplateAssertionError("it has too many names and signs", token.lineno)
            yield token


class _Bound(NodeTransformer):
    """Rewrites a template so that all that repeats or grows asks for its allowance first."""

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        if type(node).__name__ not in _READS:
            raise TemplateAssertionError(f"“{_word(node)}” cannot be used here", node.lineno)
        return super().generic_visit(node, *args, **kwargs)

    def visit_For(self, node: nodes.For) -> nodes.Node:
        if node.recursive:
            raise TemplateAssertionError("a loop cannot contain itself", node.lineno)
        nodes_of_a_round = 1 + sum(1 for part in node.iter_child_nodes(exclude=("iter",)) for _ in _all(part))
        node.iter = _asking("#each", node.iter, nodes.Const(nodes_of_a_round))
        return self.generic_visit(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        first, *rest = node.nodes
        return self.generic_visit(_asking("#joined", first, *rest, lineno=node.lineno))

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        parts = [part for operand in node.ops for part in (nodes.Const(operand.op), operand.expr)]
        return self.generic_visit(_asking("#compared", node.expr, *parts))

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        if isinstance(node.arg, nodes.Slice):
            node.node = _asking("#sliced", node.node)
        return self.generic_visit(node)

    def _made(self, node: nodes.Expr) -> nodes.Node:
        self.generic_visit(node)
        constant = all(isinstance(part, nodes.Const) for part in node.iter_child_nodes())
        return node if constant or getattr(node, "ctx", "load") != "load" else _asking("#made", node)

    visit_List = visit_Tuple = visit_Dict = _made  # noqa: N815 (the names that Jinja's visitor looks for)


def _all(node: nodes.Node) -> list[nodes.Node]:
    return [node, *node.find_all(nodes.Node)]


def _asking(name: str, node: nodes.Node, *args: nodes.Expr, lineno: int | None = None) -> nodes.Filter:
    return nodes.Filter(node, name, list(args), [], None, None, lineno=lineno or node.lineno)


def _word(node: nodes.Node) -> str:
    words = {"CallBlock": "call", "FilterBlock": "filter", "FromImport": "import", "AssignBlock": "set … endset"}
    return words.get(type(node).__name__, type(node).__name__.lower())


class Bounded(ImmutableSandboxedEnvironment):
    """Jinja whose templates take all work and room from the allowance in their values (`BUDGET`).

    Args:
        readable: how a value reads where it is put in.
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, readable: Callable[[Any], str]) -> None:
        def finalize(value: Any) -> str:
            # An undefined name must raise here as it would in plain Jinja, not be turned into text.
            return str(value) if isinstance(value, Undefined) else readable(value)

        super().__init__(
            undefined=StrictUndefined, autoescape=False, finalize=finalize, cache_size=0, extensions=[_Short]
        )
        self.globals.clear()
        self.filters = {name: self._filter(name, self.filters[name]) for name in _FILTERS} | {
            f"#{act.__name__}": pass_context(_with_allowance(act))
            for act in (take.each, take.joined, take.compared, take.sliced, take.made)
        }
        self.filters["join"] = pass_context(_with_allowance(take.join))
        self.tests = {name: pass_context(_tested(name, test)) for name, test in dict[str, Any](self.tests).items()}

    def parse(self, source: str, name: str | None = None, filename: str | None = None) -> nodes.Template:
        """A template as a tree in which all that repeats or grows asks for its allowance.

        Raises:
            TemplateSyntaxError: it cannot be read, or uses what no template here may use.
        """
        tree: nodes.Template = _Bound().visit(super().parse(source, name, filename))
        tree.set_environment(self)
        return tree

    def _filter(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        wants = getattr(getattr(act, "jinja_pass_arg", None), "name", "")

        @pass_context
        def bounded(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
            allowance = _allowance(context)
            allowance.before(name, value, args, kwargs)
            first = {"context": (context,), "eval_context": (context.eval_ctx,), "environment": (self,)}.get(wants, ())
            return take.made(allowance, act(*first, value, *args, **kwargs))

        return bounded

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if type(left) is float and type(right) is float:
            return super().call_binop(context, operator, left, right)
        allowance = _allowance(context)
        allowance.before(operator, left, (right,), {})
        return take.made(allowance, super().call_binop(context, operator, left, right))

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 (as in Jinja)
        if isinstance(__obj, Undefined):
            return super().call(__context, __obj, *args, **kwargs)
        owner, name = getattr(__obj, "__self__", None), str(getattr(__obj, "__name__", type(__obj).__name__))
        looped = type(owner).__name__ == "LoopContext" and name in _LOOPS
        if not looped and name not in take.METHODS.get(type(owner), ()):
            raise ValueError(f"“{name}” cannot be called here")
        allowance = _allowance(__context)
        if name == "join":
            return take.join(allowance, args[0], owner)
        allowance.before(name, owner, args, kwargs)
        return take.made(allowance, super().call(__context, __obj, *args, **kwargs))


def _allowance(context: Context) -> take.Allowance:
    found: take.Allowance = context.resolve_or_missing(BUDGET)
    return found


def _with_allowance(act: Callable[..., Any]) -> Callable[..., Any]:
    def asking(context: Context, *args: Any, **kwargs: Any) -> Any:
        return act(_allowance(context), *args, **kwargs)

    return asking


def _tested(name: str, test: Callable[..., Any]) -> Callable[..., bool]:
    operator = take.COMPARING.get(name)

    def tested(context: Context, value: Any, *args: Any) -> bool:
        allowance = _allowance(context)
        if operator:
            return bool(take.compared(allowance, value, operator, *args))
        allowance.read(value)
        return bool(test(context.environment, value, *args) if name in ("filter", "test") else test(value, *args))

    return tested
