"""What a tool is: a name, what it does, the JSON Schema of its arguments, and the work. Sources offer them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol

from engine.base.errors import BatonError
from engine.base.values import Value

EXIT_TOOL: Final = "loop.exit"
"""The tool by which an agent ends the loop that it works in (S6)."""
DELEGATE_TOOL: Final = "delegate"
"""The tool by which the model of a manager lets a specialist work (S7)."""
REJECT_TOOL: Final = "reject"
"""The tool by which a specialist turns its brief down (S7)."""


class ToolError(BatonError):
    """A call that did not work out. The model is told and may try again; the node does not fail by it."""


class Page(NamedTuple):
    """What an address of the web gave. `kind` is its media type."""

    url: str
    status: int
    kind: str
    text: str


class Desk(Protocol):
    """What the program's own tools may use outside on behalf of one node of a trusted graph (T2).

    Paths are counted from the folder that the person chose for the node, with slashes; none leads out of it. Every
    method raises BatonError with a sentence for the model.
    """

    async def read(self, path: str) -> str:
        """The text of a file."""

    async def write(self, path: str, text: str) -> None:
        """Puts a text in the place of a file, whole or not at all; folders on the way are made."""

    async def entries(self, path: str) -> Sequence[tuple[str, bool, int]]:
        """What a folder holds, by name: each name, whether it is a folder, and its size in bytes."""

    async def find(self, glob: str) -> Sequence[str]:
        """The paths of the files that a glob means, sorted."""

    def place(self, path: str) -> Path:
        """Where a file really is."""

    async def fetch(self, url: str) -> Page:
        """An address of the web that the node may reach (T5)."""


Ask = Callable[[str, Mapping[str, Any] | None], Awaitable[Mapping[str, Any] | None]]


async def _nobody(_question: str, _schema: Mapping[str, Any] | None) -> None:
    """Where nobody can be asked, everything is refused."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Who calls.

    Attributes:
        node: the id of the node on whose behalf the tool works.
        leave: asks the loop around to end after this pass, for a reason; False when none is around (S6).
        desk: what it may use outside; None where that is nothing.
        reject: turns down the brief that the node works on, for a reason; False when it has none (S7).
        progress: tells watchers how far the call is: done, in all (0 when nobody knows), and a note.
        ask: asks a person a question, with the JSON Schema of the answer (None: it only has to be agreed to), and
            waits without limit; the answer, or None when it was refused (S13).
    """

    node: str
    leave: Callable[[str], bool] = lambda _reason: False
    desk: Desk | None = None
    reject: Callable[[str], bool] = lambda _reason: False
    progress: Callable[[float, float, str], None] = lambda _done, _total, _note: None
    ask: Ask = field(default=_nobody)


@dataclass(frozen=True, slots=True)
class ToolStep:
    """What is known of a call that an earlier session of the run made; not `done`: it began, and nobody knows more.

    Its images are not kept, only how many there were. `json` says that the text is that of another JSON value.
    """

    done: bool = False
    ok: bool = False
    text: str = ""
    images: int = 0
    json: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a person wants of a write that may have happened: `repeat` it, `skip` it with a value, or let it `fail`."""

    do: Literal["repeat", "skip", "fail"]
    value: Value = None


Work = Callable[[Mapping[str, Any], ToolContext], Awaitable[Value]]
"""Arguments that fit the schema go in; a text, another JSON value, or images (`engine.base.values`) come out."""

Resource = Callable[[Mapping[str, Any]], str | None]


Holds = Callable[[Mapping[str, Any], ToolContext], Awaitable[Value]]


def _nothing(_arguments: Mapping[str, Any]) -> None:
    """A tool that touches nothing that others could touch too."""


@dataclass(frozen=True, slots=True)
class Content:
    """How the program itself sees what the resource of a call holds, so that it notices a change from outside (S14).

    Attributes:
        now: with the arguments of a call, what its resource holds now. Raises ToolError when that cannot be read.
        tells: whether the tool itself gives it, or a part of it.
        whole: whether the result of a call with these arguments is that very thing, so that none has to read it again.
    """

    now: Holds
    tells: bool
    whole: Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool.

    Attributes:
        name: `server.tool`; agents list it so, or by a pattern such as `server.*`.
        description: what it does and when to use it, for the model.
        work: does it. Raises ToolError with a sentence for the model; CancelledError passes through.
        parameters: JSON Schema of the arguments, an object.
        writes: whether it may change something outside. What does not say is taken as writing (S14).
        outside: whether it reaches outside the program at all: in a rehearsal a sample then stands in for it.
        resource: which shared thing a call with some arguments reads or writes (S14): the server's part of the name, a
            blank, and a canonical path, uri, table or id (`fs /data/notes.md`); None when it touches none. It ends in
            `/` for a folder with all below it, in the blank for the whole server.
        needs: what it uses of its node's surroundings (`ToolContext.desk`): a folder (the resource is then a path in
            it), or the web.
        content: how to see what the resource of a call holds; None where nobody can look.
    """

    name: str
    description: str
    work: Work = field(repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    writes: bool = True
    outside: bool = True
    resource: Resource = field(default=_nothing, repr=False)
    needs: Literal["", "folder", "web"] = ""
    content: Content | None = field(default=None, repr=False)


class ToolSource(Protocol):
    """Where tools come from. One file of `engine.tools.sources` each, offering `SOURCE`."""

    @property
    def name(self) -> str:
        """The server's part of the names of its tools."""

    def tools(self) -> Sequence[Tool]:
        """The tools of this source. Quick and inert: nothing is started or contacted (T1)."""
