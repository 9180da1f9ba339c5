from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from ppf_core.metrics import InMemoryRegistry, MetricError, MissingExtraError


def test_importing_the_package_imports_no_optional_library() -> None:
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, ppf_core.metrics; print({'prometheus_client', 'opentelemetry'} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.strip() == "set()"


@pytest.mark.parametrize("error", [MetricError("m", "is odd"), MissingExtraError("X", "extra")])
def test_the_errors_can_be_pickled(error: Exception) -> None:
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301 - just pickled
    assert (type(copied), str(copied), vars(copied)) == (type(error), str(error), vars(error))


def test_many_recordings_of_one_series_take_no_more_room_than_one() -> None:
    registry = InMemoryRegistry()
    for number in range(1000):
        registry.timer("t", number)
        registry.counter("c")
    metrics = registry.get_metrics()
    assert (len(metrics["timers"]), len(metrics["counters"])) == (1, 1)
