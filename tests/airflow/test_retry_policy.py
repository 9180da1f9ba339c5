"""Decisions of the retry policy about a failed run."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import DAG, RetryAction

from airflow_ppf.operators.pipeline import PipelineOperator
from airflow_ppf.retry_policy import PipelineRetryPolicy
from ppf_core.config import ConfigError, Problem
from ppf_core.runner import (
    ComponentResult,
    ComponentStoppedError,
    PipelineFailedError,
    PipelineResult,
    PipelineResultStatus,
)


def failed(*errors: Exception, **more: Any) -> PipelineFailedError:
    results = [ComponentResult(f"c{n}", False, 1, error) for n, error in enumerate(errors)]
    return PipelineFailedError(PipelineResult(PipelineResultStatus.FAILURE, "p", results, **more))


def action(error: BaseException, policy: PipelineRetryPolicy | None = None) -> RetryAction:
    return (policy or PipelineRetryPolicy()).evaluate(error, 1, 3).action


def test_a_permanent_error_fails_at_once() -> None:
    decision = PipelineRetryPolicy().evaluate(failed(TypeError("x")), 1, 3)
    assert (decision.action, decision.reason) == (
        RetryAction.FAIL,
        "permanent (the code is wrong): TypeError: x",
    )


def test_a_transient_error_is_tried_again_after_the_tasks_own_delay() -> None:
    decision = PipelineRetryPolicy().evaluate(failed(ConnectionError("x")), 1, 3)
    assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, None)
    assert decision.reason == "transient (a connection failed): ConnectionError: x"


def test_an_error_of_which_nothing_is_known_is_left_to_airflow() -> None:
    assert action(failed(ValueError("x"))) is RetryAction.DEFAULT


def test_an_error_before_the_run_is_judged_as_well() -> None:
    assert action(ConfigError([Problem("x", "y")])) is RetryAction.FAIL


def test_a_pipeline_that_was_found_wrong_fails_at_once() -> None:
    assert action(failed(validation_errors=["components[0]: no such class"])) is RetryAction.FAIL


def test_what_ended_a_run_in_which_no_component_failed_is_judged() -> None:
    assert action(failed(error=TimeoutError())) is RetryAction.RETRY


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([TypeError(), ConnectionError()], RetryAction.RETRY),
        ([TypeError(), ValueError()], RetryAction.DEFAULT),
        ([TypeError(), NameError()], RetryAction.FAIL),
        ([TypeError(), ComponentStoppedError("c0")], RetryAction.FAIL),
    ],
    ids=["one is transient", "of one nothing is known", "all are permanent", "one was only stopped"],
)
def test_of_several_failures_one_that_may_go_away_is_enough_for_another_try(
    errors: list[Exception], expected: RetryAction
) -> None:
    assert action(failed(*errors)) is expected


class Busy(ConnectionError):  # noqa: N818 - a name as users have them
    pass


@pytest.mark.parametrize("spec", [Busy, "Busy", "ConnectionError", f"{__name__}.Busy", OSError])
def test_the_user_may_call_an_error_permanent(spec: Any) -> None:
    assert action(failed(Busy()), PipelineRetryPolicy(permanent=[spec])) is RetryAction.FAIL


@pytest.mark.parametrize("spec", [TypeError, "TypeError", "builtins.TypeError", Exception])
def test_the_user_may_call_an_error_transient(spec: Any) -> None:
    assert action(failed(TypeError()), PipelineRetryPolicy(transient=[spec])) is RetryAction.RETRY


def test_of_what_the_user_says_transient_wins() -> None:
    policy = PipelineRetryPolicy(transient=["Busy"], permanent=["ConnectionError"])
    assert action(failed(Busy()), policy) is RetryAction.RETRY
    assert action(failed(ConnectionResetError()), policy) is RetryAction.FAIL


def test_a_policy_survives_being_written_down() -> None:
    policy = PipelineRetryPolicy(permanent=[Busy], transient=["KeyError"])
    again = PipelineRetryPolicy.deserialize(policy.serialize())
    assert (again.permanent, again.transient) == (policy.permanent, policy.transient)


def test_an_operator_has_the_policy_by_default() -> None:
    own = PipelineRetryPolicy(permanent=["Busy"])
    with DAG("d", schedule=None, default_args={"retry_policy": own}):
        by_default_args = PipelineOperator(task_id="a", pipeline={})
        none = PipelineOperator(task_id="b", pipeline={}, retry_policy=None)
        mapped = PipelineOperator.partial(task_id="c").expand(pipeline=[{}])
    with DAG("e", schedule=None):
        default = PipelineOperator(task_id="a", pipeline={})
        mapped_default = PipelineOperator.partial(task_id="b").expand(pipeline=[{}])
    assert isinstance(default.retry_policy, PipelineRetryPolicy)
    assert isinstance(mapped_default.retry_policy, PipelineRetryPolicy)
    assert by_default_args.retry_policy is mapped.retry_policy is own
    assert none.retry_policy is None
