"""Models as other tools name them, as Baton does: `openai/gpt-5` where the vendor is known, else a tier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_VENDORS: Final[Mapping[str, str]] = {
    "azure": "", "bedrock": "", "openrouter": "openrouter", "openai": "openai", "anthropic": "anthropic",
    "claude": "anthropic", "deepseek": "deepseek", "gemini": "gemini", "google": "gemini", "groq": "groq",
    "mistral": "mistral", "ollama": "ollama", "together": "together", "xai": "xai", "grok": "xai",
    "lmstudio": "lmstudio", "vllm": "vllm",
}  # fmt: skip
"""Part of a vendor's name there -> the provider here; "" for one that is reached otherwise."""
_FAMILIES: Final[Mapping[str, str]] = {
    "gpt-": "openai", "o1": "openai", "o3": "openai", "o4": "openai", "claude": "anthropic", "gemini": "gemini",
    "deepseek": "deepseek", "mistral": "mistral", "grok": "xai",
}  # fmt: skip


def model_here(vendor: str, name: str) -> tuple[str, bool]:
    """The model's name here, and whether it is the same model; a tier where nobody here offers it.

    Args:
        vendor: as the tool names it, such as `lmChatOpenAi` or `langgenius/openai/openai`; "" when it does not.
    """
    name, low = name.strip(), vendor.lower()
    if not name or any(sign.isspace() for sign in name):
        return "medium", False
    for part, provider in _VENDORS.items():
        if part in low:
            return (f"{provider}/{name.removeprefix('models/')}", True) if provider else ("medium", False)
    for family, provider in _FAMILIES.items():
        if not vendor and name.lower().startswith(family):
            return f"{provider}/{name}", True
    return "medium", False
