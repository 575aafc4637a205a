"""The tool servers of one window: which there are, what was found of each, and how they are changed (T2 to T4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal

from engine.base.errors import BatonError
from engine.graph.graph import Graph
from gui.background import Background
from gui.dialogs.trust import TRUST, ask_trust

if TYPE_CHECKING:
    from engine.run.events import Event
    from engine.run.servers import Listed, Looked, Place
    from engine.tools.mcp.definitions import Definition
    from gui.studio import Studio

HEAD: Final = "tool_servers"
AT_ONCE: Final = 4
"""Servers that are looked at side by side."""


class Servers(QObject):
    """Starts nothing by itself: a server runs when a person wants to look at it, and has trusted the graph."""

    changed = Signal()
    """There are others, or more is known of one."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._background = Background(self, AT_ONCE)
        self._found: dict[str, Looked] = {}
        self._closed = False
        self._going: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None] = {}
        session = studio.session
        self._head: Any = None
        session.replaced.connect(self._forget)
        session.edited.connect(lambda *_: self._edited())
        session.run_changed.connect(self.changed)
        session.run_ticked.connect(self._ticked)

    def all(self) -> list[Listed]:
        """The servers of the document, then those of the settings."""
        from engine.run.servers import listed

        session = self._studio.session
        return listed(self._studio.services, session.whole, session.path.parent if session.path else None)

    def own(self) -> list[Listed]:
        """The same without what stands in graphs inside the graph: quick, however large that is."""
        from engine.run.servers import listed

        session = self._studio.session
        folder = session.path.parent if session.path else None
        return listed(self._studio.services, session.whole, folder, inside=False)

    def found(self, server: Listed) -> Looked | None:
        """What was found when it was last looked at, in this window."""
        return self._found.get(server.description.identity) if server.description else None

    def accepted(self, server: Listed) -> Mapping[str, Definition] | None:
        """Its tools as they were accepted; None when it was never used. Reads one small file."""
        from engine.tools.mcp.pins import Pins

        return Pins(self._studio.services.home).known(server.description) if server.description else None

    def in_run(self, server: Listed) -> Mapping[str, Any]:
        """How it stands in the run that is watched: `state`, `again`, `log`, ...; empty when that does not use it."""
        view = self._studio.session.run_view
        return view.servers.get(server.name, {}) if view is not None and not server.hidden else {}

    # Looking

    def looking(self, server: Listed) -> bool:
        """Whether it is being looked at."""
        return server.description is not None and server.description.identity in self._going

    def look(self, server: Listed) -> None:
        """Starts it and asks what it offers, once the graph that names it is trusted."""
        could = self._studio.trust.needed() if server.place == "graph" else None
        if could:
            ask_trust(self._studio, could, lambda answer: self._trusted(answer == TRUST, server), to_run=False)
        else:
            self._look(server)

    def stop(self, server: Listed) -> None:
        """Ends a look that takes too long."""
        going = self._going.get(server.description.identity) if server.description else None
        if going is not None:
            going[0].call_soon_threadsafe(going[1].cancel)

    def accept(self, server: Listed) -> None:
        """Accepts its tools as they were found, and no others."""
        from engine.run.servers import accept

        found = self.found(server)
        if found is None:
            return
        try:
            accept(self._studio.services, found)
        except BatonError as error:
            self._studio.session.say_error(error)
            return
        self._look(server)

    def close(self) -> None:
        """Ends what goes on."""
        self._closed = True
        for going in tuple(self._going.values()):
            if going is not None:
                going[0].call_soon_threadsafe(going[1].cancel)
        self._background.close()

    # Changing

    def put(self, place: Place, servers: Mapping[str, Any], gone: Sequence[str] = (), *, foreign: bool = False) -> bool:
        """Adds servers, or changes those of the same names. False when that was refused, which was said then.

        Args:
            gone: names that are to go: the old one of a server that is called otherwise now.
            foreign: their text comes from elsewhere, so that they bring no trust (T2).
        """
        session, services = self._studio.session, self._studio.services
        if place == "graph":
            there = session.whole.head.get(HEAD)
            kept = {name: each for name, each in (dict(there) if isinstance(there, Mapping) else {}).items()
                    if name not in gone}  # fmt: skip
            what = next(iter(servers or gone), "")
            words = f"Change the tool server “{what}”" if servers else f"Remove the tool server “{what}”"
            return self._in_whole(_with_servers(session.whole, {**kept, **servers}), words, foreign=foreign)
        mine = {name: each for name, each in services.settings.tool_servers.items() if name not in gone}
        settings = services.settings.model_copy(update={HEAD: {**mine, **servers}})
        try:
            services.home.save_settings(settings)
        except OSError as error:
            session.say_error(BatonError(f"The settings cannot be written: {error.strerror}."))
            return False
        self._studio.take_settings(settings)
        self.changed.emit()
        return True

    def keep_secrets(self, secrets: Mapping[str, str], then: Callable[[str], object]) -> None:
        """Puts values into the keyring, off the window's thread; `then` gets a sentence, "" when all went well."""
        store = self._studio.services.secrets.store

        def work() -> str:
            for name, value in secrets.items():
                store(name, value)
            return ""

        names = ", ".join(secrets)
        told = f"There is no keyring to keep {names} in. Set a variable of that name before Baton starts."
        self._background.do(work, then, lambda _error: then(told))

    def _in_whole(self, after: Graph, words: str, *, foreign: bool) -> bool:
        """Commits a change of the document's head; inside a container one goes to the top for that."""
        session = self._studio.session
        if session.inside:
            session.enter((), ())
        return session.commit(after, words, foreign=foreign)

    def _trusted(self, yes: bool, server: Listed) -> None:
        could = self._studio.trust.needed()
        if yes and (not could or self._studio.trust.give(could)):
            self._look(server)

    def _look(self, server: Listed) -> None:
        from engine.run.servers import Looked, looked_at

        described, session = server.description, self._studio.session
        if described is None or described.identity in self._going:
            return
        identity, services = described.identity, self._studio.services
        graph = session.whole if server.place == "graph" else None
        folder = session.path.parent if session.path else None
        self._going[identity] = None
        self.changed.emit()

        async def looked() -> Looked:
            if self._closed:
                raise asyncio.CancelledError
            task = asyncio.ensure_future(looked_at(services, graph, folder, only=server.name))
            self._going[identity] = asyncio.get_running_loop(), task
            return (await task)[0]

        def work() -> Looked:
            try:
                return asyncio.run(looked())
            except asyncio.CancelledError:
                return Looked(described, server.place, problem="It was stopped before it had said what it offers.")
            except BatonError as error:
                return Looked(described, server.place, problem=str(error))

        self._background.do(work, self._took, session.say_error)

    def _took(self, found: Looked) -> None:
        self._going.pop(found.description.identity, None)
        self._found[found.description.identity] = found
        self.changed.emit()

    def _edited(self) -> None:
        head = self._studio.session.whole.head.get(HEAD)
        if head is not self._head:
            self._head = head
            self.changed.emit()

    def _ticked(self, events: Sequence[Event]) -> None:
        if any(kind.startswith("server.") for kind in {event.kind for event in events}):
            self.changed.emit()

    def _forget(self) -> None:
        self._found.clear()
        self.changed.emit()


def _with_servers(graph: Graph, servers: Mapping[str, Any]) -> Graph:
    """A graph with these servers; without any the key goes."""
    rest = {key: value for key, value in graph.head.items() if key != HEAD}
    return graph.with_tables(head={**rest, HEAD: dict(servers)} if servers else rest)
