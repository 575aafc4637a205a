"""Names of models become models: tiers in their order, keys and addresses found, hints where something is missing."""

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import NodeError
from engine.base.secrets import Secrets
from engine.base.settings import TIERS, ProviderSettings, Settings
from engine.models.address import base_url
from engine.models.catalog import Models, providers, wires
from engine.models.contract import ModelRef, ModelRequest, Provider, Usage
from engine.models.prices import price
from engine.models.tiers import REHEARSAL, follow, tier_names
from tests.engine.models.conftest import asking, raw_server, response

ALL = providers()


def models(environ: Mapping[str, str] | None = None, **settings: Any) -> Models:
    env = dict(environ or {})
    return Models(Settings(**settings), Secrets(env, keyring=lambda: None), env, pace=0)


@pytest.mark.parametrize("provider", ALL.values(), ids=lambda each: each.name)
def test_each_provider_is_complete(provider: Provider) -> None:
    assert provider.wire in wires()
    assert provider.title and provider.url_env
    assert set(provider.tiers) in (set(), set(TIERS))
    assert provider.local or provider.key_env
    assert provider.base_url.startswith("http://127.0.0.1" if provider.local else "https://") or not provider.base_url
    assert set(provider.tiers.values()) <= set(provider.models)
    for model in provider.models:
        assert price(provider, model, Usage(1000, 1000), time.time()).usd, f"{model} has no known price"


def test_providers_have_names_of_their_own() -> None:
    wanted = (
        "openai anthropic deepseek gemini openrouter groq mistral xai ollama lmstudio llamacpp vllm openai_compatible"
    )
    assert set(wanted.split()) <= set(ALL)
    for attribute in ("name", "title", "url_env"):
        values = [getattr(each, attribute) for each in ALL.values()]
        assert len(values) == len(set(values))
    assert all(ALL[name].width == 4 for name in ("ollama", "lmstudio", "llamacpp"))


mapping = st.dictionaries(st.sampled_from(TIERS), st.sampled_from(["openai/gpt-5", "cheap", "best", "rehearsal"]))


@given(mapping, mapping, st.lists(st.sampled_from(["openai", "anthropic"]), unique=True), st.booleans())
def test_who_gets_a_tier(run: dict[str, str], mapped: dict[str, str], names: list[str], local: bool) -> None:
    keyed = [ALL[name] for name in names]
    found = tier_names(run, mapped, keyed, {"ollama": ["llama3.2"]} if local else {}, {"openai": {"cheap": "own"}})
    for tier in TIERS:
        name, source = found[tier]
        if tier in run:
            assert (name, source) == (run[tier], "run")
        elif tier in mapped:
            assert (name, source) == (mapped[tier], "settings")
        elif keyed:
            own = "own" if keyed[0].name == "openai" and tier == "cheap" else keyed[0].tiers[tier]
            assert (name, source) == (f"{keyed[0].name}/{own}", "key")
        else:
            assert (name, source) == (("ollama/llama3.2", "local") if local else ("rehearsal", "rehearsal"))
        assert follow(tier, found) not in TIERS


def test_names_resolve() -> None:
    here = models({"OPENAI_API_KEY": "k" * 20, "DEEPSEEK_API_KEY": "d" * 20})
    assert here.resolve("cheap") == ModelRef("openai", ALL["openai"].tiers["cheap"])
    assert here.resolve("cheap", {"cheap": "ollama/llama3.2"}) == ModelRef("ollama", "llama3.2")
    assert here.resolve("openrouter/openai/gpt-5") == ModelRef("openrouter", "openai/gpt-5")
    assert here.resolve("rehearsal") == REHEARSAL == models().resolve("best")
    assert models(tiers={"best": "xai/grok-4.7"}).resolve("best") == ModelRef("xai", "grok-4.7")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gpt-5", "openai/gpt-5"),
        ("opnai/gpt-5", "openai/gpt-5"),
        ("chaep", "cheap"),
        ("", "rehearsal"),
        ("x/y", "tier"),
    ],
)
def test_unknown_names_come_with_a_suggestion(name: str, hint: str) -> None:
    with pytest.raises(NodeError, match="There is no model named") as caught:
        models().resolve(name)
    assert hint in caught.value.hint and caught.value.error_class == "bad_request"


