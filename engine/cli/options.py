"""The options that several commands take, each said once."""

from __future__ import annotations

from typing import Annotated

import typer

Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input", "-i", metavar="NAME=VALUE",
        help="A value for an input, read as its type says: a number, true or false, JSON for json and list, a file's "
        "name for file.",
    ),
]  # fmt: skip
InputsFile = Annotated[str, typer.Option("--inputs", metavar="FILE.json", help="Values as one JSON object.")]
Rehearse = Annotated[bool, typer.Option("--rehearse", help="Use the built-in model for every model.")]
Tiers = Annotated[list[str] | None, typer.Option("--tier", metavar="TIER=MODEL", help="What a tier means in this run.")]
Budget = Annotated[float | None, typer.Option("--budget", min=0, metavar="USD", help="Most money to spend.")]
BudgetTokens = Annotated[
    int | None, typer.Option("--budget-tokens", min=0, metavar="TOKENS", help="Most tokens to use, in and out.")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NODE.KEY=VALUE", help="A node's setting for this run.")
]
Answers = Annotated[
    list[str] | None, typer.Option("--answer", metavar="KEY=JSON", help="What a person decided, by the key asked.")
]
AllowWrites = Annotated[
    list[str] | None,
    typer.Option("--allow-writes", metavar="[=TOOL]", help="Let writing tools act without asking each time."),
]
Resume = Annotated[
    str, typer.Option("--resume", metavar="RUN", help="Go on with a stored run, by its id or how that begins.")
]
FromNode = Annotated[
    str, typer.Option("--from", metavar="NODE", help="A new run that uses again what is settled before this node.")
]
Only = Annotated[
    str, typer.Option("--only", metavar="NODE", help="Like --from, but nothing that follows the node is run.")
]
Base = Annotated[
    str,
    typer.Option(
        "--base", metavar="RUN", help="With --from, --only or --failed: whose results; by default the newest run's."
    ),
]
Failed = Annotated[
    bool, typer.Option("--failed", help="A new run that does only failed nodes and items again, and what follows.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Cache = Annotated[bool, typer.Option("--cache", help="Use results of earlier runs again.")]
Trust = Annotated[bool, typer.Option("--trust", help="Trust what this file may do, from now on.")]
