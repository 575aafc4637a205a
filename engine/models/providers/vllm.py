"""vLLM: a server of one’s own. It queues by itself, so calls at once are not limited."""

from engine.models.contract import Provider

PROVIDER = Provider(
    name="vllm",
    title="vLLM",
    base_url="http://127.0.0.1:8000/v1",
    key_env="VLLM_API_KEY",
    url_env="VLLM_BASE_URL",
    order=140,
    wire="openai_chat",
    local=True,
)
