"""What an Airflow connection says of where pipelines run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from airflow_ppf.connection_form import CONNECTION_FIELDS
from ppf_core.config import ConfigError, DeployMode, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow.sdk import Connection

    from ppf_core.config import PipelineConfig, SparkConfig

__all__ = ["PipelineConnection"]

_MASTERS = ("local", "spark://", "yarn", "k8s://")
_CONNECT = "sc://"
_WHERE = ("spark.master", "spark.remote", "spark.submit.deployMode")
"""Spark's own keys for what has a field."""


@dataclass(frozen=True)
class PipelineConnection:
    """Where pipelines run. What is `None` or empty is for the pipeline file to say.

    Made of a connection of type `ppf`, or of the Spark provider's types `spark` and `spark_connect`, which need not be
    installed for it.
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
        """What `connection` says.

        Raises:
            ConfigError: it is of another type, or its content is wrong; it names the connection and each field.
        """
        return _Reader(connection).read()

    def configure(self, config: PipelineConfig) -> PipelineConfig:
        """The pipeline, run where the connection says."""
        checkpoint = config.checkpoint if self.root is None else replace(config.checkpoint, root=self.root)
        return replace(config, spark=self.configure_spark(config.spark), checkpoint=checkpoint)

    def configure_spark(self, spark: SparkConfig) -> SparkConfig:
        """The session, made where the connection says.

        Master or Connect server and deploy mode are the connection's, if it has them; of Spark's other settings those
        of the file win.
        """
        changes: dict[str, Any] = {}
        own = dict(spark.spark_conf)
        if self.master is not None or self.connect_string is not None:
            changes["connect_string"] = self.connect_string
            own = {key: value for key, value in own.items() if key not in _WHERE[:2]}
        if self.master is not None:
            changes["master"] = self.master
        if self.deploy_mode is not None:
            changes["deploy_mode"] = self.deploy_mode
            own.pop(_WHERE[2], None)
        return replace(spark, spark_conf={**self.spark_conf, **own}, **changes)

    def resolve(
        self, settings: dict[str, str], secrets: Callable[[dict[str, str]], dict[str, str]]
    ) -> dict[str, str]:
        """Spark's settings with secrets in the place of references, and with the token of the Connect server."""
        resolved = secrets(settings)
        if self.token is not None and self.connect_string is not None:
            resolved["spark.remote"] = self.address_with_token(resolved["spark.remote"])
        return resolved

    def address_with_token(self, address: str) -> str:
        """The address of the Connect server, with the connection's token if there is one; not to be shown."""
        if self.token is None:
            return address
        address += "" if "/" in address.removeprefix(_CONNECT) else "/"
        return f"{address};token={quote(self.token, safe='')}"


