"""MkDocs hook: adds the Markdown files outside of docs/ to the site, and points links at them."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

from dev.places import CHECKOUT

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

__all__ = ["PAGES", "on_files", "on_page_markdown", "site_links"]

PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "LICENSE": "license.txt",
    "benchmarks/README.md": "benchmarks.md",
    "constraints.txt": "constraints.txt",
    "constraints-submit.txt": "constraints-submit.txt",
}
"""Files of the repository that are outside of docs/, and what the site calls them."""

_RANKED_LAST = ("reference/", "decisions", "benchmarks", "changelog")

_LINK = re.compile(r"(\]\()([^)#\s:]+)(#[^)\s]*)?(\))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files of `PAGES` to those of docs/."""
    for source, target in PAGES.items():
        path = CHECKOUT / source
        if path.exists():
            files.append(File.generated(config, target, content=path.read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the text of a page with its links as the site has them, and rank guides first in the search."""
    if page.file.src_uri.startswith(_RANKED_LAST):
        page.meta["search"] = {"boost": 0.3}
    return site_links(markdown, page.file.src_uri)


def site_links(markdown: str, uri: str) -> str:
    """Return the text of the page at `uri` with links that are relative to the repository made relative to the site."""
    sources = {target: source for source, target in PAGES.items()}
    source = sources.get(uri, posixpath.join("docs", uri))

    def rewritten(match: re.Match[str]) -> str:
        before, target, anchor, after = match.groups()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        site_path = PAGES.get(path) or path.removeprefix("docs/")
        relative = posixpath.relpath(site_path, posixpath.dirname(uri) or ".")
        return f"{before}{relative}{anchor or ''}{after}"

    return _LINK.sub(rewritten, markdown)
