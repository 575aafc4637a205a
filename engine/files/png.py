"""The text chunks of a PNG, read and written without drawing anything: how a graph travels inside its picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from engine.base.errors import FileProblem
from engine.files.strict import FILE_CAP

KEYWORD: Final = "baton"
"""Under which the graph's file stands."""
PICTURE_CAP: Final = 256 * 1024 * 1024
"""Bytes of a picture that is read at all."""
_HEAD: Final = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS: Final = 1_000_000
_BROKEN: Final = "Ask for the picture again, or for the graph file itself."


def graph_in(png: bytes) -> str:
    """The graph file inside a picture; "" when there is none. Read it with the strict loader.

    Raises:
        FileProblem: it is no PNG, it is damaged, or what it holds is too large.
    """
    for kind, body in _chunks(png):
        if kind in _READERS and body.startswith(KEYWORD.encode() + b"\0"):
            return _READERS[kind](body[len(KEYWORD) + 1 :])
    return ""


def with_graph(png: bytes, text: str) -> bytes:
    """The picture with a graph file inside, in the place of one that it may hold already.

    Raises:
        FileProblem: it is no PNG, or damaged.
    """
    mark = KEYWORD.encode() + b"\0"
    packed = mark + b"\1\0\0\0" + zlib.compress(text.encode("utf-8"), 9)
    kept = [(kind, body) for kind, body in _chunks(png) if not (kind in _READERS and body.startswith(mark))]
    return _HEAD + b"".join(_chunk(*part) for part in (*kept[:-1], (b"iTXt", packed), kept[-1]))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks up to the end of the picture; each is compared with its checksum."""
    if not png.startswith(_HEAD):
        raise FileProblem("This is no PNG picture.", "Choose a picture that Baton made.")
    if len(png) > PICTURE_CAP:
        raise FileProblem("This picture is too large to be one of a graph.", "Choose a picture that Baton made.")
    at = len(_HEAD)
    for _ in range(_MOST_CHUNKS):
        if at + 12 > len(png):
            break
        length, kind = struct.unpack_from(">I4s", png, at)
        end = at + 12 + length
        if end > len(png):
            break
        body = png[at + 8 : end - 4]
        if zlib.crc32(png[at + 4 : end - 4]) != struct.unpack_from(">I", png, end - 4)[0]:
            raise FileProblem(f"The picture is damaged: its part {kind!r} has a wrong checksum.", _BROKEN)
        yield kind, body
        if kind == b"IEND":
            return
        at = end
    raise FileProblem("The picture is damaged: it ends too early.", _BROKEN)


def _plain(body: bytes) -> str:
    return body.decode("latin-1")


def _packed(body: bytes) -> str:
    if body[:1] != b"\0":
        raise FileProblem("The graph in the picture is packed in a way that is not known.", _BROKEN)
    return _unpacked(body[1:]).decode("latin-1")


def _international(body: bytes) -> str:
    """After the keyword: a flag, a method, the language and the translated keyword, each ended by a zero."""
    parts = body[2:].split(b"\0", 2)
    if len(body) < 2 or len(parts) < 3 or body[0] not in (0, 1) or (body[0] and body[1]):
        raise FileProblem("The graph in the picture is packed in a way that is not known.", _BROKEN)
    raw = _unpacked(parts[2]) if body[0] else parts[2]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise FileProblem("The graph in the picture is not text.", _BROKEN) from None


def _unpacked(raw: bytes) -> bytes:
    """At most as much as a graph file may have, however small it was packed (a zip bomb)."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(raw, FILE_CAP + 1)
    except zlib.error:
        raise FileProblem("The graph in the picture is damaged.", _BROKEN) from None
    if len(text) > FILE_CAP:
        raise FileProblem("The graph in the picture is larger than the 64 MB that are read.", _BROKEN)
    if not unpacker.eof:
        raise FileProblem("The graph in the picture is damaged: it ends too early.", _BROKEN)
    return text


_READERS: Final = {b"tEXt": _plain, b"zTXt": _packed, b"iTXt": _international}
