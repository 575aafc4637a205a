"""What the work of one node must give for what reached it: routers (S2), merges (S4), stand-ins and pins (S8, S12)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.oracle.joining import NOTHING, Contradiction, Joining, canonical, node_of

Json = Mapping[str, Any]
REJECTS = "rejects"
"""The failure of a deed that turns its brief down; where there is none it is one of a tool."""
Arrived = tuple[str, str, Any]
"""The source, its port, and the value."""


def agree(wanted: Any, found: Any, more: bool = False) -> bool:
    """Whether a value is the same JSON as wanted; with `more`, objects may say more than the rules ask for."""
    if more and isinstance(wanted, dict) and isinstance(found, dict):
        return all(key in found and agree(value, found[key], more) for key, value in wanted.items())
    if more and isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(agree(a, b, more) for a, b in zip(wanted, found, strict=True))
    return json.dumps(wanted, sort_keys=True) == json.dumps(found, sort_keys=True)


@dataclass(frozen=True)
class Deed:
    """What one instance of a scripted node does: gives a value on ports, or fails with a class."""

    gives: tuple[str, ...] = ("out",)
    color: Any = "red"
    fails: str = ""

    def value(self, key: str, config: Json) -> Any:
        """A list where the node makes lists, a number where it counts, a text with its own name in it for a color, else
        the value itself."""
        if "lists" in config:
            return [f"{key}#{index // config.get('equal', 1)}" for index in range(config["lists"])]
        if config.get("counts"):
            return zlib.crc32(key.encode()) % 5 - 2
        return f"{key}!{self.color}" if isinstance(self.color, str) and self.color else self.color


@dataclass(frozen=True)
class Script:
    """What all instances do and in which order those that wait are let go: data that Hypothesis can shrink."""

    deeds: tuple[Deed, ...] = (Deed(),)
    order: tuple[int, ...] = (0,)

    def deed(self, key: str, config: Json) -> Deed:
        """The deed of an instance. A calm node never fails."""
        found = self.deeds[zlib.crc32(key.encode()) % len(self.deeds)]
        return Deed(found.gives, found.color) if config.get("calm") else found

    def rank(self, key: str) -> tuple[int, str]:
        """Of those that wait the lowest goes first."""
        return self.order[zlib.crc32(key.encode()[::-1]) % len(self.order)], key


@dataclass(frozen=True)
class Gave:
    """What work comes to: outputs by port, or a class of error; `warns` when less than asked for was given."""

    outputs: Json | None = None
    fails: str = ""
    warns: bool = False


def ports_of(node: Json) -> dict[str, bool]:
    """Input ports of a node by name, and whether each must have a value (formats.md, kinds)."""
    config = node.get("config", {})
    match node["kind"]:
        case "act":
            ports = {name: name != "maybe" for name in config["takes"]}
        case "merge":
            ports = {"items": True, "base": False}
        case "router" | "output":
            ports = {"value": True}
        case "manager" | "agent":
            ports = {"task": True} if "{{ task }}" in config["prompt"] else {}
        case "map":
            ports = {
                "items": True,
                **{name: must for name, must in inputs_of(config["body"]).items() if name != "item"},
            }
        case "loop" | "subgraph":
            ports = inputs_of(config["body"])
        case _:
            ports = {}
    return {name: must and name not in config.get("optional", ()) for name, must in ports.items()}


def inputs_of(body: Json) -> dict[str, bool]:
    """The names of a body's inputs, and whether each must be given."""
    found = (node for node in body["nodes"] if node["kind"] == "input")
    return {name_of(node): "default" not in node.get("config", {}) for node in found}


def name_of(node: Json) -> str:
    """The name of an input or output node."""
    return str(node.get("config", {}).get("name") or node["id"])


def takes_many(node: Json, port: str) -> bool:
    """Whether a port takes many live values (S1)."""
    named = node["kind"] in ("act", "agent", "manager") and port != "one"
    return named or (node["kind"] == "merge" and port == "items")


