from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.audit import ConfigFilter

HIDDEN = "***"


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "PASSWORD",
        "db_password",
        "dbPassword",
        "password2",
        "keystorePassword",
        "userpassword",
        "passwd",
        "pwd",
        "db_pass",
        "passphrase",
        "secret",
        "clientSecret",
        "client_secrets",
        "token",
        "authtoken",
        "oauth.token",
        "refresh-token",
        "APIKey",
        "apikey",
        "api_key",
        "x-api-key",
        "access_key",
        "AWS_SECRET_ACCESS_KEY",
        "fs.s3a.access.key",
        "spark.hadoop.fs.s3a.secret.key",
        "fs.azure.account.key.store.dfs.core.windows.net",
        "private_key",
        "privateKeyPem",
        "encryption_key",
        "credential",
        "credentials",
        "google_credentials_json",
        "authorization",
        "Authorization",
        "basic_auth",
        "cookie",
    ],
)
def test_a_value_under_a_sensitive_key_is_hidden(key: str) -> None:
    assert ConfigFilter.scrub({key: "hunter2"}) == {key: HIDDEN}


@pytest.mark.parametrize(
    "key",
    [
        "author",
        "authors",
        "authority",
        "key",
        "keys",
        "primary_key",
        "partition_key",
        "foreign_key",
        "sort.key",
        "tokenizer",
        "tokenize",
        "keyword",
        "passenger_count",
        "compass",
        "bypass_cache",
        "pass_through",
        "secretary",
        "monkey",
        "apikeynote",
        "",
        "1",
    ],
)
def test_a_key_that_only_looks_similar_keeps_its_value(key: str) -> None:
    assert ConfigFilter.scrub({key: "hunter2"}) == {key: "hunter2"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://bob:hunter2@db:5432/x", "postgresql://bob:***@db:5432/x"),
        ("https://:hunter2@host/x", "https://:***@host/x"),
        ("redis://bob:p@ss/w@rd@host", "redis://bob:***@host"),
        ("s3a://AKIA:a+b/c@bucket/x", "s3a://AKIA:***@bucket/x"),
        ("http://u:1234@host and ftp://v:5@other", "http://u:***@host and ftp://v:***@other"),
        ("kafka://u:a@h1,kafka://v:b@h2", "kafka://u:***@h1,kafka://v:***@h2"),
        (
            "jdbc:mysql://h:3306/d?user=bob&password=hunter2&ssl=true",
            "jdbc:mysql://h:3306/d?user=bob&password=***&ssl=true",
        ),
        (
            "jdbc:sqlserver://h:1433;user=a@b;Password=hunter2;x=y",
            "jdbc:sqlserver://h:1433;user=a@b;Password=***;x=y",
        ),
        ("jdbc:oracle:thin:scott/tiger@db:1521/x", "jdbc:oracle:thin:scott/***@db:1521/x"),
        ("https://h/b?sv=2&sig=abc%2B", "https://h/b?sv=2&sig=***"),
        ("https://h/b?X-Amz-Signature=abc&x=1", "https://h/b?X-Amz-Signature=***&x=1"),
        (
            'Login required username="bob" password="hun ter;2";',
            'Login required username="bob" password=***;',
        ),
        ("AccountName=a;AccountKey=abc==;Suffix=z", "AccountName=a;AccountKey=***;Suffix=z"),
        ("Authorization: Bearer eyJhbGci.eyJ1.x-y_z", "Authorization: Bearer ***"),
        ("curl -H 'authorization: basic dXNlcjpwYXNz'", "curl -H 'authorization: basic ***'"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest",
            "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nrest",
        ),
    ],
)
def test_a_password_inside_a_text_is_hidden_and_the_rest_stays(text: str, expected: str) -> None:
    assert ConfigFilter.scrub({"x": text}) == {"x": expected}
    assert ConfigFilter.scrub_text(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "http://host:8080/people/bob@example.org",
        "https://example.org/a:b@c",
        "abfss://container@account.dfs.core.windows.net/path",
        "sftp://bob@host/x",
        "bob@example.org",
        "SELECT a.token, author FROM t WHERE token = 'abc' AND x=y",
        "jdbc:postgresql://h:5432/d?user=bob&ssl=true",
        "basic understanding of bearer authentication",
        "secret://env/DB_PASSWORD",
        "url?password=secret://env/DB_PASSWORD",
        "12:30:00",
    ],
)
def test_a_text_without_a_password_stays(text: str) -> None:
    assert ConfigFilter.scrub({"x": text}) == {"x": text}


