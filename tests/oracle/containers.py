"""Maps, loops and sub-graphs over scopes of their own (semantics.md S5, S6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from tests.oracle.teams import Team
from tests.oracle.work import Gave, Json, agree, holds, inputs_of, name_of, number

if TYPE_CHECKING:
    from tests.oracle.judge import Level

FINAL = ("credentials", "bad_request", "refused", "context", "type", "port_conflict", "budget")
"""Errors that an item is not tried again after: another try would meet them again (S8)."""


class Container(Protocol):
    """A running node with a body."""

    def gave(self) -> Gave:
        """What it comes to, now that the run says that it ended; fails when something inside has not."""


def container(level: Level, node: str) -> Container:
    """Opens a container with what reached it."""
    arrived = level.arrivals(node)
    given = {port: ends[0][2] for port, ends in arrived.items() if ends}
    kinds: dict[str, Callable[[Level, str, Json], Container]] = {
        "map": Spread, "loop": Passes, "subgraph": Inside, "manager": Team,
    }  # fmt: skip
    return kinds[level.nodes[node]["kind"]](level, node, given)


class Inside:
    """A sub-graph: one scope."""

    def __init__(self, level: Level, node: str, given: Json) -> None:
        self.around = level
        self.done: Level | None = None
        level.judge.open(level.nodes[node]["config"]["body"], level.prefix + node, given, self.ended, level)

    def ended(self, inner: Level) -> None:
        self.done = inner
        self.around.warned = self.around.warned or inner.status() == "completed_with_warnings"

    def gave(self) -> Gave:
        assert self.done is not None, "a sub-graph ended before its nodes"
        if self.done.status() == "failed":
            return Gave(fails=self.done.culprit()["class"])
        return Gave(self.done.outputs())


class Passes:
    """A loop: one scope for each pass, one after the other."""

    def __init__(self, level: Level, node: str, given: Json) -> None:
        self.around, self.node = level, node
        self.config = level.nodes[node]["config"]
        body = self.config["body"]
        names = {name_of(each) for each in body["nodes"] if each["kind"] == "output"}
        self.carried = names & set(inputs_of(body))
        self.given = dict(given)
        self.count, self.outputs = 0, dict[str, Any]()
        self.passes: list[Json] = []
        self.result: Gave | None = None
        self.again()

    def again(self) -> None:
        self.count += 1
        path = f"{self.around.prefix}{self.node}[{self.count}]"
        self.around.judge.open(self.config["body"], path, self.given, self.ended, self.around)

    def ended(self, inner: Level) -> None:
        self.around.warned = self.around.warned or inner.status() == "completed_with_warnings"
        if inner.status() == "failed":
            self.result = Gave(fails=inner.culprit()["class"])
            return
        after = {**self.given, **{name: value for name, value in inner.outputs().items() if name in self.carried}}
        carry = {name: after[name] for name in self.carried if name in after}
        self.outputs = {**carry, **inner.outputs()}  # what the body left out stays as it was
        self.passes.append(self.outputs)
        same = all(name in self.given and agree(self.given[name], carry[name]) for name in carry)
        until = self.config.get("until")
        if until is not None and holds(until, self.outputs):
            self.result = Gave(self.outputs)
        elif self.carried and same:
            self.result = Gave(self.outputs, warns=True)
        elif self.count < self.config.get("max_passes", 5):
            self.given = after
            self.again()
        elif until is not None and self.config.get("on_max") == "fail":
            self.result = Gave(fails="invalid_output")
        elif until is not None and self.config.get("on_max") == "best":
            self.result = self.best()
        else:
            self.result = Gave(self.outputs, warns=until is not None)

    def best(self) -> Gave:
        """What the first pass with the highest score gave; every pass must have a number there."""
        scores = [number(outputs.get(self.config["score"])) for outputs in self.passes]
        if None in scores:
            return Gave(fails="type")
        return Gave(max(self.passes, key=lambda outputs: number(outputs[self.config["score"]]) or 0.0), warns=True)

    def gave(self) -> Gave:
        assert self.result is not None, "a loop ended before its passes"
        return self.result


class Spread:
    """A map: a scope for each item, so many at once, in the order of the list; in rounds, for what may be tried again.

    Attributes:
        twins: of equal items the first one, with those that share its end.
        queue: items of the present round that have not begun; `rest` come after the canaries.
        going: the scopes of items that may run.
    """

    def __init__(self, level: Level, node: str, given: Json) -> None:
        self.around, self.node = level, node
        self.config = level.nodes[node]["config"]
        self.given = {name: value for name, value in given.items() if name != "items"}
        self.items = given["items"]
        self.wrong = not isinstance(self.items, list)
        self.total = 0 if self.wrong else len(self.items)
        self.going: set[str] = set()
        self.round = 1
        self.results: dict[int, Json] = {}
        self.stopped = ""
        self.row: list[Any] = []
        self.twins: dict[int, list[int]] = {}
        first: dict[str, int] = {}
        for index in range(self.total):
            equal = json.dumps(self.items[index], sort_keys=True) if self.config.get("dedupe") else str(index)
            self.twins.setdefault(first.setdefault(equal, index), []).append(index)
        canaries = self.config.get("canary", 0)
        order = list(self.twins)
        self.queue, self.rest = order[:canaries], order[canaries:]
        self.advance()

    def advance(self) -> None:
        """Begins what may begin; once a round is over, the next one."""
        while len(self.going) < self.config.get("concurrency", 8) and self.queue and not self.stopped:
            self.open(self.queue.pop(0))
        if not self.going and (self.stopped or not self.queue) and self.next_round():
            self.advance()

    def next_round(self) -> bool:
        """Whether there is another round: the rest after the canaries, then failed items that may end otherwise."""
        if self.rest and self.round == 1:
            if self.failed():
                self.stop("breaker")
            self.queue, self.rest = self.rest, []
            return not self.stopped
        if self.stopped or self.round > self.config.get("item_retries", 0):
            return False
        self.round += 1
        self.row = []
        self.queue = [i for i in self.failed() if i in self.twins and self.results[i]["error"]["class"] not in FINAL]
        return bool(self.queue)

    def open(self, index: int) -> None:
        def ended(inner: Level) -> None:
            self.around.warned = self.around.warned or inner.status() == "completed_with_warnings"
            record = self.record(inner)
            self.going.discard(path)
            self.take(record)
            self.results.update(dict.fromkeys(self.twins[index], record))
            self.advance()

        given = {**self.given, "item": self.items[index], "index": index}
        again = f".{self.round}" if self.round > 1 else ""
        path = f"{self.around.prefix}{self.node}[{index}]{again}"
        self.going.add(path)
        self.around.judge.open(self.config["body"], path, given, ended, self.around)

    def record(self, inner: Level) -> Json:
        if inner.status() == "failed":
            return {"status": "failed", "error": inner.culprit()}
        outputs = inner.outputs()
        if not outputs:
            return {"status": "skipped"}
        names = [node for node in inner.nodes.values() if node["kind"] == "output"]
        return {"status": "ok", "value": next(iter(outputs.values())) if len(names) == 1 else outputs}

    def take(self, record: Json) -> None:
        """An item ended: the breaker and `fail_fast` look at it, once for equal items."""
        if record["status"] != "failed":
            self.row = []
            return
        cause = (record["error"]["class"], record["error"]["message"])
        self.row = [*self.row, cause] if self.row[-1:] == [cause] else [cause]
        if self.config.get("on_item_failure") == "fail_fast":
            self.stop("fail_fast")
        elif len(self.row) >= 3 or cause[0] == "credentials":
            self.stop("breaker")

    def stop(self, why: str) -> None:
        self.stopped = self.stopped or why
        if why == "fail_fast":
            self.around.doom(self.node)

    def take_back(self) -> None:
        """Closes scopes where nothing began: several items may end, and stop the map, before it admits the next."""
        for path in list(self.going):
            level = self.around.judge.levels[path]
            if all(state in ("pending", "ready") for state in level.state.values()):
                del self.around.judge.levels[path]
                self.going.discard(path)

    def failed(self) -> list[int]:
        return sorted(index for index, record in self.results.items() if record["status"] == "failed")

    def gave(self) -> Gave:
        if self.wrong:
            return Gave(fails="type")
        failed, policy = self.failed(), self.config.get("on_item_failure", "collect")
        if failed and policy == "fail_fast":
            return Gave(fails=self.results[failed[0]]["error"]["class"])
        if self.stopped:
            self.take_back()
        assert not self.going, "a map ended before its items"
        assert self.stopped or len(self.results) == self.total, "a map ended without all its items"
        too_many = policy == "collect" and len(failed) > self.config.get("max_failures", 0)
        if too_many or len(self.results) < self.total:
            return Gave(fails=self.results[failed[0]]["error"]["class"])
        return Gave(Spread.ports(self.results, self.total, policy), warns=bool(failed))

    @staticmethod
    def ports(results: Mapping[int, Json], total: int, policy: str) -> Json:
        """`items` without failed and skipped ones (null for failed ones with that policy), `results`, `errors`."""
        kept = ("ok", "failed") if policy == "null" else ("ok",)
        records = [results[index] for index in range(total)]
        errors = [{"index": index, **each["error"]} for index, each in enumerate(records) if each["status"] == "failed"]
        return {
            "items": [each.get("value") for each in records if each["status"] in kept],
            "results": records,
            "errors": errors,
        }
