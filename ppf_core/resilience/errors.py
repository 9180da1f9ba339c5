"""Error of the circuit breaker."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["CircuitBreakerOpenError"]


class CircuitBreakerOpenError(PpfError):
    """A call was refused.

    `time_until_reset` is the number of seconds until trial calls are allowed, or 0 if the maximum of trial calls is
    running.
    """

    def __init__(self, component_name: str, time_until_reset: float) -> None:
        if time_until_reset > 0:
            why = f"is open after repeated failures and refuses calls for another {time_until_reset:.1f} s"
        else:
            why = "is half-open and already runs as many trial calls as it allows"
        super().__init__(f"circuit breaker of {component_name!r} {why}; try again later, or reset() it")
        self.component_name = component_name
        self.time_until_reset = time_until_reset

    def __reduce__(self) -> tuple[type, tuple[str, float]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.component_name, self.time_until_reset)
