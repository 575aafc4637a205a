"""Mistral. It sends its usage unasked and refuses to be asked for it."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="mistral",
    title="Mistral",
    wire="openai_chat",
    base_url="https://api.mistral.ai/v1",
    key_env="MISTRAL_API_KEY",
    url_env="MISTRAL_BASE_URL",
    tiers={"cheap": "mistral-small-latest", "medium": "mistral-medium-latest", "best": "mistral-large-2512"},
    models=("mistral-small-latest", "mistral-medium-latest", "mistral-large-2512", "codestral-2508"),
    price_provider="mistral",
    options={"stream_options": False},
    order=60,
)
