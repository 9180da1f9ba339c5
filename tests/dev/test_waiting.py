from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dev.waiting import wait_for_line, wait_until

if TYPE_CHECKING:
    from pathlib import Path


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_the_first_true_value_is_returned() -> None:
    time = Time()
    values = iter([None, "", "there"])
    assert (
        wait_until(lambda: next(values), "it", interval_seconds=2, clock=time.clock, sleep=time.sleep)
        == "there"
    )
    assert time.now == 4


def test_the_deadline_is_kept_and_its_error_says_what_was_waited_for() -> None:
    time = Time()
    with pytest.raises(TimeoutError, match="waited 10 s in vain for the moon"):
        wait_until(
            lambda: None,
            lambda: "the moon",
            timeout_seconds=10,
            interval_seconds=1,
            clock=time.clock,
            sleep=time.sleep,
        )
    assert time.now == 10


def test_something_true_already_is_found_without_any_time_left() -> None:
    assert wait_until(lambda: 1, "it", timeout_seconds=0) == 1


def test_a_line_counts_only_when_it_is_finished(tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    file.write_text("first\nsecond")
    assert wait_for_line(file, "first", timeout_seconds=0) == "first"
    with pytest.raises(TimeoutError, match=r"there are: \['first', 'second'\]"):
        wait_for_line(file, "second", timeout_seconds=0)


def test_a_file_that_is_not_there_yet_has_no_lines(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match=r"there are: \[\]"):
        wait_for_line(tmp_path / "missing", "x", timeout_seconds=0)
