from __future__ import annotations

import pytest

from tests import steps


@pytest.fixture(autouse=True)
def _fresh_steps() -> None:
    steps.forget()
