"""From what a user writes as `pipeline=` to a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow_ppf.pipeline_file.sections import airflow_sections
from ppf_core.config import (
    ConfigError,
    PipelineConfig,
    Problem,
    decode_with_sections,
    read_document,
    with_overrides,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import DAG

__all__ = ["PipelineInput", "PipelineSource"]

PipelineInput: TypeAlias = "str | Path | Mapping[str, Any] | PipelineConfig"
"""A file (a string or path), or the pipeline itself (a mapping as in a file, or a config)."""


_OVERRIDES = "overrides"
"""The source of overrides, as errors name it."""


@dataclass(frozen=True)
class PipelineSource:
    """Where a pipeline comes from.

    Args:
        pipeline: A string or path is a HOCON file, anything else the pipeline itself.
        folder: What a relative path is relative to: that of the DAG file.
    """

    pipeline: PipelineInput
    folder: Path | None = None

    @classmethod
    def of_task(cls, pipeline: PipelineInput, dag: DAG | None) -> PipelineSource:
        """What a task of `dag` is told; a relative path is beside the DAG's file."""
        return cls(pipeline, Path(dag.fileloc).parent if dag is not None and dag.fileloc else None)

    def load(
        self,
        overrides: Mapping[str, Any] | None = None,
        render: Callable[[Any], Any] | None = None,
    ) -> PipelineConfig:
        """Read, override, render and decode.

        Args:
            overrides: Values by dotted path, such as `components.clean.config.limit`; a component is named.
            render: Renders the templates in the string values of the components' `config` blocks. Only a file's
                need it: a pipeline that is given itself was rendered by Airflow with the operator's other fields.

        Raises:
            ConfigError: all that is wrong, at once.
        """
        if isinstance(self.pipeline, PipelineConfig):
            if overrides:
                raise ConfigError(
                    [Problem("overrides", "expected a file or a mapping to override, got a PipelineConfig")]
                )
            return self.pipeline
        if isinstance(self.pipeline, Mapping):
            tree, places = with_overrides(self.pipeline, overrides or {}, source=_OVERRIDES)
            return decode_with_sections(tree, PipelineConfig, airflow_sections(), places)[0]
        file = self._file(self.pipeline)
        document = read_document(path=file)
        tree, places = document.tree, dict(document.origins)
        if render is not None:
            # What is overridden is not rendered: neither the file's value, whose place is taken, nor the new one,
            # which Airflow has rendered with the operator's fields, and which may hold anything by now.
            blank: dict[str, Any] = {
                path: {} if isinstance(new, Mapping) else None for path, new in (overrides or {}).items()
            }
            tree, places = with_overrides(tree, blank, places, source=_OVERRIDES)
            for component in _components(tree):
                if "config" in component:
                    component["config"] = render(component["config"])
        tree, places = with_overrides(tree, overrides or {}, places, source=_OVERRIDES)
        return decode_with_sections(tree, PipelineConfig, airflow_sections(), places, str(file))[0]

    def _file(self, path: str | Path) -> Path:
        expanded = Path(path).expanduser()
        return expanded if self.folder is None else self.folder / expanded


def _components(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    components = tree.get("components")
    return [entry for entry in components if isinstance(entry, dict)] if isinstance(components, list) else []
