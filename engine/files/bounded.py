"""Reads what a person names, a file or a pipe, within a bound: a device that never ends must not fill the memory."""

from __future__ import annotations

import errno
from codecs import getincrementaldecoder
from pathlib import Path
from typing import BinaryIO

from engine.files.strict import FILE_CAP


def read_bounded(source: Path | BinaryIO, most: int = FILE_CAP) -> bytes:
    """All bytes of a file or a pipe.

    Args:
        most: bytes that are read.

    Raises:
        OSError: it cannot be read, or there is more; `strerror` says so.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            data = stream.read(most + 1)
    else:
        data = source.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it is larger than the {most // 2**20:,} MB that are read")
    return data


def text_bounded(source: Path, most: int = FILE_CAP, *, torn: bool = False) -> str:
    """The text of a file in UTF-8, its lines ended as Python ends them.

    Args:
        torn: it may end within a letter, which is left out then.

    Raises:
        OSError: as `read_bounded`.
        UnicodeDecodeError: it is not UTF-8.
    """
    text = getincrementaldecoder("utf-8-sig")().decode(read_bounded(source, most), final=not torn)
    return text.replace("\r\n", "\n").replace("\r", "\n")
