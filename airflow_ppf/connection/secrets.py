"""Secrets that Airflow keeps: in connections, in variables, and in the connection of the pipeline itself."""

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
    """`secret://conn/ID/FIELD`: a field of a connection, or `extra/KEY` for what is in its extra."""

    def __repr__(self) -> str:
        return "ConnectionSecretsProvider()"

    def get(self, key: str) -> str:
        """The field's value, as text.

        Raises:
            SecretNotFoundError: there is no such connection, or it has no such field.
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
    """`secret://variable/KEY`: a variable, as it is written."""

    def __repr__(self) -> str:
        return "VariableSecretsProvider()"

    def get(self, key: str) -> str:
        """The variable's value.

        Raises:
            SecretNotFoundError: there is no such variable.
        """
        try:
            return str(Variable.get(key))
        except AirflowRuntimeError as error:
            if error.error.error != ErrorType.VARIABLE_NOT_FOUND:
                raise
            raise SecretNotFoundError("variable", key, f"variable {key} (not defined)") from None


class NamedSecretsProvider:
    """`secret://ppf/NAME`: what the connection that the pipeline runs with has in its field `secrets`.

    So a pipeline file does not say which connection that is.
    """

    def __init__(self, conn_id: str, secrets: Mapping[str, str]) -> None:
        self._conn_id = conn_id
        self._secrets = secrets

    def __repr__(self) -> str:
        return f"NamedSecretsProvider({self._conn_id!r})"

    def get(self, key: str) -> str:
        """The value of that name.

        Raises:
            SecretNotFoundError: there is none, or no connection.
        """
        if key in self._secrets:
            return self._secrets[key]
        known = ", ".join(sorted(self._secrets)) or "nothing"
        place = (
            f"connection {self._conn_id}, field secrets (it has: {known})"
            if self._conn_id
            else "no conn_id given"
        )
        raise SecretNotFoundError("ppf", key, place)


def airflow_secrets(
    config: SecretsConfig | None, conn_id: str, secrets: Mapping[str, str]
) -> SecretsResolver:
    """A resolver that knows what Airflow keeps, beside what `config` says, and tells Airflow's masker of each secret.

    Args:
        config: The `secrets` block of the pipeline.
        conn_id: The connection that the pipeline runs with, if any.
        secrets: Its field `secrets`.

    Raises:
        ConfigError: a provider of `config` cannot be made.
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
