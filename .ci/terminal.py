"""How the set-up speaks to people and to other programs: short lines out, commands run without a word of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


class Trouble(Exception):
    """The set-up cannot go on.

    Args:
        message: one sentence that says what happened.
        hint: one that says what to do.
        said: what the failing tool printed; its last lines are shown above the sentence.
    """

    def __init__(self, message: str, hint: str, said: str = "") -> None:
        tail = [line for line in said.strip().splitlines() if line.strip()][-12:]
        super().__init__("\n".join([f"    {line}" for line in tail] + [message, hint]))


def say(text: str) -> None:
    """Prints one or more lines for the person at the terminal, at once even into a pipe."""
    for line in text.splitlines():
        sys.stdout.write(f"[setup] {line}\n")
    sys.stdout.flush()


def quietly(
    command: list[str],
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    timeout: float | None = None,
) -> tuple[bool, str]:
    """Runs a command with nothing on its stdin; returns whether it succeeded and all that it printed.

    Args:
        command: the program and its arguments.
        cwd: where to run it; here by default.
        env: its whole environment; this process's by default.
        timeout: seconds after which it is ended and counts as failed.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    return done.returncode == 0, done.stdout.decode("utf-8", "replace")
