"""Parser for HOCON durations."""

from __future__ import annotations

import math
import re

__all__ = ["parse_duration"]

# Unit names of the HOCON specification, "Duration format".
_SECONDS_PER_UNIT = {
    unit: seconds
    for seconds, units in (
        (1e-9, "ns nano nanos nanosecond nanoseconds"),
        (1e-6, "us micro micros microsecond microseconds"),
        (1e-3, "ms milli millis millisecond milliseconds"),
        (1.0, "s second seconds"),
        (60.0, "m minute minutes"),
        (3600.0, "h hour hours"),
        (86400.0, "d day days"),
        (604800.0, "w week weeks"),
    )
    for unit in units.split()
}
_DURATION = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z]*)\s*")


def parse_duration(value: object) -> float:
    """Return the seconds of a number (of seconds) or of a text such as `500 ms`, `10s`, `5 minutes` or `1.5 h`.

    Raises:
        ValueError: `value` is neither, or is not finite.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        unit = match[2] or "s"
        if unit not in _SECONDS_PER_UNIT:
            raise ValueError(f'expected a unit of time (ms, s, m, h, d or w, also written out), got "{unit}"')
        # Multiplying by 1e-3 gives 0.7000000000000001 for 700 ms; dividing gives 0.7.
        scale = _SECONDS_PER_UNIT[unit]
        seconds = float(match[1]) * scale if scale >= 1 else float(match[1]) / round(1 / scale)
    else:
        raise ValueError("expected seconds as a number, or a duration such as 500 ms, 10s or 5 minutes")
    if not math.isfinite(seconds):
        raise ValueError("expected a finite length of time")
    return seconds
