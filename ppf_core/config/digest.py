"""Content digest of a file."""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["content_digest"]


def content_digest(data: bytes) -> str:
    """Return a hash of `data` as 32 hexadecimal digits."""
    return blake2b(data, digest_size=16).hexdigest()
