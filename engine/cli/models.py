"""`baton models`: which providers, keys and local servers there are, and what the tiers mean now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.cli.console import inert, new_app, paint, say, say_json
from engine.cli.options import AsJson

if TYPE_CHECKING:
    from engine.models.listing import Listing

app = new_app()

_SOURCES = {
    "run": "for this run",
    "settings": "from the settings",
    "key": "the first provider with a key",
    "local": "a server that runs",
    "rehearsal": "no key and no server was found",
}


@app.command()
def models(as_json: AsJson = False) -> None:
    """Say which providers, keys and local servers there are, and which models the tiers mean now."""
    from engine.run.services import Services

    found = listing(Services.load())
    if as_json:
        say_json(as_data(found))
        return
    for row in found.providers:
        if row.running:
            state = paint(f"runs: {', '.join(row.models[:6])}", "green")
        elif row.local:
            state = paint("not found", "dim")
        elif not row.base_url:
            state = paint("no address", "dim")
        elif row.key:
            state = paint(f"key {row.key_env} from the {row.key}", "green")
        else:
            state = paint(f"no key ({row.key_env})", "dim")
        say(f"{row.name:<18} {inert(row.base_url):<52} {state}")
    say()
    for tier, (model, source) in found.tiers.items():
        say(f"{tier:<8} → {inert(model)}  ({_SOURCES[source]})")


def listing(services: Any) -> Listing:
    """Asks keyring and local servers, each with a short limit."""
    import asyncio

    async def ask() -> Listing:
        found = services.models()
        try:
            answer: Listing = await found.listing()
            return answer
        finally:
            await found.aclose()

    return asyncio.run(ask())


def as_data(found: Listing) -> dict[str, Any]:
    """The listing as a JSON object. Holds names of keys, never keys."""
    return {
        "providers": [
            {"name": row.name, "title": row.title, "local": row.local, "address": row.base_url,
             "key_name": row.key_env, "key": row.key or None, "running": row.running, "models": list(row.models)}
            for row in found.providers
        ],
        "tiers": {tier: {"model": model, "source": source} for tier, (model, source) in found.tiers.items()},
    }  # fmt: skip
