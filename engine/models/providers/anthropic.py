"""Anthropic: Claude, over its own protocol."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="anthropic",
    title="Anthropic",
    wire="anthropic",
    base_url="https://api.anthropic.com",
    key_env="ANTHROPIC_API_KEY",
    url_env="ANTHROPIC_BASE_URL",
    tiers={"cheap": "claude-haiku-5-5", "medium": "claude-sonnet-5-5", "best": "claude-opus-5-5"},
    models=(
        "claude-haiku-5-5",
        "claude-sonnet-5-5",
        "claude-opus-5-5",
        "claude-opus-4-5",
        "claude-sonnet-4-5",
        "claude-haiku-4-5",
    ),
    price_provider="anthropic",
    order=10,
)
