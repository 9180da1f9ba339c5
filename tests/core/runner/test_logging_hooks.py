from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from ppf_core.config import ComponentConfig, ComponentType, Environment, PipelineConfig, SparkConfig
from ppf_core.resilience import CircuitState
from ppf_core.runner.hooks_builtin import LoggingHooks
from ppf_core.runner.result import ComponentResult, PipelineResult, PipelineResultStatus
from ppf_core.session import JobProgress

CLEAN = ComponentConfig("clean", ComponentType.TRANSFORMATION, "my.Clean")
PIPELINE = PipelineConfig("nyc", "1.0.0", SparkConfig("app"), [CLEAN])


@pytest.fixture
def hooks(caplog: pytest.LogCaptureFixture) -> LoggingHooks:
    caplog.set_level(logging.DEBUG, logger="ppf.pipeline")
    return LoggingHooks()


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int, str]]:
    return caplog.record_tuples


def test_the_start_of_a_run_is_logged_as_info(hooks: LoggingHooks, caplog: pytest.LogCaptureFixture) -> None:
    hooks.before_pipeline(PIPELINE)
    assert logged(caplog) == [
        ("ppf.pipeline", logging.INFO, "Pipeline nyc 1.0.0 starts in dev: 1 components")
    ]


def test_the_tags_of_a_pipeline_are_logged_at_its_start(
    hooks: LoggingHooks, caplog: pytest.LogCaptureFixture
) -> None:
    hooks.before_pipeline(
        replace(PIPELINE, environment=Environment.PROD, tags={"team": "sales", "tier": "1"})
    )
    assert caplog.messages == ["Pipeline nyc 1.0.0 starts in prod: 1 components (team=sales, tier=1)"]


@pytest.mark.parametrize(
    ("status", "level"),
    [
        (PipelineResultStatus.SUCCESS, logging.INFO),
        (PipelineResultStatus.PARTIAL_SUCCESS, logging.WARNING),
        (PipelineResultStatus.FAILURE, logging.ERROR),
    ],
)
def test_the_end_of_a_run_is_logged_at_the_level_of_its_outcome(
    hooks: LoggingHooks, caplog: pytest.LogCaptureFixture, status: PipelineResultStatus, level: int
) -> None:
    components = [
        ComponentResult("a", True, 1),
        ComponentResult("b", True, 1),
        ComponentResult("c", False, 1, ValueError()),
    ]
    hooks.after_pipeline(PIPELINE, PipelineResult(status, "nyc", components, 77))
    assert logged(caplog) == [
        (
            "ppf.pipeline",
            level,
            (
                f"Pipeline nyc ended with {status.value} after 77 ms: "
                "2 components succeeded, 1 failed, 0 restored, 0 skipped"
            ),
        )
    ]


def test_a_component_is_logged_with_its_one_based_place(
    hooks: LoggingHooks, caplog: pytest.LogCaptureFixture
) -> None:
    hooks.before_component(CLEAN, 0, 8)
    hooks.after_component(CLEAN, 0, 8, 120)
    assert logged(caplog) == [
        ("ppf.pipeline", logging.INFO, "[1/8] Component clean starts"),
        ("ppf.pipeline", logging.INFO, "[1/8] Component clean succeeded in 120 ms"),
    ]


def test_a_failure_is_logged_as_an_error_with_its_traceback(
    hooks: LoggingHooks, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(KeyError) as raised:
        {}["x"]
    hooks.on_component_failure(CLEAN, 0, raised.value)
    assert logged(caplog) == [("ppf.pipeline", logging.ERROR, "Component clean failed: KeyError: 'x'")]
    assert "Traceback" in caplog.text
    assert '{}["x"]' in caplog.text


def test_a_retry_is_logged_as_a_warning(hooks: LoggingHooks, caplog: pytest.LogCaptureFixture) -> None:
    hooks.on_retry_attempt(CLEAN, 1, 3, 500, ConnectionError("gone"))
    assert logged(caplog) == [
        (
            "ppf.pipeline",
            logging.WARNING,
            "Component clean failed in attempt 1 of 3 and is retried in 500 ms: ConnectionError: gone",
        )
    ]


def test_a_breakers_change_is_logged_as_a_warning(
    hooks: LoggingHooks, caplog: pytest.LogCaptureFixture
) -> None:
    hooks.on_circuit_breaker_state_change("clean", CircuitState.CLOSED, CircuitState.HALF_OPEN)
    assert logged(caplog) == [
        ("ppf.pipeline", logging.WARNING, "Circuit breaker of component clean went from closed to half_open")
    ]


def test_messages_are_formatted_only_when_somebody_reads_them() -> None:
    class UnreadableError(Exception):
        def __str__(self) -> str:
            raise AssertionError("formatted")

    logger = logging.Logger("silent", level=logging.CRITICAL)
    hooks = LoggingHooks(logger)
    hooks.on_component_failure(CLEAN, 0, UnreadableError())
    hooks.on_retry_attempt(CLEAN, 1, 3, 500, UnreadableError())


def test_the_logger_can_be_ones_own_and_is_shown() -> None:
    logger = logging.getLogger("mine")
    assert LoggingHooks(logger).logger is logger
    assert LoggingHooks().logger is logging.getLogger("ppf.pipeline")


def test_how_far_a_component_is_is_logged_as_info(
    hooks: LoggingHooks, caplog: pytest.LogCaptureFixture
) -> None:
    hooks.on_component_progress(CLEAN, JobProgress(1, 2, 30, 200), 40_100)
    assert logged(caplog) == [
        (
            "ppf.pipeline",
            logging.INFO,
            "Component clean has been running for 40 s: 1 of 2 stages, 30 of 200 tasks",
        )
    ]
