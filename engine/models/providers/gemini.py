"""Google Gemini, over its endpoint that is compatible with OpenAI."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="gemini",
    title="Google Gemini",
    wire="openai_chat",
    base_url="https://generativelanguage.googleapis.com/v1beta/openai",
    key_env="GEMINI_API_KEY",
    url_env="GEMINI_BASE_URL",
    tiers={"cheap": "gemini-3.5-flash-lite", "medium": "gemini-3.8-flash", "best": "gemini-3.1-pro-preview"},
    models=(
        "gemini-3.5-flash-lite",
        "gemini-3.8-flash",
        "gemini-3.1-pro-preview",
        "gemini-2.5-pro",
        "gemini-2.5-flash",
    ),
    price_provider="google",
    order=30,
    options={"schema_with_tools": False},
)
