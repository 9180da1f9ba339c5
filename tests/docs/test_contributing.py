"""Index of tests by feature in CONTRIBUTING.md, compared with the folders."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = set(re.findall(r"`(tests/[^`]+)`", (ROOT / "CONTRIBUTING.md").read_text()))


def test_each_path_of_the_index_exists() -> None:
    assert len(NAMED) > 20
    assert [path for path in NAMED if not (ROOT / path).exists()] == []


def test_each_folder_of_tests_is_in_the_index() -> None:
    folders = {file.parent.relative_to(ROOT) for file in (ROOT / "tests").rglob("test_*.py")}
    missing = [
        str(folder) for folder in folders if not any(Path(path).is_relative_to(folder) for path in NAMED)
    ]
    assert missing == []
