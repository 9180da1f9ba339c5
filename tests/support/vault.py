"""A provider of secrets for the tests."""

from __future__ import annotations

__all__ = ["Vault"]


class Vault:
    """A provider of secrets: each is a prefix and its key."""

    def __init__(self, token: str = "", prefix: str = "secret of ") -> None:
        self.prefix = prefix

    def get(self, key: str) -> str:
        """Return the secret."""
        return f"{self.prefix}{key}"
