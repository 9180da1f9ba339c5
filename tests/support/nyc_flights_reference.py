"""The results of the NYC flights pipeline, computed a second way: pandas over the same CSV files.

Nothing is shared with the pipeline but the files, so an error would have to be made twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {"delays_per_carrier": "carrier", "delays_per_hour": "hour", "top_destinations": "dest"}
"""Table name of each result, and the column that identifies its rows."""


def expected_results(tables: Path) -> dict[str, pd.DataFrame]:
    """Compute each result by name, sorted by its key; `tables` is the directory of the five CSV files."""
    flights, weather = read_table(tables, "flights"), read_table(tables, "weather")
    weather.loc[weather["wind_speed"] >= 250, "wind_speed"] = float("nan")
    flights["cancelled"] = flights["dep_time"].isna()

    readings = weather.set_index(["origin", "time_hour"])[["visib", "precip", "wind_speed"]]
    joined = flights.join(readings, on=["origin", "time_hour"], validate="many_to_one")
    # Comparisons with NaN are False, which is right for a missing wind; without a reading, visib is missing too.
    joined["bad"] = (joined["visib"] < 5) | (joined["precip"] > 0) | (joined["wind_speed"] > 25)

    results = {
        "delays_per_carrier": _per_carrier(
            joined, read_table(tables, "planes"), read_table(tables, "airlines")
        ),
        "delays_per_hour": _per_hour(joined),
        "top_destinations": _top_destinations(flights, read_table(tables, "airports")),
    }
    return {name: _by_key(result, KEYS[name]) for name, result in results.items()}


def expected_report(tables: Path, results: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Compute the expected content of `report.json`."""
    flights, weather = read_table(tables, "flights"), read_table(tables, "weather")
    known = set(zip(weather["origin"], weather["time_hour"], strict=True))
    carriers = results["delays_per_carrier"].dropna(subset="mean_arr_delay")
    hours = results["delays_per_hour"].dropna(subset="mean_arr_delay")
    busiest = results["top_destinations"].sort_values("flights", ascending=False)

    def row(frame: pd.DataFrame, index: Any, columns: list[str]) -> dict[str, Any]:
        return {column: frame.loc[index, column] for column in columns}

    carrier, hour = ["carrier", "airline", "mean_arr_delay"], ["hour", "mean_arr_delay"]
    return {
        "flights": len(flights),
        "cancelled": int(flights["dep_time"].isna().sum()),
        "flights_with_known_weather": sum(
            key in known for key in zip(flights["origin"], flights["time_hour"], strict=True)
        ),
        "most_punctual_carrier": row(carriers, carriers["mean_arr_delay"].idxmin(), carrier),
        "latest_carrier": row(carriers, carriers["mean_arr_delay"].idxmax(), carrier),
        "best_hour_to_leave": row(hours, hours["mean_arr_delay"].idxmin(), hour),
        "worst_hour_to_leave": row(hours, hours["mean_arr_delay"].idxmax(), hour),
        "busiest_destination": row(busiest, busiest.index[0], ["dest", "airport", "flights"]),
    }


def written_results(results: Path) -> dict[str, pd.DataFrame]:
    """Read what the pipeline wrote under its `results` directory, without Spark and sorted by key."""
    return {name: _by_key(pd.read_parquet(results / name), key) for name, key in KEYS.items()}


def assert_same_results(written: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> None:
    """Compare rows, columns and nulls; floating-point figures may differ by a relative 1e-9.

    Sums of fractions depend on the order in which they are added, which Spark leaves open.
    """
    assert sorted(written) == sorted(expected)
    for name, frame in expected.items():
        assert list(written[name].columns) == list(frame.columns), name
        pd.testing.assert_frame_equal(written[name], frame, check_dtype=False, rtol=1e-9, atol=0.0, obj=name)


def read_table(tables: Path, name: str) -> pd.DataFrame:
    """Read one of the CSV files; only `NA` means that a value is missing, and fractions are exact."""
    return pd.read_csv(
        tables / f"{name}.csv", keep_default_na=False, na_values=["NA"], float_precision="round_trip"
    )


def _per_carrier(joined: pd.DataFrame, planes: pd.DataFrame, airlines: pd.DataFrame) -> pd.DataFrame:
    groups = joined.groupby("carrier")
    arrived = joined.dropna(subset="arr_delay")
    fleet = joined.dropna(subset="tailnum").drop_duplicates(["carrier", "tailnum"])[["carrier", "tailnum"]]
    fleet = fleet.merge(planes[["tailnum", "seats", "year"]], on="tailnum", how="left").groupby("carrier")
    return (
        pd.DataFrame(
            {
                "airline": airlines.set_index("carrier")["name"],
                "flights": groups.size(),
                "cancelled": groups["cancelled"].sum(),
                "mean_dep_delay": groups["dep_delay"].mean(),
                "mean_arr_delay": groups["arr_delay"].mean(),
                "arr_delay_of_9_in_10": groups["arr_delay"].quantile(0.9),
                "mean_arr_delay_in_bad_weather": joined[joined["bad"]].groupby("carrier")["arr_delay"].mean(),
                "share_late": (arrived["arr_delay"] > 15).groupby(arrived["carrier"]).mean(),
                "planes": fleet.size(),
                "mean_seats": fleet["seats"].mean(),
                "mean_plane_age_years": 2013 - fleet["year"].mean(),
            }
        )
        .rename_axis("carrier")
        .reset_index()
    )


def _per_hour(joined: pd.DataFrame) -> pd.DataFrame:
    groups = joined.groupby("hour")
    return pd.DataFrame(
        {
            "flights": groups.size(),
            "cancelled": groups["cancelled"].sum(),
            "mean_dep_delay": groups["dep_delay"].mean(),
            "mean_arr_delay": groups["arr_delay"].mean(),
            "flights_with_known_weather": groups["visib"].count(),
            "flights_in_bad_weather": groups["bad"].sum(),
            "mean_visibility_miles": groups["visib"].mean(),
            "mean_precipitation_inches": groups["precip"].mean(),
            "mean_wind_mph": groups["wind_speed"].mean(),
        }
    ).reset_index()


def _top_destinations(flights: pd.DataFrame, airports: pd.DataFrame) -> pd.DataFrame:
    groups = flights.groupby("dest")
    names = airports.set_index("faa")["name"].str.replace("\\", "", regex=False)
    figures = (
        pd.DataFrame(
            {
                "airport": names.reindex(list(groups.groups)),
                "flights": groups.size(),
                "cancelled": groups["cancelled"].sum(),
                "mean_distance_miles": groups["distance"].mean(),
                "mean_arr_delay": groups["arr_delay"].mean(),
            }
        )
        .rename_axis("dest")
        .reset_index()
    )
    figures["airport"] = figures["airport"].fillna(figures["dest"])
    return figures.sort_values(["flights", "dest"], ascending=[False, True]).head(20)


def _by_key(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    return frame.sort_values(key, ignore_index=True)
