"""The command line: values in, outputs as JSON on stdout."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from engine.export.standalone.parts.flow import Flow


def main(flow: Flow, about: str) -> int:
    """Runs the graph with what the command line gives. Returns 0, or 1 when it failed."""
    parser = argparse.ArgumentParser(description=about)
    names = ", ".join(flow.inputs) or "none"
    parser.add_argument("-i", "--input", action="append", default=[], metavar="NAME=VALUE", help=f"inputs: {names}")
    parser.add_argument("--inputs", metavar="FILE.json", help="values as one JSON object")
    given = parser.parse_args()
    values: dict[str, Any] = json.loads(Path(given.inputs).read_text("utf-8")) if given.inputs else {}
    for pair in given.input:
        name, _, value = pair.partition("=")
        if name not in flow.inputs:
            parser.error(f"there is no input {name}; there are: {names}")
        values[name] = value if flow.inputs[name] == "text" else _typed(value)
    outcome = asyncio.run(flow.run(values))
    sys.stdout.write(json.dumps(dict(outcome.outputs), ensure_ascii=False, indent=2) + "\n")
    if outcome.error is not None:
        sys.stderr.write(f"{outcome.error.get('node')}: {outcome.error.get('message')}\n")
    return 0 if outcome.error is None else 1


def _typed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
