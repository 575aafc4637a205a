"""Where a bug leaves its traceback: a file that a person can send along, without secrets."""

from __future__ import annotations

import os
import time
import traceback
from pathlib import Path


def kept(error: BaseException) -> Path | None:
    """Writes the traceback of `error` below `BATON_HOME/logs`. Returns the file, or None when it cannot be written."""
    from engine.base.secrets import Secrets
    from engine.base.settings import Home

    text = "".join(traceback.format_exception(error))
    try:
        folder = Home().root / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
        place.write_text(Secrets(os.environ).redactor.text(text), "utf-8", "replace")
    except OSError:
        return None
    return place
