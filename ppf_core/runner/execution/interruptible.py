"""Interruptible runs: wait for a run so that signals cannot corrupt its calls to the JVM."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run_interruptibly"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_WAIT_SECONDS = 0.5
"""Longest delay of a signal on platforms where it does not interrupt the wait."""


def run_interruptibly(
    run: Callable[[], T],
    cancel: Callable[[str], None],
    *,
    grace_seconds: float = 4.0,
    look: Callable[[], object] = lambda: None,
) -> T:
    """Call `run` in a new thread, and wait for it in this thread.

    Python raises the exception of a signal (Ctrl-C, a time limit) in the main thread. If that happened inside a call
    to the JVM, each later call would get the answer to the call before it, and wrong data could be written. So the main
    thread only waits. When a signal interrupts it, it calls `cancel`, gives the run `grace_seconds` to end its Spark
    jobs and call its hooks, and raises the exception. It also calls `look` twice a second, and an exception from `look`
    has the same effect.

    The wait is on an event, not on the thread: an exception inside `Thread.join` would mark a live thread as ended.
    """
    done = threading.Event()
    outcome: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(run())
        except BaseException as error:  # noqa: BLE001 - raised in the caller's thread
            failure.append(error)
        finally:
            done.set()

    context = contextvars.copy_context()
    # A daemon, so that a call that never returns cannot keep the process alive.
    thread = threading.Thread(target=context.run, args=(work,), name="ppf-pipeline", daemon=True)
    try:
        thread.start()  # waits for the thread to start, so a signal may interrupt this too
        while not done.wait(_WAIT_SECONDS):
            look()
    except BaseException as interruption:
        reason = f"{type(interruption).__name__}: {interruption}".rstrip(": ")
        deadline = time.monotonic() + grace_seconds
        while not done.is_set() and time.monotonic() < deadline:
            # Repeatedly, because a component may start its next Spark job just after the last was cancelled.
            try:
                cancel(reason)
            except Exception:
                logger.exception("Could not cancel the run; waiting up to %s s for it to end", grace_seconds)
            done.wait(_WAIT_SECONDS)
        raise
    if failure:
        raise failure[0]
    return outcome[0]
