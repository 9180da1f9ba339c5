"""Secrets resolver: replaces references with secrets, and redacts the secrets in output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from ppf_core.config import ConfigError, Problem, resolve_class_path

from .environment import EnvSecretsProvider
from .errors import SecretNotFoundError, SecretReferenceError
from .redacted_error import RedactedError, without_secrets
from .redaction import Redaction
from .reference import SCHEME, SecretsReference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ppf_core.config import SecretsConfig

    from .provider import SecretsProvider

__all__ = ["SecretsResolver"]


class SecretsResolver:
    """Resolves references through the registered providers; a new resolver has the provider `env` only.

    It remembers every value that it returned, shows none in its `repr`, and cannot be pickled or copied. Threads may
    share it.

    Args:
        on_value: Called with each value before it is returned, for example to register it for redaction elsewhere.
    """

    def __init__(self, *, on_value: Callable[[str], None] | None = None) -> None:
        self._providers: dict[str, SecretsProvider] = {"env": EnvSecretsProvider()}
        self._redaction = Redaction()
        self._on_value = on_value

    def __repr__(self) -> str:
        return f"SecretsResolver(providers={sorted(self._providers)})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError(
            "a SecretsResolver holds secrets and cannot be pickled or copied; create it where you need it"
        )

    @classmethod
    def from_config(
        cls,
        config: SecretsConfig | None,
        *,
        providers: Mapping[str, SecretsProvider] | None = None,
        on_value: Callable[[str], None] | None = None,
    ) -> SecretsResolver:
        """Create a resolver with `env`, `providers` and those of `config`, which take precedence.

        The settings of a provider may refer to secrets of `env`, of `providers`, and of the providers listed earlier.

        Raises:
            ConfigError: providers cannot be created, or references in their settings cannot be resolved; lists all
                problems.
        """
        resolver = cls(on_value=on_value)
        for name, provider in (providers or {}).items():
            resolver.register(name, provider)
        problems: list[Problem] = []
        for name, settings in (config.providers if config is not None else {}).items():
            try:
                resolved = resolver.resolve(settings.config)
                provider_class: Any = resolve_class_path(settings.class_path)
                make = getattr(provider_class, "from_config", None)
                resolver.register(name, make(resolved) if make else provider_class(**resolved))
            except Exception as error:  # noqa: BLE001 - a provider's own code may raise anything
                message = resolver.redact(f"{type(error).__name__}: {error}")
                problem = f"expected a secrets provider of class {settings.class_path}, got {message}"
                problems.append(Problem(f"secrets.providers.{name}", problem))
        if problems:
            raise ConfigError(problems)
        return resolver

    def register(self, name: str, provider: SecretsProvider) -> None:
        """Resolve `secret://NAME/...` with `provider` from now on, instead of an earlier provider of that name.

        Raises:
            SecretReferenceError: the name is not valid in a reference.
            TypeError: the provider has no method `get`.
        """
        SecretsReference(name, "KEY")
        if not callable(getattr(provider, "get", None)) or isinstance(provider, type):
            raise TypeError(
                f"secrets provider {name!r}: expected an object with a method get(key), got {type(provider).__name__}"
                + (f" {provider.__name__}: have you forgotten the ()?" if isinstance(provider, type) else "")
            )
        self._providers[name] = provider

    def resolve(self, value: Any) -> Any:
        """Replace each text that is a reference with its secret, also in dicts, lists and tuples.

        A reference must be a complete text. Within a longer text its end would be ambiguous
        (`jdbc:x://u:secret://env/PW@h`), and unresolved it would cause an unclear error elsewhere: store the whole text
        as a secret, or use separate settings such as `password`. Keys of dicts and values of other types are not
        changed.

        Raises:
            SecretNotFoundError: the secret does not exist, or its provider is not registered.
            SecretReferenceError: a reference is malformed or is within a longer text.
        """
        if isinstance(value, str):
            return self._text(value) if SCHEME in value else value
        if isinstance(value, dict):
            return {key: self.resolve(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if isinstance(value, tuple):
            return tuple(self.resolve(item) for item in value)
        return value

    def redact(self, text: str) -> str:
        """Return `text` with each secret resolved so far replaced by `***`.

        Secrets are also found as `repr` and JSON escape them, percent-encoded, and in Base64. Values of fewer than 4
        characters are not replaced, because the text would become unreadable.
        """
        return self._redaction.redact(text)

    def redact_error(self, error: Exception) -> Exception:
        """Return an error that is safe to log and to store: `error` itself without secrets, else a copy; never raise.

        The copy has the same class or a subclass if possible, and is otherwise a `RedactedError`. Message, arguments,
        attributes, notes, causes and contexts are redacted. A Java exception that it refers to is not changed in the
        JVM: callers that read its text from the JVM must `redact` that text.
        """
        if not self._redaction:
            return error
        copy = without_secrets(error, self._redaction)
        return copy if isinstance(copy, Exception) else RedactedError.of(error, "")

    def _text(self, text: str) -> str:
        if not text.startswith(SCHEME) or text.count(SCHEME) > 1:
            got = f"{text[text.index(SCHEME) :]!r} within a text of {len(text)} characters"
            raise SecretReferenceError(got, "a reference to a secret is within a longer text")
        reference = SecretsReference.parse(text)
        provider = self._providers.get(reference.provider)
        if provider is None:
            known = ", ".join(sorted(self._providers))
            raise SecretNotFoundError(
                reference.provider, reference.key, f"the registered providers (only: {known})"
            )
        try:
            value = provider.get(reference.key)
        except SecretNotFoundError as error:
            if error.provider == reference.provider:
                raise
            raise SecretNotFoundError(reference.provider, reference.key, error.looked) from error
        if value is None:
            raise SecretNotFoundError(
                reference.provider, reference.key, f"{provider!r} (which returned None)"
            )
        if not isinstance(value, str):
            raise TypeError(f"{reference}: expected text from its provider, got {type(value).__name__}")
        self._redaction.add(value)
        if self._on_value is not None:
            self._on_value(value)
        return value
