"""Secrets that were handed out are taken out of text."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.secrets import EnvSecretsProvider, SecretsResolver

PASSWORD = "tr0ub4dor&3 'x'\n/é"  # noqa: S105 - made up
_texts = st.text(st.characters(exclude_characters="*", exclude_categories=["Cs"]), min_size=4, max_size=30)


def knowing(*values: str) -> SecretsResolver:
    resolver = SecretsResolver()
    secrets = {f"S{number}": value for number, value in enumerate(values)}
    resolver.register("env", EnvSecretsProvider(secrets))
    resolver.resolve([f"secret://env/{key}" for key in secrets])
    return resolver


def test_only_what_was_handed_out_is_redacted() -> None:
    resolver = SecretsResolver()
    resolver.register("env", EnvSecretsProvider({"PW": "hunter22"}))
    assert resolver.redact("hunter22") == "hunter22"
    resolver.resolve("secret://env/PW")
    assert resolver.redact("pw=hunter22!") == "pw=***!"


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        repr(PASSWORD),
        repr([PASSWORD]),
        repr(PASSWORD.encode()),
        ascii(PASSWORD),
        json.dumps({"a": PASSWORD}),
        json.dumps({"a": PASSWORD}, ensure_ascii=False),
        quote(PASSWORD),
        quote(PASSWORD, safe=""),
        quote_plus(PASSWORD),
        base64.b64encode(PASSWORD.encode()).decode(),
        base64.urlsafe_b64encode(PASSWORD.encode()).decode(),
    ],
)
def test_a_secret_is_found_in_each_of_its_forms(form: str) -> None:
    redacted = knowing(PASSWORD).redact(f"<{form}>")
    assert "***" in redacted
    assert "tr0ub4dor" not in redacted
    assert len(redacted) < 20


@pytest.mark.parametrize("user", ["u", "me", "you", "them"])
def test_a_password_in_an_authorization_header_cannot_be_read_back(user: str) -> None:
    header = base64.b64encode(f"{user}:correct-horse-battery".encode()).decode()
    redacted = knowing("correct-horse-battery").redact(f"Authorization: Basic {header}")
    assert "***" in redacted
    # What is left besides the mask holds the user and at most a bit or two of the password's ends.
    assert len(redacted.removeprefix("Authorization: Basic ").replace("***", "")) <= 10


def test_values_of_fewer_than_four_characters_are_left() -> None:
    assert knowing("abc", "").redact("abc, abcd") == "abc, abcd"


def test_a_very_long_value_is_found_unchanged() -> None:
    long = "key" * 10_000
    assert knowing(long).redact(f"<{long}>") == "<***>"


def test_the_longer_of_two_that_begin_alike_goes_whole() -> None:
    assert knowing("pass", "password").redact("my password") == "my ***"


def test_of_two_that_overlap_nothing_is_left() -> None:
    assert knowing("abcdef", "defghi").redact("<abcdefghi>") == "<***>"


@given(secrets=st.lists(_texts, min_size=1, max_size=4), around=st.lists(_texts, min_size=5, max_size=5))
def test_no_secret_is_left_in_any_text(secrets: list[str], around: list[str]) -> None:
    text = "".join(part for pair in zip(around, [*secrets, ""], strict=False) for part in pair)
    redacted = knowing(*secrets).redact(text)
    assert not any(secret in redacted for secret in secrets)


@given(text=st.text())
def test_text_without_a_secret_is_unchanged(text: str) -> None:
    assert knowing("\x00never in a text\x00").redact(text) == text
