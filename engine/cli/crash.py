"""Where a bug leaves its traceback: a file that a person can send along, without secrets."""

from __future__ import annotations

import os
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.base.secrets import Secrets


def kept(error: BaseException, secrets: Secrets | None = None) -> Path | None:
    """Writes the traceback of `error` below `BATON_HOME/logs`.

    Args:
        secrets: knows the keys that must not stand in it; by default the user's.

    Returns:
        the file, or None when it cannot be written.
    """
    from engine.base.pasted import masked
    from engine.base.secrets import Secrets
    from engine.base.settings import Home

    home = Home()
    known = secrets or Secrets(os.environ, home)
    known.learn_stored()  # whoever met the bug may have used any of them
    text = masked(known.redactor.text("".join(traceback.format_exception(error))))
    try:
        folder = home.root / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
        place.write_text(text, "utf-8", "replace")
    except OSError:
        return None
    return place