def test_missing_keys_are_said_in_a_sentence() -> None:
    openai = ModelRef("openai", "gpt-5")
    assert models().missing(openai) == "No key for OpenAI. Set OPENAI_API_KEY or add it in Settings."
    assert models({"OPENAI_API_KEY": "k" * 20}).missing(openai) is None
    assert models({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}).missing(openai) is None
    assert models().missing(ModelRef("ollama", "x")) is None and models().missing(REHEARSAL) is None
    assert "OPENAI_COMPATIBLE_BASE_URL" in str(models().missing(ModelRef("openai_compatible", "x")))
    assert "no provider" in str(models().missing(ModelRef("nobody", "x")))


async def test_a_call_without_a_key_never_leaves() -> None:
    with pytest.raises(NodeError, match="No key for Anthropic") as caught:
        await models().model(ModelRef("anthropic", "claude-opus-4-5")).complete(asking(), lambda _: None)
    assert caught.value.error_class == "credentials"


@pytest.mark.parametrize(
    ("given_as", "meant"),
    [("0.0.0.0", "http://127.0.0.1:11434/v1"), ("box", "http://box:11434/v1"), ("box:80", "http://box:80/v1"),
     ("https://box", "https://box/v1"), ("http://box:1/x/v1/", "http://box:1/x/v1"), ("[::1]:9", "http://[::1]:9/v1"),
     (" ", "http://127.0.0.1:11434/v1")],
)  # fmt: skip
def test_ollama_host_may_be_short(given_as: str, meant: str) -> None:
    assert base_url(ALL["ollama"], Settings(), {"OLLAMA_HOST": given_as})[0] == meant


def test_settings_win_over_the_environment_for_addresses() -> None:
    settings = Settings(providers={"openai": ProviderSettings(base_url="http://a/v1/")})
    assert base_url(ALL["openai"], settings, {"OPENAI_BASE_URL": "http://b/v1"}) == ("http://a/v1", True)
    assert base_url(ALL["openai"], Settings(), {}) == ("https://api.openai.com/v1", False)


def test_prices_are_known_free_or_unknown() -> None:
    usage, now = Usage(1_000_000, 1_000_000), time.time()
    here = models()
    assert here.price(ModelRef("openai", "gpt-5"), usage, now).usd == pytest.approx(11.25)
    for cached in (1_000_000, 2_000_000):  # some count more than was sent
        assert here.price(ModelRef("openai", "gpt-5"), Usage(1_000_000, 0, cached), now).usd == pytest.approx(0.125)
    assert here.price(ModelRef("openai", "no-such-model-zzz"), usage, now).usd is None
    assert here.price(ModelRef("openai_compatible", "gpt-5"), usage, now).usd is None
    assert here.price(ModelRef("nobody", "x"), usage, now).usd is None
    assert here.price(REHEARSAL, usage, now).usd == 0.0 == here.price(ModelRef("ollama", "llama3.2"), usage, now).usd
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    assert models(env).price(ModelRef("openai", "gpt-5"), usage, now).usd == pytest.approx(11.25)
    at_list_price = models(env, list_prices_at_custom_address=False)
    assert at_list_price.price(ModelRef("openai", "gpt-5"), usage, now).usd is None
    quote = here.quote(ModelRef("openai", "gpt-5"), now)
    assert (quote.input_usd, quote.output_usd) == (1.25, 10.0) and (quote.context_tokens or 0) > 100_000


