"""Airflow connection that sets where pipelines run: Spark master, deploy mode, root, checkpoint store, secrets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow_ppf.connection.reader import CONNECT_PREFIX, DEPLOY_MODE_KEY, MASTER_KEYS, ConnectionReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow.sdk import Connection

    from ppf_core.config import DeployMode, PipelineConfig, SparkConfig

__all__ = ["PipelineConnection"]


@dataclass(frozen=True)
class PipelineConnection:
    """Place where pipelines run; the pipeline file sets what is `None` or empty here.

    It comes from a connection of type `ppf`, or of the Spark provider's types `spark` and `spark_connect`, for which
    the Spark provider need not be installed.
    """

    conn_id: str = ""
    master: str | None = None
    connect_string: str | None = None
    token: str | None = field(default=None, repr=False)
    deploy_mode: DeployMode | None = None
    spark_conf: Mapping[str, str] = field(default_factory=dict, repr=False)
    root: str | None = None
    checkpoint_store: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, connection: Connection) -> PipelineConnection:
        """Return the settings of `connection`.

        Raises:
            ConfigError: the type or the content is wrong; it names the connection and each field.
        """
        return cls(connection.conn_id, **ConnectionReader(connection).read())

    def configure(self, config: PipelineConfig) -> PipelineConfig:
        """Return the pipeline with the connection's settings."""
        checkpoint = config.checkpoint if self.root is None else replace(config.checkpoint, root=self.root)
        return replace(config, spark=self.configure_spark(config.spark), checkpoint=checkpoint)

    def configure_spark(self, spark: SparkConfig) -> SparkConfig:
        """Return the Spark config with the connection's settings.

        The connection's master or Connect server and its deploy mode take precedence over the file. For Spark's other
        settings the file takes precedence.
        """
        changes: dict[str, Any] = {}
        own = dict(spark.spark_conf)
        if self.master is not None or self.connect_string is not None:
            changes["connect_string"] = self.connect_string
            own = {key: value for key, value in own.items() if key not in MASTER_KEYS}
        if self.master is not None:
            changes["master"] = self.master
        if self.deploy_mode is not None:
            changes["deploy_mode"] = self.deploy_mode
            own.pop(DEPLOY_MODE_KEY, None)
        return replace(spark, spark_conf={**self.spark_conf, **own}, **changes)

    def resolve(
        self, settings: dict[str, str], secrets: Callable[[dict[str, str]], dict[str, str]]
    ) -> dict[str, str]:
        """Return Spark's settings with resolved secrets and with the token of the Connect server."""
        resolved = secrets(settings)
        if self.token is not None and self.connect_string is not None:
            resolved["spark.remote"] = self.address_with_token(resolved["spark.remote"])
        return resolved

    def address_with_token(self, address: str) -> str:
        """Return the address of the Connect server with the connection's token, which must not be logged."""
        if self.token is None:
            return address
        address += "" if "/" in address.removeprefix(CONNECT_PREFIX) else "/"
        return f"{address};token={quote(self.token, safe='')}"
