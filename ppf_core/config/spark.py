"""Config of the Spark session: the block `spark {}`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.dataclasses import dataclass

from .enums import DeployMode
from .scalars import STRICT_KEYS, AlsoWritten, Text, WholeNumber

__all__ = ["SparkConfig"]

# Accepts what Spark's JavaUtils.byteStringAs accepts, apart from a bare number, which some keys read as MiB and
# others as bytes.
_MEMORY = re.compile(r"\d+\s*[kmgtp]b?", re.IGNORECASE)


def _memory(value: str) -> str:
    if not _MEMORY.fullmatch(value):
        raise ValueError(f'expected an amount of memory such as 512m or 2g, got "{value}"')
    return value.replace(" ", "")


def _connect_string(value: str) -> str:
    if not value.startswith("sc://"):
        raise ValueError(
            f'expected the address of a Spark Connect server such as sc://host:15002, got "{value}"'
        )
    return value


def _flat(value: Any) -> Any:
    """Flatten `spark_conf { spark.sql.ansi.enabled = true }`, which HOCON reads as nested blocks, to Spark's keys."""
    if not isinstance(value, dict):
        return value
    flat: dict[Any, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            flat.update((f"{key}.{subkey}", scalar) for subkey, scalar in _flat(inner).items())
        else:
            flat[key] = inner
    return flat


Memory = Annotated[Text, AfterValidator(_memory)]


@dataclass(frozen=True, config=STRICT_KEYS)
class SparkConfig:
    """The Spark session of a pipeline.

    It is local (default), on a cluster (`master`), or on a Connect server (`connect_string`). `spark_conf` takes any
    Spark setting and takes precedence over the other fields. `py_files` lists Python code that executors import: names
    of modules or packages, or paths.
    """

    app_name: Text
    master: Text = "local[*]"
    deploy_mode: DeployMode = DeployMode.CLIENT
    driver_memory: Memory = "2g"
    driver_cores: Annotated[WholeNumber, Field(ge=1)] = 1
    executor_memory: Memory = "4g"
    executor_cores: Annotated[WholeNumber, Field(ge=1)] = 2
    num_executors: Annotated[WholeNumber, Field(ge=1)] = 2
    dynamic_allocation: bool = False
    spark_conf: Annotated[dict[str, Text], BeforeValidator(_flat), AlsoWritten({"type": "object"})] = Field(
        default_factory=dict
    )
    connect_string: Annotated[Text, AfterValidator(_connect_string)] | None = None
    py_files: list[Text] = Field(default_factory=list, kw_only=True)

    def to_spark_conf_dict(self) -> dict[str, str]:
        """Return the settings as text, by Spark's keys.

        With `dynamic_allocation`, `num_executors` is the initial number. With `connect_string`, the server's
        application already runs: only the address, the name and `spark_conf` are sent, no master and no sizes.
        """
        if self.connect_string is not None:
            return {"spark.app.name": self.app_name, "spark.remote": self.connect_string, **self.spark_conf}
        conf = {
            "spark.app.name": self.app_name,
            "spark.master": self.master,
            "spark.submit.deployMode": self.deploy_mode.value,
            "spark.driver.memory": self.driver_memory,
            "spark.driver.cores": str(self.driver_cores),
            "spark.executor.memory": self.executor_memory,
            "spark.executor.cores": str(self.executor_cores),
        }
        if self.dynamic_allocation:
            conf["spark.dynamicAllocation.enabled"] = "true"
            conf["spark.dynamicAllocation.initialExecutors"] = str(self.num_executors)
        else:
            conf["spark.executor.instances"] = str(self.num_executors)
        return {**conf, **self.spark_conf}
