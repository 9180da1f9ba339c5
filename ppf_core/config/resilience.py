"""Config of retries and circuit breakers: the blocks `retry {}` and `circuit_breaker {}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from .scalars import STRICT_KEYS, Number, Seconds, Text, WholeNumber

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["CircuitBreakerConfig", "RetryConfig"]


@dataclass(frozen=True, config=STRICT_KEYS)
class RetryConfig:
    """Retries of a component within a try: `max_attempts` includes the first attempt.

    The wait before attempt n + 1 is `initial_delay_seconds * backoff_multiplier ** (n - 1)`, at most
    `max_delay_seconds`. `retry_on_exceptions` names exception classes (`ValueError`, `my.module.Busy`);
    it covers their subclasses too.
    """

    max_attempts: Annotated[WholeNumber, Field(ge=1)] = 3
    initial_delay_seconds: Seconds = 1.0
    max_delay_seconds: Seconds = 60.0
    backoff_multiplier: Annotated[Number, Field(ge=1)] = 2.0
    retry_on_exceptions: list[Text] = Field(default_factory=lambda: ["Exception"])

    @model_validator(mode="after")
    def _delays_in_order(self) -> Self:
        if self.max_delay_seconds < self.initial_delay_seconds:
            raise ValueError(
                "expected max_delay_seconds to be at least initial_delay_seconds "
                f"({self.initial_delay_seconds:g}), got {self.max_delay_seconds:g}"
            )
        return self


@dataclass(frozen=True, config=STRICT_KEYS)
class CircuitBreakerConfig:
    """Circuit breaker: opens after `failure_threshold` failures in a row and refuses calls for `timeout_seconds`.

    Then it is half open: it allows at most `half_open_max_calls` calls at a time, and closes after
    `success_threshold` successes.
    """

    failure_threshold: Annotated[WholeNumber, Field(ge=1)] = 5
    success_threshold: Annotated[WholeNumber, Field(ge=1)] = 2
    timeout_seconds: Seconds = 60.0
    half_open_max_calls: Annotated[WholeNumber, Field(ge=1)] = 1
