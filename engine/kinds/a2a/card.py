"""An agent's card: where it stands for an address, and which of its ways to speak are taken."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit, urlunsplit

from a2a.client.card_resolver import parse_agent_card
from a2a.types import AgentCard
from google.protobuf.json_format import ParseError

from engine.base.errors import NodeError
from engine.base.incoming import read_json
from engine.kinds.fetching import authority, short

WELL_KNOWN: Final = ("/.well-known/agent-card.json", "/.well-known/agent.json")
"""Where a card stands below an agent's address: by today's protocol, and by 0.2."""
BINDINGS: Final = ("JSONRPC", "HTTP+JSON")
"""The ways to speak that are known here, the preferred one first."""


def places(address: str) -> tuple[str, ...]:
    """The addresses where a card may stand: the very one where it names a file, else the well-known ones below it."""
    scheme, host, path, _query, _fragment = urlsplit(address.strip())
    if path.endswith(".json"):
        return (address.strip(),)
    return tuple(urlunsplit((scheme, host, path.rstrip("/") + known, "", "")) for known in WELL_KNOWN)


def read_card(raw: bytes, url: str) -> AgentCard:
    """The card in an answer.

    Args:
        url: where it came from, for what is said of it.

    Raises:
        NodeError: `tool`: it is no card, or the agent speaks in no way that is known here.
    """
    try:
        said = read_json(raw)
        card = parse_agent_card(said)
        for interface in card.supported_interfaces:
            authority(interface.url)
    except (ValueError, ParseError, TypeError, AttributeError) as error:
        why = " ".join(str(error).split())[:160]
        raise NodeError("tool", f"{short(url)} gave no agent card: {why}.", "Check the address.") from None
    if not any(each.protocol_binding in BINDINGS for each in card.supported_interfaces):
        ways = ", ".join(sorted({each.protocol_binding[:40] for each in card.supported_interfaces})) or "none"
        raise NodeError(
            "bad_request", f"The agent at {short(url)} speaks {ways}; known here are {' and '.join(BINDINGS)}."
        )
    return card
