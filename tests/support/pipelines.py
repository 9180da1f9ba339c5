"""Configs of components and pipelines, in few words."""

from __future__ import annotations

from typing import Any

from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig

__all__ = ["pipeline", "sql", "step"]

KINDS = {
    "source": ComponentType.SOURCE,
    "transformation": ComponentType.TRANSFORMATION,
    "sink": ComponentType.SINK,
}


def step(
    name: str, *depends_on: str, kind: str = "transformation", cls: str = "Step", **more: Any
) -> ComponentConfig:
    """Return the config of a component of class `cls` in `components`; its label is its name by default."""
    config: dict[str, Any] = dict(more.pop("config", {}))
    if cls in ("Step", "Opened", "Views"):
        config.setdefault("label", name)
    return ComponentConfig(
        name,
        KINDS[kind],
        f"tests.support.components.{cls}",
        config=config,
        depends_on=list(depends_on),
        **more,
    )


def pipeline(*components: ComponentConfig, name: str = "p", **more: Any) -> PipelineConfig:
    """Return the config of a pipeline of these components."""
    return PipelineConfig(name, "1", SparkConfig("app"), list(components), **more)


def sql(name: str, query: str, *depends_on: str) -> ComponentConfig:
    """Return the config of a component that makes the view `name` from a query."""
    settings = {"query": query, "output_view": name}
    return ComponentConfig(
        name, ComponentType.TRANSFORMATION, "ppf_core.batch.Sql", settings, depends_on=list(depends_on)
    )
