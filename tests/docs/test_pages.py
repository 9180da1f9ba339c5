"""Pages of the documentation: messages, links, pictures and the navigation of the site."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from dev.docs_site import PAGES as ADDED_TO_THE_SITE
from dev.docs_site import site_links

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
OTHER_PAGES = [ROOT / name for name in ADDED_TO_THE_SITE if name.endswith(".md") and (ROOT / name).exists()]

MESSAGES = [
    "have changed since the checkpoint",
    "was taken over by another try or process",
    "Starting afresh:",
    "a reference to a secret is within a longer text",
    "no folder for reports",
    "Spark needs Java",
    "cannot reach the Spark Connect server",
    "cannot be restored",
    "Run report: ",
    "did you mean",
    "OwnInputError",
]


def texts_in_code() -> str:
    """Return all string literals of the code, with the constant parts of f-strings joined."""
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
    page = (DOCS / "troubleshooting.md").read_text()
    code = texts_in_code()
    assert [text for text in MESSAGES if text not in " ".join(page.split())] == []
    assert [text for text in MESSAGES if text not in code] == []


@pytest.mark.parametrize("page", [*PAGES, *OTHER_PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


def test_each_picture_is_small_and_on_a_page() -> None:
    shown = set(re.findall(r"\]\(images/([^)]+)\)", "".join(page.read_text() for page in PAGES)))
    pictures = {path.name: path.stat().st_size for path in (DOCS / "images").iterdir()}
    assert shown == set(pictures)
    assert [name for name, size in pictures.items() if size > 250_000] == []


def test_each_page_is_in_the_navigation_of_the_site_once() -> None:
    listed = re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    added = [ADDED_TO_THE_SITE[str(page.relative_to(ROOT))] for page in OTHER_PAGES]
    assert sorted(listed) == sorted([*(str(page.relative_to(DOCS)) for page in PAGES), *added])


@pytest.mark.parametrize(
    ("page", "link", "on_the_site"),
    [
        ("index.md", "[a](docs/resume.md#checkpoint-stores)", "[a](resume.md#checkpoint-stores)"),
        ("index.md", "[a](CHANGELOG.md)", "[a](changelog.md)"),
        ("benchmarks.md", "[a](../docs/where-it-runs.md)", "[a](where-it-runs.md)"),
        ("install.md", "[a](../constraints.txt)", "[a](constraints.txt)"),
        ("reference/runner.md", "[a](../resume.md)", "[a](../resume.md)"),
        ("resume.md", "[a](#checkpoint-stores)", "[a](#checkpoint-stores)"),
        ("resume.md", "[a](https://example.com/x)", "[a](https://example.com/x)"),
        ("resume.md", "![a](images/clear.png)", "![a](images/clear.png)"),
    ],
)
def test_links_of_the_repository_lead_to_the_same_page_on_the_site(
    page: str, link: str, on_the_site: str
) -> None:
    assert site_links(link, page) == on_the_site
