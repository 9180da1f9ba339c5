"""The documentation names messages as they are, and leads to what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))

OURS = [
    "have changed since the checkpoint",
    "was taken over by another try or process",
    "Starting afresh:",
    "a reference to a secret stands within a longer text",
    "no place for reports",
    "Spark needs Java",
    "cannot reach the Spark Connect server",
    "cannot be restored",
    "Run report: ",
    "did you mean",
    "OwnInputError",
]


def messages() -> str:
    """All text in the code, with what Python joins being joined."""
    texts: list[str] = []
    for package in ("ppf_core", "airflow_ppf"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.JoinedStr):
                    texts.append(
                        "".join(part.value for part in node.values if isinstance(part, ast.Constant))
                    )
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.append(node.value)
    return "\n".join(texts)


def test_the_messages_on_the_page_are_the_codes_own() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    code = messages()
    assert [text for text in OURS if text not in " ".join(page.split())] == []
    assert [text for text in OURS if text not in code] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    missing = [one for one in targets if "://" not in one and not (page.parent / one).exists()]
    assert missing == []


def test_each_picture_is_small_and_on_a_page() -> None:
    shown = set(re.findall(r"\]\(images/([^)]+)\)", "".join(page.read_text() for page in PAGES)))
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs" / "images").iterdir()}
    assert shown == set(pictures)
    assert [name for name, size in pictures.items() if size > 250_000] == []
