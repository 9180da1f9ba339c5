"""Removes secrets from configs and text before they are stored or shown."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["ConfigFilter"]

REDACTED = "***"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
"""A word of `api_key`, `api.key`, `apiKey` or `APIKey`; digits count as gaps."""

_SECRET_WORD = re.compile(
    r".*(password|passwd|passphrase|passcode|pwd|secret|token|credential)s?"  # also inside a word: `authtoken`
    r"|(api|access|account|private|secret)keys?"
    r"|authorization|bearer|cookies?|jwt"
)
_SECRET_LAST_WORDS = frozenset({"auth", "pass", "pw"})  # `db_pass`, but not `pass_through`
_SECRET_KINDS_OF_KEY = frozenset(
    {"api", "access", "account", "private", "encryption", "signing", "shared", "master", "ssh"}
)
_SECRET_PARAMETERS = frozenset({"sig", "signature"})  # signed URLs of object stores

_REFERENCE = re.compile(r"secret://[\w.\-]+/\S+")
_URL_PASSWORD = re.compile(
    r"(://[^\s/?#:@]*:)"  # scheme://user:
    r"(?!\d+(?:[/?#;\s]|$))"  # not a port
    r"(?:(?!://)[^\s\"'])+@"  # up to the last @, because users forget to escape @ in a password
)
_ORACLE_PASSWORD = re.compile(r"(jdbc:oracle:\w+:[^\s/@]+/)[^\s@]+@")  # jdbc:oracle:thin:user/password@host
_PARAMETER = re.compile(r"(?<![\w.\-])([A-Za-z][\w.\-]*)=(\"[^\"]*\"|'[^']*'|[^&;\s]+)")
_AUTHORIZATION = re.compile(
    r"\b((?i:bearer|basic))\s+"
    r"(?=\S*(?:\d|[a-z][A-Z]))"  # a token, not the next word of a sentence
    r"[\w.~+/\-]{8,}=*"
)
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END|\Z)", re.DOTALL)


class ConfigFilter:
    """Replaces sensitive values with `***`.

    A value is sensitive if a word of its key is: `password`, `db_passwd`, `clientSecret`,
    `spark.hadoop.fs.s3a.access.key` and `Authorization` are; `author`, `key`, `primary_key`, `partition_key` and
    `tokenizer` are not. Under a sensitive key everything is replaced except references (`secret://PROVIDER/KEY`),
    booleans and nulls. In all other text, passwords in URLs and connection strings are replaced.

    It replaces too much rather than too little: `token_url` too. It does not know the actual secrets, so a secret
    under a harmless key remains.
    """

    @staticmethod
    def scrub(config: Mapping[str, Any] | DataclassInstance) -> dict[str, Any]:
        """Return a deep copy of `config` without its secrets.

        Dataclasses become dicts, at every depth; lists, tuples and sets keep their type.
        """
        scrubbed: dict[str, Any] = _scrub(config, sensitive=False)
        return scrubbed

    @staticmethod
    def scrub_text(text: str) -> str:
        """Return `text` without the passwords in URLs, connection strings and authorization headers."""
        text = _AUTHORIZATION.sub(rf"\1 {REDACTED}", text)
        text = _URL_PASSWORD.sub(rf"\1{REDACTED}@", text)
        text = _ORACLE_PASSWORD.sub(rf"\1{REDACTED}@", text)
        text = _PARAMETER.sub(_scrub_parameter, text)
        return _PRIVATE_KEY.sub(rf"\1{REDACTED}\2", text)


def _scrub(value: Any, *, sensitive: bool) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        # The key is a value here: { name = password, value = "..." }
        named = _is_sensitive(value.get("name", "")) or _is_sensitive(value.get("key", ""))
        return {
            key: _scrub(item, sensitive=sensitive or _is_sensitive(key) or (named and key == "value"))
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [_scrub(item, sensitive=sensitive) for item in value]
        return items if isinstance(value, list) else _same_type(value, items)
    if isinstance(value, str) and _REFERENCE.fullmatch(value):
        return value
    if sensitive and value is not None and not isinstance(value, bool):
        return REDACTED
    return ConfigFilter.scrub_text(value) if isinstance(value, str) else copy.deepcopy(value)


def _same_type(value: tuple[Any, ...] | set[Any] | frozenset[Any], items: list[Any]) -> Any:
    """Return `items` as the type of `value`; a subclass such as a named tuple becomes the plain type."""
    kind = next(kind for kind in (tuple, set, frozenset) if isinstance(value, kind))
    return kind(items)


def _is_sensitive(key: object) -> bool:
    words = [word.lower() for word in _WORD.findall(str(key))]
    return bool(words) and (
        words[-1] in _SECRET_LAST_WORDS
        or any(_SECRET_WORD.fullmatch(word) for word in words)
        or any(
            first in _SECRET_KINDS_OF_KEY and second in {"key", "keys"}
            for first, second in itertools.pairwise(words)
        )
    )


def _scrub_parameter(match: re.Match[str]) -> str:
    name, value = match.groups()
    if _REFERENCE.fullmatch(value.strip("\"'")):
        return match.group()
    hide = _is_sensitive(name) or name.lower().replace("-", "_").split("_")[-1] in _SECRET_PARAMETERS
    return f"{name}={REDACTED}" if hide else match.group()
