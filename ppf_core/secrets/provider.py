"""Where secrets come from."""

from __future__ import annotations

from typing import Protocol

__all__ = ["SecretsProvider"]


class SecretsProvider(Protocol):
    """Looks secrets up by key.

    Asked anew for each reference, perhaps by several threads at once. Neither its `repr` nor its errors show a
    value. One that is named in `secrets.providers` of a pipeline file is made by `from_config(config)` if it has
    that class method, otherwise called with the entries of `config` as keyword arguments.
    """

    def get(self, key: str) -> str:
        """The value of `key`; an empty text is a value.

        Raises:
            SecretNotFoundError: there is none; the error says where it was looked for.
        """
