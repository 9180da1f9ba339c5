"""Arguments of an operator that change a run."""

from __future__ import annotations

import pytest

from airflow_ppf.task.run_arguments import RunArguments
from ppf_core.config import (
    CheckFailureAction,
    ConfigChangeAction,
    ConfigError,
    QualityCheckConfig,
    QualityCheckType,
    QualityConfig,
)
from tests.support.hooks import Greeter
from tests.support.pipelines import pipeline, step

CHECKS = QualityConfig(
    checks=[
        QualityCheckConfig(QualityCheckType.ROW_COUNT, "v", min_rows=1),
        QualityCheckConfig(
            QualityCheckType.ROW_COUNT,
            "v",
            name="twice",
            min_rows=1,
            on_failure=CheckFailureAction.THRESHOLD,
            max_failures=2,
        ),
    ]
)
CONFIG = pipeline(step("a"), quality=CHECKS)


def test_without_arguments_a_pipeline_is_unchanged() -> None:
    assert RunArguments().applied_to(CONFIG) == CONFIG


def test_fail_fast_and_what_to_do_about_changes_take_the_place_of_the_pipelines() -> None:
    changed = RunArguments(fail_fast=False, on_config_change="restart").applied_to(CONFIG)
    assert changed.execution.fail_fast is False
    assert changed.checkpoint.on_config_change is ConfigChangeAction.RESTART
    assert RunArguments(fail_fast=True).applied_to(changed).execution.fail_fast is True


@pytest.mark.parametrize("action", ["fail", "retry"])
def test_checks_are_unchanged_when_a_failed_check_is_to_fail_the_task(action: str) -> None:
    assert RunArguments(action).applied_to(CONFIG).quality == CHECKS


def test_all_checks_only_warn_when_that_is_wanted() -> None:
    checks = RunArguments("warn").applied_to(CONFIG).quality.checks
    assert [check.on_failure for check in checks] == [CheckFailureAction.WARN] * 2


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (RunArguments("wran"), "on_quality_failure: expected one of fail, retry, warn, got 'wran'.*\"warn\""),
        (RunArguments(on_config_change="x"), "on_config_change: expected one of fail, restart, got 'x'"),
    ],
)
def test_a_word_that_nobody_knows_is_an_error(choices: RunArguments, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choices.applied_to(CONFIG)


def test_hooks_are_given_as_objects_classes_or_paths() -> None:
    given = Greeter()
    made = RunArguments(hooks=[given, Greeter, "tests.support.hooks.Greeter"]).created_hooks()
    assert made[0] is given
    assert [type(hook).__name__ for hook in made] == ["Greeter"] * 3


def test_all_hooks_that_cannot_be_made_are_reported_at_once() -> None:
    with pytest.raises(ConfigError, match=r"hooks\[0\].*Greter(.|\n)*hooks\[2\].*missing"):
        RunArguments(
            hooks=["tests.support.hooks.Greter", Greeter, "tests.support.components.MakesView"]
        ).created_hooks()
