"""All models that can be called here: names resolved, keys and addresses found, prices told. The engine asks this."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from engine.base.discover import modules, offered
from engine.base.errors import NodeError
from engine.base.secrets import Secrets
from engine.base.settings import TIERS, Settings
from engine.models import failures, prices
from engine.models.address import base_url
from engine.models.contract import (
    Endpoint,
    Model,
    ModelRef,
    ModelRequest,
    OnText,
    Price,
    Provider,
    Reply,
    Usage,
    Wire,
)
from engine.models.http import Certificates, HttpClients
from engine.models.listing import Listing, ProviderRow
from engine.models.tiers import REHEARSAL, Source, follow, parse, suggestion, tier_names

if TYPE_CHECKING:
    import httpx

PROBED = ("ollama", "lmstudio")
"""Local servers that are noticed when they run; the others share their ports with too much else."""
PROBE_S = 1.5
"""Longest wait for one of them, in seconds."""
PACE = 90.0
"""Words a second at which the rehearsal model writes."""


def providers() -> dict[str, Provider]:
    """Every provider by name, in order of preference: ours, then those of other distributions (`baton.providers`)."""
    ours = [cast("Provider", module.PROVIDER) for module in modules("engine.models.providers")]
    theirs = [found for found in offered("baton.providers") if isinstance(found, Provider)]
    return {each.name: each for each in sorted([*theirs, *ours], key=lambda each: (each.order, each.name))}


def wires() -> dict[str, Wire]:
    """Every wire by name: ours, then those of other distributions (`baton.wires`)."""
    found = [*offered("baton.wires"), *(module.WIRE for module in modules("engine.models.wires"))]
    return {wire.name: wire for wire in cast("list[Wire]", found)}


class Offers:
    """The providers and wires that there are; each are looked for when they are first needed, which takes a while.

    Args:
        find_providers, find_wires: what looks for them.
    """

    def __init__(
        self,
        find_providers: Callable[[], Mapping[str, Provider]] = providers,
        find_wires: Callable[[], Mapping[str, Wire]] = wires,
    ) -> None:
        self._find_providers, self._find_wires = find_providers, find_wires
        self.local: Mapping[str, tuple[str, ...]] = {}
        """Local servers as somebody found them last: what those who only look go by."""

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        """By name, in order of preference."""
        return self._find_providers()

    @cached_property
    def wires(self) -> Mapping[str, Wire]:
        """By name."""
        return self._find_wires()


class Models:
    """The composition of settings, secrets and providers.

    Args:
        environ: the environment, usually `os.environ`.
        pace: words a second of the rehearsal model; 0 is at once.
        sleep: how the rehearsal model waits, in seconds.
        offers: the providers and wires, where somebody shares them.
        certificates: those that were read already.
    """

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        environ: Mapping[str, str],
        *,
        pace: float = PACE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        offers: Offers | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        self.settings = settings
        self.secrets = secrets
        self.environ = environ
        self._offers = offers or Offers()
        self.local: Mapping[str, tuple[str, ...]] = self._offers.local
        """Local servers found running by `discover_local`, with their models; until then those that others found."""
        self._clients = HttpClients(certificates or Certificates())
        self._pace, self._sleep = pace, sleep

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Those that there are, by name, in order of preference."""
        return self._offers.providers

    def tiers(self, run: Mapping[str, str] | None = None) -> dict[str, tuple[str, Source]]:
        """Each tier's model and where that comes from. Asks neither network nor keyring."""
        keyed = [each for each in self.providers.values() if each.tiers and self._has_key(each)]
        own = {name: each.tiers for name, each in self.settings.providers.items()}
        return tier_names(run or {}, self.settings.tiers, keyed, self.local, own)

    def resolve(self, name: str, tiers: Mapping[str, str] | None = None) -> ModelRef:
        """The model that a name in a graph means.

        Args:
            name: a tier, `provider/model` or `rehearsal`.
            tiers: what tiers mean in this run (`--tier`).

        Raises:
            NodeError: `bad_request`, with a suggestion, when no model is meant.
        """
        meant = follow(name.strip(), self.tiers(tiers) if name.strip() in TIERS else {})
        ref = parse(meant, self.providers)
        if ref is None:
            hint = suggestion(meant, list(self.providers.values()))
            raise NodeError("bad_request", f"There is no model named {meant[:100] or '(nothing)'}.", hint)
        return ref

    def missing(self, ref: ModelRef) -> str | None:
        """A sentence when the model cannot be called for want of a key or an address; quick and inert (T1)."""
        provider = self.providers.get(ref.provider)
        if provider is None:
            return None if ref == REHEARSAL else f"There is no provider named {ref.provider}."
        address, changed = base_url(provider, self.settings, self.environ)
        if not address:
            return f"No address for {provider.title}: set {provider.url_env} or add it in Settings."
        if provider.key_env and not provider.local and not changed and not self.secrets.known(provider.key_env):
            return str(failures.no_key(provider.title, provider.key_env))
        return None

    def model(self, ref: ModelRef) -> Model:
        """A model, ready to be called on the running loop. Its key is looked up at each call (T3).

        What it goes out through is made here, before anybody's clock starts: its libraries take long to import.

        Raises:
            NodeError: `bad_request`, when the provider is not known.
        """
        if ref == REHEARSAL:
            from engine.models.rehearsal.model import Rehearsal

            return Rehearsal(self._pace, self._sleep)
        provider = self.providers.get(ref.provider)
        if provider is None:
            hint = suggestion(str(ref), list(self.providers.values()))
            raise NodeError("bad_request", f"There is no provider named {ref.provider}.", hint)
        return _WireModel(ref, self, self._offers.wires[provider.wire], provider, self._clients.here())

    def width(self, ref: ModelRef) -> int | None:
        """How many calls of this provider may run at once; None is no limit (S9)."""
        own = self.settings.providers.get(ref.provider)
        provider = self.providers.get(ref.provider)
        return (own.width if own else None) or (provider.width if provider else None)

    def price(self, ref: ModelRef, usage: Usage, when: float) -> Price:
        """What a call cost. `when` is in seconds since 1970. Unknown is None, never 0 (S9)."""
        provider = self.providers.get(ref.provider)
        if provider is None and ref != REHEARSAL:
            return prices.UNKNOWN
        if provider is not None and not provider.local and not self.settings.list_prices_at_custom_address:
            _, changed = base_url(provider, self.settings, self.environ)
            if changed:
                return prices.UNKNOWN
        return prices.price(provider, ref.name, usage, when)

    def quote(self, ref: ModelRef, when: float) -> prices.Quote:
        """List prices and context size of a model for pickers and estimates."""
        return prices.quote(self.providers.get(ref.provider), ref.name, when)

    async def prepare(self, names: Iterable[str], tiers: Mapping[str, str] | None = None) -> None:
        """Looks for local servers, but only when a tier among `names` would be a rehearsal without them (T11)."""
        wanted = set(names).intersection(TIERS)
        if not wanted:
            return
        meant = self.tiers(tiers)
        if any(name in meant and meant[name][1] in ("rehearsal", "local") for name in wanted):
            await self.discover_local()

    async def discover_local(self) -> Mapping[str, tuple[str, ...]]:
        """Asks Ollama and LM Studio, and servers of one's own whose address was set, whether they run; remembers and
        returns those that do, with their models."""
        if not self.settings.local_discovery:
            return {}
        names = [each.name for each in self.providers.values() if self._is_probed(each)]
        found = await asyncio.gather(*(self._probe(self.providers[name]) for name in names))
        self.local = {name: models for name, models in zip(names, found, strict=True) if models}
        self._offers.local = self.local
        return self.local

    async def names(self, provider: str) -> list[str]:
        """The models that a provider offers, asked over the network. Raises NodeError."""
        found = self.providers[provider]
        return await self._offers.wires[found.wire].list_models(self._clients.here(), await self.endpoint(found))

    async def listing(self) -> Listing:
        """What `baton models` and `baton doctor` show: asks the keyring and the local servers."""
        await self.discover_local()
        names = [each.key_env for each in self.providers.values() if each.key_env]
        keys = await asyncio.to_thread(self.secrets.keys_known, names)
        rows = []
        for each in self.providers.values():
            address, _ = base_url(each, self.settings, self.environ)
            models = self.local.get(each.name, ())
            row = ProviderRow(each.name, each.title, each.local, address, each.key_env, keys.get(each.key_env, ""),
                              bool(models), models)  # fmt: skip
            rows.append(row)
        return Listing(tuple(rows), self.tiers())

    async def endpoint(self, provider: Provider) -> Endpoint:
        """How to reach a provider now, its key included.

        Raises:
            NodeError: `credentials` without a key, `bad_request` without an address.
        """
        address, changed = base_url(provider, self.settings, self.environ)
        if not address:
            hint = f"Set {provider.url_env} or add it in Settings."
            raise NodeError("bad_request", f"No address for {provider.title}.", hint)
        key = await self._key(provider.key_env) if provider.key_env else None
        if not key and provider.key_env and not provider.local and not changed:
            raise failures.no_key(provider.title, provider.key_env)
        return Endpoint(provider.name, address, key or "", provider.extra_headers, provider.title, provider.key_env,
                        provider.local, provider.options)  # fmt: skip

    async def aclose(self) -> None:
        """Closes the connections of the running loop; to be awaited at the end of a run (S10)."""
        await self._clients.aclose()

    async def _key(self, name: str) -> str | None:
        if self.secrets.at_hand(name):
            return self.secrets.find(name)
        return await asyncio.to_thread(self.secrets.find, name)

    def _has_key(self, provider: Provider) -> bool:
        return bool(provider.key_env) and not provider.local and self.secrets.known(provider.key_env)

    def _is_probed(self, provider: Provider) -> bool:
        """Whether a server is looked for: at its usual address, or since somebody set one for models of its own."""
        _, changed = base_url(provider, self.settings, self.environ)
        return provider.name in PROBED or (changed and not provider.tiers)

    async def _probe(self, provider: Provider) -> tuple[str, ...]:
        http = self._clients.here()  # made before the clock starts: its libraries take long to import
        try:
            async with asyncio.timeout(PROBE_S):
                endpoint = await self.endpoint(provider)
                if not base_url(provider, self.settings, self.environ)[1]:
                    endpoint = replace(endpoint, key="")  # whoever listens there was not chosen by anybody
                return tuple(await self._offers.wires[provider.wire].list_models(http, endpoint))
        except (NodeError, TimeoutError):
            return ()


@dataclass(frozen=True, slots=True)
class _WireModel:
    """A model behind a wire. Makes exactly one attempt for each call: retries are the run's (S8)."""

    ref: ModelRef
    models: Models = field(repr=False)
    wire: Wire
    provider: Provider
    http: httpx.AsyncClient = field(repr=False)

    async def complete(self, request: ModelRequest, on_text: OnText) -> Reply:
        """See `Model.complete`."""
        endpoint = await self.models.endpoint(self.provider)
        return await self.wire.complete(self.http, endpoint, self.ref.name, request, on_text)
