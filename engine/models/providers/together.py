"""Together: open models, hosted."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="together",
    title="Together",
    wire="openai_chat",
    base_url="https://api.together.xyz/v1",
    key_env="TOGETHER_API_KEY",
    url_env="TOGETHER_BASE_URL",
    tiers={"cheap": "openai/gpt-oss-120b", "medium": "zai-org/GLM-5.3", "best": "moonshotai/Kimi-K3"},
    price_provider="together",
    order=90,
    models=("openai/gpt-oss-120b", "zai-org/GLM-5.3", "moonshotai/Kimi-K3"),
)
