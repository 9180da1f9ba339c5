"""Waits for a run in a way that an interruption cannot corrupt."""

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

_SLICE_SECONDS = 0.5
"""How long the wait is blind to signals where the platform does not interrupt it."""


def run_interruptibly(
    run: Callable[[], T],
    cancel: Callable[[str], None],
    *,
    grace_seconds: float = 4.0,
    look: Callable[[], object] = lambda: None,
) -> T:
    """Call `run` in a thread of its own and wait for it in this one.

    A signal's exception (Ctrl-C, a time limit) always strikes the main thread. Were that inside a call to the
    JVM, the answers to all later calls would be shifted by one, and wrong data could be written. So the main
    thread only waits. When it is struck it calls `cancel`, gives the run `grace_seconds` to end its Spark jobs
    and tell its hooks, and lets the exception go on. The same if `look` raises, which it calls twice a second.

    The wait is on an event, not on the thread: an exception inside `Thread.join` would mark a thread that still
    lives as ended.
    """
    done = threading.Event()
    outcome: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(run())
        except BaseException as error:  # noqa: BLE001 - carried over to the caller's thread
            failure.append(error)
        finally:
            done.set()

    context = contextvars.copy_context()
    # A daemon, so that a call that never comes back cannot keep the process alive.
    thread = threading.Thread(target=context.run, args=(work,), name="ppf-pipeline", daemon=True)
    try:
        thread.start()  # waits for the thread to be there, and so may be struck as well
        while not done.wait(_SLICE_SECONDS):
            look()
    except BaseException as interruption:
        reason = f"{type(interruption).__name__}: {interruption}".rstrip(": ")
        deadline = time.monotonic() + grace_seconds
        while not done.is_set() and time.monotonic() < deadline:
            # Again and again: a component may begin its next Spark job just after the last one died.
            try:
                cancel(reason)
            except Exception:
                logger.exception("Cancelling the run failed; it is given until %s s are over", grace_seconds)
            done.wait(_SLICE_SECONDS)
        raise
    if failure:
        raise failure[0]
    return outcome[0]
