"""Addresses that come from data are judged where a connection is made, by what the name really led to (T5)."""

from __future__ import annotations

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import ssl

    import httpx
    from aiohttp.abc import AbstractResolver

CONNECT_S: Final = 10.0
"""Longest wait for a connection, in seconds."""

_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")
_METADATA: Final = frozenset({IPv4Address("168.63.129.16"), IPv4Address("192.0.0.192")})
"""Addresses that clouds answer on for their own machines although they look public."""


class PrivateAddress(OSError):
    """A connection was not made because the address is not a public one."""


def why_private(address: str) -> str:
    """Why an address is not to be reached by what comes from data, or "" for a public one.

    Args:
        address: as the system names it where it connects, such as `127.0.0.1`, `::ffff:10.0.0.1` or `fe80::1%eth0`.
    """
    try:
        found = _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return "not an internet address"
    if found.is_loopback or found.is_unspecified:
        return "an address of this machine"
    if found.is_link_local or found in _METADATA:
        return "an address of this network's own machinery"
    if found.is_multicast:
        return "an address of many machines"
    if not found.is_global or found.is_reserved or (isinstance(found, IPv6Address) and found.is_site_local):
        return "an address of a private network"
    return ""


def why_private_host(host: str) -> str:
    """Why a host is not to be reached by what comes from data, as far as its name tells without being looked up.

    Args:
        host: such as `localhost`, `127.1` or `::1`; "" is returned for names that only a look-up could judge.
    """
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return why_private("127.0.0.1")
    try:
        name = socket.inet_ntoa(socket.inet_aton(name))  # as the system reads it: 127.1 and 2130706433 too
    except OSError:
        if ":" not in name:
            return ""
    return why_private(name)


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that stands inside an IPv6 one, where the network would lead there."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and (address in _NAT64 or (address in _COMPATIBLE and int(address) > 1)):
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def allowed(host: str, port: int | None, private_hosts: Collection[str]) -> bool:
    """Whether the settings allow a host by its name as it is written, with its port or for all of them."""
    name = host.strip("[]").rstrip(".").lower()
    known = {entry.strip().lower() for entry in private_hosts}
    return bool(known & {name, f"[{name}]", f"{name}:{port}", f"[{name}]:{port}"})


class Gate:
    """Opens the sockets of one client, and only towards public addresses.

    Args:
        open_to_all: the settings allow the host that the client is for.
    """

    def __init__(self, open_to_all: bool = False) -> None:
        self._open = open_to_all
        self.refused: list[tuple[str, str]] = []
        """Addresses that were not connected to, each with the reason."""

    def socket(self, info: tuple[Any, Any, int, str, Any]) -> socket.socket:
        """A socket for an address that is about to be connected to.

        Raises:
            PrivateAddress: it is not a public one.
        """
        family, sort, protocol, _, target = info
        why = "" if self._open else why_private(str(target[0]))
        if why:
            self.refused.append((str(target[0]), why))
            raise PrivateAddress(f"{target[0]} is {why}")
        return socket.socket(family=family, type=sort, proto=protocol)


def guarded_client(gate: Gate, context: ssl.SSLContext, resolver: AbstractResolver | None = None) -> httpx.AsyncClient:
    """A client whose connections all pass the gate. Nothing is kept: no cookies, no pool, no proxy, no redirects.

    A name is judged by the address that the socket is opened for, so a second answer of its server cannot slip in.
    No proxy is used, since behind one nobody could judge where a name leads.

    Args:
        context: what certificates are checked with; making one is slow, so it is shared.
        resolver: finds addresses of names; by default the system's.
    """
    import aiohttp
    import httpx
    from httpx_aiohttp import AiohttpTransport

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0, ssl=context, resolver=resolver, socket_factory=gate.socket, force_close=True, use_dns_cache=False
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False
        )

    return httpx.AsyncClient(
        transport=AiohttpTransport(verify=context, client=session),
        trust_env=False,
        follow_redirects=False,
        headers={"accept-encoding": "identity", "user-agent": "baton", "accept": "*/*"},
        timeout=httpx.Timeout(None, connect=CONNECT_S),
    )
