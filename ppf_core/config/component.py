"""One step of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from .enums import ComponentType
from .presets import CircuitBreakerSetting, ResilienceSetting, RetrySetting
from .scalars import STRICT_KEYS, Settings, Text

if TYPE_CHECKING:
    from typing_extensions import Self

    from .resilience import CircuitBreakerConfig, RetryConfig

__all__ = ["ComponentConfig"]


@dataclass(frozen=True, config=STRICT_KEYS)
class ComponentConfig:
    """One step of a pipeline: the class that does it, its settings, and what has to be done before.

    `config` is handed to the class as it is. `retry`, `circuit_breaker` and `resilience` are blocks or the
    names of presets. `outputs` declares the temp views that the step makes; where it is empty the runner
    finds them itself. `description` is for people, who find it in the documentation of the pipeline.
    `materialize` has the views written as Parquet; left out, it is as the pipeline's
    `checkpoint.materialize` says.
    """

    name: Text
    component_type: ComponentType
    class_path: Text
    config: Settings = Field(default_factory=dict)
    depends_on: list[Text] = Field(default_factory=list)
    retry: RetrySetting = None
    circuit_breaker: CircuitBreakerSetting = None
    resilience: ResilienceSetting = None
    enabled: bool = True
    outputs: list[Text] = Field(default_factory=list)
    description: Text | None = None
    materialize: bool | None = None

    @model_validator(mode="after")
    def _sink_hands_nothing_on(self) -> Self:
        if self.materialize and self.component_type is ComponentType.SINK:
            raise ValueError("expected no materialize on a sink, which hands no views on, got true")
        return self

    @property
    def effective_retry(self) -> RetryConfig | None:
        """The step's own `retry`, else the one of its `resilience`, else None: one try."""
        if self.retry is not None or self.resilience is None:
            return self.retry
        return self.resilience.retry

    @property
    def effective_circuit_breaker(self) -> CircuitBreakerConfig | None:
        """The step's own `circuit_breaker`, else the one of its `resilience`, else None: no breaker."""
        if self.circuit_breaker is not None or self.resilience is None:
            return self.circuit_breaker
        return self.resilience.circuit_breaker
