"""xAI: Grok."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="xai",
    title="xAI",
    wire="openai_chat",
    base_url="https://api.x.ai/v1",
    key_env="XAI_API_KEY",
    url_env="XAI_BASE_URL",
    tiers={"cheap": "grok-4-1-fast-non-reasoning", "medium": "grok-4.3", "best": "grok-4.7"},
    models=("grok-4-1-fast-non-reasoning", "grok-4.3", "grok-4.7", "grok-code-fast-1"),
    price_provider="x-ai",
    order=70,
)
