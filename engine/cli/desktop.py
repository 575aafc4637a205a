"""`baton desktop`: Baton in the menu of a desktop, and graph files that open in it: on Linux, macOS and Windows."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli.console import complain, new_app, say

app = new_app()
System = Literal["", "linux", "macos", "windows"]
GRAPH, BUNDLE = "application/vnd.baton.graph+json", "application/vnd.baton.bundle+zip"
ICON = "icons/hicolor/scalable/apps/baton.svg"


@app.command()
def desktop(
    system: Annotated[System, typer.Option("--system", help="For which; by default this one.")] = "",
    output: Annotated[
        str, typer.Option("--output", "-o", help="Write the files into this folder; change nothing else.")
    ] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take it out again.")] = False,
) -> None:
    """Make graph files open in Baton by a double click, for this user only; needs no rights of an administrator."""
    from engine.base.errors import WrongUse

    wanted = system or _this()
    if wanted != _this() and not output:
        raise WrongUse(f"This is not {wanted}.", "Write the files for it into a folder with -o FOLDER.")
    folder = Path(output) if output else _home(wanted)
    files = files_for(wanted, _command())
    for name, text in files.items():
        place = folder / name
        if remove:
            place.unlink(missing_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
        if name.endswith("/MacOS/baton"):
            place.chmod(0o755)
    if not output:
        _tell_system(wanted, folder)
    complain(f"{'Removed' if remove else 'Wrote'} {len(files)} files in {folder}.", level="done")
    if not remove:
        for line in _next(wanted, folder, given=bool(output)):
            say(line)


def files_for(system: str, command: list[str]) -> dict[str, str]:
    """The files that make it so, by their names below the folder they belong to.

    Args:
        command: the program with its first arguments.
    """
    return {"linux": _linux, "macos": _macos, "windows": _windows}[system](command)


def _linux(command: list[str]) -> dict[str, str]:
    import assets

    called = " ".join(f'"{_quoted(word)}"' for word in command)
    entry = f"""[Desktop Entry]
Type=Application
Name=Baton
GenericName=Studio for AI agent workflows
Comment=Draw agents and edges, run them, watch them, share them
Exec={called} open %f
Icon=baton
Terminal=false
Categories=Development;
MimeType={GRAPH};{BUNDLE};
StartupWMClass=baton
"""
    mime = f"""<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{GRAPH}">
    <comment>Baton graph</comment>
    <sub-class-of type="application/json"/>
    <icon name="baton"/>
    <glob pattern="*.baton.json" weight="80"/>
  </mime-type>
  <mime-type type="{BUNDLE}">
    <comment>Baton bundle</comment>
    <sub-class-of type="application/zip"/>
    <icon name="baton"/>
    <glob pattern="*.baton.zip" weight="80"/>
  </mime-type>
</mime-info>
"""
    icon = assets.path("icons/baton.svg").read_text("utf-8")
    return {"applications/baton.desktop": entry, "mime/packages/baton.xml": mime, ICON: icon}


def _macos(command: list[str]) -> dict[str, str]:
    import plistlib
    import shlex

    document = {
        "CFBundleTypeName": "Baton graph",
        "CFBundleTypeRole": "Editor",
        "LSHandlerRank": "Alternate",
        "CFBundleTypeExtensions": ["json", "zip"],
    }
    info = {
        "CFBundleName": "Baton",
        "CFBundleIdentifier": "io.github.baton-studio",
        "CFBundleExecutable": "baton",
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": "1.0",
        "CFBundleDocumentTypes": [document],
    }
    script = f'#!/bin/sh\nexec {shlex.join(command)} ${{1:+open "$1"}}\n'
    root = "Baton.app/Contents"
    return {f"{root}/Info.plist": plistlib.dumps(info).decode(), f"{root}/MacOS/baton": script}


def _windows(command: list[str]) -> dict[str, str]:
    import subprocess

    called = subprocess.list2cmdline([*command, "open"]) + ' "%1"'
    escaped = called.replace("\\", "\\\\").replace('"', '\\"')
    base = "HKEY_CURRENT_USER\\Software\\Classes"
    text = (
        "Windows Registry Editor Version 5.00\r\n\r\n"
        f'[{base}\\Baton.Graph]\r\n@="Baton graph"\r\n\r\n'
        f'[{base}\\Baton.Graph\\shell\\open\\command]\r\n@="{escaped}"\r\n\r\n'
        f'[{base}\\.json\\OpenWithProgids]\r\n"Baton.Graph"=""\r\n\r\n'
        f'[{base}\\.zip\\OpenWithProgids]\r\n"Baton.Graph"=""\r\n'
    )
    return {"baton.reg": text}


def _next(system: str, folder: Path, *, given: bool) -> list[str]:
    """What is left to do."""
    match system:
        case "macos":
            moved = "Move Baton.app into Applications. " if given else ""
            return [f"{moved}Then choose Baton in Finder under “Open With” for a graph file."]
        case "windows":
            return [f"Import it once: reg import \"{folder / 'baton.reg'}\"",
                    "Then choose Baton under “Open with” for a graph file."]  # fmt: skip
    return ["Copy them below ~/.local/share."] if given else []


def _tell_system(system: str, folder: Path) -> None:
    """Tells the desktop that something changed, where it wants to be told."""
    import subprocess

    if system != "linux":
        return
    for program, place in (("update-desktop-database", "applications"), ("update-mime-database", "mime")):
        found = shutil.which(program)
        if found:
            subprocess.run([found, str(folder / place)], check=False, capture_output=True, timeout=60)  # noqa: S603 - ours


def _this() -> str:
    return {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")


def _home(system: str) -> Path:
    if system == "linux":
        return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return Path.home() / "Applications" if system == "macos" else Path.home()


def _command() -> list[str]:
    """How this program was started, so that it is found again without a PATH."""
    own = Path(sys.argv[0])
    if own.name.startswith("baton") and own.exists():
        return [str(own.resolve())]
    return [sys.executable, "-c", "import sys; from engine.cli.main import main; sys.exit(main())"]


def _quoted(word: str) -> str:
    """A word of a command as a desktop entry writes it."""
    for sign in '\\"`$':
        word = word.replace(sign, f"\\{sign}")
    return word.replace("\\", "\\\\").replace("%", "%%")
