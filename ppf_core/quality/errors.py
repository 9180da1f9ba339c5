"""The error of a check that is declared wrongly."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["CheckDefinitionError"]


class CheckDefinitionError(PpfError, ValueError):
    """A check could never mean anything as it is declared; raised when it is made, not when it runs."""
