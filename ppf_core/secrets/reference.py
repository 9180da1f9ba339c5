"""Reference to a secret in a pipeline file: `secret://PROVIDER/KEY`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import SecretReferenceError

__all__ = ["SecretsReference"]

SCHEME = "secret://"

_PROVIDER = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class SecretsReference:
    """`secret://PROVIDER/KEY`; the key may contain slashes.

    Raises:
        SecretReferenceError: the provider contains characters other than letters, digits, `_`, `.` and `-`, or the
            key is empty or contains white space or control characters.
    """

    provider: str
    key: str

    def __post_init__(self) -> None:
        if not _PROVIDER.fullmatch(self.provider):
            raise SecretReferenceError(repr(str(self)), "the provider of a secret has an invalid name")
        if not self.key or re.search(r"[\s\x00-\x1f\x7f]", self.key):
            raise SecretReferenceError(
                repr(str(self)), "the key of a secret is empty or contains white space"
            )

    def __str__(self) -> str:
        """Format the reference as in a pipeline file."""
        return f"{SCHEME}{self.provider}/{self.key}"

    @classmethod
    def parse(cls, text: str) -> SecretsReference:
        """Parse a reference; `text` must contain nothing else.

        Raises:
            SecretReferenceError: `text` is not a reference.
        """
        if not text.startswith(SCHEME):
            got = f"a text of {len(text)} characters that does not start with {SCHEME}"
            raise SecretReferenceError(got, "not a reference to a secret")
        provider, _, key = text.removeprefix(SCHEME).partition("/")
        return cls(provider, key)
