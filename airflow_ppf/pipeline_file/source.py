"""Source of a task's pipeline: the argument `pipeline` of an operator or hook."""

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
"""Name of the overrides in errors."""


@dataclass(frozen=True)
class PipelineSource:
    """Source of a pipeline.

    Args:
        pipeline: The path of a HOCON file, or the pipeline itself.
        folder: The folder at which a relative path starts, that of the DAG file.
    """

    pipeline: PipelineInput
    folder: Path | None = None

    @classmethod
    def of_task(cls, pipeline: PipelineInput, dag: DAG | None) -> PipelineSource:
        """Return the source for a task of `dag`; a relative path starts at the folder of the DAG's file."""
        return cls(pipeline, Path(dag.fileloc).parent if dag is not None and dag.fileloc else None)

    def load(
        self,
        overrides: Mapping[str, Any] | None = None,
        render: Callable[[Any], Any] | None = None,
    ) -> PipelineConfig:
        """Read the pipeline, override settings, render templates and decode it.

        Args:
            overrides: Values by dotted path, such as `components.clean.config.limit`, with the component's name.
            render: Renders the templates in the string values of the components' `config` blocks. It is called for
                files only: Airflow renders a pipeline that is passed itself with the operator's other fields.

        Raises:
            ConfigError: the pipeline or an override is wrong; it lists all problems.
        """
        if isinstance(self.pipeline, PipelineConfig):
            if overrides:
                raise ConfigError(
                    [Problem("overrides", "expected a file or a mapping to override, got a PipelineConfig")]
                )
            return self.pipeline
        if isinstance(self.pipeline, Mapping):
            tree, origins = with_overrides(self.pipeline, overrides or {}, source=_OVERRIDES)
            return decode_with_sections(tree, PipelineConfig, airflow_sections(), origins)[0]
        file = self._file(self.pipeline)
        document = read_document(path=file)
        tree, origins = document.tree, dict(document.origins)
        if render is not None:
            # Overridden settings are not rendered: the file's value is not used, and Airflow has already rendered the
            # new value, which may now contain text that looks like a template.
            blank: dict[str, Any] = {
                path: {} if isinstance(new, Mapping) else None for path, new in (overrides or {}).items()
            }
            tree, origins = with_overrides(tree, blank, origins, source=_OVERRIDES)
            for component in _components(tree):
                if "config" in component:
                    component["config"] = render(component["config"])
        tree, origins = with_overrides(tree, overrides or {}, origins, source=_OVERRIDES)
        return decode_with_sections(tree, PipelineConfig, airflow_sections(), origins, str(file))[0]

    def _file(self, path: str | Path) -> Path:
        expanded = Path(path).expanduser()
        return expanded if self.folder is None else self.folder / expanded


def _components(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    components = tree.get("components")
    return [entry for entry in components if isinstance(entry, dict)] if isinstance(components, list) else []
