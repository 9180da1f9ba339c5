"""Workers that run components: inline or in threads."""

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
    """An executor that runs each submission immediately in the calling thread.

    With it, the same scheduler loop serves a single worker and many. Exceptions that are no `Exception`, such as
    `KeyboardInterrupt`, are raised to the caller instead of being kept in the future.
    """

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run `fn` and return a future that is done."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - kept in the future, as in any executor
            future.set_exception(error)
        return future


class ThreadWorkers(Executor):
    """An executor that runs each submission in its own thread, with the context variables of the submitter.

    All submissions run in parallel, without a limit. Unlike those of a `ThreadPoolExecutor`, the threads are daemons: a
    call that never returns cannot keep the process alive after its run is cancelled. Starting a thread is cheap
    compared with any component.
    """

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Start `fn` and return its future."""
        future: Future[T] = Future()
        context = contextvars.copy_context()

        def work() -> None:
            try:
                result = context.run(fn, *args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - raised in the caller's thread
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, name="ppf-component", daemon=True).start()
        return future
