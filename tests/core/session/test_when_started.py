from __future__ import annotations

import logging
from typing import Any

import pytest

from ppf_core.session import SparkSessionWrapper

SESSION: Any = object()


def test_a_callback_is_called_with_a_session_that_is_there_already() -> None:
    sessions: list[Any] = []
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(SESSION)
    wrapper.when_started(sessions.append)
    assert sessions == [SESSION]


def test_a_callback_given_before_the_start_is_called_once_with_the_session() -> None:
    sessions: list[Any] = []
    wrapper = SparkSessionWrapper()
    wrapper.when_started(sessions.append)
    assert sessions == []
    wrapper.set_spark_session(SESSION)
    wrapper.set_spark_session(SESSION)
    assert wrapper.spark is SESSION
    assert sessions == [SESSION]


def test_an_error_of_a_callback_keeps_nobody_from_the_session(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Any) -> None:
        raise OSError("no answer")

    sessions: list[Any] = []
    wrapper = SparkSessionWrapper()
    wrapper.when_started(fail)
    wrapper.when_started(sessions.append)
    with caplog.at_level(logging.WARNING):
        wrapper.set_spark_session(SESSION)
    assert sessions == [SESSION]
    assert "OSError: no answer" in caplog.text
