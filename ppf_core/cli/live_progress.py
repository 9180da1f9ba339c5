"""Live display of a run: a table on the terminal that is redrawn while the run lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.live import Live
from rich.table import Table
from rich.text import Text

from ppf_core.runner import ComponentOutcome, ComponentPhase, ProgressPace

from .captured_output import CapturedOutput
from .progress import ComponentProgress, Progress, seconds_text

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console
    from typing_extensions import Self

__all__ = ["STYLES", "LiveProgress"]

STYLES: dict[ComponentPhase | ComponentOutcome, str] = {
    ComponentPhase.WAITING: "dim",
    ComponentPhase.RUNNING: "bold cyan",
    ComponentPhase.REPLAYING: "bold cyan",
    ComponentOutcome.RAN: "green",
    ComponentOutcome.REPLAYED: "green",
    ComponentOutcome.RESTORED: "green",
    ComponentOutcome.FAILED: "bold red",
    ComponentOutcome.SKIPPED: "dim",
}

_LINES_AROUND = 5
"""Lines of the terminal that are not rows: title, header, two for hidden rows, and the cursor's."""


class LiveProgress(Progress):
    """Draws a table at the foot of the terminal while it is entered as a context.

    All other output, that of Spark's JVM included, appears above the table.
    """

    progress_pace = ProgressPace(first_seconds=1, every_seconds=1)

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._output = CapturedOutput()
        self._console: Console | None = None
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Take over the terminal."""
        from rich.console import Console

        terminal = self._output.start(self._show_line)
        self._console = Console(file=terminal)
        self._live = Live(
            get_renderable=self.table,
            console=self._console,
            refresh_per_second=8,
            transient=True,
            redirect_stdout=False,  # the captured output has all that is printed, in its order
            redirect_stderr=False,
        )
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the terminal, without the table."""
        self._output.drain()
        if self._live is not None:
            self._live.stop()
        self._output.stop()

    def _show_line(self, line: str) -> None:
        if self._console is not None:
            self._console.print(Text.from_ansi(line), soft_wrap=True)

    def table(self) -> Table:
        """Return the current table, cut to the terminal's height."""
        rows = list(self.components.values())
        over = sum(row.is_over for row in rows)
        elapsed = seconds_text((self.clock() - self.began) * 1000)
        table = Table(
            title=Text(f"{self._title}: {over} of {len(rows)} done, {elapsed}"),
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        table.add_column("component", no_wrap=True, max_width=48)
        table.add_column("state", no_wrap=True)
        table.add_column("time", justify="right", no_wrap=True)
        table.add_column("retries", justify="right", no_wrap=True)
        table.add_column("", no_wrap=True, overflow="ellipsis")
        height = self._console.height if self._console is not None else 25
        first, last = _window(rows, max(3, height - _LINES_AROUND))
        if first:
            table.add_row(Text(f"... {first} more above", style="dim"))
        for row in rows[first:last]:
            table.add_row(*self._cells(row), style=STYLES[row.state])
        if last < len(rows):
            table.add_row(Text(f"... {len(rows) - last} more below", style="dim"))
        return table

    def _cells(self, row: ComponentProgress) -> list[Text]:
        time = ""
        if row.duration_ms is not None:
            time = seconds_text(row.duration_ms)
        elif row.is_active and row.began is not None:
            time = seconds_text((self.clock() - row.began) * 1000)
        note = "; ".join(part for part in (row.note, row.jobs) if part)
        return [Text(cell) for cell in (row.name, row.state.value, time, str(row.retries or ""), note)]


def _window(rows: list[ComponentProgress], size: int) -> tuple[int, int]:
    """Return the range of rows to show: all if they fit, else those around the first unfinished component."""
    if len(rows) <= size:
        return 0, len(rows)
    unfinished = next((index for index, row in enumerate(rows) if not row.is_over), len(rows))
    first = min(max(0, unfinished - size // 2), len(rows) - size)
    return first, first + size
