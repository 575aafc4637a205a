"""Where a provider is reached: its own address, or the one that the settings or the environment give it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from engine.base.settings import Settings
from engine.models.contract import Provider


def base_url(provider: Provider, settings: Settings, environ: Mapping[str, str]) -> tuple[str, bool]:
    """The base address of a provider, and whether somebody changed it.

    The settings win over the environment. A local server's address may be as short as `OLLAMA_HOST` allows
    (`host`, `host:port`, `0.0.0.0`): scheme, port and path are filled in from the usual one.
    """
    own = settings.providers.get(provider.name)
    chosen = (own.base_url if own else None) or environ.get(provider.url_env, "")
    if not chosen.strip():
        return provider.base_url, False
    chosen = chosen.strip().rstrip("/")
    return (_completed(chosen, provider.base_url) if provider.local else chosen), True


def _completed(chosen: str, usual: str) -> str:
    given, default = urlsplit(chosen if "://" in chosen else f"http://{chosen}"), urlsplit(usual)
    host = given.hostname or default.hostname or "127.0.0.1"
    if host in ("0.0.0.0", "::"):  # noqa: S104 - where a server listens, read as where it is reached
        host = "127.0.0.1"
    host = f"[{host}]" if ":" in host else host
    try:
        port = given.port
    except ValueError:
        return chosen
    if port is None and "://" not in chosen:
        port = default.port
    return f"{given.scheme}://{host}{f':{port}' if port else ''}{given.path.rstrip('/') or default.path}"
