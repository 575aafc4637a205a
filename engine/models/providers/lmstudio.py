"""LM Studio: models on this machine."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="lmstudio",
    title="LM Studio",
    base_url="http://127.0.0.1:1234/v1",
    url_env="LMSTUDIO_BASE_URL",
    order=120,
    wire="openai_chat",
    local=True,
    width=4,
)
