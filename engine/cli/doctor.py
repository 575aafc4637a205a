"""`baton doctor`: looks over this computer and says what is missing, with the command that mends it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import typer

from engine.cli.console import inert, new_app, paint, say, say_json
from engine.cli.options import AsJson

app = new_app()

LEAST_FREE = 200 * 1024 * 1024
"""Free bytes that the stored runs should have."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `state` is `ok`, `missing` (optional: something will not work) or `error`."""

    name: str
    state: str
    message: str
    fix: str = ""


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what is missing on this computer. Exit code 1 if graphs cannot run, else 0."""
    findings = list(looked_over())
    if as_json:
        rows = [{"name": f.name, "state": f.state, "message": f.message, "fix": f.fix} for f in findings]
        say_json({"findings": rows})
    else:
        marks = {"ok": ("✓", "green"), "missing": ("–", "yellow"), "error": ("✗", "red")}
        for finding in findings:
            say(f"{paint(*marks[finding.state])} {finding.name}: {inert(finding.message)}")
            if finding.fix:
                say(f"    {inert(finding.fix)}")
    raise typer.Exit(1 if any(finding.state == "error" for finding in findings) else 0)


def looked_over() -> Iterator[Finding]:
    """Everything that is looked at, in the order in which a person needs it."""
    from engine.base.extras import install
    from engine.cli.qt_libraries import missing_libraries

    yield _python()
    yield _home()
    yield _disk()
    if find_spec("PySide6") is None:
        yield Finding("Qt", "missing", "not installed, so there is no studio", install("studio"))
    else:
        missing = missing_libraries()
        if missing:
            packages = " ".join(missing)
            yield Finding("Qt", "missing", f"lacks system libraries: {packages}", f"sudo apt-get install -y {packages}")
        else:
            yield Finding("Qt", "ok", "installed")
    yield _display()
    yield from _tool_servers()
    yield from _models()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", "ok", f"{version} in {sys.prefix}")


def _home() -> Finding:
    from engine.base.settings import Home

    root = Home().root
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return Finding("Storage", "ok", str(root))
    except OSError as error:
        return Finding(
            "Storage", "error", f"{root} cannot be written to: {error.strerror}", "Set BATON_HOME to a folder."
        )


def _disk() -> Finding:
    from engine.base.settings import Home

    place = next((folder for folder in (Home().root, *Home().root.parents) if folder.is_dir()), Path("/"))
    free = shutil.disk_usage(place).free
    text = f"{free / 2**30:.1f} GB free"
    if free < LEAST_FREE:
        return Finding("Disk", "error", text, f"Make room on the disk of {place}, or set BATON_HOME elsewhere.")
    return Finding("Disk", "ok", text)


def _tool_servers() -> Iterator[Finding]:
    """Whether the programs of the settings' tool servers are here. Starts none."""
    from engine.base.errors import BatonError
    from engine.base.settings import Home
    from engine.tools.mcp.description import Description

    try:
        servers = Home().load_settings().tool_servers
    except BatonError:
        return  # told of below
    for name, server in servers.items():
        try:
            description = Description.read(name, server)
        except BatonError as error:
            yield Finding(f"Tool server {name}", "missing", error.message, error.hint)
            continue
        command = description.command
        if command and not shutil.which(command, path=description.env.get("PATH")):
            yield Finding(f"Tool server {name}", "missing", f"there is no program {command}", f"Install {command}.")
        else:
            yield Finding(f"Tool server {name}", "ok", description.words)


def _display() -> Finding:
    names = [name for name in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)]
    if names or sys.platform in ("darwin", "win32"):
        return Finding("Display", "ok", ", ".join(f"{name}={os.environ[name]}" for name in names) or sys.platform)
    return Finding(
        "Display", "missing", "none, so the studio cannot open here", "Run graphs in the terminal: baton run FILE"
    )


def _models() -> Iterator[Finding]:
    from engine.base.errors import BatonError
    from engine.base.secrets import system_keyring
    from engine.cli.models import listing
    from engine.run.services import Services

    ring = system_keyring()
    name = type(ring).__module__ if ring else "none that Baton uses; keys come from the environment"
    yield Finding("Keyring", "ok" if ring else "missing", name)
    try:
        found = listing(Services.load())
    except BatonError as error:
        yield Finding("Settings", "error", error.message, error.hint)
        return
    keys = [f"{row.key_env} ({row.key})" for row in found.providers if row.key]
    servers = [row.title for row in found.providers if row.running]
    yield Finding("Keys", "ok" if keys else "missing", ", ".join(keys) or "none",
                  "" if keys else "Set OPENAI_API_KEY or another, or rehearse without one.")  # fmt: skip
    yield Finding(
        "Local servers", "ok" if servers else "missing", ", ".join(servers) or "Ollama and LM Studio do not run"
    )
    tiers = ", ".join(f"{tier} → {model}" for tier, (model, _) in found.tiers.items())
    yield Finding("Tiers", "ok", tiers)
