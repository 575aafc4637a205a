"""What a person has trusted: one small file for each hash of capabilities, in their own BATON_HOME (T2).

The mark that a graph was trusted here stands nowhere in the graph's file: it is the presence of the hash in this store.
So a copy that is sent to another user has no trust there, a copy on this machine that can do the same things keeps it,
and no file can claim trust for itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from engine.base.errors import BatonError, NotTrusted
from engine.base.settings import Home
from engine.base.visible import visible
from engine.kinds.contract import Capability
from engine.plan.capabilities import Capabilities

SHOWN: Final = 400
"""Characters of one capability that a sentence shows; the rest is told by its length."""
SHOWN_CODE: Final = 4_000
NAMED: Final = 3
"""Capabilities that the refusal names; the others are counted."""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "command": ("start the program {}", "start the program {}"),
    "host": ("reach {}", "reach {}"),
    "folder": ("read the files {}", "write files in {}"),
    "code": ("run Python code of its own: {}", "run Python code of its own: {}"),
    "secret": ("use the secret “{}”", "use the secret “{}”"),
    "file": ("use the file {}", "change the file {}"),
    "graph": ("run the graph {}", "run the graph {}"),
    "tool": ("use {} of a tool server", "use {} of a tool server"),
    "agent": ("send data to the remote agent {}", "send data to the remote agent {}"),
}


class TrustStore:
    """The hashes that this user trusts.

    Args:
        home: where they are kept, under `trust/`, readable by nobody else.
    """

    def __init__(self, home: Home) -> None:
        self._folder = home.root / "trust"

    def trusts(self, could: Capabilities) -> bool:
        """Whether exactly these capabilities were trusted. A graph that can do nothing outside needs no trust."""
        return not could or self._path(could.digest).is_file()

    def trust(self, could: Capabilities, when: float, file: str = "") -> None:
        """Trusts these capabilities from now on. Graph files outside the folder can be read then, so that what they
        could do has to be looked for, and trusted, next.

        Args:
            when: seconds since 1970.
            file: the graph's file, for a list of what was trusted; trust is not bound to it.

        Raises:
            BatonError: it cannot be stored.
        """
        if not could:
            return
        record = {"at": when, "file": file, "models": could.models, "could": [asdict(one) for one in could.all]}
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_private(self._path(could.digest), json.dumps(record, indent=2))
            for one in could.all:
                if one.what == "graph":
                    _write_private(self._graph_file(one.detail), json.dumps({"at": when, "graph": one.detail}))
        except OSError as error:
            raise BatonError(
                f"The trust in this graph cannot be stored in {self._folder}: {error.strerror}.",
                "Make room, or correct the rights of the folder.",
            ) from error

    def allows(self, file: str) -> bool:
        """Whether graphs may name this graph file although it stands outside their folder: one that may was trusted."""
        return self._graph_file(file).is_file()

    def forget(self, could: Capabilities) -> None:
        """Trusts them no longer."""
        self._path(could.digest).unlink(missing_ok=True)

    def keep(self, before: Capabilities, after: Capabilities, when: float, file: str = "") -> bool:
        """Carries trust over an edit that the user made here: who trusted the old state made the new one (T2).

        Not to be called for what came from elsewhere, such as a paste or a file that another program changed.

        Returns:
            Whether `after` is trusted now.
        """
        if not self.trusts(before):
            return self.trusts(after)
        self.trust(after, when, file)
        return True

    def _graph_file(self, file: str) -> Path:
        return self._folder / f"graph-{hashlib.sha256(file.encode('utf-8', 'surrogatepass')).hexdigest()}.json"

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"


def refusal(could: Capabilities) -> NotTrusted:
    """The error for a graph that was not trusted, which names what it could do."""
    named = [in_words(one, SHOWN // 4) for one in could.all[:NAMED]]
    more = len(could.all) - NAMED
    told = "; ".join([*named, f"and {more} thing{'' if more == 1 else 's'} more"] if more > 0 else named)
    return NotTrusted(
        f"This graph was not trusted yet, and it could {told}.",
        "baton open FILE --look shows all of it; --trust trusts it from now on, --rehearse takes sample values.",
    )


def listed(could: Capabilities) -> Iterator[str]:
    """A line for each thing that the graph could do, to be read before it is trusted."""
    for one in could.all:
        yield in_words(one, SHOWN_CODE if one.what == "code" else SHOWN)
    if could.models:
        yield f"send what it works on to {', '.join(visible(name, SHOWN) for name in could.models)}"


def in_words(one: Capability, limit: int = SHOWN) -> str:
    """One capability as a person reads it: nothing in it moves a cursor, hides, or goes on for ever (T4)."""
    reads, writes = _WORDS[one.what]
    return (writes if one.writes else reads).format(visible(literal(one), limit))


def literal(one: Capability) -> str:
    """The thing itself, to the letter; a tool server as the words that are started, or as its address, and the rest."""
    name, _, written = one.detail.partition(" ")
    if one.what not in ("command", "host") or not written.startswith("{"):
        return one.detail
    try:
        server = json.loads(written)
    except ValueError:
        return one.detail
    args = server.pop("args", [])
    if isinstance(server.get("command"), str) and isinstance(args, list):
        words = [server.pop("command"), *(json.dumps(word, ensure_ascii=False) for word in args)]
    elif isinstance(server.get("url"), str) and not args:
        words = [server.pop("url")]
    else:
        return one.detail
    place = [f"in {json.dumps(server.pop('cwd'), ensure_ascii=False)}"] if server.get("cwd") else []
    rest = [f"with {json.dumps(server, ensure_ascii=False)}"] if server else []
    return " ".join([f"{name}:", *words, *place, *rest])


def _write_private(path: Path, text: str) -> None:
    """Writes a file that only its user may read; a crash leaves either no file or a whole one."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
