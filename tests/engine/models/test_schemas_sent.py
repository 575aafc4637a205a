"""Schemas as they are sent: a server is held to the letter only where it takes what that means."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from engine.models.catalog import wires
from tests.engine.models.conftest import asking, endpoint, raw_server, response
from tests.engine.models.streams import whole


def closed(**more: Any) -> dict[str, Any]:
    """An object that takes `a` alone, and must have it."""
    return {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
            "additionalProperties": False, **more}  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (closed(), True),
        (closed(required=[]), False),
        (closed(additionalProperties=True), False),
        (closed(properties={"a": closed()}), True),
        (closed(properties={"a": {"anyOf": [closed(), closed(required=[])]}}), False),
        ({"type": "array", "items": closed()}, True),
    ],
)
async def test_only_schemas_without_open_ends_are_strict(
    http: httpx.AsyncClient, schema: dict[str, Any], strict: bool
) -> None:
    async with raw_server(response(whole("openai_chat"))) as server:
        await wires()["openai_chat"].complete(
            http, endpoint(server.url), "m", asking(output_schema=schema), lambda _: None
        )
    body = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])
    assert body["response_format"]["json_schema"]["strict"] is strict
