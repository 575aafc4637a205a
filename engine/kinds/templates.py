"""Prompts and templates: Jinja in an immutable sandbox; the names used in one become its ports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from engine.base.errors import NodeError
from engine.base.values import TEXT_CAP, Value, as_text
from engine.kinds.contract import Port

if TYPE_CHECKING:
    from jinja2 import Template

    from engine.kinds.bounded import Bounded

_PLAIN: Final = re.compile(r"\{\{ *([a-z_][a-z0-9_]*) *\}\}")
_WORDS: Final = frozenset({"and", "else", "false", "if", "in", "is", "none", "not", "or", "true"})
"""What looks like a name but is a word of Jinja's."""


@cache
def _environment(in_address: bool = False) -> Bounded:
    from engine.kinds.bounded import Bounded

    return Bounded(address_part if in_address else as_text)


def names(*templates: str) -> tuple[str, ...]:
    """The names that templates use, in order of first appearance, each once.

    Raises:
        NodeError: `bad_request` when a template cannot be parsed; the message says where.
    """
    found: dict[str, None] = {}
    for template in templates:
        if "{" not in template:
            continue
        plain = _PLAIN.findall(template)  # all that most prompts have: thousands of them are read on every edit
        simple = template.count("{") == 2 * len(plain) and _WORDS.isdisjoint(plain)
        found.update(dict.fromkeys(plain if simple else _parsed_names(template)))
    return tuple(found)


@lru_cache(maxsize=4096)
def _parsed_names(template: str) -> list[str]:
    """The names of a template that needs Jinja's own parser, in order of appearance."""
    from jinja2 import TemplateSyntaxError, meta, nodes

    try:
        tree = _environment().parse(template)
        free = meta.find_undeclared_variables(tree)
    except TemplateSyntaxError as error:
        said, line = str(error.message or "").rstrip("."), error.lineno
        raise NodeError(
            "bad_request", f"The template cannot be read: {said} (line {line}).", "Write names as {{ name }}."
        ) from None
    except RecursionError:
        raise NodeError("bad_request", "The template cannot be read: it is nested too deeply.") from None
    return [name.name for name in tree.find_all(nodes.Name) if name.name in free]


def placeholder_ports(*templates: str) -> tuple[Port, ...]:
    """An input port for each name in the templates: any value, and many of them (S1)."""
    return ports_of(names(*templates))


def ports_of(found: tuple[str, ...]) -> tuple[Port, ...]:
    """See `placeholder_ports`, of the names themselves."""
    return tuple(_placeholder(name) for name in found)


@lru_cache(maxsize=4096)
def _placeholder(name: str) -> Port:
    return Port(name, "any", many=True)


def address_part(value: Value) -> str:
    """A value as one part of an address: it can add no folder, no query and no other host (T5).

    Raises:
        ValueError: it is `.` or `..`, which would lead to another folder.
    """
    text = as_text(value)
    if text.strip() in (".", ".."):
        raise ValueError(f"“{text}” cannot stand in an address")
    return quote(text, safe="")


def render(template: str, values: Mapping[str, Value], *, in_address: bool = False) -> str:
    """A template with values put in; a dict or list inside `{{ }}` reads as JSON.

    Args:
        in_address: values are percent-encoded, as parts of an address.

    Raises:
        NodeError: `bad_request` for a template that cannot be read, an undefined name, a result over 4 MB, or more
            work than `engine.kinds.allowance` allows.
    """
    if "{" not in template:
        return template
    from jinja2 import TemplateError

    from engine.kinds.allowance import Allowance, TooMuch
    from engine.kinds.bounded import BUDGET

    names(template)
    try:
        pieces: list[str] = []
        size = 0
        for piece in _compiled(template, in_address).generate(values, **{BUDGET: Allowance()}):
            size += len(piece)
            if size > TEXT_CAP:
                raise NodeError("bad_request", "The text made from the template is longer than 4 MB.", "Shorten it.")
            pieces.append(piece)
    except TooMuch as error:
        raise NodeError("bad_request", f"The template cannot be filled in: {error}.", "Let it do less.") from None
    except (RecursionError, SyntaxError):  # Python's own limits on what stands in one another
        raise NodeError("bad_request", "The template cannot be filled in: it is nested too deeply.") from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise NodeError("bad_request", f"The template cannot be filled in: {str(error).rstrip('.')}.") from None
    return "".join(pieces)


@lru_cache(maxsize=1024)
def _compiled(template: str, in_address: bool) -> Template:
    from jinja2 import Template

    env = _environment(in_address)
    return Template.from_code(env, env.compile(env.parse(template)), env.make_globals(None))
