"""Kind `http`: one request to a server, to an address that may hold values; never to a private one (T5)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BeforeValidator, Field

from engine.base.errors import NodeError
from engine.base.incoming import read_json
from engine.base.values import TEXT_CAP, Value, repair_text, texts_in
from engine.kinds import templates
from engine.kinds.builtin.template import template_findings
from engine.kinds.contract import ERROR, Call, Capability, Finding, Kind, NodeConfig, Outputs, Port, Ports
from engine.kinds.fetching import BINARY, Answer, Request, authority, decoded, fetch, status_error
from engine.kinds.fields import Hint
from engine.kinds.headers import header_findings, headers_field, refuse_unsendable, secret_findings, told_secrets
from engine.kinds.node_config import time_limit
from engine.kinds.outside import Outside
from engine.kinds.secrets import Filled, with_secrets

TIMEOUT_S: Final = 60.0
_LEADING: Final = re.compile(r"\s*\{\{[^{}]*\}\}")
_OWN_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te"})
_READING: Final = ("GET", "HEAD", "OPTIONS")

Method = Annotated[
    Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]


class HttpConfig(NodeConfig):
    """Settings of an http node (formats.md)."""

    method: Method = Field("GET", title="Method", description="GET asks; the others may change something.")
    url: str = Field(
        "", title="Address", json_schema_extra=Hint("prompt").extra(),
        description="Each {{ name }} becomes a port; its value is one part of the address, or the whole of it.",
    )  # fmt: skip
    headers: Mapping[str, str] = headers_field("secret://NAME")
    body: Any = Field(
        None, title="Body", json_schema_extra=Hint("json").extra(),
        description="JSON whose texts are templates; plain text in quotes; nothing when empty.",
    )  # fmt: skip
    fail_on_status: bool = Field(
        True, title="Fail on error status", description="A status of 400 or more fails the node.",
        json_schema_extra={"group": "Limits"},
    )  # fmt: skip
    max_bytes: int = Field(
        TEXT_CAP,
        ge=1,
        title="Most bytes",
        description="A longer answer fails, so that none fills the memory.",
        json_schema_extra={"group": "Limits"},
    )
    timeout_s: float | None = time_limit(TIMEOUT_S)


class Http(Kind[HttpConfig]):
    name: ClassVar[str] = "http"
    title = "HTTP request"
    group = "work"
    icon = "http"
    hint = "asks a server"
    help = "Reaches public addresses only; the settings may allow others."
    Config = HttpConfig
    needs_trust = True
    starter: ClassVar[dict[str, Any]] = {"method": "GET", "url": "https://example.org/{{ page }}"}

    def ports(self, config: HttpConfig) -> Ports:
        inputs = templates.placeholder_ports(*_templates(config))
        return Ports(inputs, (Port("body", "json"), Port("status", "number"), ERROR))

    def summary(self, config: HttpConfig) -> str:
        return f"{config.method} {config.url}"[:80]

    def check(self, config: HttpConfig) -> Iterable[Finding]:
        for key, template in (("url", config.url), *(("headers", text) for text in config.headers.values())):
            yield from template_findings(key, template)
        for template in texts_in(config.body):
            yield from template_findings("body", template)
        yield from _address_findings(config)
        yield from header_findings(config.headers, reserved=_OWN_HEADERS)

    def addresses(self, config: HttpConfig) -> Mapping[str, str]:
        fixed = _literal_authority(config.url)
        return {"url": fixed} if fixed else {}

    def capabilities(self, config: HttpConfig) -> Iterable[Capability]:
        does = f"{config.method} {config.url.strip()}{told_secrets(_sent(config))}"
        yield Capability("host", does, config.method not in _READING)

    def made_with(self, config: HttpConfig) -> Value | None:
        return [] if config.method in _READING else None

    def sample(self, config: HttpConfig) -> Outputs:
        return {"body": f"[sample of an answer to {config.method} {config.url}]", "status": 200}

    async def run(self, call: Call[HttpConfig]) -> Outputs:
        config = call.config
        request = await _request(config, call.values(), call.outside)
        try:
            async with asyncio.timeout(config.timeout_s):
                answer = await fetch(
                    request, private_hosts=call.outside.private_hosts, max_bytes=config.max_bytes
                )  # fmt: skip
        except TimeoutError:
            raise NodeError(
                "timeout", f"The server gave no complete answer in {config.timeout_s:g} s.", "Raise the time limit."
            ) from None
        if answer.status >= 400 and config.fail_on_status:
            raise status_error(answer, answer.body[:2_000].decode("utf-8", "replace"))
        return {"body": content(answer), "status": answer.status}


def _templates(config: HttpConfig) -> Iterator[str]:
    return iter((config.url, *_sent(config)))


def _sent(config: HttpConfig) -> tuple[str, ...]:
    """The templates of what is sent to the address."""
    return (*config.headers.values(), *texts_in(config.body))


def _literal_authority(url: str) -> str:
    """Scheme and host of an address where no value can change them, as `https://example.org`; else ""."""
    found = re.match(r"\s*(https?://[^/?#{]+)(?=[/?#]|\s*\Z)", url, re.IGNORECASE)
    return found[1] if found else ""


def _address_findings(config: HttpConfig) -> Iterator[Finding]:
    url = config.url.strip()
    fixed = _literal_authority(url)
    if not url:
        yield Finding("error", "no_url", "It has no address.", "Write one, such as https://example.org/.")
    elif not re.match(r"https?://|\{[{%]", url, re.IGNORECASE):
        yield Finding("error", "bad_url", f"“{url[:80]}” is no address of the web.", "Begin it with https://.")
    elif fixed:
        try:
            authority(fixed)
        except NodeError as error:
            yield Finding("error", "bad_url", error.message, error.hint)
    yield from secret_findings(url)
    if not fixed and any(with_secrets(text).names for text in _sent(config)):
        yield Finding("error", "secret_to_anyone", "It would send a secret to a server that a value chooses.",
                      "Write the server's name into the address.")  # fmt: skip


async def _request(config: HttpConfig, values: Mapping[str, Value], outside: Outside) -> Request:
    """The request with values and secrets put in.

    Raises:
        NodeError: `bad_request` for an address or a header that cannot be sent, `credentials` for a missing secret.
    """
    for finding in _address_findings(config):
        raise NodeError("bad_request", finding.message, finding.fix)
    url = _address(config.url.strip(), values)
    fill = Filled(values, outside.secret)
    headers = {name: await fill.text(text) for name, text in config.headers.items()}
    secret_headers = frozenset(name.lower() for name, text in config.headers.items() if with_secrets(text).names)
    refuse_unsendable(headers)
    if not any(name.lower() == "content-type" for name in headers) and config.body is not None:
        kind = "text/plain; charset=utf-8" if isinstance(config.body, str) else "application/json"
        headers["Content-Type"] = kind
    body = await _body(config.body, fill)
    secret_body = any(with_secrets(text).names for text in texts_in(config.body))
    return Request(config.method, url, headers, body, secret_headers, secret_body)


def _address(url: str, values: Mapping[str, Value]) -> str:
    """The address with values put in; only a value at its very beginning may choose the server."""
    fixed = _literal_authority(url)
    leading = _LEADING.match(url)
    start = leading.end() if leading else 0
    made = templates.render(url[:start], values).strip() + templates.render(url[start:], values, in_address=True)
    if fixed and authority(made) != authority(fixed):
        raise NodeError("bad_request", "A value changed the server in the address.", "Check what reaches it.")
    return made.partition("#")[0]


async def _body(body: Any, fill: Filled) -> bytes | None:
    if body is None:
        return None
    text = await fill.text(body) if isinstance(body, str) else json.dumps(await fill.json(body), ensure_ascii=False)
    return repair_text(text).encode("utf-8")


def content(answer: Answer) -> Value:
    """The body of an answer: JSON where the server says so, else text.

    Raises:
        NodeError: `tool`: it is neither.
    """
    sort, _, parameters = answer.headers.get("content-type", "").lower().partition(";")
    sort = sort.strip()
    if not answer.body:
        return ""
    if sort == "application/json" or sort.endswith("+json"):
        try:
            return read_json(answer.body)
        except ValueError as error:
            raise NodeError("tool", f"The server's answer is said to be JSON, but is {error}.") from None
    if sort.startswith(BINARY):
        raise NodeError("tool", f"The server answered with {sort[:60]}, which is not text.")
    return decoded(answer.body, parameters)


KIND = Http()