def test_everything_under_a_sensitive_key_is_hidden_at_any_depth() -> None:
    config = {"credentials": {"user": "bob", "more": [{"n": 7}, "x"]}, "plain": {"list": [[{"token": "t"}]]}}
    assert ConfigFilter.scrub(config) == {
        "credentials": {"user": HIDDEN, "more": [{"n": HIDDEN}, HIDDEN]},
        "plain": {"list": [[{"token": HIDDEN}]]},
    }


def test_urls_in_nested_lists_lose_their_passwords() -> None:
    assert ConfigFilter.scrub({"brokers": [["kafka://u:hunter2@h"], ("kafka://u:hunter2@h",)]}) == {
        "brokers": [["kafka://u:***@h"], ("kafka://u:***@h",)]
    }


def test_a_value_whose_sibling_names_it_is_hidden() -> None:
    assert ConfigFilter.scrub(
        {"env": [{"name": "DB_PASSWORD", "value": "x"}, {"name": "HOST", "value": "h"}]}
    ) == {"env": [{"name": "DB_PASSWORD", "value": HIDDEN}, {"name": "HOST", "value": "h"}]}


def test_references_booleans_and_nulls_under_a_sensitive_key_stay_readable() -> None:
    config = {"password": "secret://conn/my_db/password", "use_token": True, "token": None}
    assert ConfigFilter.scrub(config) == config


def test_a_reference_with_more_around_it_is_no_reference() -> None:
    assert ConfigFilter.scrub({"password": "x secret://env/A", "token": "secret://env/A hunter2"}) == {
        "password": HIDDEN,
        "token": HIDDEN,
    }


def test_numbers_under_a_sensitive_key_are_hidden() -> None:
    assert ConfigFilter.scrub({"password": 1234, "port": 1234}) == {"password": HIDDEN, "port": 1234}


def test_a_dataclass_is_scrubbed_as_a_dict() -> None:
    @dataclass
    class Settings:
        url: str = "x://u:p@h"
        options: dict[str, Any] = field(default_factory=lambda: {"token": "t"})

    assert ConfigFilter.scrub({"s": Settings()}) == {
        "s": {"url": "x://u:***@h", "options": {"token": HIDDEN}}
    }
    assert ConfigFilter.scrub(Settings())["url"] == "x://u:***@h"


def test_other_values_are_copied_and_sets_stay_sets() -> None:
    config = {"wait": timedelta(seconds=1), "names": {"a"}, "frozen": frozenset({"b"}), "n": 1.5}
    assert ConfigFilter.scrub(config) == config


def test_the_copy_shares_nothing_with_the_config() -> None:
    config: dict[str, Any] = {"a": {"b": [1, {"c": 2}]}, "raw": bytearray(b"x")}
    scrubbed = ConfigFilter.scrub(config)
    scrubbed["a"]["b"][1]["c"] = 3
    scrubbed["raw"].append(0)
    assert config == {"a": {"b": [1, {"c": 2}]}, "raw": bytearray(b"x")}


KEYS = st.sampled_from(["author", "password", "apiKey", "url", "secrets", "auth", "key"]) | st.text(
    max_size=5
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("x://u:hunter2@h")
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=15,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_the_config_is_never_changed_and_scrubbing_twice_changes_nothing_more(config: dict[str, Any]) -> None:
    before = copy.deepcopy(config)
    scrubbed = ConfigFilter.scrub(config)
    assert config == before
    assert "hunter2" not in repr(scrubbed)
    assert ConfigFilter.scrub(scrubbed) == scrubbed


@given(st.text(alphabet="ab.@:/=?&;, \"'-\n", max_size=60))
def test_scrubbing_any_text_twice_is_scrubbing_it_once(text: str) -> None:
    once = ConfigFilter.scrub_text(text)
    assert ConfigFilter.scrub_text(once) == once


@pytest.mark.parametrize(
    "unit", ["a", "://a:", "password=", 'token="', "basic A1", "a.", "-----BEGIN PRIVATE KEY-----"]
)
@pytest.mark.timeout(20)
def test_a_long_text_is_scrubbed_in_linear_time(unit: str) -> None:
    ConfigFilter.scrub_text(unit * (200_000 // len(unit)))  # the quadratic way takes minutes
