"""Quality checks in real runs on real Spark."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ppf_core.config import CheckpointConfig, PipelineConfig, SparkConfig
from ppf_core.quality import null_check, row_count_check, unique_check
from ppf_core.runner import (
    DataQualityError,
    DataQualityHooks,
    LocalCheckpointStore,
    PipelineResult,
    PipelineResultStatus,
    SimplePipelineRunner,
)
from ppf_core.session import SparkSessionWrapper
from tests.support.pipelines import sql, step
from tests.support.spark_sessions import new_session

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


PIPELINE = PipelineConfig(
    "numbers",
    "1.0.0",
    SparkConfig("numbers"),
    [
        sql("raw", "SELECT * FROM VALUES (1), (2), (2), (NULL) AS t(x)"),
        sql("doubled", "SELECT 2 * x AS y FROM raw", "raw"),
    ],
)
CHECKS = [
    row_count_check("raw", 4, 4, component_name="raw"),
    unique_check("raw", "x", component_name="raw"),
    null_check("raw", "x", component_name="raw"),
    row_count_check("doubled", 1),
]


@pytest.mark.parametrize("materialize", [True, False], ids=["restored", "replayed"])
def test_checks_after_a_component_are_made_again_if_it_is_replayed_and_not_if_it_is_restored(
    clean_spark: SparkSession, tmp_path: Path, materialize: bool
) -> None:
    store = LocalCheckpointStore(tmp_path)
    config = replace(
        PIPELINE,
        components=[*PIPELINE.components, step("last", "doubled", config={"failures": 1})],
        checkpoint=CheckpointConfig(str(tmp_path), materialize=materialize),
    )
    checked: list[list[str]] = []
    for _ in range(2):
        session = new_session(clean_spark)
        hooks = DataQualityHooks(session, stop_on_failure=True)
        hooks.register_all(
            [row_count_check(name, 4, name=name, component_name=name) for name in ("raw", "doubled")]
        )
        hooks.register(row_count_check("doubled", 4, name="each time"))  # comes at the end
        runner = SimplePipelineRunner(config, session, hooks, run_id="run", checkpoint_store=store)
        result = runner.run(resume=True)
        checked.append([each.check_name for each in hooks.results])
    assert result.status is PipelineResultStatus.SUCCESS
    assert checked == [["raw", "doubled"], ["each time"] if materialize else ["raw", "doubled", "each time"]]


def run(wrapper: SparkSessionWrapper, hooks: DataQualityHooks, store: LocalCheckpointStore) -> PipelineResult:
    hooks.register_all(CHECKS)
    runner = SimplePipelineRunner(PIPELINE, wrapper, hooks, run_id="run", checkpoint_store=store)
    return runner.run()


def test_failed_checks_stop_the_run_before_the_component_is_checkpointed(
    wrapper: SparkSessionWrapper, tmp_path: Path
) -> None:
    store = LocalCheckpointStore(tmp_path)
    hooks = DataQualityHooks(wrapper, stop_on_failure=True)
    result = run(wrapper, hooks, store)
    assert result.status is PipelineResultStatus.FAILURE
    assert isinstance(result.error, DataQualityError)
    assert [each.check_name for each in result.error.results] == ["unique(raw: x)", "nulls(raw: x)"]
    assert [component_result.component_name for component_result in result.component_results] == ["raw"]
    assert list(result.skipped_components) == ["doubled"]
    state = store.load("run", "numbers")
    assert state is not None
    assert (state.completed_components, state.failed_component) == ([], "raw")
    assert [each.passed for each in hooks.results] == [True, False, False]


def test_constructed_bare_the_run_goes_on_and_the_results_have_the_failure(
    wrapper: SparkSessionWrapper, tmp_path: Path
) -> None:
    store = LocalCheckpointStore(tmp_path)
    hooks = DataQualityHooks(wrapper)
    result = run(wrapper, hooks, store)
    assert result.status is PipelineResultStatus.SUCCESS
    assert [type(hook_error.error) for hook_error in result.hook_errors] == [DataQualityError]
    assert [each.passed for each in hooks.results] == [True, False, False, True]
    state = store.load("run", "numbers")
    assert state is not None
    assert state.completed_components == ["raw", "doubled"]
