"""`baton serve`: a graph as a tool for Claude, Cursor and others (MCP), or as an agent for other agents (A2A)."""

from __future__ import annotations

import asyncio
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import options
from engine.cli.console import complain, new_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from engine.serve.graph import ServedGraph

app = new_app()

PORT = 9000
_SENDABLE = re.compile(r"[!-~]+")
"""A token as HTTP carries it: visible ASCII."""


@app.command()
def serve(
    file: Annotated[Path, typer.Argument(help="The graph file, or a bundle (.zip).")],
    as_mcp: Annotated[
        bool, typer.Option("--mcp", help="As a tool over MCP: on stdin and stdout, or with --http.")
    ] = False,
    as_a2a: Annotated[bool, typer.Option("--a2a", help="As an agent over A2A.")] = False,
    http: Annotated[bool, typer.Option("--http", help="With --mcp: over HTTP, for many clients.")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="For HTTP; 0 is any free one.")] = PORT,
    rehearse: options.Rehearse = False,
    tier: options.Tiers = None,
    budget: options.Budget = None,
    settings: options.Settings = None,
    allow_writes: options.AllowWrites = None,
    cache: options.Cache = False,
    trust: options.Trust = False,
) -> None:
    """Serve a graph on this machine until Ctrl+C. Exit code 0 the client has left, 2 wrong use, 4 not trusted, 130
    stopped by a signal."""
    from engine.base.errors import WrongUse
    from engine.cli import given
    from engine.cli.beforehand import allow, beside_its_files
    from engine.files.open import open_graph
    from engine.run.control import RunOptions
    from engine.run.services import Services
    from engine.serve.graph import ServedGraph

    if as_mcp == as_a2a:
        raise WrongUse("As what? Choose one of --mcp and --a2a.", "See baton serve --help.")
    if http and not as_mcp:
        raise WrongUse("--http belongs to --mcp; --a2a always speaks HTTP.", "Leave it out.")
    if budget is not None and not math.isfinite(budget):
        raise WrongUse(f"A budget of {budget} US dollars is no limit.", "Write a number, such as --budget 0.50.")
    services = Services.load()
    file = beside_its_files(file, services.home).resolve()
    graph = given.changed(open_graph(file), settings or (), services.beside(file.parent).kinds)
    allow(graph, services, file, None, trust=trust)
    chosen = RunOptions(
        rehearse=rehearse, tiers=given.tiers(tier or (), services.models()), budget_usd=budget, cache=cache,
        allow_writes=allow_writes or (),
    )  # fmt: skip
    served = ServedGraph(graph, chosen, services, file)
    if as_a2a or http:
        raise typer.Exit(asyncio.run(_on_http(served, port, as_a2a)))
    from engine.serve.stdio import serve_stdio

    raise typer.Exit(asyncio.run(serve_stdio(served)))


async def _on_http(served: ServedGraph, port: int, as_a2a: bool) -> int:
    from engine.serve.web import Gatekeeper, listening, new_token, serve_http

    token = _given_token()
    made, open_paths = _a2a_app() if as_a2a else (_mcp_app, ())
    listener = listening(port)
    number = listener.getsockname()[1]
    base = f"http://127.0.0.1:{number}"
    complain(f"“{served.title}” is served on {base}{'' if as_a2a else '/mcp'} for this machine alone. Ctrl+C ends it.",
             level="serving")  # fmt: skip
    if not token:
        token = new_token()
        complain(f"Callers send the header Authorization: Bearer {token}", level="token")
    gate = Gatekeeper(made(served, base), port=number, token=token, open_paths=open_paths)
    return await serve_http(gate, listener, served.stop)


def _given_token() -> str:
    """The token that the environment names; "" when one is to be made."""
    from engine.base.errors import WrongUse
    from engine.serve.web import TOKEN_VARIABLE

    token = os.environ.get(TOKEN_VARIABLE, "")
    if token and not _SENDABLE.fullmatch(token):
        raise WrongUse(f"{TOKEN_VARIABLE} has what no caller can send in a header.", "Use letters, digits, - and _.")
    return token


def _a2a_app() -> tuple[Callable[[ServedGraph, str], ASGIApp], tuple[str, ...]]:
    from importlib.util import find_spec

    from engine.base.errors import WrongUse
    from engine.base.extras import install

    if find_spec("a2a") is None:
        raise WrongUse("Serving over A2A needs its library, which is not installed.",
                       f"Install it: {install('a2a')}.")  # fmt: skip
    from engine.kinds.a2a.card import WELL_KNOWN
    from engine.serve.a2a import http_app

    return http_app, WELL_KNOWN


def _mcp_app(served: ServedGraph, _base: str) -> ASGIApp:
    from engine.serve.mcp import GraphTool

    return GraphTool(served).http_app()
