"""Spark's own messages are kept low."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ppf_core.config import PipelineConfig, SparkConfig
from ppf_core.runner import assemble
from ppf_core.runner.watching.quiet_spark import QuietSpark
from tests.support.pipelines import pipeline, step


class Session:
    """A session that keeps which level was set."""

    is_connect_mode = False

    def __init__(self) -> None:
        self.started = False
        self.levels: list[str] = []

    @property
    def spark(self) -> Any:
        return self

    sparkContext = spark  # noqa: N815 - Spark's own name

    def setLogLevel(self, level: str) -> None:  # noqa: N802 - Spark's own name
        self.levels.append(level)


LOG4J = "LOG4J_CONFIGURATION_FILE"


@pytest.fixture(autouse=True)
def _nobody_has_set_anything_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (LOG4J, "SPARK_CONF_DIR", "SPARK_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _py4j_as_it_was() -> Iterator[None]:
    logger = logging.getLogger("py4j")
    before = logger.level
    logger.setLevel(logging.NOTSET)
    yield
    logger.setLevel(before)


def pipeline_with(**spark_conf: str) -> PipelineConfig:
    return replace(pipeline(step("a")), spark=SparkConfig("app", spark_conf=spark_conf))


def quiet(session: Session, **spark_conf: str) -> None:
    hooks: Any = QuietSpark(session, pipeline_with(**spark_conf))  # type: ignore[arg-type] # all that is used of one
    for _ in range(2):
        hooks.before_component(step("a"), 0, 1)
        session.started = True
    hooks.before_component(step("a"), 0, 1)


def log4j_in_a_run(**spark_conf: str) -> str | None:
    """Return the log4j setting for a JVM that a component starts; check that it is restored afterwards."""
    config = pipeline_with(**spark_conf)
    before = os.environ.get(LOG4J)
    hooks: Any = QuietSpark(Session(), config)  # type: ignore[arg-type] # as above
    hooks.before_pipeline(config)
    within = os.environ.get(LOG4J)
    hooks.after_pipeline(config, None)
    assert os.environ.get(LOG4J) == before
    return within


def test_a_jvm_that_is_started_finds_a_configuration_that_lets_errors_through() -> None:
    file = log4j_in_a_run()
    assert file is not None
    assert "rootLogger.level = error" in Path(file).read_text()


def test_log_settings_of_the_user_take_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert log4j_in_a_run(**{"spark.log.level": "WARN"}) is None
    assert log4j_in_a_run(**{"spark.driver.extraJavaOptions": "-Dlog4j2.configurationFile=x"}) is None
    assert log4j_in_a_run(**{"spark.driver.extraJavaOptions": "-Xss4m"}) is not None
    monkeypatch.setenv("SPARK_HOME", str(tmp_path))
    assert log4j_in_a_run() is not None
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "log4j2.properties").touch()
    assert log4j_in_a_run() is None
    monkeypatch.delenv("SPARK_HOME")
    monkeypatch.setenv(LOG4J, "mine")
    assert log4j_in_a_run() == "mine"


def test_pyspark_does_not_say_beforehand_what_its_error_says() -> None:
    from pyspark.logger import PySparkLogger

    logger = PySparkLogger.getLogger("SQLQueryContextLogger")
    before = logger.level
    try:
        quiet(Session())
        assert not logger.isEnabledFor(logging.ERROR)
    finally:
        logger.setLevel(before)


def test_a_session_that_is_there_is_made_quiet_once() -> None:
    session = Session()
    quiet(session)
    assert session.levels == ["ERROR"]


def test_a_level_in_the_pipeline_wins() -> None:
    session = Session()
    quiet(session, **{"spark.log.level": "INFO"})
    assert session.levels == []


def test_a_connect_server_is_left_alone() -> None:
    session = Session()
    session.is_connect_mode = True
    quiet(session)
    assert session.levels == []


@pytest.mark.parametrize(
    ("before", "after"), [(logging.NOTSET, logging.WARNING), (logging.DEBUG, logging.DEBUG)]
)
def test_what_py4j_logs_about_its_connections_is_left_out_unless_somebody_asked_for_it(
    before: int, after: int
) -> None:
    logging.getLogger("py4j").setLevel(before)
    quiet(Session())
    assert logging.getLogger("py4j").level == after


def test_it_is_part_of_a_run_that_wants_it() -> None:
    for wanted in (True, False):
        hooks = assemble(pipeline(step("a")), quiet_spark=wanted).hooks.flattened()
        assert any(isinstance(hook, QuietSpark) for hook in hooks) is wanted
