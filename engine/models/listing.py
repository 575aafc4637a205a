"""What `baton models` and `baton doctor` show: providers, their keys and servers, and what the tiers mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.models.tiers import Source


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A line of `baton models`. `key` says where the key comes from; `models` what a local server offers."""

    name: str
    title: str
    local: bool
    base_url: str
    key_env: str
    key: str
    running: bool
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """What `baton models` shows: the providers, and for each tier its model and why it is that one."""

    providers: tuple[ProviderRow, ...]
    tiers: Mapping[str, tuple[str, Source]]
