"""llama.cpp: the `llama-server` of this machine."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="llamacpp",
    title="llama.cpp",
    base_url="http://127.0.0.1:8080/v1",
    url_env="LLAMACPP_BASE_URL",
    order=130,
    wire="openai_chat",
    local=True,
    width=4,
)
