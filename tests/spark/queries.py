"""Components that are one query."""

from __future__ import annotations

from ppf_core.config import ComponentConfig, ComponentType


def sql(name: str, query: str, *depends_on: str) -> ComponentConfig:
    settings = {"query": query, "output_view": name}
    return ComponentConfig(
        name, ComponentType.TRANSFORMATION, "ppf_core.batch.Sql", settings, depends_on=list(depends_on)
    )
