"""What can go wrong with a session.

PpfError
└── SessionError                 Spark cannot be started or reached
    └── SessionUnavailableError  a server or JVM does not answer; it may the next time
"""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["SessionError", "SessionUnavailableError"]


class SessionError(PpfError):
    """Spark cannot be started or reached, or the session cannot do what was asked; the message says what to do."""


class SessionUnavailableError(SessionError):
    """The server or JVM cannot be reached or does not answer. Worth another try in a new process."""
