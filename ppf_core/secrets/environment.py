"""Secrets provider for environment variables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .errors import SecretNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EnvSecretsProvider"]


class EnvSecretsProvider:
    """Resolves `secret://env/NAME` to the current value of the environment variable NAME.

    Args:
        environ: The variables (default: the environment of the process).
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = environ

    def __repr__(self) -> str:
        return "EnvSecretsProvider()"

    def get(self, key: str) -> str:
        """Return the variable's value.

        Raises:
            SecretNotFoundError: the variable is not set.
        """
        environ = os.environ if self._environ is None else self._environ
        try:
            return environ[key]
        except KeyError:
            raise SecretNotFoundError("env", key, f"environment variable {key} (not set)") from None
