"""Whether Spark can be reached as a connection says."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow_ppf.connection.connect_probe import probe
from ppf_core.session import SessionError, require_java, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_ppf.connection.pipeline_connection import PipelineConnection

__all__ = ["reach"]

SECONDS = 10.0
"""How long to try for, all of a cluster's masters together."""
_CONNECT_PORT = 15002
"""That of a Connect server whose address has none."""


def reach(connection: PipelineConnection) -> tuple[bool, str]:
    """Whether something listens where the connection points to, and what was found.

    No Spark session is started for it: that would take a JVM, which has no place in Airflow's API server. So what is
    said to a master, or to Kubernetes, is not tried; a Connect server is asked for its version, with the token.
    """
    master = connection.connect_string or connection.master
    if master is None:
        return True, "The connection names no Spark master: pipelines run where their files say"
    if master.startswith("local"):
        try:
            require_java()
        except SessionError as error:
            return False, str(error)
        return True, f"There is a Java for {master} on this machine"
    if master.startswith("yarn"):
        return _yarn()
    deadline = time.monotonic() + SECONDS
    try:
        # The time limit of a socket does not cover looking up the host's name.
        listens, found = within(SECONDS, lambda: _listening(list(_addresses(master))))
        if not listens or connection.connect_string is None:
            return listens, found
        address = connection.address_with_token(connection.connect_string)
        well, answer = probe(address, max(deadline - time.monotonic(), 1.0))
    except TimeoutError as error:
        return False, f"nothing can be reached at {master}: {error}"
    except ValueError as error:
        return False, f"{master} is no address: {error}"
    return well, f"{found}: {answer}" if well else f"{found}, but {answer}"


def _yarn() -> tuple[bool, str]:
    for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR"):
        if folder := os.environ.get(name):
            if os.path.isdir(folder):  # noqa: PTH112 - a variable may be anything
                return True, f"YARN is described in {folder} ({name}) on this machine"
            return False, f"expected a folder that describes YARN, got {name}={folder}, which is none"
    return (
        False,
        "YARN is not described on this machine: expected HADOOP_CONF_DIR or YARN_CONF_DIR to name a folder",
    )


def _addresses(master: str) -> Iterator[tuple[str, int]]:
    if master.startswith("spark://"):
        for one in master.removeprefix("spark://").split(","):
            yield _host_and_port(one, 7077)
    elif master.startswith("sc://"):
        yield _host_and_port(master.removeprefix("sc://").partition("/")[0].partition(";")[0], _CONNECT_PORT)
    else:
        address = master.removeprefix("k8s://")
        secure = not address.startswith("http://")
        yield _host_and_port(
            urlsplit(address if "://" in address else f"//{address}").netloc, 443 if secure else 80
        )


def _host_and_port(text: str, default: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    return parts.hostname or "", parts.port or default


def _listening(addresses: list[tuple[str, int]]) -> tuple[bool, str]:
    deadline = time.monotonic() + SECONDS
    failures = []
    for number, (host, port) in enumerate(addresses):
        share = (deadline - time.monotonic()) / (len(addresses) - number)
        try:
            socket.create_connection((host, port), timeout=max(share, 0.1)).close()
        except OSError as error:
            failures.append(f"{host}:{port}: {error}")
        else:
            return True, f"{host}:{port} takes connections"
    return False, f"nothing can be reached at {'; '.join(failures)}"
