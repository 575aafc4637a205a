"""Lets a model answer yes or no about a result, with a reason: the judge of a loop (semantics.md S6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from engine.agents.conversation import Chat
from engine.agents.routing import Ask, Option, choose
from engine.base.errors import NodeError

JUDGE: Final = "You judge a result. Answer the question about it with the route “yes” or “no”; in doubt, “no”."


class Decision(NamedTuple):
    """The answer, how sure the model says it is (0 to 1), and its reason."""

    yes: bool
    confidence: float
    reason: str


async def decide(chat: Chat, model: str, fallback: Sequence[str], question: str, text: str) -> Decision:
    """Asks a model a question about a text; an answer that is neither yes nor no is re-asked once.

    Raises:
        NodeError: the models failed; `invalid_output`: neither answer could be read.
    """
    options = (Option("yes", description=question), Option("no", description="it is not so, or it cannot be told"))
    verdict = await choose(chat, model, fallback, Ask(text, f"Question: {question}", options, opening=JUDGE))
    if verdict.misrouted:
        raise NodeError(
            "invalid_output", f"The judge said neither yes nor no: {verdict.reason}.", "Reword its question."
        )
    return Decision(verdict.routes == ("yes",), verdict.confidence, verdict.reason)
