"""Error of a wrong check definition."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["CheckDefinitionError"]


class CheckDefinitionError(PpfError, ValueError):
    """A check is defined with arguments that cannot work; raised when it is created, not when it runs."""
