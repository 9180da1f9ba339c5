"""Where components run."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["InlineWorker", "ThreadWorkers"]

T = TypeVar("T")


class InlineWorker(Executor):
    """Runs what is submitted at once, in the caller's thread, so that one loop serves one worker and many.

    What is no ordinary exception (an interruption) goes straight through to the caller.
    """

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run it and return its future, done."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as any executor does: kept in the future
            future.set_exception(error)
        return future


class ThreadWorkers(Executor):
    """Runs each submission in a thread of its own, which sees the submitter's context variables.

    As many as are submitted run at once. Unlike a `ThreadPoolExecutor`'s, the threads are daemons: a call that
    never comes back cannot keep the process alive when its run was cancelled. A thread costs far less than the
    least of components.
    """

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Begin it and return its future."""
        future: Future[T] = Future()
        context = contextvars.copy_context()

        def work() -> None:
            try:
                result = context.run(fn, *args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - carried over to the caller's thread
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, name="ppf-component", daemon=True).start()
        return future
