"""Calls of tools out of pieces: each dialect of both protocols gives the same two calls, in any cut."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.base.errors import NodeError
from engine.base.values import TEXT_CAP
from engine.models.catalog import wires
from engine.models.contract import ToolSpec
from engine.models.messages import ToolNames
from engine.models.toolcalls import PIECE, CallPieces, Pieces
from tests.engine.models.conftest import asking, endpoint, raw_server, response
from tests.engine.models.streams import begun, called, part, sent

TOOL = ToolSpec("fs.read", "Reads a file", {"properties": {"path": {"type": "string"}}})
X, Y = '{"path": "x"}', '{"path": "y"}'


def piece(name: Any = None, arguments: Any = None, **more: Any) -> dict[str, Any]:
    told = {"name": name, "arguments": arguments}
    return {**more, "function": {key: value for key, value in told.items() if value is not None}}


CHAT: dict[str, list[dict[str, Any]]] = {
    "interleaved": [piece("fs_read", "", index=0, id="a"), piece("fs_read", "", index=1, id="b"),
                    piece(arguments='{"path"', index=0), piece(arguments='{"path": "y', index=1),
                    piece(arguments=': "x"}', index=0), piece(arguments='"}', index=1)],
    "interleaved by id": [piece("fs_read", '{"path"', id="a"), piece("fs_read", '{"path"', id="b"),
                          piece(arguments=': "x"}', id="a"), piece(arguments=': "y"}', id="b")],
    "name later": [piece(index=0, id="a"), piece("fs_read", index=0), piece(arguments=X, index=0),
                   piece(index=1, id="b"), piece("fs_read", Y, index=1)],
    "no ids": [piece("fs_read", X, index=0), piece("fs_read", Y, index=1)],
    "nothing but names": [piece("fs_read", X), piece("fs_read", Y)],
    "index as text": [piece("fs_read", X, index="0", id="a"), piece("fs_read", Y, index="1", id="b")],
    "told twice": [piece("fs_read", X, index=0, id="a"), piece("fs_read", X, index=0, id="a"),
                   piece("fs_read", Y, index=1, id="b")],
    "empty first": [piece("fs_read", "{}", index=0, id="a"), piece(arguments=X, index=0),
                    piece("fs_read", "{}", index=1, id="b"), piece(arguments=Y, index=1)],
    "objects": [piece("fs_read", json.loads(X), id="a"), piece("fs_read", json.loads(Y), id="b")],
}  # fmt: skip
MESSAGES: dict[str, list[dict[str, Any]]] = {
    "usual": [begun(0, "a", input={}), part('{"path"', 0), part(': "x"}', 0), begun(1, "b", input={}), part(Y, 1)],
    "interleaved": [begun(0, "a"), begun(1, "b"), part('{"path"', 0), part(Y, 1), part(': "x"}', 0)],
    "same index twice": [begun(0, "a"), part(X, 0), begun(0, "b"), part(Y, 0)],
    "no index": [begun(None, "a"), part(X, None), begun(None, "b"), part(Y, None)],
    "one id": [begun(0, "a"), part(X, 0), begun(1, "a"), part(Y, 1)],
    "no ids": [begun(0, None), part(X, 0), begun(1, ""), part(Y, 1)],
    "at once": [begun(0, "a", input=json.loads(X)), begun(1, "b", input=json.loads(Y))],
    "told twice": [begun(0, "a"), begun(0, "a"), part(X, 0), begun(1, "b"), part(Y, 1)],
}
DIALECTS = [("openai_chat", name) for name in CHAT] + [("anthropic", name) for name in MESSAGES]


def stream(wire: str, dialect: str) -> bytes:
    if wire == "anthropic":
        return sent(called(*MESSAGES[dialect]), wire)
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": [made]}}]} for made in CHAT[dialect]]
    return sent([*chunks, {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}])


@pytest.mark.parametrize(("wire", "dialect"), DIALECTS)
async def test_every_dialect_gives_the_same_calls(http: httpx.AsyncClient, wire: str, dialect: str) -> None:
    async with raw_server(response(stream(wire, dialect))) as server:
        request = asking(tools=(TOOL,))
        reply = await wires()[wire].complete(http, endpoint(server.url), "m", request, lambda _: None)
    assert [(call.name, call.arguments, call.broken) for call in reply.tool_calls] == [
        ("fs.read", {"path": "x"}, ""), ("fs.read", {"path": "y"}, ""),
    ]  # fmt: skip
    assert len({call.id for call in reply.tool_calls}) == 2 and reply.finish == "tool_calls"


@pytest.mark.parametrize("nothing", ["", "{}", " ", {}, None])
def test_no_arguments_are_none(nothing: Any) -> None:
    pieces = CallPieces(endpoint("http://x"))
    pieces.add(piece("fs_read", nothing, index=0, id="a"))
    [call] = pieces.made(ToolNames(["fs.read"]))
    assert (call.name, call.arguments, call.broken) == ("fs.read", {}, "")


def test_pieces_that_say_nothing_end_too() -> None:
    pieces = CallPieces(endpoint("http://x"))
    with pytest.raises(NodeError, match="far too many"):
        for _ in range(TEXT_CAP // PIECE + 1):
            pieces.add({})


jsons = st.recursive(
    st.none() | st.integers(-9, 9) | st.text(alphabet='ab{}"\\[]:,é\U0001f600', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='k{}"\\', max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
objects = st.dictionaries(st.text(alphabet='ab"\\{}', max_size=4), jsons, max_size=4)


@given(objects, st.lists(st.integers(0, 200), max_size=12), st.booleans())
@example({"a": '"{'}, [8], True)  # between a backslash and the quote that it keeps
def test_an_object_is_whole_at_its_last_letter_and_not_before(
    value: dict[str, Any], cuts: list[int], plain: bool
) -> None:
    text = json.dumps(value, ensure_ascii=not plain)
    edges = [0, *sorted(min(cut, len(text) - 1) for cut in cuts), len(text)]
    pieces = Pieces()
    for start, end in pairwise(edges):
        assert not pieces.whole
        pieces.add(text[start:end])
    assert pieces.whole and json.loads(str(pieces)) == value and pieces.size == len(text)


@given(st.lists(st.text(alphabet="fs._/é-", min_size=1, max_size=80), max_size=8, unique=True))
def test_names_go_there_and_back_and_never_share_one(names: list[str]) -> None:
    there = ToolNames(names)
    assert len({there.there(name) for name in names}) == len(names)
    for name in names:
        fit = there.there(name)
        assert there.back(fit) == name and 0 < len(fit) <= 64
        assert all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in fit)
