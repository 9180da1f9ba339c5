"""A standalone Spark cluster on this machine: a master and workers, each in its own JVM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from dev.ports import free_ports
from dev.spark_daemons import HOST, SparkDaemons

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["LocalCluster"]

_DEPLOY = "org.apache.spark.deploy"


class LocalCluster(SparkDaemons):
    """A master and workers; `address` is for `spark.master` of a pipeline.

    The names of the workers for `pid` are `worker-0`, `worker-1`, ...

    Args:
        home: As in `SparkDaemons`.
        workers: Number of workers.
        cores: Cores of each worker.
        memory_mb: Memory of each worker for executors.
        workers_through: A command that starts the workers, put in front of their own command.
        env: As in `SparkDaemons`.
        start_timeout_seconds: As in `SparkDaemons`.
    """

    def __init__(
        self,
        home: Path,
        *,
        workers: int = 2,
        cores: int = 1,
        memory_mb: int = 1024,
        workers_through: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        start_timeout_seconds: float = 60.0,
    ) -> None:
        super().__init__(home, env=env, start_timeout_seconds=start_timeout_seconds)
        self._workers = workers
        self._cores = cores
        self._memory_mb = memory_mb
        self._through = tuple(workers_through)
        self._page = ""

    def alive_workers(self) -> int:
        """Return the number of workers that the master counts as alive; 0 while it does not answer."""
        try:
            return int(httpx.get(f"{self._page}/json/", timeout=5).json()["aliveworkers"])
        except (httpx.TransportError, ValueError):  # at its start it answers with a page of HTML
            return 0

    def _start(self) -> None:
        port, page = free_ports(2)
        self.address = f"spark://{HOST}:{port}"
        self._page = f"http://{HOST}:{page}"
        self._run(
            "master",
            [f"{_DEPLOY}.master.Master", "--host", HOST, "--port", str(port), "--webui-port", str(page)],
        )
        for number in range(self._workers):
            size = ["--cores", str(self._cores), "--memory", f"{self._memory_mb}m"]
            worker = [f"{_DEPLOY}.worker.Worker", "--host", HOST, "--webui-port", "0", *size]
            self._run(f"worker-{number}", [*worker, self.address], self._through)
        self._wait_until(lambda: self.alive_workers() == self._workers, f"{self._workers} workers")
