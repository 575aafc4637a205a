"""OpenAI: GPT models. Its newer models take the limit on tokens under another name."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="openai",
    title="OpenAI",
    wire="openai_chat",
    base_url="https://api.openai.com/v1",
    key_env="OPENAI_API_KEY",
    url_env="OPENAI_BASE_URL",
    tiers={"cheap": "gpt-6-luna", "medium": "gpt-6.1-terra", "best": "gpt-6.1-sol"},
    models=(
        "gpt-6-luna",
        "gpt-6.1-terra",
        "gpt-6.1-sol",
        "gpt-5.5",
        "gpt-5",
        "gpt-5-mini",
        "gpt-5-nano",
        "gpt-4o",
        "gpt-4o-mini",
    ),
    price_provider="openai",
    options={"max_tokens": "max_completion_tokens"},
    order=20,
)
