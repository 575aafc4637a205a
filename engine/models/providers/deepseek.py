"""DeepSeek. It knows JSON answers, but no schemas."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="deepseek",
    title="DeepSeek",
    wire="openai_chat",
    base_url="https://api.deepseek.com/v1",
    key_env="DEEPSEEK_API_KEY",
    url_env="DEEPSEEK_BASE_URL",
    tiers={"cheap": "deepseek-v4-flash", "medium": "deepseek-v4-flash", "best": "deepseek-v4-pro"},
    models=("deepseek-v4-flash", "deepseek-v4-pro", "deepseek-chat", "deepseek-reasoner"),
    price_provider="deepseek",
    options={"schema": "json_object"},
    order=40,
)
