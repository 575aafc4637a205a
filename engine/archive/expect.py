"""What must hold of the outputs of a run: assertions as data, judged without a model but for those that ask one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.base.errors import WrongUse
from engine.base.fitting import bad_schema, misfit
from engine.base.rules import Rule
from engine.base.values import Value, as_text, dig

TESTS: Final = ("equals", "contains", "matches", "schema", "judge")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One assertion: `{"output": name, "field": path, one of TESTS: what}`.

    Attributes:
        field: a dotted path into the output; "" is the whole.
        model: who judges, for `judge`: a question about the output that a yes answers well.
    """

    output: str
    test: str
    what: Value
    field: str = ""
    model: str = "best"

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Expectation:
        """From its JSON.

        Raises:
            WrongUse: it is none; the message says why.
        """
        tests = [name for name in TESTS if name in data]
        unknown = [name for name in data if name not in (*TESTS, "output", "field", "model")]
        if not isinstance(data.get("output"), str) or len(tests) != 1 or unknown:
            said = f"it has “{unknown[0]}”" if unknown else f"it needs an output and one of {', '.join(TESTS)}"
            raise WrongUse(f"An assertion cannot be read: {said}.", 'Write {"output": "end", "contains": "tea"}.')
        found = cls(
            data["output"], tests[0], data[tests[0]], str(data.get("field", "")), str(data.get("model", "best"))
        )
        found._check()
        return found

    def _check(self) -> None:
        wrong = ""
        if self.test == "schema":
            wrong = bad_schema(self.what) if isinstance(self.what, Mapping) else "The schema is not an object."
        elif self.test == "matches":
            try:
                Rule(op="matches", value=self.what)
            except ValueError:
                wrong = f"“{self.what}” is not a pattern."
        if wrong:
            raise WrongUse(f"An assertion about “{self.output}” cannot be read: {wrong}", "Correct it.")

    def wrong(self, outputs: Mapping[str, Value]) -> str:
        """Why it does not hold, in one sentence; "" when it does. Whether a judge agrees is not said here."""
        if self.output not in outputs:
            return f"The output “{self.output}” got no value."
        there, value = dig(outputs[self.output], self.field)
        name = f"{self.output}.{self.field}" if self.field else self.output
        if not there:
            return f"The output “{self.output}” has nothing at “{self.field}”."
        shown = _shown(value)
        if self.test == "equals" and json.dumps(value, sort_keys=True) != json.dumps(self.what, sort_keys=True):
            return f"“{name}” is “{shown}”, not “{_shown(self.what)}”."
        if self.test == "contains" and not Rule(op="contains", value=self.what).holds(value):
            return f"“{name}” does not contain “{_shown(self.what)}”: it is “{shown}”."
        if self.test == "matches" and not Rule(op="matches", value=self.what).holds(value):
            return f"“{name}” does not match “{_shown(self.what)}”: it is “{shown}”."
        if self.test == "schema" and (misfitting := misfit(value, self.what)):
            return f"“{name}” does not fit its schema: {misfitting}."
        return ""


def _shown(value: Value) -> str:
    text = " ".join(as_text(value).split())
    return text if len(text) <= 100 else f"{text[:99]}…"
