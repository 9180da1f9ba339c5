"""Puts secrets where references to them are, and remembers which, to keep them out of what is shown."""

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
    """Resolves references through the registered providers; a new one knows `env` alone.

    It knows every value that it handed out, shows none of them in its `repr`, and cannot be pickled or copied.
    Threads may share it.

    Args:
        on_value: Called with each value before it is handed out, for others who keep secrets out of what they show.
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
            "a SecretsResolver holds secrets and is not pickled or copied; make one where you need it"
        )

    @classmethod
    def from_config(
        cls,
        config: SecretsConfig | None,
        *,
        providers: Mapping[str, SecretsProvider] | None = None,
        on_value: Callable[[str], None] | None = None,
    ) -> SecretsResolver:
        """A resolver with `env`, the given `providers` and those of `config`, which win; `on_value` as above.

        The settings of a provider may themselves refer to secrets of `env`, of `providers`, and of those named
        before it.

        Raises:
            ConfigError: a provider cannot be made, also because a reference in its settings leads to nothing; all
                such problems at once.
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
        """Let `secret://NAME/...` ask `provider`, from now on and in place of an earlier one of that name.

        Raises:
            SecretReferenceError: no reference could name it so.
            TypeError: it has no method `get`.
        """
        SecretsReference(name, "KEY")
        if not callable(getattr(provider, "get", None)) or isinstance(provider, type):
            raise TypeError(
                f"secrets provider {name!r}: expected an object with a method get(key), got {type(provider).__name__}"
                + (f" {provider.__name__}: have you forgotten the ()?" if isinstance(provider, type) else "")
            )
        self._providers[name] = provider

    def resolve(self, value: Any) -> Any:
        """`value` with the secret in place of each text that is a reference, in dicts, lists and tuples too.

        A reference is a text of its own. Within a longer one it would have no clear end
        (`jdbc:x://u:secret://env/PW@h`), and used as it stands it would fail far from here with an odd message:
        so that is an error. Keep the whole text as one secret, or use separate settings such as `password`.
        Keys of dicts, and what is neither text nor container, stay as they are.

        Raises:
            SecretNotFoundError: a reference leads to nothing, or its provider is not registered.
            SecretReferenceError: a reference is malformed or stands within a longer text.
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
        """`text` with each secret handed out so far replaced by `***`.

        Found also as `repr` and JSON escape it, percent-encoded, and in Base64. A value of fewer than 4
        characters is not replaced: no readable text would be left.
        """
        return self._redaction.redact(text)

    def redact_error(self, error: Exception) -> Exception:
        """`error` safe to log and to keep: itself if no secret is in it, else its likeness; never raises.

        The likeness has its class, or one derived from it, where possible, and is otherwise a `RedactedError`.
        Message, arguments, attributes, notes, causes and contexts are redacted. A Java exception that it refers
        to stays in the JVM as it is: whoever asks the JVM for its text must `redact` that.
        """
        if not self._redaction:
            return error
        likeness = without_secrets(error, self._redaction)
        return likeness if isinstance(likeness, Exception) else RedactedError.of(error, "")

    def _text(self, text: str) -> str:
        if not text.startswith(SCHEME) or text.count(SCHEME) > 1:
            got = f"{text[text.index(SCHEME) :]!r} within a text of {len(text)} characters"
            raise SecretReferenceError(got, "a reference to a secret stands within a longer text")
        reference = SecretsReference.parse(text)
        provider = self._providers.get(reference.provider)
        if provider is None:
            known = ", ".join(sorted(self._providers))
            raise SecretNotFoundError(
                reference.provider, reference.key, f"the registered providers, which are only: {known}"
            )
        try:
            value = provider.get(reference.key)
        except SecretNotFoundError as error:
            if error.provider == reference.provider:
                raise
            raise SecretNotFoundError(reference.provider, reference.key, error.looked) from error
        if value is None:
            raise SecretNotFoundError(reference.provider, reference.key, f"{provider!r} (which gave None)")
        if not isinstance(value, str):
            raise TypeError(f"{reference}: expected text from its provider, got {type(value).__name__}")
        self._redaction.add(value)
        if self._on_value is not None:
            self._on_value(value)
        return value
