from __future__ import annotations

import logging
from typing import Any

import pytest

from ppf_core.session import SparkSessionWrapper

SESSION: Any = object()


def test_whoever_asks_is_told_of_a_session_that_is_there_already() -> None:
    told: list[Any] = []
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(SESSION)
    wrapper.when_started(told.append)
    assert told == [SESSION]


def test_whoever_asks_before_is_told_once_of_the_session_that_comes() -> None:
    told: list[Any] = []
    wrapper = SparkSessionWrapper()
    wrapper.when_started(told.append)
    assert told == []
    wrapper.set_spark_session(SESSION)
    wrapper.set_spark_session(SESSION)
    assert wrapper.spark is SESSION
    assert told == [SESSION]


def test_what_the_told_one_raises_keeps_nobody_from_the_session(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Any) -> None:
        raise OSError("no answer")

    told: list[Any] = []
    wrapper = SparkSessionWrapper()
    wrapper.when_started(fail)
    wrapper.when_started(told.append)
    with caplog.at_level(logging.WARNING):
        wrapper.set_spark_session(SESSION)
    assert told == [SESSION]
    assert "OSError: no answer" in caplog.text
