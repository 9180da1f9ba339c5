"""What a pipeline file writes in place of a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import SecretReferenceError

__all__ = ["SecretsReference"]

SCHEME = "secret://"

_PROVIDER = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class SecretsReference:
    """`secret://PROVIDER/KEY`; the key may have further slashes in it.

    Raises:
        SecretReferenceError: the provider is not made of letters, digits, `_`, `.` and `-`, or the key is empty
            or has white space or control characters in it.
    """

    provider: str
    key: str

    def __post_init__(self) -> None:
        if not _PROVIDER.fullmatch(self.provider):
            raise SecretReferenceError(repr(str(self)), "the provider of a secret is not named properly")
        if not self.key or re.search(r"[\s\x00-\x1f\x7f]", self.key):
            raise SecretReferenceError(
                repr(str(self)), "the key of a secret is empty or has white space in it"
            )

    def __str__(self) -> str:
        """As a pipeline file has it."""
        return f"{SCHEME}{self.provider}/{self.key}"

    @classmethod
    def parse(cls, text: str) -> SecretsReference:
        """The reference that `text` is, from its first character to its last.

        Raises:
            SecretReferenceError: it is none.
        """
        if not text.startswith(SCHEME):
            got = f"a text of {len(text)} characters that begins otherwise"
            raise SecretReferenceError(got, "not a reference to a secret")
        provider, _, key = text.removeprefix(SCHEME).partition("/")
        return cls(provider, key)
