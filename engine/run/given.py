"""What a run is given, held against what its graph takes; and the models that it may call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from engine.base.errors import WrongUse
from engine.base.suggest import did_you_mean
from engine.base.values import Value
from engine.kinds.builtin.input import InputConfig, accepts, mismatch
from engine.plan.plan import Plan


def check_inputs(plan: Plan, inputs: Mapping[str, Value]) -> None:
    """Whether every input node gets a value that it can take.

    Raises:
        WrongUse: one is missing, has a wrong type, or is not there.
    """
    known = {name: cast("InputConfig", plan.nodes[index].config) for name, index in plan.inputs.items()}
    for name in inputs:
        if name not in known:
            hint = did_you_mean(name, known) or f"There are: {', '.join(known) or 'none'}."
            raise WrongUse(f"The graph has no input “{name}”.", hint)
    for name, config in known.items():
        if name not in inputs and not config.has_default and plan.nodes[plan.inputs[name]].outgoing:
            raise WrongUse(f"The input “{name}” needs a value.", f"Give it with -i {name}=VALUE.")
        if name in inputs and not accepts(config.type, inputs[name]):
            raise WrongUse(mismatch(name, config.type, inputs[name]))


def model_names(plan: Plan) -> set[str]:
    """The names of all models that a plan may call, with its bodies and specialists."""
    found = {name for node in plan.nodes for name in node.kind.models(node.config)}
    return found.union(*(model_names(inner) for inner in plan.inside()))
