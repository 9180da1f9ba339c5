"""A Spark Connect server that is not there, or that says nothing."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

import pytest

from ppf_core.config import SparkConfig
from ppf_core.session import SessionError, SessionUnavailableError, SparkSessionWrapper

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

pytest.importorskip("grpc_status", reason="Spark Connect needs the extra connect")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
    return port


def error_of(address: str) -> tuple[SessionError, float]:
    wrapper = SparkSessionWrapper(SparkConfig("x", connect_string=address))
    before = dict(os.environ)
    began = time.monotonic()
    with pytest.raises(SessionError) as caught:
        _ = wrapper.spark
    assert not wrapper.started
    assert dict(os.environ) == before  # else pyspark's functions would be those of Connect from now on
    return caught.value, time.monotonic() - began


def test_a_server_that_refuses_is_a_transient_error_within_15_seconds(closed_port: int) -> None:
    error, seconds = error_of(f"sc://127.0.0.1:{closed_port}/;token=hunter22;use_ssl=false")
    assert isinstance(error, SessionUnavailableError)
    assert f"cannot reach the Spark Connect server sc://127.0.0.1:{closed_port}/: " in str(error)
    assert "hunter22" not in str(error)
    assert "Connection refused" in str(error)
    assert seconds < 15


def test_a_server_that_takes_the_connection_and_says_nothing_is_too(silent_port: int) -> None:
    error, seconds = error_of(f"sc://127.0.0.1:{silent_port}")
    assert isinstance(error, SessionUnavailableError)
    assert seconds < 15.5


def test_a_wrong_address_is_not(closed_port: int) -> None:
    error, _ = error_of(f"sc://127.0.0.1:{closed_port}/a/path")
    assert not isinstance(error, SessionUnavailableError)
