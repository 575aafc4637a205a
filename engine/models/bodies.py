"""Bytes of an HTTP response, read within bounds and unpacked within the same ones (T6)."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from engine.base.values import repair
from engine.models import failures
from engine.models.contract import Endpoint
from engine.models.sse import TooMuch, Unreadable

if TYPE_CHECKING:
    import httpx

_LIST_CAP = 16 * 1024 * 1024
_LIST_S = 10.0


async def get_json(http: httpx.AsyncClient, endpoint: Endpoint, path: str, headers: Mapping[str, str]) -> Any:
    """A bounded GET of JSON, for lists of models.

    Raises:
        NodeError: the server cannot be reached or does not answer with JSON.
    """
    import aiohttp
    import httpx

    try:
        async with (
            asyncio.timeout(_LIST_S),
            http.stream("GET", endpoint.base_url.rstrip("/") + path, headers=dict(headers)) as response,
        ):
            async with aclosing(plain(response, _LIST_CAP)) as chunks:
                raw = b"".join([chunk async for chunk in chunks])
            told = {name.lower(): value for name, value in response.headers.items()}
    except (TooMuch, Unreadable) as error:
        raise failures.garbage(endpoint, "far too much" if isinstance(error, TooMuch) else str(error)) from error
    except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, UnicodeError) as error:
        raise failures.unreachable(endpoint, error) from error
    data = loads(raw)
    if response.status_code >= 300:
        raise failures.from_status(endpoint, response.status_code, told, data, time.time())
    if data is None:
        raise failures.garbage(endpoint, "something that is not JSON")
    return repair(data)


def loads(raw: bytes | str) -> Any:
    """Parsed JSON; None for anything else. Half a surrogate pair, or NaN, is read too, but slower."""
    import orjson

    try:
        return orjson.loads(raw)
    except ValueError:
        pass
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def plain(response: httpx.Response, cap: int) -> AsyncGenerator[bytes, None]:
    """The bytes of a response, unpacked within `cap` when the server compressed them unasked. To be closed after use.

    Raises:
        TooMuch: more than `cap` would come out.
        Unreadable: they are damaged, or packed in a way that is not known here.
    """
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity", "gzip", "deflate"):
        raise Unreadable(f"an answer packed as {coding[:20]}, which was not asked for")
    # `aiter_raw` is a generator around this one
    raw = cast("AsyncGenerator[bytes, None]", aiter(cast("httpx.AsyncByteStream", response.stream)))
    return raw if coding in ("", "identity") else _unpacked(raw, cap)


async def _unpacked(raw: AsyncGenerator[bytes, None], cap: int) -> AsyncGenerator[bytes, None]:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    size = 0
    async with aclosing(raw):
        async for chunk in raw:
            try:
                piece = unpacker.decompress(chunk, cap + 1 - size)
            except zlib.error as error:
                raise Unreadable("a packed answer that is damaged") from error
            size += len(piece)
            if size > cap:
                raise TooMuch("the packed answer is too long")
            yield piece
