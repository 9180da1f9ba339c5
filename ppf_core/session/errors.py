"""Errors of the Spark session.

PpfError
└── SessionError                 Spark cannot be started or reached
    └── SessionUnavailableError  a server or JVM does not answer; a later try may succeed
"""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["SessionError", "SessionUnavailableError"]


class SessionError(PpfError):
    """Spark cannot be started or reached, or lacks a required feature; the message has the next step."""


class SessionUnavailableError(SessionError):
    """The server or JVM cannot be reached or does not answer; a try in a new process may succeed."""
