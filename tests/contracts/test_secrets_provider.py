"""Contract of all providers of secrets."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from airflow_ppf.connection.secrets import (
    ConnectionSecretsProvider,
    NamedSecretsProvider,
    VariableSecretsProvider,
)
from ppf_core.secrets import EnvSecretsProvider, SecretNotFoundError, SecretsProvider, SecretsResolver

if TYPE_CHECKING:
    from collections.abc import Callable

SECRETS = {"DB_PASSWORD": "tr0ub4dor&3", "EMPTY": "", "UNICODE": "pässwörd ✓"}


def _given_environment(secrets: dict[str, str], _monkeypatch: pytest.MonkeyPatch) -> SecretsProvider:
    return EnvSecretsProvider(secrets)


def _process_environment(secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> SecretsProvider:
    for key, value in secrets.items():
        monkeypatch.setenv(key, value)
    return EnvSecretsProvider()


class WithPrefix:
    """A provider whose keys are below another key."""

    def __init__(self, provider: SecretsProvider, prefix: str) -> None:
        self._provider, self._prefix = provider, prefix

    def __repr__(self) -> str:
        return repr(self._provider)

    def get(self, key: str) -> str:
        try:
            return self._provider.get(f"{self._prefix}{key}")
        except SecretNotFoundError as error:
            raise SecretNotFoundError(error.provider, key, error.looked) from None


def _airflow_connection(secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> SecretsProvider:
    monkeypatch.setenv("AIRFLOW_CONN_PPF_TEST", json.dumps({"conn_type": "generic", "extra": secrets}))
    return WithPrefix(ConnectionSecretsProvider(), "ppf_test/extra/")


def _airflow_variables(secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> SecretsProvider:
    for key, value in secrets.items():
        monkeypatch.setenv(f"AIRFLOW_VAR_{key}", value)
    return VariableSecretsProvider()


def _own_connection(secrets: dict[str, str], _monkeypatch: pytest.MonkeyPatch) -> SecretsProvider:
    return NamedSecretsProvider("there", secrets)


PROVIDERS: dict[str, Callable[[dict[str, str], pytest.MonkeyPatch], SecretsProvider]] = {
    "env, given": _given_environment,
    "env, of the process": _process_environment,
    "conn": _airflow_connection,
    "variable": _airflow_variables,
    "ppf": _own_connection,
}


@pytest.fixture(params=PROVIDERS.values(), ids=PROVIDERS.keys())
def provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> SecretsProvider:
    made: SecretsProvider = request.param(dict(SECRETS), monkeypatch)
    return made


@pytest.mark.parametrize("key", SECRETS)
def test_it_gives_the_value_of_a_key(provider: SecretsProvider, key: str) -> None:
    assert provider.get(key) == SECRETS[key]


def test_a_key_it_lacks_is_an_error_that_says_where_it_looked(provider: SecretsProvider) -> None:
    assert "NO_SUCH_KEY" not in os.environ
    with pytest.raises(SecretNotFoundError, match="NO_SUCH_KEY") as caught:
        provider.get("NO_SUCH_KEY")
    assert caught.value.key == "NO_SUCH_KEY"
    assert caught.value.looked


def test_its_errors_and_its_repr_show_no_value(provider: SecretsProvider) -> None:
    with pytest.raises(SecretNotFoundError) as caught:
        provider.get("NO_SUCH_KEY")
    for shown in (str(caught.value), repr(caught.value), repr(provider), str(provider)):
        assert not any(value in shown for value in SECRETS.values() if value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_it_serves_a_resolver_under_any_name(provider: SecretsProvider) -> None:
    resolver = SecretsResolver()
    resolver.register("vault-2", provider)
    assert resolver.resolve("secret://vault-2/DB_PASSWORD") == SECRETS["DB_PASSWORD"]
    with pytest.raises(SecretNotFoundError) as caught:
        resolver.resolve("secret://vault-2/NO_SUCH_KEY")
    assert caught.value.provider == "vault-2"
