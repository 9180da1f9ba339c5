"""Signals that end this process: exceptions during the work, ignored during the clean-up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["ending_signals_raise", "ending_signals_wait"]

_Handler = Callable[[int, FrameType | None], object] | int | signal.Handlers | None


@contextmanager
def ending_signals_raise() -> Iterator[None]:
    """Raise SystemExit on SIGTERM and SIGHUP, as Ctrl-C raises KeyboardInterrupt, so that `finally` runs."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    with _handlers({signal.SIGTERM: leave, signal.SIGHUP: leave}):
        yield


@contextmanager
def ending_signals_wait() -> Iterator[None]:
    """Ignore a second Ctrl-C during the clean-up; only for work that is bounded in time."""
    with _handlers(dict.fromkeys((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), signal.SIG_IGN)):
        yield


@contextmanager
def _handlers(wanted: dict[signal.Signals, _Handler]) -> Iterator[None]:
    # Only the main thread can set handlers, and only it receives signals.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
