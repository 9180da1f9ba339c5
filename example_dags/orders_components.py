"""A component and a hook of one's own, for the pipeline `orders`."""

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
    """`day` is theirs, `orders` how many there are; each of the first `without_price` lacks its price."""

    day: date
    orders: int = Field(default=1000, ge=0)
    without_price: int = Field(default=0, ge=0)


class MakeOrders(WithSettings[MakeOrdersSettings], DataFlow):
    """Stands for a shop system: makes the view `orders`, the same each time for a day.

    | column | type |
    |---|---|
    | `day` | date |
    | `number` | long, from 0 |
    | `shop` | string |
    | `cents` | long, null where the price is missing |
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
        self.logger.info("%d orders of %s", settings.orders, settings.day)


class AlertHooks(NoOpHooks):
    """Writes a file when a component fails, where a real one would send a message.

    Args:
        path: The file; written over by each failure. Its folder is made if need be.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Say which component failed, and why."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps({"component": config.name, "error": str(error)}))
