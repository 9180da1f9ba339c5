from __future__ import annotations

import threading

from ppf_core.runner.execution.job_stopper import JobStopper


def test_it_cancels_at_once_and_again_until_it_is_finished() -> None:
    calls: list[str] = []
    again = threading.Event()

    def cancel() -> None:
        calls.append(threading.current_thread().name)
        if len(calls) == 3:
            again.set()

    stopper = JobStopper(cancel)
    stopper.begin()
    assert calls == [threading.current_thread().name]
    assert again.wait(30)
    stopper.finish()
    assert set(calls[1:]) == {"ppf-job-stopper"}


def test_begun_twice_it_has_one_thread_and_finished_none() -> None:
    # Those of other tests may be on their way out.
    others = set(threading.enumerate())
    stopper = JobStopper(lambda: None)
    stopper.begin()
    stopper.begin()
    (thread,) = set(threading.enumerate()) - others
    stopper.finish()
    assert thread.name == "ppf-job-stopper"
    thread.join(30)
    stopper.begin()
    assert set(threading.enumerate()) <= others
