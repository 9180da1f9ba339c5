from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dev.home_lock import HomeInUseError, home_lock

if TYPE_CHECKING:
    from pathlib import Path


def test_a_home_is_held_once_and_the_error_names_its_owner(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with home_lock(home), pytest.raises(HomeInUseError, match=f"process {os.getpid()}"), home_lock(home):
        pass


def test_a_home_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with home_lock(tmp_path):
            pass
