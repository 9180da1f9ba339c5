"""A Spark Connect server on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dev.ports import free_ports
from dev.spark_daemons import HOST, SparkDaemons, listens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["ConnectServer"]


class ConnectServer(SparkDaemons):
    """A Connect server; `address` is for `spark.connect_string` of a pipeline.

    Its name for `pid` is `connect-server`.

    Args:
        home: As in `SparkDaemons`.
        master: Spark master that runs its jobs.
        conf: Further Spark settings.
        port: A free port (default).
        env: As in `SparkDaemons`.
        start_timeout_seconds: As in `SparkDaemons`.
    """

    def __init__(
        self,
        home: Path,
        *,
        master: str = "local[2]",
        conf: Mapping[str, str] | None = None,
        port: int | None = None,
        env: Mapping[str, str] | None = None,
        start_timeout_seconds: float = 60.0,
    ) -> None:
        super().__init__(home, env=env, start_timeout_seconds=start_timeout_seconds)
        self._master = master
        self._port = port
        self._conf = {
            "spark.ui.enabled": "false",
            "spark.driver.memory": "1g",
            "spark.driver.host": HOST,
            "spark.sql.warehouse.dir": str(self.home / "warehouse"),
            **(conf or {}),
        }

    def _start(self) -> None:
        port = self._port if self._port is not None else free_ports(1)[0]
        self.address = f"sc://{HOST}:{port}"
        conf = {
            **self._conf,
            "spark.connect.grpc.binding.address": HOST,
            "spark.connect.grpc.binding.port": str(port),
        }
        settings = [part for key, value in conf.items() for part in ("--conf", f"{key}={value}")]
        server = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
        submit = ["org.apache.spark.deploy.SparkSubmit", "--master", self._master]
        self._run("connect-server", [*submit, *settings, *server])
        self._wait_until(lambda: listens(port), "the Connect server")
