"""Config of secrets providers: the block `secrets {}`, which `secret://PROVIDER/KEY` refers to."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from .scalars import STRICT_KEYS, Settings, Text

__all__ = ["SecretsConfig", "SecretsProviderConfig"]


@dataclass(frozen=True, config=STRICT_KEYS)
class SecretsProviderConfig:
    """A secrets provider: its class and its settings."""

    class_path: Text
    config: Settings = Field(default_factory=dict)


@dataclass(frozen=True, config=STRICT_KEYS)
class SecretsConfig:
    """Secrets providers by the name in references; `env` (environment variables) is always available."""

    providers: dict[str, SecretsProviderConfig] = Field(default_factory=dict)
