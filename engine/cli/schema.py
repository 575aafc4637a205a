"""`baton schema`: the JSON Schema of the graph file, for editors and for programs that write graphs."""

from __future__ import annotations

from engine.cli.console import new_app, say_json

app = new_app()


@app.command()
def schema() -> None:
    """Print the JSON Schema (draft 2020-12) of the graph file with every kind's config."""
    from engine.kinds.registry import Kinds
    from engine.kinds.schema import graph_schema

    say_json(graph_schema(Kinds.load()))
