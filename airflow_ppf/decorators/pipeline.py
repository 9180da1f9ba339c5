"""`@task.pipeline`: a function that says what pipeline a task runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.decorator import DecoratedOperator, determine_kwargs, task_decorator_factory
from airflow.sdk.definitions._internal.types import SET_DURING_EXECUTION, is_arg_set
from airflow.sdk.definitions.context import context_merge

from airflow_ppf.operators.pipeline import PipelineOperator
from ppf_core.config import PipelineConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow.sdk import Context
    from airflow.sdk.bases.decorator import TaskDecorator

    from airflow_ppf.pipeline_file.source import PipelineInput

__all__ = ["pipeline_task"]


class _PipelineDecoratedOperator(DecoratedOperator, PipelineOperator):
    """Calls a function, then runs the pipeline.

    Without the argument `pipeline` the function returns the pipeline: the path of a file, a mapping, or a
    `PipelineConfig`. With it the function returns overrides for that pipeline, or None.

    What it returns is taken as it is: no template in it is rendered, since it may hold what users have typed in. The
    templates of a file are rendered as ever.
    """

    template_fields: Sequence[str] = (*DecoratedOperator.template_fields, *PipelineOperator.template_fields)
    template_fields_renderers = {  # noqa: RUF012 - Airflow's own shape
        **DecoratedOperator.template_fields_renderers,
        **PipelineOperator.template_fields_renderers,
    }
    custom_operator_name = "@task.pipeline"
    # The UI is to show what the function has returned.
    overwrite_rtif_after_execution = True

    def __init__(self, *, pipeline: PipelineInput | Any = SET_DURING_EXECUTION, **kwargs: Any) -> None:
        super().__init__(pipeline=pipeline, **kwargs)

    def execute(self, context: Context) -> dict[str, Any]:
        """Call the function with what it asks for, and run the pipeline."""
        context_merge(context, self.op_kwargs)
        kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        returned = self.python_callable(*self.op_args, **kwargs)
        if is_arg_set(self.pipeline):
            self.overrides = {**(self.overrides or {}), **self._overrides_of(returned)}
        else:
            self.pipeline = self._pipeline_of(returned)  # type: ignore[unreachable]  # the argument's default is no pipeline
        summary: dict[str, Any] = super().execute(context)
        return summary

    def _pipeline_of(self, returned: Any) -> PipelineInput:
        if isinstance(returned, (Mapping, Path, PipelineConfig)) or (isinstance(returned, str) and returned):
            return returned
        raise TypeError(
            f"expected the function of {self.task_id} to return a pipeline (a path, a mapping or a PipelineConfig), "
            f"got {returned!r}; give @task.pipeline the argument pipeline if it is to return overrides"
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
    """`@task.pipeline`: the function returns the pipeline, or overrides for the argument `pipeline`.

    Args:
        python_callable: The function, which may ask for what is in the context, as with `@task`.
        kwargs: As for `PipelineOperator`.
    """
    return task_decorator_factory(
        python_callable=python_callable, decorated_operator_class=_PipelineDecoratedOperator, **kwargs
    )
