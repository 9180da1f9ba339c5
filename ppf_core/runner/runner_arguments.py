"""Keyword arguments of `SimplePipelineRunner.from_file`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from ppf_core.clock import Clock, Sleep
    from ppf_core.session import SparkSessionWrapper

    from .checkpoint import CheckpointStore
    from .hooks import PipelineHooks
    from .run_options import RunOptions

__all__ = ["RunnerArguments"]


class RunnerArguments(TypedDict, total=False):
    """The constructor's arguments other than the config; what is left out is as the pipeline file says."""

    spark_wrapper: SparkSessionWrapper | None
    hooks: PipelineHooks | None
    fail_fast: bool | None
    clock: Clock | None
    sleep_func: Sleep | None
    validate_before_run: bool
    run_id: str | None
    checkpoint_store: CheckpointStore | None
    options: RunOptions | None
