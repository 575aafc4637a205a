"""Checks the addresses that stand in the graph: a run reaches public hosts only (trust.md T5). Looks up no name."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from engine.base.addresses import allowed, why_private_host
from engine.base.errors import NodeError
from engine.kinds.fetching import HINT_PRIVATE, authority
from engine.plan.facts import Facts
from engine.plan.problem import Problem, warning


def look(facts: Facts) -> Iterator[Problem]:
    """A warning for each address that a run would refuse, as far as that is sure without asking anybody."""
    if facts.private_hosts is None:
        return
    for node, kind, config in facts.known:
        for setting, address in kind.addresses(config).items():
            try:
                scheme, server = authority(address)
            except NodeError:  # its kind says so
                continue
            found = urlsplit(f"{scheme}://{server}")
            host, port = found.hostname or "", found.port or (443 if scheme == "https" else 80)
            why = why_private_host(host)
            if why and not allowed(host, port, facts.private_hosts):
                yield warning("private_address", node.id, f"“{node.name}” would be refused: {host} is {why}.",
                              HINT_PRIVATE, place=f"config.{setting}")  # fmt: skip


CHECK = look
