"""Retry with exponential backoff, and a circuit breaker."""

from __future__ import annotations

from .breaker import CircuitBreaker
from .errors import CircuitBreakerOpenError
from .retry import RetryExecutor, with_retry
from .state import CircuitState

__all__ = ["CircuitBreaker", "CircuitBreakerOpenError", "CircuitState", "RetryExecutor", "with_retry"]
