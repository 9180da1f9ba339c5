"""Spark's own messages are kept low."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ppf_core.config import SparkConfig
from ppf_core.runner import assemble
from ppf_core.runner.quiet_spark import QuietSpark
from tests.steps import pipeline, step


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


@pytest.fixture(autouse=True)
def _py4j_as_it_was() -> Iterator[None]:
    logger = logging.getLogger("py4j")
    before = logger.level
    logger.setLevel(logging.NOTSET)
    yield
    logger.setLevel(before)


def quiet(session: Session, **spark_conf: str) -> None:
    config = pipeline(step("a"))
    hooks = QuietSpark(session, replace_conf(config, spark_conf))  # type: ignore[arg-type] # all that is used of one
    for _ in range(2):
        hooks.before_component(step("a"), 0, 1)
        session.started = True
    hooks.before_component(step("a"), 0, 1)


def replace_conf(config: Any, spark_conf: dict[str, str]) -> Any:
    return replace(config, spark=SparkConfig("app", spark_conf=spark_conf))


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
def test_what_py4j_tells_of_its_connections_is_left_out_unless_somebody_asked_for_it(
    before: int, after: int
) -> None:
    logging.getLogger("py4j").setLevel(before)
    quiet(Session())
    assert logging.getLogger("py4j").level == after


def test_it_is_part_of_a_run_that_wants_it() -> None:
    for wanted in (True, False):
        hooks = assemble(pipeline(step("a")), quiet_spark=wanted).hooks.flattened()
        assert any(isinstance(hook, QuietSpark) for hook in hooks) is wanted
