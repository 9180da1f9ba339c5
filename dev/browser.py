"""A headless Chromium, driven through its own DevTools protocol."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from websockets.sync.client import connect

from dev.waiting import wait_until

if TYPE_CHECKING:
    from types import TracebackType

    from websockets.sync.client import ClientConnection

__all__ = ["Browser", "BrowserError", "find_chromium"]

WIDTH, HEIGHT = 1280, 800
_MOST_PICTURES = 20
_BETWEEN_PICTURES_SECONDS = 0.3

_VISIBLE = """
const visible = e => { const r = e.getBoundingClientRect();
  return r.width > 0 && r.height > 0 && getComputedStyle(e).visibility !== 'hidden'; };
const named = e => (e.getAttribute('aria-label') || e.innerText || '').trim();
"""


class BrowserError(RuntimeError):
    """The page did not do what was expected of it; the message says what was seen instead."""


def find_chromium() -> str | None:
    """The program, under one of the names that systems have for it."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


class Browser:
    """One tab, as long as the `with` block lasts; its profile goes with it.

    Args:
        program: Chromium; by default the one that is installed.
        timeout_seconds: How long to wait for what is to appear.
        dark: Whether the user prefers dark pages.
    """

    def __init__(
        self, program: str | None = None, *, timeout_seconds: float = 60.0, dark: bool = False
    ) -> None:
        self._program = program or find_chromium()
        self._timeout_seconds = timeout_seconds
        self._dark = dark
        self._number = 0
        self._held = ExitStack()
        self._socket: ClientConnection

    def __enter__(self) -> Browser:
        """Starts it.

        Raises:
            BrowserError: there is none, or it does not start.
        """
        if self._program is None:
            raise BrowserError("no Chromium found; Debian's package is called chromium")
        with ExitStack() as held:
            profile = Path(held.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            process = subprocess.Popen(
                [
                    self._program,
                    "--headless",
                    "--disable-gpu",
                    "--no-sandbox",  # which it cannot have as root, in containers
                    "--no-first-run",
                    "--disable-background-networking",
                    "--hide-scrollbars",
                    "--remote-debugging-port=0",
                    f"--user-data-dir={profile}",
                    f"--window-size={WIDTH},{HEIGHT}",
                    "about:blank",
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            held.callback(process.wait)
            held.callback(process.kill)
            address = self._wait(lambda: _debugger(profile), "Chromium to start")
            self._socket = held.enter_context(connect(address, max_size=None, proxy=None))
            targets = self._command("Target.getTargets")["targetInfos"]
            page = next(one["targetId"] for one in targets if one["type"] == "page")
            self._session = self._command("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
            self._command("Page.enable")
            self.resize(WIDTH, HEIGHT)
            if self._dark:
                features = [{"name": "prefers-color-scheme", "value": "dark"}]
                self._command("Emulation.setEmulatedMedia", features=features)
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends it."""
        self._held.__exit__(kind, error, trace)

    def resize(self, width: int, height: int) -> None:
        """The size of the window in CSS pixels."""
        self._command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def set_cookie(self, address: str, name: str, value: str) -> None:
        """As a page at `address` would have set it."""
        self._command("Network.setCookie", url=address, name=name, value=value, httpOnly=True)

    def open(self, address: str) -> None:
        """Goes to a page."""
        answer = self._command("Page.navigate", url=address)
        if "errorText" in answer:
            raise BrowserError(f"{address}: {answer['errorText']}")

    @property
    def address(self) -> str:
        """Of the page that is shown."""
        return str(self.evaluate("location.href"))

    @property
    def text(self) -> str:
        """What the page says to a reader."""
        return str(self.evaluate("document.body ? document.body.innerText : ''"))

    def wait_for(self, *texts: str) -> None:
        """Until the page says all of it.

        Raises:
            BrowserError: with what it says instead.
        """
        self._wait(
            lambda: all(text in self.text for text in texts),
            lambda: f"{texts} at {self.address}:\n{self.text}",
        )

    def wait_until(self, condition: str) -> None:
        """Until a JavaScript expression is true."""
        self._wait(lambda: self.evaluate(condition), lambda: f"{condition} at {self.address}:\n{self.text}")

    def click(self, name: str | None, *, selector: str = "button, a, [role=tab], summary, label") -> None:
        """Clicks what has that name (its `aria-label` or its text), as a user would; without a name, the first.

        Raises:
            BrowserError: nothing that can be seen has it.
        """
        find = (
            f"(() => {{ {_VISIBLE} const all = [...document.querySelectorAll({json.dumps(selector)})].filter(visible);"
            f"const wanted = {json.dumps(name)}; const e = all.find(e => wanted === null || named(e) === wanted);"
            "if (!e || e.disabled) return null; let r = e.getBoundingClientRect();"
            "if (r.top < 0 || r.bottom > innerHeight) e.scrollIntoView({block: 'center'});"
            "r = e.getBoundingClientRect();"
            "return [r.x + Math.min(r.width / 2, 40), r.y + r.height / 2]; })()"
        )

        def seen() -> str:
            script = (
                f"(() => {{ {_VISIBLE} return [...document.querySelectorAll({json.dumps(selector)})]"
                ".filter(visible).map(named).filter(t => t).join(' | '); })()"
            )
            return f"{name!r} to click at {self.address}, where there are: {self.evaluate(script)}"

        places: list[Any] = [None]

        def at_rest() -> Any:
            places.append(self.evaluate(find))
            return places[-1] if places[-1] == places[-2] else None  # else it still moves

        x, y = self._wait(at_rest, seen)
        for kind in ("mousePressed", "mouseReleased"):
            self._command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page; `None` while the page changes."""
        answer = self._command(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def picture(self) -> bytes:
        """The window as PNG, once nothing in it moves any more, or has moved for too long."""
        before = b""
        for _ in range(_MOST_PICTURES):
            picture = base64.b64decode(self._command("Page.captureScreenshot", format="png")["data"])
            if picture == before:
                break
            before = picture
            time.sleep(_BETWEEN_PICTURES_SECONDS)
        return picture

    def _wait(self, probe: Any, what: Any) -> Any:
        try:
            return wait_until(
                probe, what, timeout_seconds=self._timeout_seconds, clock=time.monotonic, sleep=time.sleep
            )
        except TimeoutError as error:
            raise BrowserError(str(error)) from error

    def _command(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session := getattr(self, "_session", None):
            message["sessionId"] = session
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv(timeout=self._timeout_seconds))
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result


def _debugger(profile: Path) -> str | None:
    try:
        port, path = (profile / "DevToolsActivePort").read_text().splitlines()
    except (FileNotFoundError, ValueError):
        return None
    return f"ws://127.0.0.1:{port}{path}"
