"""Secrets in environment variables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .errors import SecretNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EnvSecretsProvider"]


class EnvSecretsProvider:
    """`secret://env/NAME` is the environment variable NAME, as it is when asked for.

    Args:
        environ: What to look in; the environment of the process unless given.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = environ

    def __repr__(self) -> str:
        return "EnvSecretsProvider()"

    def get(self, key: str) -> str:
        """The variable's value.

        Raises:
            SecretNotFoundError: it is not set.
        """
        environ = os.environ if self._environ is None else self._environ
        try:
            return environ[key]
        except KeyError:
            raise SecretNotFoundError("env", key, f"environment variable {key} (not set)") from None
