"""Runs a graph: each step as soon as what it needs is there, independent steps side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.export.standalone.parts.attempts import Attempts, tried
from engine.export.standalone.parts.places import HERE, ONLY, TURN, Place, Turn
from engine.export.standalone.parts.values import Failed, Several, kind_of


@dataclass
class Settled:
    """What became of a step. `blocked`: what follows it counts as failed too."""

    status: str
    outputs: Mapping[str, Any] = field(default_factory=dict)
    blocked: bool = False
    error: Mapping[str, Any] | None = None


@dataclass
class Step:
    """One node. `wires` names for each of its ports where the values come from, as `node.port`.

    With `absorbs` its failure is somebody else's to handle: that of a specialist is its manager's. `timeout_s` is for
    all attempts together.
    """

    name: str
    run: Callable[..., Awaitable[Mapping[str, Any]]]
    wires: Mapping[str, Sequence[str]]
    many: Sequence[str] = ()
    optional: Sequence[str] = ()
    parts: str = ""
    first: int | None = None
    tolerates: bool = False
    stand_in: Mapping[str, Any] | None = None
    timeout_s: float | None = None
    tries: Attempts | None = None
    is_input: bool = False
    absorbs: bool = False


@dataclass
class Outcome:
    """What a graph gave: outputs by name, and the first error when it failed."""

    outputs: Mapping[str, Any]
    error: Mapping[str, Any] | None = None
    names: Sequence[str] = ()


class Flow:
    """A graph: steps, and the order that follows from their wires."""

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {}
        self.specialists: dict[str, Step] = {}
        self.inputs: dict[str, str] = {}
        self.outputs: dict[str, str] = {}

    def given(self, step: str, name: str, kind: str = "any", **default: Any) -> None:
        """A value that the graph is given, or its default."""
        self.inputs[name] = kind

        async def run(values: Mapping[str, Any]) -> Mapping[str, Any]:
            if name not in values and "default" not in default:
                raise Failed("type", f"The input “{name}” was given no value.")
            value = values[name] if name in values else default["default"]
            wanted = "list" if kind == "messages" else kind
            if wanted in ("text", "number", "boolean", "list") and kind_of(value) not in (wanted, "null"):
                raise Failed("type", f"The input “{name}” takes {kind}, but was given {kind_of(value)}.")
            return {"value": value}

        self.steps[step] = Step(step, run, {}, is_input=True)

    def result(self, step: str, name: str, *wires: str) -> None:
        """A value that the graph gives."""
        self.outputs[name] = step

        async def run(value: Any) -> Mapping[str, Any]:
            return {"value": value}

        self.steps[step] = Step(step, run, {"value": wires})

    def step(self, name: str, wires: Mapping[str, Sequence[str]], **how: Any) -> Callable[[Any], Any]:
        """Makes a step of a function of the values at the ports, in order, that returns one for each port it chose."""

        def made(run: Any) -> Any:
            self.steps[name] = Step(name, run, wires, **how)
            return run

        return made

    def specialist(self, name: str, managers: Sequence[str], **how: Any) -> Callable[[Any], Any]:
        """Makes a specialist of a function of its brief; its step gives what it came to, once its managers ended."""

        async def came_to(parts: Sequence[tuple[str, Any]], _missing: Any) -> Mapping[str, Any]:
            told = parts[-1][1]
            if "error" in told:
                raise Failed(told["error"]["class"], told["error"]["message"])
            outputs: Mapping[str, Any] = told["outputs"]
            return outputs

        def made(run: Any) -> Any:
            wires = {"brief": [f"{manager}.team.{name}" for manager in managers]}
            self.steps[name] = Step(name, came_to, wires, parts="brief", absorbs=True)
            self.specialists[name] = Step(name, run, {"brief": ["manager.brief"]}, **how)
            return run

        return made

    async def delegate(self, name: str, brief: str, number: int) -> Mapping[str, Any]:
        """What a specialist gives for a brief, the manager's delegation of this number. Raises when it fails."""
        mark = TURN.set(("delegation", number))
        try:
            settled = await self._decided(self.specialists[name], {"manager": Settled("ok", {"brief": brief})}, {})
        finally:
            TURN.reset(mark)
        error = settled.error or (settled.outputs["error"] if settled.status == "handled" else None)
        if error is not None:
            raise Failed(error["class"], error["message"])
        return settled.outputs

    def leads(self, one: str, other: str) -> bool:
        """Whether a step has ended before another one begins, since wires lead from it there."""
        seen, todo = set[str](), [other]
        while todo:
            step = self.steps.get(todo.pop())
            above = {source for wires in step.wires.values() for _, source, _ in _ends(wires)} if step else set()
            todo += above - seen
            seen |= above
        return one in seen

    async def run(self, values: Mapping[str, Any] | None = None, turn: Turn = ONLY) -> Outcome:
        """Runs all steps that can run."""
        mark = TURN.set(turn)
        try:
            return await self._ran(values or {})
        finally:
            TURN.reset(mark)

    async def _ran(self, values: Mapping[str, Any]) -> Outcome:
        tasks: dict[str, asyncio.Task[Settled]] = {}
        for name, step in self.steps.items():
            tasks[name] = asyncio.create_task(self._settle(step, tasks, values))
        try:
            settled = dict(zip(tasks, await asyncio.gather(*tasks.values()), strict=True))
        finally:
            for task in tasks.values():
                task.cancel()
        return self._outcome(settled)

    def _outcome(self, settled: Mapping[str, Settled]) -> Outcome:
        wires = [wire for step in self.steps.values() for each in step.wires.values() for wire in each]
        leads_on = {wire.partition(".")[0] for wire in wires}
        wrong = [s for name, s in settled.items() if s.blocked and (s.status == "skipped" or name not in leads_on)]
        errors = [s.error for s in settled.values() if s.error is not None and s.blocked]
        given = {name: settled[step].outputs for name, step in self.outputs.items()}
        found = {name: outputs["value"] for name, outputs in given.items() if outputs}
        return Outcome(found, (errors or [{}])[0] if wrong else None, tuple(self.outputs))

    async def _settle(self, step: Step, tasks: Mapping[str, asyncio.Task[Settled]], values: Any) -> Settled:
        await self._wait(step, tasks)
        done = {name: task.result() for name, task in tasks.items() if task.done() and not task.cancelled()}
        return await self._decided(step, done, values)

    async def _decided(self, step: Step, done: Mapping[str, Settled], values: Any) -> Settled:
        """Runs a step, or skips it, once its sources have settled."""
        blocked = closed = False
        ports: dict[str, list[tuple[str, Any]]] = {}
        for port, wires in step.wires.items():
            ports[port] = live = [(wire, done[s].outputs[p]) for wire, s, p in _ends(wires)
                                  if s in done and p in done[s].outputs]  # fmt: skip
            failed = any(s in done and done[s].blocked for _, s, p in _ends(wires) if p != "error")
            least = (step.first or 1) if port == step.parts else 1
            may_fail = step.tolerates and port == step.parts
            if port not in step.optional and (len(live) < least or (failed and not may_fail)):
                closed, blocked = True, blocked or failed
        if closed:
            return Settled("skipped", blocked=blocked)
        try:
            return Settled("ok", await self._called(step, ports, values))
        except Failed as error:
            return self._failed(step, error)
        except NotImplementedError as error:
            return self._failed(step, Failed("internal", str(error)))
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            said = f"It cannot be done with these values: {str(error).rstrip('.')}."
            return self._failed(step, Failed("bad_request", said))

    async def _wait(self, step: Step, tasks: Mapping[str, asyncio.Task[Settled]]) -> None:
        """Until all sources have settled, or as many as a race needs have brought something."""
        wires = [end for each in step.wires.values() for end in _ends(each)]
        waiting = {tasks[source] for _, source, _ in wires}
        while waiting:
            raced = _ends(step.wires.get(step.parts, ()))
            live = sum(tasks[s].done() and p in tasks[s].result().outputs for _, s, p in raced)
            if step.first is not None and live >= step.first:
                return
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)

    async def _called(self, step: Step, ports: Mapping[str, list[tuple[str, Any]]], values: Any) -> Mapping[str, Any]:
        if not step.wires:
            return await (step.run(values) if step.is_input else step.run())
        given: list[Any] = []
        for port, live in ports.items():
            if port == step.parts:
                labels = _labels(step.wires[port])
                here = live[: step.first] if step.first else live
                given.append([(labels[wire], value) for wire, value in here])
                given.append([label for wire, label in labels.items() if wire not in dict(here)])
            elif len(live) > 1 and port not in step.many:
                why = f"Two values reached {step.name}.{port}: {live[0][0]} and {live[1][0]}."
                raise Failed("port_conflict", why, attempts=0)
            else:
                given.append(live[0][1] if len(live) == 1 else Several.of(value for _, value in live))
        mark = HERE.set((*HERE.get(), Place(self, TURN.get(), step.name)))
        try:
            async with asyncio.timeout(step.timeout_s):
                return await (tried(lambda: step.run(*given), step.tries) if step.tries else step.run(*given))
        except TimeoutError:
            raise Failed("timeout", f"{step.name} took longer than {step.timeout_s:g} s.") from None
        finally:
            HERE.reset(mark)

    def _failed(self, step: Step, error: Failed) -> Settled:
        if step.stand_in is not None:
            return Settled("ok", step.stand_in)
        told = {"node": step.name, "class": error.kind, "message": str(error), "attempts": error.attempts}
        wired = any(f"{step.name}.error" in wires for other in self.steps.values() for wires in other.wires.values())
        if wired or step.absorbs:
            return Settled("handled", {"error": told})
        return Settled("failed", blocked=True, error=told)


def _ends(wires: Sequence[str]) -> list[tuple[str, str, str]]:
    return [(wire, source, port) for wire in wires for source, _, port in [wire.partition(".")]]


def _labels(wires: Sequence[str]) -> dict[str, str]:
    """Each wire's label: its source, with the port where the source has several."""
    sources = [source for _, source, _ in _ends(wires)]
    return {wire: source if sources.count(source) == 1 else wire for wire, source, _ in _ends(wires)}
