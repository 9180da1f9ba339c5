"""Airflow connections of type `ppf`: their fields, and how they change a pipeline."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from airflow.sdk import Connection

from airflow_ppf.connection.pipeline_connection import PipelineConnection
from ppf_core.config import CheckpointConfig, ConfigError, DeployMode, PipelineConfig, SparkConfig

CONFIG = PipelineConfig("sales", "1", SparkConfig("sales"), [])


def connection(conn_type: str = "ppf", extra: object = None, **fields: Any) -> PipelineConnection:
    text = extra if isinstance(extra, str) or extra is None else json.dumps(extra)
    return PipelineConnection.of(Connection(conn_id="there", conn_type=conn_type, extra=text, **fields))


def problems(conn_type: str = "ppf", extra: object = None, **fields: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        connection(conn_type, extra, **fields)
    return str(caught.value).splitlines()


def spark_of(settings: PipelineConnection, spark: SparkConfig | None = None) -> dict[str, str]:
    return settings.configure_spark(spark or CONFIG.spark).to_spark_conf_dict()


def test_every_field_of_the_form_has_its_effect() -> None:
    settings = connection(
        extra={
            "master": "spark://there:7077",
            "deploy_mode": "cluster",
            "spark_conf": {"spark.executor.cores": 7, "spark.ui.enabled": False},
            "root": "s3a://bucket/ppf",
            "checkpoint_store": "s3://bucket/ppf",
            "secrets": {"PW": "hunter22"},
        }
    )
    config = settings.configure(CONFIG)
    assert config.checkpoint.root == "s3a://bucket/ppf"
    assert config.spark == SparkConfig(
        "sales",
        master="spark://there:7077",
        deploy_mode=DeployMode.CLUSTER,
        spark_conf={"spark.executor.cores": "7", "spark.ui.enabled": "false"},
    )
    assert (settings.checkpoint_store, settings.secrets) == ("s3://bucket/ppf", {"PW": "hunter22"})
    assert "hunter22" not in repr(settings)


@pytest.mark.parametrize(
    "extra", [None, "", "{}", {"master": None, "deploy_mode": "", "spark_conf": None, "root": ""}]
)
def test_what_is_left_blank_is_for_the_file_to_say(extra: object) -> None:
    file = replace(CONFIG, checkpoint=CheckpointConfig(root="/data"))
    assert connection(extra=extra).configure(file) == file


def test_where_it_runs_is_the_connections_to_say_and_sparks_other_settings_the_files() -> None:
    file = SparkConfig(
        "sales",
        master="local[8]",
        spark_conf={"spark.a": "file", "spark.master": "local[3]", "spark.submit.deployMode": "cluster"},
    )
    conf = {"spark.a": "connection", "spark.b": "connection"}
    settings = connection(
        extra={"master": "spark://there:1", "deploy_mode": "client", "spark_conf": conf}
    ).configure_spark(file)
    assert settings.to_spark_conf_dict()["spark.master"] == "spark://there:1"
    assert settings.to_spark_conf_dict()["spark.submit.deployMode"] == "client"
    assert settings.spark_conf == {"spark.a": "file", "spark.b": "connection"}
    only_conf = connection(extra={"spark_conf": conf}).configure_spark(file)
    assert only_conf.to_spark_conf_dict()["spark.master"] == "local[3]"


def test_a_master_takes_the_place_of_the_files_connect_server_and_the_other_way_round() -> None:
    remote = SparkConfig("sales", connect_string="sc://file")
    assert spark_of(connection(extra={"master": "local[2]"}), remote)["spark.master"] == "local[2]"
    conf = spark_of(connection(extra={"master": "sc://there:1"}), SparkConfig("sales", master="yarn"))
    assert conf == {"spark.app.name": "sales", "spark.remote": "sc://there:1"}


def test_to_configure_twice_is_to_configure_once() -> None:
    settings = connection(extra={"master": "sc://there", "root": "/r", "spark_conf": {"spark.a": 1}})
    once = settings.configure(CONFIG)
    assert settings.configure(once) == once


@pytest.mark.parametrize(
    ("extra", "fields", "address"),
    [
        ({"master": "sc://there:1"}, {"password": "hunter;22"}, "sc://there:1/;token=hunter%3B22"),
        (
            {"master": "sc://there/;user_id=me"},
            {"password": "hunter22"},
            "sc://there/;user_id=me;token=hunter22",
        ),
        ({"master": "sc://there/;token=hunter%3B22;a=b"}, {}, "sc://there/;a=b;token=hunter%3B22"),
    ],
)
def test_the_token_of_a_connect_server_is_put_in_when_the_session_starts_only(
    extra: dict[str, Any], fields: dict[str, Any], address: str
) -> None:
    settings = connection(extra=extra, **fields)
    config = settings.configure(CONFIG)
    assert "hunter" not in repr(config) + repr(settings)
    resolved = settings.resolve(config.spark.to_spark_conf_dict(), lambda settings: settings)
    assert resolved["spark.remote"] == address


def test_json_within_a_text_is_as_good_as_json() -> None:
    settings = connection(extra={"spark_conf": '{"spark.a": "b"}', "secrets": '{"PW": "hunter22"}'})
    assert (settings.spark_conf, settings.secrets) == ({"spark.a": "b"}, {"PW": "hunter22"})


@pytest.mark.parametrize(
    ("extra", "fields", "messages"),
    [
        ("not json", {}, ["extra: expected a JSON object, got a text that is not JSON"]),
        ("[]", {}, ["extra: expected a JSON object, got list"]),
        ({"mastr": "local"}, {}, ['extra: expected a known key, got "mastr" (did you mean "master"?)']),
        (
            {"master": "mesos://there"},
            {},
            [
                'master: expected local[4], spark://host:7077, yarn, k8s://https://host:6443 or sc://host:15002, got "mesos://there"'
            ],
        ),
        ({"master": 7}, {}, ["master: expected a text, got int"]),
        ({"deploy_mode": "clutser"}, {}, ['deploy_mode: expected one of client, cluster, got "clutser"']),
        (
            {"spark_conf": "spark.a=b"},
            {},
            ["spark_conf: expected a JSON object, got a text that is not JSON"],
        ),
        ({"spark_conf": {"spark.a": [1]}}, {}, ["spark_conf: spark.a: expected a text, got list"]),
        (
            {"spark_conf": {"spark.master": "x"}},
            {},
            ["spark_conf: expected no spark.master, which the field master sets; got a value"],
        ),
        ({"secrets": ["hunter22"]}, {}, ["secrets: expected a JSON object, got list"]),
        ({"secrets": {"PW": {"hunter22": 1}}}, {}, ["secrets: PW: expected a text, got dict"]),
        (
            {},
            {"host": "there"},
            ["host: expected nothing, got a value; where Spark runs is set by master, in the extra"],
        ),
        (
            {"master": "local"},
            {"password": "hunter22"},
            [
                "password: expected nothing, got a token; only a Connect server takes one, and master names none"
            ],
        ),
        (
            {"master": "sc://a/;token=hunter22"},
            {"password": "hunter23"},
            ["password: expected nothing, got a token, and master has a token too"],
        ),
        (
            {"root": 1, "secrets": 2},
            {},
            ["root: expected a text, got int", "secrets: expected a JSON object, got int"],
        ),
    ],
)
def test_what_is_wrong_is_reported_with_connection_and_field_and_without_secrets(
    extra: object, fields: dict[str, Any], messages: list[str]
) -> None:
    reported = problems(extra=extra, **fields)
    assert reported == [f"connection there, field {each}" for each in messages]
    assert "hunter2" not in "".join(reported)


def test_another_type_is_refused_with_those_that_will_do() -> None:
    assert problems("aws") == [
        "connection there, field type: expected one of ppf, spark, spark_connect, got aws"
    ]


class TestTheSparkProvidersTypes:
    """Connections that are there already, as that provider's own hooks read them."""

    @pytest.mark.parametrize(
        ("fields", "master"),
        [
            ({"host": "spark://there", "port": 7077}, "spark://there:7077"),
            ({"host": "there", "port": 7077}, "spark://there:7077"),
            ({"host": "k8s://https://there", "port": 443}, "k8s://https://there:443"),
            ({"host": "yarn", "port": 8032}, "yarn"),
            ({"host": "local[*]"}, "local[*]"),
        ],
    )
    def test_host_and_port_are_the_master(self, fields: dict[str, Any], master: str) -> None:
        assert spark_of(connection("spark", **fields))["spark.master"] == master

    def test_a_uri_will_do(self) -> None:
        from_uri = Connection.from_uri("spark://there:7077?deploy-mode=cluster", conn_id="there")
        assert PipelineConnection.of(from_uri).master == "spark://there:7077"

    def test_what_says_where_on_the_cluster_is_kept_and_what_is_for_spark_submit_ignored(self) -> None:
        extra = {
            "deploy-mode": "cluster",
            "queue": "root.q",
            "namespace": "jobs",
            "principal": "me",
            "spark-binary": "spark3-submit",
        }
        settings = connection("spark", extra, host="yarn")
        assert settings.deploy_mode is DeployMode.CLUSTER
        assert settings.spark_conf == {
            "spark.yarn.queue": "root.q",
            "spark.kubernetes.namespace": "jobs",
            "spark.kerberos.principal": "me",
        }

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({}, "host: expected a Spark master such as spark://host or yarn, got none"),
            ({"host": "mesos://x"}, 'host: expected local[4], spark://host:7077, yarn, k8s://https://host:6443, got "mesos://x"'),
        ],
    )  # fmt: skip
    def test_a_wrong_master_is_reported(self, fields: dict[str, Any], message: str) -> None:
        assert problems("spark", **fields) == [f"connection there, field {message}"]

    @pytest.mark.parametrize(
        ("fields", "shown", "used"),
        [
            ({"host": "there"}, "sc://there", "sc://there"),
            ({"host": "sc://there", "port": 15002}, "sc://there:15002", "sc://there:15002"),
            (
                {"host": "there", "login": "me", "password": "hunter22", "extra": {"use_ssl": True}},
                "sc://there/;user_id=me;use_ssl=true",
                "sc://there/;user_id=me;use_ssl=true;token=hunter22",
            ),
        ],
    )
    def test_a_connect_server_is_host_port_user_and_token(
        self, fields: dict[str, Any], shown: str, used: str
    ) -> None:
        settings = connection("spark_connect", **fields)
        config = settings.configure(CONFIG)
        assert config.spark.connect_string == shown
        resolved = settings.resolve(config.spark.to_spark_conf_dict(), lambda settings: settings)
        assert resolved["spark.remote"] == used

    @pytest.mark.parametrize("host", ["", "there/path", "there;token=hunter22"])
    def test_a_connect_server_that_is_no_host_is_reported(self, host: str) -> None:
        (message,) = problems("spark_connect", host=host)
        assert message.startswith("connection there, field host: expected the name of a host")
        assert "hunter22" not in message
