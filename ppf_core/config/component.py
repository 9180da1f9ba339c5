"""Config of a component: an entry of the list `components`."""

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
    """A component of a pipeline: its class, the class's settings, and the components that it depends on.

    `config` is passed to the class unchanged. `retry`, `circuit_breaker` and `resilience` are blocks or
    names of presets. `outputs` declares the temp views that the component creates; if it is empty, the runner
    detects them. `description` appears in the documentation of the pipeline. `materialize` writes the
    component's views as Parquet; if it is left out, the pipeline's `checkpoint.materialize` applies.
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
    def _sink_does_not_materialize(self) -> Self:
        if self.materialize and self.component_type is ComponentType.SINK:
            raise ValueError("expected no materialize on a sink, which creates no views for others, got true")
        return self

    @property
    def effective_retry(self) -> RetryConfig | None:
        """The component's `retry`, else that of its `resilience`, else None: a single attempt."""
        if self.retry is not None or self.resilience is None:
            return self.retry
        return self.resilience.retry

    @property
    def effective_circuit_breaker(self) -> CircuitBreakerConfig | None:
        """The component's `circuit_breaker`, else that of its `resilience`, else None: no breaker."""
        if self.circuit_breaker is not None or self.resilience is None:
            return self.circuit_breaker
        return self.resilience.circuit_breaker
