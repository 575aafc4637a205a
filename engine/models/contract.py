"""What the engine asks of any model: a request goes in, text streams out, one complete reply comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["stop", "length", "tool_calls", "refused"]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture shown to a model. `data` is base64; `media_type` such as `image/png`."""

    media_type: str
    data: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model asks for a tool. `arguments` is what the model sent, already parsed from JSON.

    Attributes:
        broken: what it sent instead when that was no JSON object; `arguments` is then empty. The model is told (S8).
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation. `tool_call_id` joins a tool's answer (role `tool`) to the call it answers."""

    role: Role
    text: str = ""
    images: tuple[Image, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model is told of it. `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of a model. `output_schema` (JSON Schema) asks for JSON; `choices` asks for one of these words."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    answer_now: bool = False
    """The tools stand there only because the conversation speaks of them: none may be called any more."""
    output_schema: Mapping[str, Any] | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    """Answers to choose from, each with its description: the rehearsal model routes by them."""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    idle_s: float = 60.0
    """Longest silence between two pieces of a stream, in seconds (S8)."""
    quiet: bool = False
    """A step on the way, of which there may be many at once: its text is not streamed to whoever watches."""
    connect_s: float = 10.0
    first_token_s: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, as the provider counted them (or as estimated, when it did not say)."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    estimated: bool = False

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            self.estimated or other.estimated,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer: never partial text (S8). `model` is the name that the provider answered with."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    finish: Finish = "stop"
    model: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Rate-limit headers of the response, lower-case names, for admission (S9)."""
    asked: str = ""
    """The name of the model that answered, when it was a fallback: a conversation goes on with it."""


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model: `provider/name`. The rehearsal model is `ModelRef("rehearsal", "rehearsal")`."""

    provider: str
    name: str

    def __str__(self) -> str:
        return "rehearsal" if self.provider == "rehearsal" else f"{self.provider}/{self.name}"


OnText = Callable[[str], None]
"""Called with each piece of text as it streams in."""


class Model(Protocol):
    """One model, ready to be called; any number of calls may run at once."""

    @property
    def ref(self) -> ModelRef: ...

    async def complete(self, request: ModelRequest, on_text: OnText) -> Reply:
        """Calls the model and returns its complete answer.

        Raises:
            engine.base.errors.NodeError: with the class of semantics.md S1 that fits; `retry_after` when told.
        """
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how a provider is reached: what a wire needs for one request."""

    provider: str
    base_url: str
    key: str = field(default="", repr=False)
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    """The provider's name for people."""
    key_env: str = ""
    """The name of the key, for messages that say what to set."""
    local: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    """`Provider.options`, for the wire."""


class Wire(Protocol):
    """A protocol that model servers speak. One file of `engine.models.wires` each, offering `WIRE`."""

    name: str

    async def complete(
        self, http: Any, endpoint: Endpoint, model: str, request: ModelRequest, on_text: OnText
    ) -> Reply:
        """One request over the shared client `http` (an `httpx.AsyncClient`)."""
        ...

    async def list_models(self, http: Any, endpoint: Endpoint) -> list[str]:
        """Names of the models that the server offers, or NodeError."""
        ...


@dataclass(frozen=True, slots=True)
class Provider:
    """A vendor as data. One file of `engine.models.providers` each, offering `PROVIDER`.

    `tiers` names the models that `cheap`, `medium` and `best` mean with this vendor; a local server leaves it empty
    and the first model found is used. `width` limits calls at once (S9: 4 for local servers, else no limit).
    """

    name: str
    title: str
    wire: str
    base_url: str
    key_env: str = ""
    url_env: str = ""
    local: bool = False
    width: int | None = None
    tiers: Mapping[str, str] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    price_provider: str = ""
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    """Where this vendor departs from the wire's usual way; each wire says in its docstring what it reads."""
    order: int = 100
    """Place among the providers that have a key: the lowest one gets the tiers that nobody mapped."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a call cost in US dollars; `usd` is None when the price is unknown, which is never 0 (S9)."""

    usd: float | None
