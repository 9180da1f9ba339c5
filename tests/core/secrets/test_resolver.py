"""Resolution of references to secrets."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.config import ConfigError, SecretsConfig, SecretsProviderConfig
from ppf_core.secrets import (
    EnvSecretsProvider,
    SecretNotFoundError,
    SecretReferenceError,
    SecretsReference,
    SecretsResolver,
)

PASSWORD = "tr0ub4dor&3"  # noqa: S105 - made up


@pytest.fixture
def resolver() -> SecretsResolver:
    resolver = SecretsResolver()
    resolver.register("env", EnvSecretsProvider({"PW": PASSWORD, "USER": "admin"}))
    return resolver


class Vault:
    """A provider made from settings."""

    def __init__(self, token: str, prefix: str = "") -> None:
        if token == "wrong":  # noqa: S105 - one that is refused
            raise PermissionError("token wrong is refused")
        self.token, self.prefix = token, prefix

    def get(self, key: str) -> Any:
        return {"token": self.token, "none": None, "number": 42}.get(key, self.prefix + key)


class FromConfig(Vault):
    @classmethod
    def from_config(cls, config: dict[str, str]) -> FromConfig:
        return cls(token="by from_config, " + config["token"])


class Refusing:
    def __init__(self, token: str) -> None:
        raise PermissionError(f"{token} is refused")


def providers(**configs: tuple[type, dict[str, Any]]) -> SecretsConfig:
    return SecretsConfig(
        {
            name: SecretsProviderConfig(f"{cls.__module__}.{cls.__qualname__}", config)
            for name, (cls, config) in configs.items()
        }
    )


@given(
    provider=st.from_regex(r"[A-Za-z0-9_.-]+", fullmatch=True),
    key=st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1),
)
def test_a_reference_is_parsed_from_what_it_is_written_as(provider: str, key: str) -> None:
    reference = SecretsReference(provider, key)
    assert SecretsReference.parse(str(reference)) == reference


def test_a_key_may_have_slashes() -> None:
    assert SecretsReference.parse("secret://conn/my_db/password") == SecretsReference(
        "conn", "my_db/password"
    )


@pytest.mark.parametrize(
    "text",
    ["secret://", "secret://env", "secret://env/", "secret:///X", "secret://e nv/X", "secret://env/X Y"],
)
def test_a_malformed_reference_is_an_error(text: str, resolver: SecretsResolver) -> None:
    with pytest.raises(SecretReferenceError, match="expected secret://PROVIDER/KEY"):
        SecretsReference.parse(text)
    with pytest.raises(SecretReferenceError):
        resolver.resolve({"a": [text]})


def test_a_text_that_is_no_reference_is_not_shown_by_the_error() -> None:
    with pytest.raises(SecretReferenceError) as caught:
        SecretsReference.parse(PASSWORD)
    assert PASSWORD not in repr(caught.value)


def test_references_are_resolved_however_deep(resolver: SecretsResolver) -> None:
    config = {"a": ["secret://env/PW", {"b": ("secret://env/USER", 1)}], "c": None, "secret://env/PW": True}
    before = copy.deepcopy(config)
    assert resolver.resolve(config) == {
        "a": [PASSWORD, {"b": ("admin", 1)}],
        "c": None,
        "secret://env/PW": True,
    }
    assert config == before


def test_text_without_a_reference_is_unchanged(resolver: SecretsResolver) -> None:
    for text in ("", "secret", "secret:/env/PW", "s3://bucket/secret", "SECRET://env/PW"):
        assert resolver.resolve(text) == text


@pytest.mark.parametrize(
    "text", ["jdbc:x://u:secret://env/PW@h", " secret://env/PW", "secret://env/PWsecret://env/PW"]
)
def test_a_reference_within_a_longer_text_is_an_error(text: str, resolver: SecretsResolver) -> None:
    with pytest.raises(SecretReferenceError, match="within a longer text"):
        resolver.resolve(text)


def test_the_rest_of_a_longer_text_is_not_shown(resolver: SecretsResolver) -> None:
    with pytest.raises(SecretReferenceError) as caught:
        resolver.resolve("jdbc:x://u:hunter22@h?pw=secret://env/PW")
    assert "hunter22" not in str(caught.value)
    assert "secret://env/PW" in str(caught.value)


def test_an_unknown_provider_is_an_error_that_names_the_known_providers(resolver: SecretsResolver) -> None:
    with pytest.raises(SecretNotFoundError, match=r"secret://vault/X.*only: env"):
        resolver.resolve("secret://vault/X")


def test_env_is_built_in_and_asked_at_the_last_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = SecretsResolver.from_config(None)
    monkeypatch.setenv("LATER_SET", "value 1")
    assert resolver.resolve("secret://env/LATER_SET") == "value 1"


def test_providers_of_the_config_are_made_and_registered() -> None:
    resolver = SecretsResolver.from_config(
        providers(vault=(Vault, {"token": "abc", "prefix": "p-"}), other=(FromConfig, {"token": "abc"}))
    )
    assert resolver.resolve("secret://vault/x/y") == "p-x/y"
    assert resolver.resolve("secret://other/token") == "by from_config, abc"


def test_a_provider_s_own_settings_may_be_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", PASSWORD)
    resolver = SecretsResolver.from_config(providers(vault=(Vault, {"token": "secret://env/VAULT_TOKEN"})))
    assert resolver.resolve("secret://vault/token") == PASSWORD


def test_all_providers_that_cannot_be_made_are_reported_at_once_and_show_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", PASSWORD)
    config = providers(
        one=(Refusing, {"token": "secret://env/VAULT_TOKEN"}), two=(Vault, {"no_such": 1}), three=(int, {})
    )
    with pytest.raises(ConfigError) as caught:
        SecretsResolver.from_config(config)
    assert [problem.path for problem in caught.value.problems] == [
        "secrets.providers.one",
        "secrets.providers.two",
        "secrets.providers.three",
    ]
    assert "*** is refused" in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_secret_that_a_provider_needs_and_that_is_missing_is_reported_with_the_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    with pytest.raises(ConfigError) as caught:
        SecretsResolver.from_config(
            providers(
                one=(Vault, {"token": "secret://env/VAULT_TOKEN"}), two=(Vault, {"token": "x secret://y"})
            )
        )
    first, second = caught.value.problems
    assert (first.path, second.path) == ("secrets.providers.one", "secrets.providers.two")
    assert "secret://env/VAULT_TOKEN does not exist" in first.message
    assert "within a longer text" in second.message


def test_a_provider_that_gives_no_text_is_an_error() -> None:
    resolver = SecretsResolver()
    resolver.register("vault", Vault("abc"))
    with pytest.raises(SecretNotFoundError, match="which returned None"):
        resolver.resolve("secret://vault/none")
    with pytest.raises(TypeError, match="expected text from its provider, got int"):
        resolver.resolve("secret://vault/number")


def test_what_is_no_provider_is_refused() -> None:
    with pytest.raises(TypeError, match=r"have you forgotten the \(\)"):
        SecretsResolver().register("vault", Vault)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"expected an object with a method get\(key\), got int"):
        SecretsResolver().register("vault", 3)  # type: ignore[arg-type]
    with pytest.raises(SecretReferenceError, match="has an invalid name"):
        SecretsResolver().register("a/b", Vault("abc"))


def test_a_resolver_shows_nothing_and_is_neither_pickled_nor_copied(resolver: SecretsResolver) -> None:
    resolver.resolve("secret://env/PW")
    assert repr(resolver) == str(resolver) == "SecretsResolver(providers=['env'])"
    assert PASSWORD not in repr(vars(resolver))
    for duplicate in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="holds secrets"):
            duplicate(resolver)


def test_given_providers_are_there_before_those_of_the_config_and_their_values_are_reported() -> None:
    values: list[str] = []
    named = SecretsConfig(
        {
            "mine": SecretsProviderConfig(
                "ppf_core.secrets.EnvSecretsProvider", {"environ": {"K": "secret://given/K"}}
            )
        }
    )
    resolver = SecretsResolver.from_config(
        named,
        providers={"given": EnvSecretsProvider({"K": "from the given provider"})},
        on_value=values.append,
    )
    assert resolver.resolve(["secret://mine/K", "no secret"]) == ["from the given provider", "no secret"]
    assert values == ["from the given provider", "from the given provider"]
