"""Graphs inside pictures: what goes in comes out, and hostile chunks give clear words within bounds."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import FileProblem
from engine.files import png, svg


def chunk(kind: bytes, body: bytes, *, crc: int | None = None) -> bytes:
    """One part of a PNG."""
    return (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) if crc is None else crc)
    )


START = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
END = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


@given(texts, texts)
def test_a_png_gives_back_the_last_text_put_in(text: str, other: str) -> None:
    assert png.graph_in(START + END) == ""
    twice = png.with_graph(png.with_graph(START + END, other), text)
    assert png.graph_in(twice) == text
    assert twice.count(b"iTXt") == 1


@given(st.text(st.characters(exclude_categories=("Cs",), min_codepoint=32), max_size=200))
def test_an_svg_gives_back_what_was_put_in(text: str) -> None:
    import json

    drawn = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>'
    held = json.dumps({"x": text}, ensure_ascii=False)
    assert json.loads(svg.graph_in(svg.with_graph(drawn, held))) == {"x": text}
    assert svg.graph_in(drawn) == ""


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_every_form_of_text_is_read(kind: bytes) -> None:
    body = {b"tEXt": b"{}", b"zTXt": b"\0" + zlib.compress(b"{}"), b"iTXt": b"\0\0en\0x\0{}"}[kind]
    assert png.graph_in(START + chunk(kind, b"baton\0" + body) + END) == "{}"


HOSTILE = {
    "a wrong checksum": chunk(b"iTXt", b"baton\0\0\0\0\0{}", crc=1),
    "too early": struct.pack(">I", 2**31) + b"iTXt" + b"baton\0",
    "not text": chunk(b"iTXt", b"baton\0\0\0\0\0\xff\xfe"),
    "packed in a way": chunk(b"iTXt", b"baton\0\x05"),
    "is damaged": chunk(b"zTXt", b"baton\0\0not zlib"),
    "graph in the picture is damaged: it ends": chunk(b"zTXt", b"baton\0\0" + zlib.compress(b'{"baton": 1}' * 9)[:-5]),
    "larger than": chunk(b"zTXt", b"baton\0\0" + zlib.compress(b" " * (65 * 1024 * 1024), 1)),
}


@pytest.mark.parametrize("says", HOSTILE)
def test_hostile_chunks_are_said(says: str) -> None:
    with pytest.raises(FileProblem, match=says):
        png.graph_in(START + HOSTILE[says] + END)


def test_other_files_are_no_pictures() -> None:
    with pytest.raises(FileProblem, match="no PNG"):
        png.graph_in(b"GIF89a")
    with pytest.raises(FileProblem, match="ends too early"):
        svg.graph_in('<svg><metadata id="baton-graph">{"baton"')


@settings(max_examples=300)
@given(st.binary(max_size=80), st.integers(0, 200))
def test_random_bytes_give_a_sentence_or_nothing(noise: bytes, at: int) -> None:
    whole = png.with_graph(START + END, '{"baton": 1}')
    try:
        assert png.graph_in(whole[:at] + noise + whole[at + len(noise) :]) in ("", '{"baton": 1}')
    except FileProblem as problem:
        assert problem.message and problem.hint
