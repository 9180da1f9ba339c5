"""The decorator `@task.pipeline`: a function that returns the pipeline of a task, or overrides for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.decorator import DecoratedOperator, determine_kwargs, task_decorator_factory
from airflow.sdk.definitions.context import context_merge

from airflow_ppf.airflow_api import is_argument_given, unset_argument
from airflow_ppf.operators.pipeline import PipelineOperator
from ppf_core.config import PipelineConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow.sdk import Context
    from airflow.sdk.bases.decorator import TaskDecorator

    from airflow_ppf.pipeline_file.source import PipelineInput

__all__ = ["pipeline_task"]

_UNSET = unset_argument()


class _PipelineDecoratedOperator(DecoratedOperator, PipelineOperator):
    """Operator that calls a function and then runs the pipeline.

    Without the argument `pipeline` the function returns the pipeline: the path of a file, a mapping, or a
    `PipelineConfig`. With the argument, the function returns overrides for that pipeline, or None.

    Templates in the returned value are not rendered, since it may contain user input. Templates in a pipeline file are
    rendered as in `PipelineOperator`.
    """

    template_fields: Sequence[str] = (*DecoratedOperator.template_fields, *PipelineOperator.template_fields)
    template_fields_renderers = {  # noqa: RUF012 - as Airflow declares it
        **DecoratedOperator.template_fields_renderers,
        **PipelineOperator.template_fields_renderers,
    }
    custom_operator_name = "@task.pipeline"
    # The UI shows what the function returned.
    overwrite_rtif_after_execution = True

    def __init__(self, *, pipeline: PipelineInput | Any = _UNSET, **kwargs: Any) -> None:
        super().__init__(pipeline=pipeline, **kwargs)

    def execute(self, context: Context) -> dict[str, Any]:
        """Call the function with the context values that it asks for, and run the pipeline."""
        context_merge(context, self.op_kwargs)
        kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        returned = self.python_callable(*self.op_args, **kwargs)
        if is_argument_given(self.pipeline):
            self.overrides = {**(self.overrides or {}), **self._overrides_of(returned)}
        else:
            self.pipeline = self._pipeline_of(returned)
        summary: dict[str, Any] = super().execute(context)
        return summary

    def _pipeline_of(self, returned: Any) -> PipelineInput:
        if isinstance(returned, (Mapping, Path, PipelineConfig)) or (isinstance(returned, str) and returned):
            return returned
        raise TypeError(
            f"expected the function of {self.task_id} to return a pipeline (a path, a mapping or a PipelineConfig), "
            f"got {returned!r}; to return overrides, pass @task.pipeline the argument pipeline"
        )

    def _overrides_of(self, returned: Any) -> Mapping[str, Any]:
        if isinstance(returned, Mapping):
            return returned
        if returned is None:
            return {}
        raise TypeError(
            f"expected the function of {self.task_id} to return overrides (a mapping of dotted paths to values) or "
            f"None, since @task.pipeline has the argument pipeline, got {returned!r}"
        )


def pipeline_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> TaskDecorator:
    """Make a task of a function that returns a pipeline, or overrides for the argument `pipeline`.

    Args:
        python_callable: The function; its parameters may name values of the context, as with `@task`.
        kwargs: Further arguments of `PipelineOperator`.
    """
    return task_decorator_factory(
        python_callable=python_callable, decorated_operator_class=_PipelineDecoratedOperator, **kwargs
    )
