"""OpenRouter: models of many vendors behind one key."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="openrouter",
    title="OpenRouter",
    wire="openai_chat",
    base_url="https://openrouter.ai/api/v1",
    key_env="OPENROUTER_API_KEY",
    url_env="OPENROUTER_BASE_URL",
    tiers={
        "cheap": "deepseek/deepseek-v4-flash",
        "medium": "anthropic/claude-sonnet-5.5",
        "best": "anthropic/claude-opus-5.5",
    },
    models=(
        "deepseek/deepseek-v4-flash",
        "anthropic/claude-sonnet-5.5",
        "anthropic/claude-opus-5.5",
        "openai/gpt-5.5",
        "google/gemini-3.8-flash",
    ),
    price_provider="openrouter",
    order=50,
)
