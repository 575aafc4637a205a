"""Finds an agent's card by its address, for an errand and for people who want to know what an agent can do."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from a2a.types import AgentCard

from engine.base.errors import NodeError
from engine.base.visible import visible
from engine.kinds.a2a.card import places, read_card
from engine.kinds.a2a.transport import Reach
from engine.kinds.fetching import Request, authority, fetch, status_error

CARD_CAP: Final = 1024 * 1024
"""Bytes that a card may have."""
SHOWN: Final = 600
"""Characters of one text of a card that people are shown."""
MOST_SKILLS: Final = 100


@dataclass(frozen=True)
class Skill:
    """One thing that an agent says it can do."""

    name: str
    about: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class CardView:
    """What a card says, for people: cut, and with what does not show written out (T4). Nobody vouches for it.

    Attributes:
        speaks: the ways to speak that it offers.
        wants: the names of what it asks callers for, such as a token.
    """

    name: str
    about: str
    provider: str
    version: str
    skills: tuple[Skill, ...]
    speaks: tuple[str, ...]
    wants: tuple[str, ...]


async def card_at(address: str, reach: Reach) -> AgentCard:
    """The card of the agent at an address.

    Raises:
        NodeError: there is none, or it cannot be reached.
    """
    secret = frozenset(name.lower() for name in reach.headers) if reach.home else frozenset[str]()
    for url in places(address):
        request = Request("GET", url, reach.headers, secret_headers=secret)
        try:
            async with asyncio.timeout(reach.idle_s):
                answer = await fetch(request, private_hosts=reach.private_hosts, max_bytes=CARD_CAP)
        except TimeoutError:
            raise NodeError("timeout", "The remote agent did not show its card in time.", "Try later.") from None
        if answer.status != 404:
            break
    if answer.status >= 400:
        error = status_error(answer, answer.body[:2_000].decode("utf-8", "replace"))
        error.hint = "Check the address: an agent's card should be there."
        raise error
    return read_card(answer.body, answer.url)


async def look_up(
    address: str, headers: dict[str, str], private_hosts: Collection[str], limit_s: float = 10.0
) -> CardView:
    """Asks an agent who it is. Contacts its server: only once the graph is trusted.

    Args:
        headers: filled in; they are taken as secret, and sent to the agent's own server alone.
        limit_s: seconds.

    Raises:
        NodeError: there is no card there, or it cannot be reached.
    """
    home = authority(address) if headers else None
    card = await card_at(address, Reach(private_hosts, headers, home, limit_s))
    skills = tuple(
        Skill(_shown(each.name or each.id), _shown(each.description), tuple(_shown(tag) for tag in each.tags))
        for each in card.skills[:MOST_SKILLS]
    )
    speaks = dict.fromkeys(_shown(each.protocol_binding) for each in card.supported_interfaces)
    return CardView(
        _shown(card.name), _shown(card.description), _shown(card.provider.organization), _shown(card.version), skills,
        tuple(speaks), tuple(map(_shown, card.security_schemes)),
    )  # fmt: skip


def _shown(text: str) -> str:
    return visible(" ".join(text.split()), SHOWN)
