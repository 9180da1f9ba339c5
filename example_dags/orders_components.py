"""A custom component and a custom hook for the pipeline `orders`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic.dataclasses import dataclass

from ppf_core.component import DataFlow, WithSettings
from ppf_core.config import STRICT_KEYS
from ppf_core.runner import NoOpHooks

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig

__all__ = ["AlertHooks", "MakeOrders", "MakeOrdersSettings"]

SHOPS = ("north", "east", "south", "west")


@dataclass(frozen=True, config=STRICT_KEYS)
class MakeOrdersSettings:
    """Settings of `MakeOrders`: the day, the number of orders, and how many of them lack a price."""

    day: date
    orders: int = Field(default=1000, ge=0)
    without_price: int = Field(default=0, ge=0)


class MakeOrders(WithSettings[MakeOrdersSettings], DataFlow):
    """Stands in for a shop system: defines the view `orders`, always the same for a day.

    | column | type |
    |---|---|
    | `day` | date |
    | `number` | long, from 0 |
    | `shop` | string |
    | `cents` | long, null if the price is missing |
    """

    settings_class = MakeOrdersSettings

    def run(self) -> None:
        """Define the view."""
        from pyspark.sql import functions as f

        settings = self.settings
        number = f.col("id")
        shops = f.array(*map(f.lit, SHOPS))
        cents = (number * 37 + settings.day.toordinal()) % 10_000
        orders = self.spark.range(settings.orders).select(
            f.lit(settings.day).alias("day"),
            number.alias("number"),
            f.element_at(shops, (number % len(SHOPS) + 1).cast("int")).alias("shop"),
            f.when(number >= settings.without_price, cents).alias("cents"),
        )
        orders.createOrReplaceTempView("orders")
        self.logger.info("%d orders on %s", settings.orders, settings.day)


class AlertHooks(NoOpHooks):
    """Writes a file when a component fails, where a real hook would send a message.

    Args:
        path: The file; each failure overwrites it. Its folder is created if it is missing.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Write which component failed, and why."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps({"component": config.name, "error": str(error)}))
