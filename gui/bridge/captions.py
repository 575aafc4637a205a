"""What a node says about itself at rest: title, the line below, a pill, the text in its box, icon and colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.base.errors import BatonError
from engine.graph.records import Aside, Node
from engine.kinds.contract import NodeConfig, Ports
from engine.kinds.fields import form_fields
from engine.kinds.registry import AnyKind, Kinds

TIERS: Final = ("cheap", "medium", "best")
COUNTED: Final = ("map", "loop")
"""Kinds that repeat what is inside them."""

ModelName = Callable[[str], str]
"""Gives the model that a tier is mapped to, for people (`deepseek-chat`), or "" when the built-in one stands in."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A node's words.

    Attributes:
        known: false for a placeholder: this version does not know the kind.
        sound: false when its config does not fit its kind, as while a `{{` is being typed.
        source: it is where a value enters.
        counted: it repeats what is inside it.
        aside: it is muted or bypassed.
    """

    title: str
    line: str = ""
    pill: str = ""
    body: str = ""
    icon: str = "unknown"
    colour: str = "unknown"
    known: bool = True
    sound: bool = True
    source: bool = False
    counted: bool = False
    aside: Aside = ""


class Captions:
    """Makes captions. Remembers for each kind where its text stands.

    Args:
        kinds: the kinds that there are.
        model_name: what a tier means now; None where nobody knows, as in a picture for others.
    """

    def __init__(self, kinds: Kinds, model_name: ModelName | None = None) -> None:
        self._kinds = kinds
        self._model_name = model_name or (lambda _tier: "model")
        self._text_fields: dict[str, tuple[str, ...]] = {}

    def use(self, kinds: Kinds) -> None:
        """Another graph sees the kinds otherwise: it may name files of another folder."""
        self._kinds = kinds

    def of(self, node: Node) -> tuple[Caption, Ports | None]:
        """A node's caption and its ports; None as ports when they cannot be known."""
        caption, ports = self._at_rest(node)
        return (replace(caption, line=node.aside, pill="", aside=node.aside) if node.aside else caption), ports

    def _at_rest(self, node: Node) -> tuple[Caption, Ports | None]:
        kind = self._kinds.get(node.kind)
        if kind is None:
            return Caption(node.name, f"unknown kind {node.kind}", known=False), None
        try:
            config: NodeConfig = self._kinds.config(node.kind, node.config)
            ports: Ports = kind.ports(config)
        except BatonError:
            return self._unsound(node, kind)
        line, pill = self._line(kind, config)
        body = self._body(kind, config)
        source = kind.group == "flow" and not ports.inputs
        return Caption(
            node.name, line, pill, body, kind.icon, kind.name, source=source, counted=kind.name in COUNTED
        ), ports

    def _unsound(self, node: Node, kind: AnyKind) -> tuple[Caption, Ports]:
        """A node with a config that does not fit keeps the outputs, and so the size, that its kind usually has."""
        usual = self._kinds.ports(node.kind, kind.starter) or Ports()
        source = kind.group == "flow" and not usual.inputs
        caption = Caption(node.name, "its set-up does not fit", "", "", kind.icon, kind.name, True, False, source,
                          kind.name in COUNTED)  # fmt: skip
        return caption, Ports((), usual.outputs)

    def _line(self, kind: AnyKind, config: NodeConfig) -> tuple[str, str]:
        """Second line and pill: the model where the kind is about one, else its own summary."""
        models = kind.models(config)
        if not models or kind.group != "work":
            return kind.summary(config), ""
        return self.model_line(models[0])

    def model_line(self, model: str) -> tuple[str, str]:
        """The name of a model for people, and the tier or provider it was asked by."""
        if model in TIERS:
            name = self._model_name(model)
            return ("built-in" if name in ("", "rehearsal") else name), model
        provider, _, name = model.partition("/")
        return (name, provider) if name else (f"{model} model", "")

    def _body(self, kind: AnyKind, config: NodeConfig) -> str:
        fields = self._text_fields.get(kind.name)
        if fields is None:
            rows = form_fields(kind.Config)
            fields = self._text_fields[kind.name] = tuple(row.name for row in rows if row.widget == "prompt")
        texts: list[Any] = [getattr(config, name, "") for name in fields]
        return next((text for text in reversed(texts) if isinstance(text, str) and text.strip()), "")
