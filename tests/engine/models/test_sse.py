"""The reader of server-sent events: any cut of the bytes gives the same events, and nothing grows without bound."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.sse import Event, EventParser, TooMuch


def read(*chunks: bytes) -> list[Event]:
    parser = EventParser()
    return [event for chunk in chunks for event in parser.feed(chunk)] + parser.finish()


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"data: a\n\ndata: b\n\n", [Event("", "a"), Event("", "b")]),
        (b"event: x\r\ndata: a\r\n\r\n", [Event("x", "a")]),
        (b"data: a\r\rdata:b\r\r", [Event("", "a"), Event("", "b")]),
        (b": ping\n\ndata: a\ndata: b\n\n", [Event("", "a\nb")]),
        (b"data: last", [Event("", "last")]),
        (b"\xef\xbb\xbfdata: bom\n\n", [Event("", "bom")]),
        (b"event: only\n\n", []),
        (b"id: 1\nretry: 5\ndata:  two\n\n", [Event("", " two")]),
        ("data: a\u2028b\u0085c\x0bd\n\n".encode(), [Event("", "a\u2028b\u0085c\x0bd")]),
        (b"data: \xff\n\n", [Event("", "\ufffd")]),
    ],
)
def test_reads_what_the_standard_allows(raw: bytes, wanted: list[Event]) -> None:
    assert read(raw) == wanted


pieces = st.sampled_from([b"data: x", b"\r", b"\n", b"\r\n", b": c", b"event: e", "\u2028é".encode(), b"data:", b" "])


@given(st.lists(pieces, max_size=30).map(b"".join), st.lists(st.integers(0, 200), max_size=8))
def test_how_bytes_are_cut_never_matters(raw: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    assert read(*(raw[a:b] for a, b in pairwise(edges))) == read(raw)


@pytest.mark.parametrize(
    "chunks",
    [
        [b"data: " + b"x" * 200],
        [b"x" * 60, b"x" * 60],
        [b"data: " + b"x" * 50 + b"\n"] * 4,
        [b": c\n"] * 300,
    ],
)
def test_bounds_hold(chunks: list[bytes]) -> None:
    parser = EventParser(line_cap=100, event_cap=150, total_cap=1000)
    with pytest.raises(TooMuch):
        for chunk in chunks:
            parser.feed(chunk)
