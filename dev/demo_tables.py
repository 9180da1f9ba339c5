"""The demo's results, read from the Parquet that the pipeline wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["result_tables"]

# Title, sort column, and the columns to show with headings and formats, for each result.
_SHOWN: dict[str, tuple[str, str, dict[str, tuple[str, str]]]] = {
    "delays_per_carrier": (
        "Delays per carrier, 2013 (minutes)",
        "mean_arr_delay",
        {
            "airline": ("airline", "{}"),
            "flights": ("flights", "{:,.0f}"),
            "cancelled": ("cancelled", "{:,.0f}"),
            "mean_dep_delay": ("mean at departure", "{:.1f}"),
            "mean_arr_delay": ("mean at arrival", "{:.1f}"),
            "mean_arr_delay_in_bad_weather": ("in bad weather", "{:.1f}"),
        },
    ),
    "delays_per_hour": (
        "Delays per hour of departure, 2013 (minutes)",
        "hour",
        {
            "hour": ("hour", "{:.0f}"),
            "flights": ("flights", "{:,.0f}"),
            "cancelled": ("cancelled", "{:,.0f}"),
            "mean_dep_delay": ("mean at departure", "{:.1f}"),
            "mean_arr_delay": ("mean at arrival", "{:.1f}"),
            "mean_wind_mph": ("wind, mph", "{:.1f}"),
        },
    ),
}


def result_tables(results: Path) -> list[Table]:
    """Return a table for each result, ready to print.

    Raises:
        FileNotFoundError: a result was not written.
    """
    # Takes a second to import, which a demo that refuses to start does not need.
    import pandas as pd

    return [_table(pd.read_parquet(results / name), *shown) for name, shown in _SHOWN.items()]


def _table(frame: Any, title: str, sort_by: str, columns: dict[str, tuple[str, str]]) -> Table:
    table = Table(title=title, box=box.SIMPLE, title_justify="left")
    for heading, form in columns.values():
        table.add_column(heading, justify="left" if form == "{}" else "right")
    for row in frame.sort_values(sort_by).to_dict("records"):
        # A value that is not equal to itself is missing, for example in an hour without an arrival.
        table.add_row(
            *(
                "-" if row[name] != row[name] else form.format(row[name])
                for name, (_, form) in columns.items()
            )
        )
    return table
