"""What can go wrong with a secret.

PpfError
├── SecretNotFoundError                      a reference leads to nothing
└── SecretReferenceError (also a ValueError) something is no proper reference
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SecretNotFoundError", "SecretReferenceError"]


class SecretNotFoundError(PpfError):
    """The secret `key` of `provider` does not exist; `looked` names each place looked at, in order."""

    def __init__(self, provider: str, key: str, looked: str | Iterable[str]) -> None:
        self.provider = provider
        self.key = key
        self.looked: tuple[str, ...] = (looked,) if isinstance(looked, str) else tuple(looked)
        super().__init__(
            f"secret://{provider}/{key} leads to nothing; looked at: {', '.join(self.looked) or 'nothing'}. "
            "Set it there, or correct the reference"
        )

    def __reduce__(self) -> tuple[type, tuple[str, str, tuple[str, ...]]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.provider, self.key, self.looked)


class SecretReferenceError(PpfError, ValueError):
    """What was to be a reference `secret://PROVIDER/KEY` is none; `got` describes it, `problem` says what is wrong.

    Nothing of a text is shown but what follows `secret://`: the rest may be a secret written out.
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
