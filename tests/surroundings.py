"""What a program that tests start finds around it: a user who has nothing set up."""

from __future__ import annotations

import json
import os
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
