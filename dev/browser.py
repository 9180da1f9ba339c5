"""A headless Chromium, driven by Playwright: one page, what it says, and pictures of it."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

__all__ = ["find_chromium", "open_page", "settled_picture", "wait_for"]

ARGUMENTS = (
    "--no-sandbox",  # root in a container cannot have one
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
WIDTH, HEIGHT = 1280, 800
_PATIENCE_MS = 60_000
_MOST_PICTURES = 20
_BETWEEN_PICTURES_SECONDS = 0.3


def find_chromium() -> str | None:
    """Return the path of Chromium, under one of the names that systems have for it."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def open_page(*, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Page]:
    """Start Chromium with an empty page; it ends with the `with` block, and its profile is deleted."""
    expect.set_options(timeout=_PATIENCE_MS)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS)) as browser,
        browser.new_context(viewport={"width": width, "height": height}) as context,
        context.new_page() as page,
    ):
        page.set_default_timeout(_PATIENCE_MS)
        yield page


def wait_for(page: Page, *texts: str) -> None:
    """Wait until a reader of the page sees all of the texts.

    Raises:
        AssertionError: with the text that the page has instead.
    """
    for text in texts:
        expect(page.locator("body")).to_contain_text(text, use_inner_text=True)


def settled_picture(page: Page) -> bytes:
    """Return the window as PNG, once two pictures are the same, or after some seconds."""
    before = b""
    for _ in range(_MOST_PICTURES):
        picture = page.screenshot(animations="disabled")
        if picture == before:
            break
        before = picture
        time.sleep(_BETWEEN_PICTURES_SECONDS)
    return before
