"""Secrets: references in pipeline files, providers that resolve them just before use, and redaction of output."""

from __future__ import annotations

from .environment import EnvSecretsProvider
from .errors import SecretNotFoundError, SecretReferenceError
from .provider import SecretsProvider
from .redacted_error import RedactedError, is_error_of
from .reference import SCHEME, SecretsReference
from .resolver import SecretsResolver

__all__ = [
    "SCHEME",
    "EnvSecretsProvider",
    "RedactedError",
    "SecretNotFoundError",
    "SecretReferenceError",
    "SecretsProvider",
    "SecretsReference",
    "SecretsResolver",
    "is_error_of",
]
