"""Installs what uv.lock says into .venv: with uv, or behind a mirror that uv's addresses do not reach, with pip."""

from __future__ import annotations

import ast
import os
from pathlib import Path

from terminal import Trouble, quietly, say

# Runs in .venv, whose Python surely has tomllib.
_LIST_DEV = """
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*sum(tomllib.load(file)["dependency-groups"].values(), []), sep="\\n")
"""


def install(root: Path, dev: bool) -> None:
    """Installs Baton (editable), the studio and, with `dev`, what tests, docs and packages need into `root`/.venv.

    Raises:
        Trouble: neither way worked.
    """
    say("installing the packages of uv.lock into .venv (the first time this takes a minute)")
    python = str(root / ".venv" / "bin" / "python")
    ok, said = quietly([python, "-m", "pip", "install", "--quiet", "uv"])
    if ok:
        ok, said = _with_uv(root, dev, uv_environment(python))
    if not ok:
        say("uv could not do it, using pip")
        ok, printed = _with_pip(root, dev, python)
        said += printed
    if not ok:
        raise Trouble(
            "The packages could not be installed.",
            "Check the network and pip's settings (pip config list), then try again.",
            said,
        )


def _with_uv(root: Path, dev: bool, environment: dict[str, str]) -> tuple[bool, str]:
    uv = str(root / ".venv" / "bin" / "uv")
    command = [uv, "sync", "--frozen", "--inexact", "--quiet", "--extra", "studio"]
    command += ["--extra", "a2a", "--all-groups"] if dev else ["--no-dev"]
    return quietly(command, cwd=root, env=environment)


def _with_pip(root: Path, dev: bool, python: str) -> tuple[bool, str]:
    """The lock's versions as far as uv can still read it, else the newest that pyproject.toml allows."""
    wanted = ["--editable", f"{root}[studio,a2a]" if dev else f"{root}[studio]"]
    if dev:
        wanted += quietly([python, "-c", _LIST_DEV], cwd=root)[1].splitlines()
    locked = str(root / ".venv" / "locked.txt")
    export = [str(root / ".venv" / "bin" / "uv"), "export", "--frozen", "--offline", "--quiet"]
    export += ["--no-hashes", "--no-emit-project", "--all-extras", "--all-groups", "--output-file", locked]
    if quietly(export, cwd=root, env=uv_environment(python))[0]:
        wanted += ["--constraint", locked]
    return quietly([python, "-m", "pip", "install", "--quiet", *wanted], cwd=root)


def uv_environment(python: str) -> dict[str, str]:
    """For uv: this .venv, no Python of its own, and pip's index and certificates, which uv does not read itself."""
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never")
    for name in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"):
        environment.pop(name, None)
    settings = _pip_settings(python)
    for variable, name in (("UV_DEFAULT_INDEX", "index-url"), ("SSL_CERT_FILE", "cert")):
        if name in settings:
            environment.setdefault(variable, settings[name])
    return environment


def _pip_settings(python: str) -> dict[str, str]:
    """pip's settings from its files and the environment: `global.index-url='...'` gives {"index-url": "..."}."""
    printed = quietly([python, "-m", "pip", "config", "list"])[1]
    pairs = [line.split("=", 1) for line in printed.splitlines() if "='" in line or '="' in line]
    return {key.rsplit(".", 1)[-1]: ast.literal_eval(value) for key, value in pairs}
