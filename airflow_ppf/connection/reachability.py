"""Test of an Airflow connection: whether its Spark master or Connect server can be reached."""

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
"""Time limit of the test, for all masters of a cluster together."""
_CONNECT_PORT = 15002
"""Port of a Connect server whose address has none."""


def reach(connection: PipelineConnection) -> tuple[bool, str]:
    """Return whether the connection's Spark master or Connect server can be reached, and a message.

    The test starts no Spark session, since that needs a JVM, which does not belong in Airflow's API server. It opens
    a TCP connection to a master or to Kubernetes, and asks a Connect server for its version, with the token.
    """
    master = connection.connect_string or connection.master
    if master is None:
        return True, "The connection names no Spark master: pipelines run where their files set it"
    if master.startswith("local"):
        try:
            require_java()
        except SessionError as error:
            return False, str(error)
        return True, f"Java for {master} is installed on this machine"
    if master.startswith("yarn"):
        return _yarn()
    deadline = time.monotonic() + SECONDS
    try:
        # The timeout of a socket does not cover the look-up of the host's name.
        listens, message = within(SECONDS, lambda: _listening(list(_addresses(master))))
        if not listens or connection.connect_string is None:
            return listens, message
        address = connection.address_with_token(connection.connect_string)
        answered, answer = probe(address, max(deadline - time.monotonic(), 1.0))
    except TimeoutError as error:
        return False, f"cannot reach {master}: {error}"
    except ValueError as error:
        return False, f"{master} is not an address: {error}"
    return answered, f"{message}: {answer}" if answered else f"{message}, but {answer}"


def _yarn() -> tuple[bool, str]:
    for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR"):
        if folder := os.environ.get(name):
            if os.path.isdir(folder):  # noqa: PTH112 - a variable may be anything
                return True, f"{name}={folder} has the YARN configuration on this machine"
            return (
                False,
                f"expected a folder with the YARN configuration, got {name}={folder}, which is no folder",
            )
    return (
        False,
        "this machine has no YARN configuration: expected HADOOP_CONF_DIR or YARN_CONF_DIR to name a folder",
    )


def _addresses(master: str) -> Iterator[tuple[str, int]]:
    if master.startswith("spark://"):
        for address in master.removeprefix("spark://").split(","):
            yield _host_and_port(address, 7077)
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
            return True, f"{host}:{port} accepts connections"
    return False, f"cannot reach {'; '.join(failures)}"
