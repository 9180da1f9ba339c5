"""Reader of Airflow connections of type `ppf`, `spark` and `spark_connect`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from airflow_ppf.connection.form import CONNECTION_FIELDS
from ppf_core.config import ConfigError, DeployMode, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Connection

__all__ = ["CONNECT_PREFIX", "DEPLOY_MODE_KEY", "MASTER_KEYS", "ConnectionReader"]

_MASTERS = ("local", "spark://", "yarn", "k8s://")
CONNECT_PREFIX = "sc://"

MASTER_KEYS = ("spark.master", "spark.remote")
"""Spark's own keys for the master or Connect server, for which the connection has a field."""

DEPLOY_MODE_KEY = "spark.submit.deployMode"
"""Spark's own key for the deploy mode, for which the connection has a field."""


class ConnectionReader:
    """Reader of a connection that collects all problems; no message shows a value that may be secret."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._problems: list[Problem] = []

    def read(self) -> dict[str, Any]:
        """Return the fields of a `PipelineConnection`, except its id.

        Raises:
            ConfigError: the type or the content is wrong; it names the connection and each field.
        """
        kinds = {"ppf": self._ppf, "spark": self._spark, "spark_connect": self._spark_connect}
        kind = self._connection.conn_type or ""
        if kind not in kinds:
            self._problem("type", f"expected one of {', '.join(kinds)}, got {kind or 'none'}")
            raise ConfigError(self._problems)
        values = kinds[kind]()
        if self._problems:
            raise ConfigError(self._problems)
        return values

    def _problem(self, name: str, message: str) -> None:
        self._problems.append(Problem(f"connection {self._connection.conn_id}, field {name}", message))

    def _ppf(self) -> dict[str, Any]:
        for name in ("host", "port", "login", "schema"):
            if getattr(self._connection, name):
                self._problem(
                    name, "expected nothing, got a value; where Spark runs is set by master, in the extra"
                )
        extra = self._extra()
        for key in extra:
            if key not in CONNECTION_FIELDS:
                hint = did_you_mean(key, CONNECTION_FIELDS) or f" (known: {', '.join(CONNECTION_FIELDS)})"
                self._problem("extra", f'expected a known key, got "{key}"{hint}')
        values: dict[str, Any] = {
            **self._master(self._text(extra, "master")),
            "deploy_mode": self._deploy_mode(extra, "deploy_mode"),
            "spark_conf": self._texts(extra, "spark_conf"),
            "root": self._text(extra, "root"),
            "checkpoint_store": self._text(extra, "checkpoint_store"),
            "secrets": self._texts(extra, "secrets"),
        }
        for key in (*MASTER_KEYS, DEPLOY_MODE_KEY):
            if key in values["spark_conf"]:
                name = "deploy_mode" if key == DEPLOY_MODE_KEY else "master"
                self._problem("spark_conf", f"expected no {key}, which the field {name} sets; got a value")
        return self._with_token(values)

    def _spark(self) -> dict[str, Any]:
        """Read the fields as the Spark provider's hooks do: `host` is the master or part of it."""
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
            **self._master(master, "host"),
            "deploy_mode": self._deploy_mode(extra, "deploy-mode"),
            "spark_conf": {key: value for key, value in conf.items() if value is not None},
        }

    def _spark_connect(self) -> dict[str, Any]:
        host = (self._connection.host or "").removeprefix(CONNECT_PREFIX)
        if not host or "/" in host or ";" in host:
            got = 'a value with "/" or ";" in it' if host else "none"
            self._problem("host", f"expected the name of a host, or sc://host, got {got}")
        address = CONNECT_PREFIX + (f"{host}:{self._connection.port}" if self._connection.port else host)
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
        """Move the token out of the address, which is shown."""
        token = self._connection.password or None
        address = values.get("connect_string")
        if address is not None:
            start, *parameters = address.split(";")
            shown = [parameter for parameter in parameters if not parameter.startswith("token=")]
            for parameter in parameters:
                if parameter not in shown and token is not None:
                    self._problem("password", "expected nothing, got a token, and master has a token too")
                elif parameter not in shown:
                    token = unquote(parameter.removeprefix("token="))
            values["connect_string"] = ";".join([start, *shown])
        elif token is not None:
            self._problem(
                "password",
                "expected nothing, got a token; only a Connect server takes one, and master names none",
            )
        return {**values, "token": token}

    def _master(self, master: str | None, name: str = "master") -> dict[str, Any]:
        if master is None:
            return {}
        if name == "master" and master.startswith(CONNECT_PREFIX) and len(master) > len(CONNECT_PREFIX):
            return {"connect_string": master}
        if not master.startswith(_MASTERS):
            known = "local[4], spark://host:7077, yarn, k8s://https://host:6443" + (
                " or sc://host:15002" if name == "master" else ""
            )
            self._problem(name, f'expected {known}, got "{master}"')
        return {"master": master}

    def _extra(self) -> dict[str, Any]:
        """Return the extra without fields that were left blank in the form."""
        text = self._connection.extra
        if not text:
            return {}
        extra = self._json("extra", text)
        return {key: value for key, value in extra.items() if value not in (None, "")}

    def _json(self, name: str, value: object) -> dict[str, Any]:
        """Return a JSON object, given as such or as text: the form and `airflow connections add` differ in that."""
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
        texts = {}
        for key, value in self._json(name, extra.get(name, {})).items():
            if isinstance(value, bool):
                texts[key] = str(value).lower()
            elif isinstance(value, (str, int, float)):
                texts[key] = str(value)
            else:
                self._problem(name, f"{key}: expected a text, got {type(value).__name__}")
        return texts
