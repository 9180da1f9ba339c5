"""A headless Chromium in front of the real UI: trigger, see it fail, clear, see it resume."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev.browser import find_chromium, open_page
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


def test_a_failed_task_that_is_cleared_in_the_ui_is_seen_to_resume(tmp_path: Path) -> None:
    # The tour raises an error if a page lacks a text that it waits for.
    with start_airflow(tmp_path) as airflow, open_page() as page:
        Tour(airflow, page, tmp_path / "pictures").take()

    taken = {path.stem: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}
    assert sorted(taken) == sorted(PICTURES)
    assert all(picture.startswith(PNG) for picture in taken.values())
    assert len(set(taken.values())) == len(PICTURES)
