"""Pydantic settings for records that are read back."""

from __future__ import annotations

from pydantic import ConfigDict

__all__ = ["STRICT_RECORD"]

STRICT_RECORD = ConfigDict(extra="forbid")
"""Stored records are untrusted: an unknown key is an error. Numbers are declared strict where they occur."""
