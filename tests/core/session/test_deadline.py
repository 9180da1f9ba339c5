"""Waiting only so long."""

from __future__ import annotations

import threading
import time

import pytest

from ppf_core.session.deadline import within


def test_what_takes_too_long_is_left_to_itself() -> None:
    never = threading.Event()
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
        within(0.1, never.wait)
    assert time.monotonic() - began < 2
    never.set()


def test_what_is_done_in_time_is_given_or_raised() -> None:
    assert within(5, lambda: "in time") == "in time"
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)
