"""The user's settings and where Baton keeps things: one file of JSON under BATON_HOME or the system's usual place."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.base.errors import WrongUse

TIERS = ("cheap", "medium", "best")


class ProviderSettings(BaseModel):
    """What the user changed about one provider. `width` limits calls at once; `base_url` replaces the address."""

    model_config = ConfigDict(extra="allow", frozen=True)

    base_url: str | None = None
    """Its address, instead of the usual one and before the environment's."""
    width: int | None = Field(default=None, ge=1)
    """Most calls at once."""
    tiers: dict[str, str] = Field(default_factory=dict)
    """`cheap`, `medium`, `best` -> its model, without its name before it."""


class Settings(BaseModel):
    """Everything a user may set, for all graphs. Unknown keys survive."""

    model_config = ConfigDict(extra="allow", frozen=True)

    tiers: dict[str, str] = Field(default_factory=dict)
    """`cheap`, `medium`, `best` -> `provider/model` or `rehearsal`."""
    providers: dict[str, ProviderSettings] = Field(default_factory=dict)
    """What is changed about providers, by their names."""
    appearance: Literal["system", "dark", "light"] = "system"
    reduced_motion: bool | None = None
    """Whether the studio leaves out what moves; None goes by the system."""
    font_scale: float | None = Field(default=None, ge=0.7, le=2.5)
    """How large the studio's text is; 1 is as designed, None as the system's."""
    keys: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Keys of the studio's verbs that are not the usual ones: `edit.duplicate` -> `Ctrl+D`, or none."""
    concurrency: int = Field(default=16, ge=1)
    list_prices_at_custom_address: bool = True
    """Whether list prices count where a provider's address was changed; else the price is unknown (S9)."""
    budget_day_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Most US dollars that all runs of a day may cost, by the local calendar (S9)."""
    cache_mb: int = Field(default=500, ge=0)
    """Most megabytes of results that are kept to be used again (S12); the least recently used go first."""
    keep_runs: int | None = Field(default=None, ge=1)
    """Most stored runs; the oldest that are over go first. None keeps all."""
    keep_runs_mb: int | None = Field(default=None, ge=1)
    """Most megabytes of stored runs, likewise."""
    tool_servers: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Tool servers for all graphs, by name, as a graph's own `tool_servers` describes them."""
    local_discovery: bool = True
    """Whether servers of one's own are looked for when a tier would be a rehearsal without them (T11)."""
    allow_private_addresses: tuple[str, ...] = ()
    """Hosts (`localhost`, `192.168.1.5`, `wiki.local:8080`) that a graph may reach although not public (T5)."""


class Home:
    """The folder that holds all that the program stores (formats.md, Environment).

    Args:
        root: the folder; by default `BATON_HOME`, else the system's place for a user's data.
    """

    def __init__(self, root: Path | None = None) -> None:
        chosen = os.environ.get("BATON_HOME", "")
        self.root = root or (Path(chosen).expanduser() if chosen else user_data_path("baton", appauthor=False))

    @property
    def settings_file(self) -> Path:
        return self.root / "settings.json"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def recovery(self) -> Path:
        return self.root / "recovery"

    @property
    def bundles(self) -> Path:
        """Bundles that were run straight from their `.zip`, each in a folder of its own."""
        return self.root / "bundles"

    @property
    def look(self) -> Path:
        """The pictures that the studio's stylesheet names."""
        return self.root / "look"

    @property
    def state_file(self) -> Path:
        """What the studio remembers between starts: window shape, recent files."""
        return self.root / "studio.json"

    def load_settings(self) -> Settings:
        """The stored settings, or the defaults when there are none.

        Raises:
            WrongUse: the file is there but cannot be read as settings.
        """
        try:
            data = self.settings_file.read_bytes()
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            raise WrongUse(
                f"The settings in {self.settings_file} cannot be read: {error.strerror}.",
                "Set BATON_HOME to a folder, or correct the rights of the file.",
            ) from error
        try:
            return Settings.model_validate(json.loads(data.decode("utf-8-sig")))
        except (ValueError, RecursionError) as error:
            raise WrongUse(
                f"The settings in {self.settings_file} are not valid: {_reason(error)}.",
                "Correct the file or move it away; Baton then starts with its defaults.",
            ) from error

    def save_settings(self, settings: Settings) -> None:
        """Writes the settings so that a crash leaves either the old or the new file."""
        write_json(self.settings_file, settings.model_dump(exclude_defaults=True))


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg']}" if place else str(first["msg"])
    return str(error).rstrip(".")


def write_json(path: Path, data: Any) -> None:
    """Writes a small JSON file of the program's own, by a temporary file and a rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", "utf-8")
    temporary.replace(path)
