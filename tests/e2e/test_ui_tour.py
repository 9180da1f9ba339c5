"""A headless Chromium in front of the real UI: trigger, see it fail, clear, see it resume."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev.browser import Browser, find_chromium
from dev.screenshots import PICTURES, Tour, start_airflow

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.spark,
    pytest.mark.skipif(
        find_chromium() is None, reason="no Chromium is installed (Debian's package: chromium)"
    ),
]

PNG = b"\x89PNG\r\n\x1a\n"


def test_whoever_clears_a_failed_task_sees_it_resume(tmp_path: Path) -> None:
    # What is to be read on each page, the tour waits for: it raises if it is not there.
    with start_airflow(tmp_path) as airflow, Browser() as browser:
        Tour(airflow, browser, tmp_path / "pictures").take()

    taken = {path.stem: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}
    assert sorted(taken) == sorted(PICTURES)
    assert all(picture.startswith(PNG) for picture in taken.values())
    assert len(set(taken.values())) == len(PICTURES)
