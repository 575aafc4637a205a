"""Any server that speaks the chat completions of OpenAI, at an address that the user sets."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="openai_compatible",
    title="OpenAI-compatible server",
    wire="openai_chat",
    base_url="",
    key_env="OPENAI_COMPATIBLE_API_KEY",
    url_env="OPENAI_COMPATIBLE_BASE_URL",
    order=100,
)
