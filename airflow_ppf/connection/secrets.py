"""Secrets from Airflow: connections, variables, and the connection that a pipeline runs with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, Variable
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError, ErrorType
from airflow.sdk.log import mask_secret

from ppf_core.secrets import SecretNotFoundError, SecretsProvider, SecretsResolver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Connection

    from ppf_core.config import SecretsConfig

__all__ = [
    "ConnectionSecretsProvider",
    "NamedSecretsProvider",
    "VariableSecretsProvider",
    "airflow_secrets",
]

_FIELDS = ("host", "login", "password", "port", "schema")


class ConnectionSecretsProvider:
    """Provider of `secret://conn/ID/FIELD`: a field of a connection, or `extra/KEY` for a key of its extra."""

    def __repr__(self) -> str:
        return "ConnectionSecretsProvider()"

    def get(self, key: str) -> str:
        """Return the field's value as text.

        Raises:
            SecretNotFoundError: the connection does not exist or does not have the field.
        """
        conn_id, _, name = key.partition("/")
        try:
            connection = BaseHook.get_connection(conn_id)
        except AirflowNotFoundException:
            raise SecretNotFoundError("conn", key, f"connection {conn_id} (not defined)") from None
        fields = _fields_of(connection)
        if name not in fields:
            known = ", ".join(fields) or "nothing"
            raise SecretNotFoundError(
                "conn", key, f"connection {conn_id}, field {name or 'with no name'} (it has: {known})"
            )
        return fields[name]


class VariableSecretsProvider:
    """Provider of `secret://variable/KEY`: the text of a variable."""

    def __repr__(self) -> str:
        return "VariableSecretsProvider()"

    def get(self, key: str) -> str:
        """Return the variable's text.

        Raises:
            SecretNotFoundError: the variable does not exist.
        """
        try:
            return str(Variable.get(key))
        except AirflowRuntimeError as error:
            if error.error.error != ErrorType.VARIABLE_NOT_FOUND:
                raise
            raise SecretNotFoundError("variable", key, f"variable {key} (not defined)") from None


class NamedSecretsProvider:
    """Provider of `secret://ppf/NAME`: an entry in the field `secrets` of the connection that the pipeline runs with.

    With it a pipeline file need not name the connection.
    """

    def __init__(self, conn_id: str, secrets: Mapping[str, str]) -> None:
        self._conn_id = conn_id
        self._secrets = secrets

    def __repr__(self) -> str:
        return f"NamedSecretsProvider({self._conn_id!r})"

    def get(self, key: str) -> str:
        """Return the secret's value.

        Raises:
            SecretNotFoundError: there is no connection, or it has no secret of that name.
        """
        if key in self._secrets:
            return self._secrets[key]
        known = ", ".join(sorted(self._secrets)) or "nothing"
        looked_in = (
            f"connection {self._conn_id}, field secrets (it has: {known})"
            if self._conn_id
            else "no conn_id given"
        )
        raise SecretNotFoundError("ppf", key, looked_in)


def airflow_secrets(
    config: SecretsConfig | None, conn_id: str, secrets: Mapping[str, str]
) -> SecretsResolver:
    """Return a resolver with Airflow's providers and those of `config`, whose secrets Airflow masks in logs.

    Args:
        config: The `secrets` block of the pipeline.
        conn_id: The connection that the pipeline runs with, if any.
        secrets: The connection's field `secrets`.

    Raises:
        ConfigError: a provider of `config` cannot be created.
    """
    providers: dict[str, SecretsProvider] = {
        "conn": ConnectionSecretsProvider(),
        "ppf": NamedSecretsProvider(conn_id, secrets),
        "variable": VariableSecretsProvider(),
    }
    return SecretsResolver.from_config(config, providers=providers, on_value=mask_secret)


def _fields_of(connection: Connection) -> dict[str, str]:
    values: dict[str, Any] = {name: getattr(connection, name) for name in _FIELDS}
    values.update((f"extra/{key}", value) for key, value in connection.extra_dejson.items())
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
        if value is not None
    }
