"""Protocol of secrets providers."""

from __future__ import annotations

from typing import Protocol

__all__ = ["SecretsProvider"]


class SecretsProvider(Protocol):
    """Looks up secrets by key.

    It is called for each reference, possibly by several threads at once. Neither its `repr` nor its errors show a
    value. A provider in `secrets.providers` of a pipeline file is created by its class method `from_config(config)`,
    or, without this method, with the entries of `config` as keyword arguments.
    """

    def get(self, key: str) -> str:
        """Return the value of `key`; an empty text is a value.

        Raises:
            SecretNotFoundError: there is no such secret; the error lists the places searched.
        """
