"""What became of each delegation of the managers in a run: a part of the fold of its events (semantics.md S7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from engine.run.events import Event

if TYPE_CHECKING:
    from engine.run.view import View

SHOWN: Final = 400
"""Characters at the end of what a specialist says that are kept for showing."""


@dataclass(slots=True)
class DelegationView:
    """One delegation at this moment.

    Attributes:
        key: `manager[2]`, the manager's key and the number of the delegation; what `Run.stop_delegation` takes.
        manager: the key of the manager's node.
        specialist: the id of the node that works on it; another one after a rejection or a redirection.
        title: a few words for it; "" when the manager gave none.
        brief: what the specialist was told.
        reason: why this specialist, as the manager says; `confidence` from 0 to 1, None when it does not say.
        status: `running`, `pending` (cut off with the program), then `ok`, `failed`, `rejected` or `stopped`.
        scope: where its present attempt runs; the specialist's node is `scope/specialist` there.
        attempt: 1, and one more for each rejection, redirection or repair.
        started, ended: monotonic seconds.
        cost: US dollars so far; None when a price is unknown.
        text: the last `SHOWN` characters that were said in it.
        result: what the manager was given, once it is there.
        error: what went wrong, in one sentence; "" when nothing did.
        rejections: who turned it down, and why.
        note: what a person wanted of it last.
    """

    key: str
    manager: str
    specialist: str
    title: str = ""
    brief: str = ""
    expected: str = ""
    reason: str = ""
    confidence: float | None = None
    deadline_s: float | None = None
    budget_usd: float | None = None
    status: str = "running"
    scope: str = ""
    attempt: int = 1
    started: float = 0.0
    ended: float | None = None
    cost: float | None = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    text: str = ""
    result: str = ""
    error: str = ""
    rejections: tuple[tuple[str, str], ...] = ()
    note: str = ""

    @property
    def node(self) -> str:
        """The key of the specialist's node in the present attempt."""
        return f"{self.scope}/{self.specialist}"

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.status == "running"


Delegations = dict[str, DelegationView]


def key_of(scope: str) -> str:
    """The delegation that an attempt's scope belongs to: `manager[2]` of `manager[2].3`."""
    return scope[: scope.rfind("]") + 1]


def around(view: View, scope: str) -> Iterator[DelegationView]:
    """The delegations inside which something in a scope happens, outermost first; to be changed."""
    end = scope.find("/") if scope else -1
    while scope:
        part = scope if end < 0 else scope[:end]
        if (one := view.delegation(key_of(part))) is not None:
            yield one
        if end < 0:
            return
        end = scope.find("/", end + 1)


def started(view: View, event: Event) -> None:
    """A specialist begins; the same delegation again after a rejection, a redirection, a repair or a restart."""
    data = event.data
    key = key_of(data["scope"])
    told = {name: data[name] for name in _TOLD if name in data}
    one = view.delegation(key)
    if one is None:
        view.delegations[key] = DelegationView(key, event.key, started=event.mono, **told)
        return
    for name, value in told.items():
        setattr(one, name, value)
    one.status, one.ended, one.text, one.result, one.error = "running", None, "", "", ""


def rejected(view: View, event: Event) -> None:
    """The specialist says that this is not its task."""
    if (one := view.delegation(key_of(event.data["scope"]))) is not None:
        one.status = "rejected"
        one.rejections = (*one.rejections, (one.specialist, str(event.data.get("reason", ""))))


def ordered(view: View, event: Event) -> None:
    """A person stops or redirects it."""
    if (one := view.delegation(key_of(event.data["scope"]))) is not None:
        data = event.data
        to = f" to {data['to']}" if data.get("to") else ""
        said = f": {data['message']}" if data.get("message") else ""
        what = "stopped" if data["do"] == "stop" else f"redirected{to}"
        one.note = f"{what}{said}"


def finished(view: View, event: Event) -> None:
    """The manager has its result, or an error."""
    if (one := view.delegation(key_of(event.data["scope"]))) is not None:
        data = event.data
        one.error = data.get("error", "")
        one.result = "" if one.error else str(data.get("text", ""))
        one.status, one.ended = data["status"], event.mono


def said(view: View, scope: str, piece: str) -> None:
    """A model writes."""
    for one in around(view, scope):
        one.text = (one.text + piece)[-SHOWN:]


def paid(view: View, scope: str, usage: Mapping[str, Any], cost: float | None) -> None:
    """A model has answered."""
    for one in around(view, scope):
        one.input_tokens += usage.get("input_tokens", 0)
        one.output_tokens += usage.get("output_tokens", 0)
        one.cost = None if one.cost is None or cost is None else one.cost + cost


def interrupted(view: View) -> None:
    """The program ended before they did; a manager that goes on begins them again."""
    for key, shown in list(view.delegations.items()):
        if shown.open and (one := view.delegation(key)) is not None:
            one.status = "pending"


_TOLD: Final = (
    "specialist", "title", "brief", "expected", "reason", "confidence", "deadline_s", "budget_usd", "scope", "attempt",
)  # fmt: skip
