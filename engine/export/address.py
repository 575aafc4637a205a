"""A graph from an https address: fetched under the rules for addresses from data, within caps, only looked at (T5)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from engine.base.errors import FileProblem, NodeError

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

MOST_BYTES: Final = 32 * 1024 * 1024
"""Bytes that are fetched at most."""
_GITHUB: Final = re.compile(r"https://github\.com/([^/]+/[^/]+)/blob/(.+)")
_GIST: Final = re.compile(r"https://gist\.github\.com/([^/]+/[0-9a-f]+)/?")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave. `url` is where it really came from, after redirects."""

    url: str
    data: bytes

    @property
    def name(self) -> str:
        """The file's name in the address."""
        return unquote(urlsplit(self.url).path.rpartition("/")[2])[:120] or "graph"

    def origin(self) -> str:
        """Where it came from, and what came, for people."""
        digest = hashlib.sha256(self.data).hexdigest()
        return f"From {self.url}: {len(self.data):,} bytes, SHA-256 {digest[:16]}…"


def is_address(text: str) -> bool:
    """Whether a person's words are an address, and no file."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) is not None


async def fetched(
    url: str, *, private_hosts: Collection[str] = (), resolver: AbstractResolver | None = None
) -> Fetched:
    """The file behind an address.

    Args:
        private_hosts: hosts that the settings allow although their address is not public; http is taken from them only.
        resolver: finds addresses of names; by default the system's.

    Raises:
        FileProblem: it is none that may be fetched, or nothing came.
    """
    from engine.base.addresses import allowed
    from engine.kinds.fetching import Request, fetch

    url = raw(url.strip())
    parts = urlsplit(url)
    try:
        private = allowed(parts.hostname or "", parts.port, private_hosts)
    except ValueError:
        private = False
    if parts.scheme != "https" and not (parts.scheme == "http" and private):
        raise FileProblem("Graphs are opened from https addresses only.", "Write https://…, or save the file first.")
    try:
        answer = await fetch(Request("GET", url), private_hosts=private_hosts, max_bytes=MOST_BYTES, resolver=resolver)
    except NodeError as error:
        raise FileProblem(error.message, "" if "bytes" in error.message else error.hint) from error
    if not answer.url.startswith("https:") and not private:
        raise FileProblem("The address leads to one without encryption.", "Ask for another address.")
    if answer.status != 200:
        raise FileProblem(f"The address answered {answer.status}, not a file.", "Check it in a browser.")
    return Fetched(answer.url, answer.body)


def raw(url: str) -> str:
    """The address of the file itself where a page that shows it was named, on GitHub."""
    if page := _GITHUB.fullmatch(url.partition("?")[0].partition("#")[0]):
        return f"https://raw.githubusercontent.com/{page[1]}/{page[2]}"
    if gist := _GIST.fullmatch(url):
        return f"https://gist.githubusercontent.com/{gist[1]}/raw"
    return url
