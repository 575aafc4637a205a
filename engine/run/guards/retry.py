"""Guard: attempts and their time limit for kinds that reach outside without a model (semantics.md S8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.base.errors import NodeError
from engine.kinds.contract import Outputs
from engine.plan.plan import PlanNode
from engine.run.deadline import limited
from engine.run.ladder import RETRIED, back_off

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.guard import Inner


class Retrying:
    """Tries again what may be better next time.

    Models have a ladder of their own (`engine.run.conversations`), and containers leave it to their nodes. What only
    computes gives the same again, so it is tried again only where its config says so; likewise what may have written
    something already. A rate limit is waited for by all: what was refused has done nothing.
    """

    order = 40

    def applies(self, node: PlanNode) -> bool:
        kind, config = node.kind, node.config
        if kind.container or kind.models(config):
            return False
        return kind.needs_trust or config.timeout_s is not None or "retry" in config.model_fields_set

    async def around(self, call: NodeCall, inner: Inner) -> Outputs:
        kind, config = call.plan_node.kind, call.plan_node.config
        writes = any(each.writes for each in kind.capabilities(config))
        again = "retry" in config.model_fields_set or (kind.needs_trust and not writes)
        failures, waited = 0, 0.0
        while True:
            try:
                async with limited(call, config.timeout_s):
                    return await inner()
            except NodeError as error:
                if error.error_class == "rate":
                    waited += await _wait_for_rate(call, error, waited)
                    continue
                failures += 1
                if not again or error.error_class not in RETRIED or failures >= config.retry.attempts:
                    raise
                await back_off(call, error, failures)
            await call.take_up()
            call.emit("node.started", {"attempts": config.retry.attempts})


async def _wait_for_rate(call: NodeCall, error: NodeError, waited: float) -> float:
    """Waits as the other side asks; such an answer is no attempt (S8).

    Returns:
        the seconds it waited.

    Raises:
        NodeError: `rate`, when it comes to more than `max_wait_s` in all.
    """
    pause = 1.0 if error.retry_after is None else error.retry_after
    if waited + pause > call.limits.retry.max_wait_s:
        raise error
    call.emit("rate.wait", {"wait_s": pause})
    call.emit("node.waiting", {"reason": f"rate limit, {pause:.0f} s", "for": []})
    call.rest()
    with call.off_the_clock():
        await call.clock.sleep(pause)
    await call.take_up()
    call.emit("node.started", {"attempts": call.limits.retry.attempts})
    return pause


GUARD = Retrying()