def plain_work(
    node: Json, key: str, arrived: Mapping[str, Sequence[Arrived]], given: Json, script: Script, wired: Sequence[str]
) -> Gave:
    """What a node that is no container gives. `wired` names the source of each edge into its port `items`."""
    config = node.get("config", {})
    match node["kind"]:
        case "input":
            return Gave({"value": given[name_of(node)] if name_of(node) in given else config["default"]})
        case "output":
            return Gave({"value": arrived["value"][0][2]})
        case "act":
            deed = script.deed(key, config)
            fails = "tool" if deed.fails == REJECTS else deed.fails
            return Gave(None, fails) if fails else Gave(dict.fromkeys(deed.gives, deed.value(key, config)))
        case "router":
            return Gave(dict.fromkeys(_routes(config, arrived["value"][0][2]), arrived["value"][0][2]))
        case "merge":
            return _merge(config, arrived, wired)
    raise AssertionError(f"no rule for the kind {node['kind']}")


def _routes(config: Json, value: Any) -> list[str]:
    """The first route whose condition holds, all of them with `multi`; else `default`, or nothing (S2)."""
    holding = [route["id"] for route in config["routes"] if holds(route["when"], value)]
    taken = holding if config.get("multi") else holding[:1]
    return taken or ([] if config.get("allow_none") else ["default"])


def holds(rule: Json, value: Any) -> bool:
    """A condition of formats.md; only those that random graphs use."""
    if rule.get("field"):
        if not isinstance(value, dict) or rule["field"] not in value:
            return bool(rule["op"] == "is_empty")
        value = value[rule["field"]]
    match rule["op"]:
        case "contains":
            return isinstance(value, str) and str(rule["value"]) in value
        case "is_empty":
            return value is None or value in ("", [], {})
        case "exists":
            return True
    raise AssertionError(rule)


def number(value: Any) -> float | None:
    """A number, or a text that is one; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _merge(config: Json, arrived: Mapping[str, Sequence[Arrived]], wired: Sequence[str]) -> Gave:
    """What a merge gives: what contradicts itself stands among the conflicts, or fails it (S4)."""
    said = dict(zip(_labels(arrived["items"], wired), (value for _, _, value in arrived["items"]), strict=True))
    if config["strategy"] in ("vote", "json"):
        joining = Joining(config)
        base = arrived["base"][0][2] if arrived.get("base") else NOTHING
        try:
            value = _elected(joining, said) if config["strategy"] == "vote" else joining.join(said, base)
        except Contradiction:
            return Gave(fails="invalid_output")
        return Gave({"value": None if value is NOTHING else value, "conflicts": joining.records})
    return Gave({"value": _merged(config, arrived["items"], wired), "conflicts": []})


def _labels(arrived: Sequence[Arrived], wired: Sequence[str]) -> list[str]:
    return [source if wired.count(source) == 1 else f"{source}.{port}" for source, port, _ in arrived]


def _elected(joining: Joining, said: Json) -> Any:
    """The value of most votes, in a tie the first in edge order; what the others said is a conflict."""
    config = joining.config
    votes: dict[str, list[str]] = {}
    for label, value in said.items():
        votes.setdefault(canonical(value.strip().casefold() if isinstance(value, str) else value), []).append(label)
    weights = config["weights"] if config["vote"] == "weighted" else {}
    weigh = {voice: sum(weights.get(node_of(label), 1) for label in given) for voice, given in votes.items()}
    most = [given for voice, given in votes.items() if weigh[voice] == max(weigh.values())]
    if len(votes) == 1:
        return said[most[0][0]]
    if config["vote"] == "unanimous" or (len(most) > 1 and config["tie"] == "conflict"):
        return joining.decide("", said)
    reason = {"reason": "a tie: the first in edge order"} if len(most) > 1 else {}
    joining.records.append({"path": "", "values": dict(said), "chosen": most[0][0], "by": "vote", **reason})
    return said[most[0][0]]


def _merged(config: Json, arrived: Sequence[Arrived], wired: Sequence[str]) -> Any:
    values = [value for _, _, value in arrived]
    match config["strategy"]:
        case "list":
            return values
        case "dict":
            return dict(zip(_labels(arrived, wired), values, strict=True))
    return config.get("separator", "\n\n").join(as_text(value) for value in values)


def as_text(value: Any) -> str:
    """Text as it is, null as nothing, the rest as JSON (S1)."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, indent=2 if isinstance(value, list | dict) else None)
