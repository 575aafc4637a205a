"""How many tokens a node's texts will have, before anything fills them in or when all that does is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from engine.base.errors import NodeError
from engine.base.values import Value
from engine.kinds import templates
from engine.kinds.contract import NodeConfig
from engine.models.tokens import estimate_tokens

_TAG: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def texts(config: NodeConfig) -> list[str]:
    """What of a config is sent to a model, beside the values that fill it in."""
    found = [getattr(config, key, "") for key in ("instructions", "prompt", "template")]
    found += [f"{route.id} {route.label} {route.description}" for route in getattr(config, "routes", ())]
    return [text for text in found if isinstance(text, str) and text]


def names(template: str) -> tuple[str, ...]:
    """The names that a template uses; () for one that cannot be read."""
    try:
        return templates.names(template)
    except NodeError:
        return ()


def rendered(template: str, values: Mapping[str, Value]) -> str | None:
    """The text as it would be sent; None when not all of it is known."""
    try:
        return templates.render(template, values)
    except NodeError:
        return None


def shape(template: str) -> tuple[int, Mapping[str, int]]:
    """The tokens of a template with nothing filled in, and how often each name stands in what it renders to."""
    found = names(template)
    marks = {name: chr(0xE000 + place) for place, name in enumerate(found[:6000])}  # of the private use area
    text = rendered(template, marks)
    if text is None:
        return estimate_tokens(_TAG.sub("", template)), dict.fromkeys(found, 1)  # it looks into a value
    uses = {name: text.count(mark) for name, mark in marks.items()}
    return estimate_tokens("x" * (len(text) - sum(uses.values()))), uses
