"""What a program that tests start finds around it, a user who has nothing set up, and that it ends with them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH")


def without_keys(home: Path, **settings: Any) -> dict[str, str]:
    """The environment of a user without keys, screen and local servers.

    Args:
        home: a folder that is made, for `BATON_HOME`.
        settings: are added to those in it.
    """
    home.mkdir()
    (home / "settings.json").write_text(json.dumps({"local_discovery": False, **settings}), "utf-8")
    return {**{name: os.environ[name] for name in KEPT if name in os.environ}, "BATON_HOME": str(home)}


@contextmanager
def running(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program that is killed at the end of the block, if it still goes on.

    Leaving a bare `Popen` waits for its program, so that one that hangs would hold up the tests whatever limit has
    passed; here it makes its test fail.

    Args:
        command: with its arguments.
        options: of `subprocess.Popen`.
    """
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()
