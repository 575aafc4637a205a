"""The command that adds one of Baton's extras (`studio`, `a2a`) to the environment that Baton runs in."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec


def install(extra: str) -> str:
    """The command, ready to copy: a bare `pip` would mostly be that of another environment.

    Args:
        extra: its name in pyproject.toml.
    """
    python = shlex.quote(sys.executable)
    with_pip = f"{python} -m pip install" if find_spec("pip") else f"uv pip install --python {python}"
    return f'{with_pip} "baton-studio[{extra}]"'
