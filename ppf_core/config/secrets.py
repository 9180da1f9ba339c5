"""Where `secret://PROVIDER/KEY` leads: the block `secrets {}`."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from .scalars import STRICT_KEYS, Settings, Text

__all__ = ["SecretsConfig", "SecretsProviderConfig"]


@dataclass(frozen=True, config=STRICT_KEYS)
class SecretsProviderConfig:
    """A provider of secrets: a class and what it is constructed with."""

    class_path: Text
    config: Settings = Field(default_factory=dict)


@dataclass(frozen=True, config=STRICT_KEYS)
class SecretsConfig:
    """Providers of secrets by the name that references use; `env` (environment variables) is always there."""

    providers: dict[str, SecretsProviderConfig] = Field(default_factory=dict)
