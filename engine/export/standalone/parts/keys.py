"""Secrets by their names, from the environment."""

from __future__ import annotations

import os
import re

from engine.export.standalone.parts.values import Failed


def secrets(value: str) -> str:
    """A text with each secret://NAME replaced by the environment variable of that name, or its name in capitals."""

    def found(match: re.Match[str]) -> str:
        name = match[1]
        key = os.environ.get(name) or os.environ.get(re.sub(r"\W", "_", name).upper())
        if not key:
            raise Failed(
                "credentials", f"Set {re.sub(r'[^A-Za-z0-9]', '_', name).upper()}: the secret {name} is needed."
            )
        return key

    return re.sub(r"secret://([A-Za-z0-9_.-]+)", found, value)
