"""Ollama: models on this machine."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="ollama",
    title="Ollama",
    base_url="http://127.0.0.1:11434/v1",
    url_env="OLLAMA_HOST",
    order=110,
    wire="openai_chat",
    local=True,
    width=4,
)
