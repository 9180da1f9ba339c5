"""The hook by itself, with connections out of environment variables."""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from airflow_ppf.hooks.pipeline import PipelineHook
from airflow_ppf.task.summary import summarize
from ppf_core.config import ConfigError
from ppf_core.runner import LocalCheckpointStore, PipelineResultStatus, RunOptions
from ppf_core.session import SparkSessionWrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.airflow

SEEN: list[Any] = []


class Look:
    """Notes what it was made with, and needs no Spark."""

    def __init__(self, **config: Any) -> None:
        self.config = config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Look:
        return cls(**config)

    def run(self) -> None:
        SEEN.append(self.config)


class Fail(Look):
    def run(self) -> None:
        raise ConnectionError(f"refused with {self.config['password']}")


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    SEEN.clear()


@pytest.fixture
def define(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def define(conn_id: str = "there", conn_type: str = "ppf", **fields: Any) -> None:
        text = json.dumps({"conn_type": conn_type, **fields})
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", text)

    return define


def pipeline(cls: str = "Look", **config: Any) -> dict[str, Any]:
    look = {
        "name": "look",
        "component_type": "source",
        "class_path": f"{__name__}.{cls}",
        "config": config,
    }
    return {"name": "p", "version": "1", "components": [look]}


def test_making_a_hook_asks_for_nothing() -> None:
    PipelineHook("no_such_connection")


def test_without_a_connection_the_pipeline_says_it_all() -> None:
    assert PipelineHook().run(pipeline(a=1)).status is PipelineResultStatus.SUCCESS
    assert SEEN == [{"a": 1}]


def test_a_connection_that_is_not_there_is_airflows_own_error() -> None:
    with pytest.raises(AirflowNotFoundException, match="no_such_connection"):
        PipelineHook("no_such_connection").run(pipeline())


def test_the_log_says_which_connection_a_run_goes_by(
    define: Callable[..., None], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    define(extra={"master": "sc://there"}, password="hunter22")  # noqa: S106 - made up
    PipelineHook("there").run(pipeline())
    said = caplog.text + "".join(capsys.readouterr())  # Airflow's loggers go past the standard library's
    assert "Spark sc://there, with the settings of connection there" in said
    assert "hunter22" not in said


def test_a_wrong_connection_is_a_config_error_before_anything_runs(define: Callable[..., None]) -> None:
    define(extra={"master": "mesos://x"})
    with pytest.raises(ConfigError, match="connection there, field master: expected"):
        PipelineHook("there").run(pipeline())
    assert SEEN == []


def test_a_file_is_run_with_overrides_and_leaves_its_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "p.conf").write_text(json.dumps(pipeline(a=1)))
    store = LocalCheckpointStore(tmp_path / "checkpoints")
    hook = PipelineHook()
    for resume in (False, True):
        hook.run(
            tmp_path / "p.conf",
            overrides={"components.look.config.a": 2},
            run_id="r",
            checkpoint_store=store,
            resume=resume,
        )
    assert SEEN == [{"a": 2}]


def test_checkpoints_are_where_the_connection_says(define: Callable[..., None], tmp_path: Path) -> None:
    define(extra={"checkpoint_store": str(tmp_path)})
    for resume in (False, True):
        PipelineHook("there").run(
            pipeline(a=1), run_id="r", options=RunOptions(scope=("notebook",)), resume=resume
        )
    assert SEEN == [{"a": 1}]
    assert (tmp_path / "checkpoints" / "notebook" / "p" / "r").is_dir()


def test_a_pipeline_reads_its_own_connections_secrets_and_airflows(
    define: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    define(extra={"secrets": {"PW": "own secret"}})
    define("db", "postgres", login="me", password="db secret", port=5432, extra={"key": {"a": 1}})  # noqa: S106 - made up
    monkeypatch.setenv("AIRFLOW_VAR_TOKEN", "variable secret")
    PipelineHook("there").run(
        pipeline(
            own="secret://ppf/PW",
            login="secret://conn/db/login",
            password="secret://conn/db/password",  # noqa: S106 - a reference
            port="secret://conn/db/port",
            key="secret://conn/db/extra/key",
            token="secret://variable/token",  # noqa: S106 - a reference
        )
    )
    assert SEEN == [
        {
            "own": "own secret",
            "login": "me",
            "password": "db secret",
            "port": "5432",
            "key": '{"a": 1}',
            "token": "variable secret",
        }
    ]


def test_a_secret_is_in_no_log_and_no_error_and_airflows_masker_knows_it(
    define: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    from airflow.sdk._shared.secrets_masker import redact

    caplog.set_level(logging.DEBUG)
    define(extra={"secrets": {"PW": "correct horse battery"}})
    result = PipelineHook("there").run(pipeline("Fail", password="secret://ppf/PW"))  # noqa: S106 - a reference
    (component,) = result.component_results
    assert "refused with ***" in str(component.error)
    assert "correct horse" not in caplog.text + repr(result) + json.dumps(summarize(result, 1))
    assert redact("it is correct horse battery") == "it is ***"


def test_a_secret_that_is_not_there_names_the_connection_and_what_it_has(
    define: Callable[..., None],
) -> None:
    define(extra={"secrets": {"PW": "x"}})
    result = PipelineHook("there").run(pipeline(a="secret://ppf/PASSWORD"))
    assert (
        "secret://ppf/PASSWORD does not exist; looked at: connection there, field secrets (it has: PW)"
        in str(result.component_results[0].error)
    )


class TestTestConnection:
    """`test_connection`, as the UI's button calls it."""

    @pytest.fixture
    def port(self) -> Iterator[int]:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            yield server.getsockname()[1]

    @pytest.fixture
    def closed_port(self) -> int:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            port: int = server.getsockname()[1]
        return port

    def test_what_listens_is_found(self, define: Callable[..., None], port: int, closed_port: int) -> None:
        for master in (
            f"spark://127.0.0.1:{closed_port},127.0.0.1:{port}",
            f"k8s://https://127.0.0.1:{port}",
            f"k8s://127.0.0.1:{port}",
        ):
            define(extra={"master": master})
            assert PipelineHook("there").test_connection() == (True, f"127.0.0.1:{port} accepts connections")

    def test_what_does_not_is_not(self, define: Callable[..., None], closed_port: int) -> None:
        define(extra={"master": f"spark://127.0.0.1:{closed_port}"})
        reached, message = PipelineHook("there").test_connection()
        assert not reached
        assert message.startswith(f"cannot reach 127.0.0.1:{closed_port}: ")
        assert "refused" in message

    def test_a_connect_server_has_to_answer(
        self, define: Callable[..., None], port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("airflow_ppf.connection.reachability.SECONDS", 1.0)
        define(extra={"master": f"sc://127.0.0.1:{port}/;user_id=me"})
        reached, message = PipelineHook("there").test_connection()
        assert not reached
        assert message.startswith(
            f"127.0.0.1:{port} accepts connections, but it does not answer as a Spark Connect"
        )
        assert "DEADLINE_EXCEEDED" in message

    def test_without_the_extra_for_connect_the_message_says_that_nobody_asked(
        self, define: Callable[..., None], port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "grpc", None)
        define(extra={"master": f"sc://127.0.0.1:{port}"})
        reached, message = PipelineHook("there").test_connection()
        assert reached
        assert "access was not tested" in message

    def test_it_waits_only_so_long(
        self, define: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name_server = threading.Event()  # one that does not answer
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: name_server.wait(5))
        monkeypatch.setattr("airflow_ppf.connection.reachability.SECONDS", 0.2)
        define(extra={"master": "spark://there"})
        began = time.monotonic()
        assert PipelineHook("there").test_connection() == (
            False,
            "cannot reach spark://there: no answer within 0.2 s",
        )
        assert time.monotonic() - began < 2

    def test_yarn_is_described_by_a_folder(
        self, define: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        define(extra={"master": "yarn"})
        monkeypatch.delenv("YARN_CONF_DIR", raising=False)
        monkeypatch.delenv("HADOOP_CONF_DIR", raising=False)
        assert not PipelineHook("there").test_connection()[0]
        monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
        assert PipelineHook("there").test_connection()[0]

    def test_a_local_master_needs_java(
        self, define: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        define(extra={"master": "local[2]"})
        assert PipelineHook("there").test_connection()[0]
        monkeypatch.setenv("JAVA_HOME", str(tmp_path))
        reached, message = PipelineHook("there").test_connection()
        assert (reached, "JAVA_HOME" in message) == (False, True)

    @pytest.mark.parametrize("master", ["mesos://x", "spark://there:port"])
    def test_what_is_wrong_is_reported(self, define: Callable[..., None], master: str) -> None:
        define(extra={"master": master})
        reached, message = PipelineHook("there").test_connection()
        assert not reached
        assert master in message

    def test_airflow_finds_the_hook_by_its_type(self, define: Callable[..., None], port: int) -> None:
        define(extra={"master": f"spark://127.0.0.1:{port}"})
        assert BaseHook.get_connection("there").test_connection() == (
            True,
            f"127.0.0.1:{port} accepts connections",
        )


@pytest.mark.spark
def test_a_session_is_started_once_used_by_runs_and_let_go(
    spark: SparkSession, define: Callable[..., None]
) -> None:
    define(extra={"master": "local[2]", "spark_conf": {"spark.sql.shuffle.partitions": "3"}})
    before = str(spark.conf.get("spark.sql.shuffle.partitions"))
    hook = PipelineHook("there")
    try:
        session = hook.get_session()
        assert session is spark  # this process has one already
        assert session.conf.get("spark.sql.shuffle.partitions") == "3"
        assert hook.get_conn() is session
        hook.run(pipeline())
        hook.close()
        hook.close()
        assert spark.range(3).count() == 3
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", before)


@pytest.mark.spark
def test_a_given_session_is_used_and_left_alone(spark: SparkSession) -> None:
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(spark)
    hook = PipelineHook(spark_wrapper=wrapper)
    assert hook.get_session() is spark
    hook.run(pipeline())
    hook.close()
    assert wrapper.started
