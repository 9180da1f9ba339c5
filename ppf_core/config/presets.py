"""Presets: named blocks of settings, as in `retry = aggressive`.

| `retry =`      | attempts | first wait | longest wait | multiplier |
|----------------|----------|------------|--------------|------------|
| `none`         | 1        | -          | -            | -          |
| `conservative` | 2        | 5 s        | 30 s         | 2          |
| `standard`     | 3        | 1 s        | 60 s         | 2          |
| `aggressive`   | 5        | 0.5 s      | 30 s         | 2          |
| `patient`      | 5        | 30 s       | 600 s        | 2          |

| `circuit_breaker =` | opens after | closes after | stays open | calls while half open |
|---------------------|-------------|--------------|------------|-----------------------|
| `sensitive`         | 2 failures  | 3 successes  | 120 s      | 1                     |
| `standard`          | 5 failures  | 2 successes  | 60 s       | 1                     |
| `tolerant`          | 10 failures | 1 success    | 30 s       | 3                     |

| `resilience =` | retry          | circuit breaker |
|----------------|----------------|-----------------|
| `conservative` | `conservative` | `sensitive`     |
| `standard`     | `standard`     | `standard`      |
| `aggressive`   | `aggressive`   | `tolerant`      |
| `patient`      | `patient`      | `tolerant`      |

`standard` equals the defaults of the blocks.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BeforeValidator
from pydantic.dataclasses import dataclass

from .nearest import did_you_mean
from .resilience import CircuitBreakerConfig, RetryConfig
from .scalars import STRICT_KEYS, AlsoWritten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "CIRCUIT_BREAKER_PRESETS",
    "RESILIENCE_PRESETS",
    "RETRY_PRESETS",
    "CircuitBreakerSetting",
    "ResiliencePolicy",
    "ResilienceSetting",
    "RetrySetting",
]

_T = TypeVar("_T")


def _by_name(presets: Mapping[str, _T]) -> Callable[[Any], Any]:
    """Return a validator that replaces the name of a preset with the preset and passes blocks unchanged."""

    def named(value: Any) -> Any:
        if isinstance(value, str) and value in presets:
            return presets[value]
        if isinstance(value, (str, bool, int, float, list)):
            near = f', got "{value}"{did_you_mean(value, presets)}' if isinstance(value, str) else ""
            raise ValueError(f"expected a block or one of {', '.join(presets)}{near}")  # noqa: TRY004 - pydantic collects ValueErrors
        return value

    return named


RETRY_PRESETS: Mapping[str, RetryConfig] = MappingProxyType(
    {
        "none": RetryConfig(max_attempts=1, initial_delay_seconds=0.0, max_delay_seconds=0.0),
        "conservative": RetryConfig(max_attempts=2, initial_delay_seconds=5.0, max_delay_seconds=30.0),
        "standard": RetryConfig(),
        "aggressive": RetryConfig(max_attempts=5, initial_delay_seconds=0.5, max_delay_seconds=30.0),
        "patient": RetryConfig(max_attempts=5, initial_delay_seconds=30.0, max_delay_seconds=600.0),
    }
)
CIRCUIT_BREAKER_PRESETS: Mapping[str, CircuitBreakerConfig] = MappingProxyType(
    {
        "sensitive": CircuitBreakerConfig(failure_threshold=2, success_threshold=3, timeout_seconds=120.0),
        "standard": CircuitBreakerConfig(),
        "tolerant": CircuitBreakerConfig(
            failure_threshold=10, success_threshold=1, timeout_seconds=30.0, half_open_max_calls=3
        ),
    }
)

RetrySetting = Annotated[
    RetryConfig | None, BeforeValidator(_by_name(RETRY_PRESETS)), AlsoWritten({"enum": [*RETRY_PRESETS]})
]
CircuitBreakerSetting = Annotated[
    CircuitBreakerConfig | None,
    BeforeValidator(_by_name(CIRCUIT_BREAKER_PRESETS)),
    AlsoWritten({"enum": [*CIRCUIT_BREAKER_PRESETS]}),
]


@dataclass(frozen=True, config=STRICT_KEYS)
class ResiliencePolicy:
    """A retry and a circuit breaker; each is a block or the name of a preset."""

    retry: RetrySetting = None
    circuit_breaker: CircuitBreakerSetting = None


RESILIENCE_PRESETS: Mapping[str, ResiliencePolicy] = MappingProxyType(
    {
        name: ResiliencePolicy(RETRY_PRESETS[retry], CIRCUIT_BREAKER_PRESETS[breaker])
        for name, retry, breaker in (
            ("conservative", "conservative", "sensitive"),
            ("standard", "standard", "standard"),
            ("aggressive", "aggressive", "tolerant"),
            ("patient", "patient", "tolerant"),
        )
    }
)

ResilienceSetting = Annotated[
    ResiliencePolicy | None,
    BeforeValidator(_by_name(RESILIENCE_PRESETS)),
    AlsoWritten({"enum": [*RESILIENCE_PRESETS]}),
]