@pytest.mark.parametrize(
    ("model", "moment", "usd"),
    [("deepseek/deepseek-chat", "2026-03-02T12:00", 0.27), ("deepseek/deepseek-chat", "2026-03-02T20:00", 0.135),
     ("openai/o3", "2025-06-09T12:00", 10.0), ("openai/o3", "2025-06-11T12:00", 2.0)],
)  # fmt: skip
def test_a_call_costs_what_holds_at_its_moment(model: str, moment: str, usd: float) -> None:
    when = datetime.fromisoformat(f"{moment}+00:00").timestamp()
    assert models().price(ModelRef(*model.split("/")), Usage(1_000_000, 0), when).usd == pytest.approx(usd)


async def test_local_servers_are_noticed_only_when_needed() -> None:
    listed = response(json.dumps({"data": [{"id": "llama3.2"}, {"id": "qwen3"}]}).encode())
    async with raw_server(listed) as server:
        env = {"OLLAMA_HOST": server.url, "LMSTUDIO_BASE_URL": "http://127.0.0.1:9"}
        keyed = models({**env, "OPENAI_API_KEY": "k" * 20})
        await keyed.prepare(["cheap", "rehearsal", "openai/gpt-5"])
        off = models(env, local_discovery=False)
        await off.prepare(["cheap"])
        assert server.requests == [] and off.resolve("cheap") == REHEARSAL
        here = models(env)
        await here.prepare(["cheap"])
        assert here.local == {"ollama": ("llama3.2", "qwen3")}
        assert here.resolve("cheap") == ModelRef("ollama", "llama3.2")
        for each in (keyed, here):
            await each.aclose()


async def test_a_server_whose_address_was_set_is_asked_with_its_key() -> None:
    async with raw_server(response(json.dumps({"data": [{"id": "own"}]}).encode())) as server:
        env = {"OLLAMA_HOST": "127.0.0.1:9", "LMSTUDIO_BASE_URL": "127.0.0.1:9"}
        here = models({**env, "OPENAI_COMPATIBLE_BASE_URL": f"{server.url}/v1", "OPENAI_COMPATIBLE_API_KEY": "k" * 20})
        await here.prepare(["best"])
        assert here.local == {"openai_compatible": ("own",)}
        assert here.resolve("best") == ModelRef("openai_compatible", "own")
        assert b"Bearer " + b"k" * 20 in server.requests[0]
        await here.aclose()


async def test_a_listing_tells_what_is_there() -> None:
    here = models({"GROQ_API_KEY": "g" * 20, "OLLAMA_HOST": "127.0.0.1:9", "LMSTUDIO_BASE_URL": "127.0.0.1:9"})
    listing = await here.listing()
    rows = {row.name: row for row in listing.providers}
    assert (rows["groq"].key, rows["openai"].key, rows["ollama"].running) == ("environment", "", False)
    assert listing.tiers["cheap"] == (f"groq/{ALL['groq'].tiers['cheap']}", "key")
    await here.aclose()


def test_width_comes_from_settings_then_provider() -> None:
    here = models(providers={"groq": {"width": 3}})
    assert (here.width(ModelRef("groq", "x")), here.width(ModelRef("ollama", "x"))) == (3, 4)
    assert here.width(ModelRef("openai", "x")) is None is here.width(REHEARSAL)


async def test_a_model_calls_its_server_with_its_key() -> None:
    said = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
    async with raw_server(response(json.dumps(said).encode())) as server:
        here = models({"DEEPSEEK_API_KEY": "deep-key-1", "DEEPSEEK_BASE_URL": f"{server.url}/v1"})
        request: ModelRequest = asking(output_schema={"type": "object"})
        reply = await here.model(ModelRef("deepseek", "deepseek-chat")).complete(request, lambda _: None)
        await here.aclose()
    assert reply.text == "hi"
    assert b"POST /v1/chat/completions" in server.requests[0] and b"Bearer deep-key-1" in server.requests[0]
    assert b'"json_object"' in server.requests[0] and b"JSON Schema" in server.requests[0]