class _Reader:
    """Reads one connection, and collects what is wrong with it. No message shows a value that may be secret."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._problems: list[Problem] = []

    def read(self) -> PipelineConnection:
        kinds = {"ppf": self._ppf, "spark": self._spark, "spark_connect": self._spark_connect}
        kind = self._connection.conn_type or ""
        if kind not in kinds:
            self._problem("type", f"expected one of {', '.join(kinds)}, got {kind or 'none'}")
            raise ConfigError(self._problems)
        values = kinds[kind]()
        if self._problems:
            raise ConfigError(self._problems)
        return PipelineConnection(self._connection.conn_id, **values)

    def _problem(self, name: str, message: str) -> None:
        self._problems.append(Problem(f"connection {self._connection.conn_id}, field {name}", message))

    def _ppf(self) -> dict[str, Any]:
        for name in ("host", "port", "login", "schema"):
            if getattr(self._connection, name):
                self._problem(
                    name, "expected nothing, got a value; where Spark runs is said by master, in the extra"
                )
        extra = self._extra()
        for key in extra:
            if key not in CONNECTION_FIELDS:
                hint = did_you_mean(key, CONNECTION_FIELDS) or f" (known: {', '.join(CONNECTION_FIELDS)})"
                self._problem("extra", f'expected a known key, got "{key}"{hint}')
        values: dict[str, Any] = {
            **self._place(self._text(extra, "master")),
            "deploy_mode": self._deploy_mode(extra, "deploy_mode"),
            "spark_conf": self._texts(extra, "spark_conf"),
            "root": self._text(extra, "root"),
            "checkpoint_store": self._text(extra, "checkpoint_store"),
            "secrets": self._texts(extra, "secrets"),
        }
        for key in _WHERE:
            if key in values["spark_conf"]:
                name = "deploy_mode" if key == _WHERE[2] else "master"
                self._problem("spark_conf", f"expected no {key}, which is said by the field {name}; got one")
        return self._with_token(values)

    def _spark(self) -> dict[str, Any]:
        """As the Spark provider's hooks read it: `host` is the master or a part of it."""
        extra = self._extra()
        master = self._connection.host or None
        if master is not None and not master.startswith(("local", "yarn")):
            master = master if "://" in master else f"spark://{master}"
            if self._connection.port:
                master = f"{master}:{self._connection.port}"
        if master is None:
            self._problem("host", "expected a Spark master such as spark://host or yarn, got none")
        named = {
            "queue": "spark.yarn.queue",
            "namespace": "spark.kubernetes.namespace",
            "principal": "spark.kerberos.principal",
        }
        conf = {key: self._text(extra, name) for name, key in named.items()}
        return {
            **self._place(master, "host"),
            "deploy_mode": self._deploy_mode(extra, "deploy-mode"),
            "spark_conf": {key: value for key, value in conf.items() if value is not None},
        }

    def _spark_connect(self) -> dict[str, Any]:
        host = (self._connection.host or "").removeprefix(_CONNECT)
        if not host or "/" in host or ";" in host:
            got = 'more than that, with "/" or ";" in it' if host else "none"
            self._problem("host", f"expected the name of a host, also as sc://host, got {got}")
        address = _CONNECT + (f"{host}:{self._connection.port}" if self._connection.port else host)
        parameters = []
        if self._connection.login:
            parameters.append(f"user_id={quote(self._connection.login, safe='')}")
        use_ssl = self._extra().get("use_ssl")
        if use_ssl not in (None, ""):
            parameters.append(f"use_ssl={str(use_ssl).lower()}")
        return self._with_token(
            {"connect_string": "/;".join([address, ";".join(parameters)]) if parameters else address}
        )

    def _with_token(self, values: dict[str, Any]) -> dict[str, Any]:
        """Keep the token apart from the address, which is shown."""
        token = self._connection.password or None
        address = values.get("connect_string")
        if address is not None:
            start, *parameters = address.split(";")
            kept = [one for one in parameters if not one.startswith("token=")]
            for one in parameters:
                if one not in kept and token is not None:
                    self._problem("password", "expected nothing, got a token, and master has one too")
                elif one not in kept:
                    token = unquote(one.removeprefix("token="))
            values["connect_string"] = ";".join([start, *kept])
        elif token is not None:
            self._problem(
                "password", "expected nothing, got a token; it is for a Connect server, and master names none"
            )
        return {**values, "token": token}

    def _place(self, master: str | None, name: str = "master") -> dict[str, Any]:
        if master is None:
            return {}
        if name == "master" and master.startswith(_CONNECT) and len(master) > len(_CONNECT):
            return {"connect_string": master}
        if not master.startswith(_MASTERS):
            known = "local[4], spark://host:7077, yarn, k8s://https://host:6443" + (
                " or sc://host:15002" if name == "master" else ""
            )
            self._problem(name, f'expected {known}, got "{master}"')
        return {"master": master}

    def _extra(self) -> dict[str, Any]:
        """The extra without what was left blank in the form."""
        text = self._connection.extra
        if not text:
            return {}
        extra = self._json("extra", text)
        return {key: value for key, value in extra.items() if value not in (None, "")}

    def _json(self, name: str, value: object) -> dict[str, Any]:
        """A JSON object, also one within a text: the form and `airflow connections add` differ in that."""
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                self._problem(name, "expected a JSON object, got a text that is not JSON")
                return {}
        if not isinstance(value, dict):
            self._problem(name, f"expected a JSON object, got {type(value).__name__}")
            return {}
        return value

    def _text(self, extra: Mapping[str, Any], name: str) -> str | None:
        value = extra.get(name)
        if value is None or isinstance(value, str):
            return value
        self._problem(name, f"expected a text, got {type(value).__name__}")
        return None

    def _deploy_mode(self, extra: Mapping[str, Any], name: str) -> DeployMode | None:
        value = self._text(extra, name)
        words = [mode.value for mode in DeployMode]
        if value is None or value in words:
            return DeployMode(value) if value else None
        self._problem(name, f'expected one of {", ".join(words)}, got "{value}"')
        return None

    def _texts(self, extra: Mapping[str, Any], name: str) -> dict[str, str]:
        found = {}
        for key, value in self._json(name, extra.get(name, {})).items():
            if isinstance(value, bool):
                found[key] = str(value).lower()
            elif isinstance(value, (str, int, float)):
                found[key] = str(value)
            else:
                self._problem(name, f"{key}: expected a text, got {type(value).__name__}")
        return found
