"""Durations, counts and sizes as text."""

from __future__ import annotations

__all__ = ["axis_step_ms", "count_text", "duration_text", "size_text"]

_SECOND, _MINUTE, _HOUR = 1_000, 60_000, 3_600_000
_STEPS = [
    *(factor * power for power in (1, 10, 100) for factor in (1, 2, 5)),
    *(factor * _SECOND for factor in (1, 2, 5, 10, 15, 30)),
    *(factor * _MINUTE for factor in (1, 2, 5, 10, 15, 30)),
    *(factor * _HOUR for factor in (1, 2, 3, 6, 12, 24)),
]
_MOST_STEPS = 5


def duration_text(milliseconds: int) -> str:
    """Return a duration such as `450 ms`, `12.3 s`, `4 min 5 s` or `2 h 10 min`."""
    if milliseconds < _SECOND:
        return f"{milliseconds} ms"
    if milliseconds < _MINUTE:
        return f"{milliseconds // 100 / 10:g} s"
    if milliseconds < _HOUR:
        minutes, rest = divmod(milliseconds // _SECOND, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(milliseconds // _MINUTE, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def count_text(count: int) -> str:
    """Return a count such as `336,776`."""
    return f"{count:,}"


def size_text(size: int) -> str:
    """Return a size such as `850 B`, `12.3 kB` or `4.1 GB`, in powers of 1000."""
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.95:  # what is rounded to 1000 belongs to the next unit
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} PB"


def axis_step_ms(whole_ms: int) -> int:
    """Return the distance of the marks on a time axis of that length: round, with at most five marks."""
    for step in _STEPS:
        if whole_ms <= step * _MOST_STEPS:
            return step
    days = 24 * _HOUR
    return days * -(-whole_ms // (days * _MOST_STEPS))
