"""Groq: open models, served fast."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="groq",
    title="Groq",
    wire="openai_chat",
    base_url="https://api.groq.com/openai/v1",
    key_env="GROQ_API_KEY",
    url_env="GROQ_BASE_URL",
    tiers={"cheap": "llama-3.1-8b-instant", "medium": "openai/gpt-oss-20b", "best": "openai/gpt-oss-120b"},
    models=("llama-3.1-8b-instant", "openai/gpt-oss-20b", "openai/gpt-oss-120b", "llama-3.3-70b-versatile"),
    price_provider="groq",
    order=80,
    options={"schema": "prompt"},
)
