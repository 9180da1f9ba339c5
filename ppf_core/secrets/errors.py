"""Errors of secrets.

PpfError
├── SecretNotFoundError                      a reference names no secret
└── SecretReferenceError (also a ValueError) a reference is malformed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SecretNotFoundError", "SecretReferenceError"]


class SecretNotFoundError(PpfError):
    """The secret `key` of `provider` does not exist; `looked` lists the places searched, in order."""

    def __init__(self, provider: str, key: str, looked: str | Iterable[str]) -> None:
        self.provider = provider
        self.key = key
        self.looked: tuple[str, ...] = (looked,) if isinstance(looked, str) else tuple(looked)
        super().__init__(
            f"secret://{provider}/{key} does not exist; looked at: {', '.join(self.looked) or 'nothing'}. "
            "Set it there, or correct the reference"
        )

    def __reduce__(self) -> tuple[type, tuple[str, str, tuple[str, ...]]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.provider, self.key, self.looked)


class SecretReferenceError(PpfError, ValueError):
    """A reference `secret://PROVIDER/KEY` is malformed; `got` describes the text, `problem` the mistake.

    The message shows only the part of a text from `secret://` on, since the rest may be a secret in plain text.
    """

    def __init__(self, got: str, problem: str) -> None:
        self.got = got
        self.problem = problem
        super().__init__(
            f"{problem}: expected secret://PROVIDER/KEY as in secret://env/DB_PASSWORD, got {got}"
        )

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.got, self.problem)
