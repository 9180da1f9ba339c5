"""What can go wrong with a session."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["SessionError"]


class SessionError(PpfError):
    """Spark cannot be started or reached, or the session cannot do what was asked; the message says what to do."""
