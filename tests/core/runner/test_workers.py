from __future__ import annotations

import contextvars
import threading

import pytest

from ppf_core.runner.execution.workers import InlineWorker, ThreadWorkers


def test_a_thread_sees_the_submitters_context_and_keeps_its_own_changes() -> None:
    variable = contextvars.ContextVar("variable", default="nobody's")
    variable.set("the submitter's")

    def change() -> str:
        seen = variable.get()
        variable.set("the thread's")
        return seen

    assert ThreadWorkers().submit(change).result(10) == "the submitter's"
    assert variable.get() == "the submitter's"


def test_all_that_is_submitted_runs_at_once() -> None:
    together = threading.Barrier(4, timeout=10)
    futures = [ThreadWorkers().submit(together.wait) for _ in range(4)]
    assert sorted(future.result(10) for future in futures) == [0, 1, 2, 3]


def test_an_interruption_in_a_thread_comes_with_its_future() -> None:
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        ThreadWorkers().submit(leave).result(10)


def test_no_thread_keeps_the_process_alive() -> None:
    assert ThreadWorkers().submit(lambda: threading.current_thread().daemon).result(10)


def test_the_inline_worker_runs_in_the_callers_thread() -> None:
    assert InlineWorker().submit(threading.get_ident).result(0) == threading.get_ident()
