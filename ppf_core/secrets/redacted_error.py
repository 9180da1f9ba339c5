"""Copies of exceptions with redacted secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from .redaction import Redaction

__all__ = ["RedactedError", "is_error_of", "without_secrets"]

MOST_VALUES = 10_000
OBJECT_DEPTH = 3


class RedactedError(PpfError):
    """Replaces an error that could not be copied without its secrets.

    `type_name` is the name of its class, and `error_type` the class itself, which is lost by pickling.
    """

    def __init__(self, type_name: str, message: str, error_type: type[BaseException] | None = None) -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name = type_name
        self.message = message
        self.error_type = error_type

    @classmethod
    def of(cls, error: BaseException, message: str) -> RedactedError:
        """Return the replacement of `error`, with a message that is safe to show."""
        return cls(type(error).__name__, message, type(error))

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.type_name, self.message)


def is_error_of(error: BaseException, *classes: type[BaseException]) -> bool:
    """Return whether `error` is of one of the classes, or replaces such an error."""
    if isinstance(error, RedactedError) and error.error_type is not None:
        return issubclass(error.error_type, classes)
    return isinstance(error, classes)


def without_secrets(error: BaseException, redaction: Redaction) -> BaseException:
    """Return `error` itself if neither it nor its values contain a secret, else a redacted copy; never raise.

    If possible, the copy has the same class and is created without running the class's own code; else it has a
    subclass with the redacted text, without the values that could not be redacted; else it is a `RedactedError`.
    Causes, contexts, notes, attributes and the members of groups are copied in the same way. Tracebacks are kept:
    they show lines of code, not values.
    """
    try:
        return _RedactedCopies(redaction).of(error)
    except Exception:  # noqa: BLE001 - the error's class may do anything, and no secret may get out
        return RedactedError.of(error, "its message could not be redacted")


class _RedactedCopies:
    """Creates a single copy of each error, so that errors that refer to each other give copies that do so too."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._copies: dict[int, BaseException] = {}

    def of(self, error: BaseException) -> BaseException:
        if id(error) in self._copies:
            return self._copies[id(error)]
        if not self._in(error):
            return error
        stand_in = RedactedError.of(error, self._redaction.redact(_text(error)))
        self._copies[id(error)] = stand_in  # for errors among its values that refer to it
        copy = self._of_same_class(error) or self._of_subclass(error, stand_in.message) or stand_in
        self._copies[id(error)] = copy
        copy.__cause__ = self.of(error.__cause__) if error.__cause__ is not None else None
        copy.__context__ = self.of(error.__context__) if error.__context__ is not None else None
        copy.__suppress_context__ = error.__suppress_context__
        return copy.with_traceback(error.__traceback__)

    def _of_same_class(self, error: BaseException) -> BaseException | None:
        # Created as by unpickling, but with the methods of the built-in ancestor: the class's own __init__ may take
        # other arguments than `args`.
        builtin = _builtin_class(error)
        try:
            _, args, *rest = builtin.__reduce__(error)
            redacted = tuple(self._value(arg) for arg in args)
            copy = builtin.__new__(type(error), *redacted)
            builtin.__init__(copy, *redacted)
            for state in rest:
                builtin.__setstate__(copy, self._value(state))
            str(copy), repr(copy)  # may fail without values that were not copied, such as a slot
        except Exception:  # noqa: BLE001 - for other classes a subclass is tried next
            return None
        return None if self._in(copy) else copy

    def _of_subclass(self, error: BaseException, text: str) -> BaseException | None:
        # For classes that compute their text, such as Py4JJavaError, which asks the JVM for it each time.
        cls: Any = type(error)
        shown = self._redaction.redact(repr(error))
        namespace = {
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__str__": lambda _: text,
            "__repr__": lambda _: shown,
            "__reduce__": lambda _: (RedactedError, (cls.__name__, text)),
        }
        try:
            copy = _builtin_class(error).__new__(type(cls.__name__, (cls,), namespace))
            copy.args = (text,)
            vars(copy).update(self._value(vars(error)))
        except Exception:  # noqa: BLE001 - a class without subclasses gets a stand-in
            return None
        return None if self._in(copy) else copy

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._redaction.redact(value)
        if isinstance(value, bytes | bytearray):
            text = value.decode("utf-8", "surrogateescape")
            return self._redaction.redact(text).encode("utf-8", "surrogateescape")
        if isinstance(value, BaseException):
            return self.of(value)
        if isinstance(value, dict):
            return {self._value(key): self._value(item) for key, item in value.items()}
        for kind in (list, tuple, set, frozenset):
            if isinstance(value, kind):
                return kind(self._value(item) for item in value)
        return self._redaction.redact(_shown(value)) if self._in(value) else value

    def _in(self, value: object) -> bool:
        """Return whether `value`, its text or its parts contain a secret; attributes are followed three levels deep."""
        pending: list[tuple[object, int]] = [(value, 0)]
        seen: dict[int, object] = {}  # keeps the objects alive, so that no other object gets the same id
        while pending:
            current, depth = pending.pop()
            if current is None or isinstance(current, bool | int | float | type) or id(current) in seen:
                continue
            if len(seen) == MOST_VALUES:
                return True  # too many values to search: assume a secret
            seen[id(current)] = current
            if any(self._redaction.found_in(text) for text in _texts(current)):
                return True
            if isinstance(current, dict):
                pending += [(part, depth) for item in current.items() for part in item]
            elif isinstance(current, list | tuple | set | frozenset):
                pending += [(part, depth) for part in current]
            elif isinstance(current, BaseException):
                pending += [(part, depth) for part in _held_by(current)]
            elif depth < OBJECT_DEPTH:
                pending.append((getattr(current, "__dict__", None), depth + 1))
        return False


def _texts(value: object) -> list[str]:
    """Return the texts of `value`; none for a container, whose parts are searched separately."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, bytes | bytearray):
        return [value.decode("utf-8", "surrogateescape")]
    if isinstance(value, dict | list | tuple | set | frozenset):
        return []
    # The str() of a Java object is a call into the JVM, so only exceptions are searched by their str().
    return [_text(value), _shown(value)] if isinstance(value, BaseException) else [_shown(value)]


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error without a text shows no secret
        return "(its message cannot be read)"


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - as above
        return f"({type(value).__name__} that cannot be shown)"


def _held_by(error: BaseException) -> list[object]:
    builtin = _builtin_class(error)
    return [builtin.__reduce__(error), error.__cause__, error.__context__]


def _builtin_class(error: BaseException) -> Any:
    return next(cls for cls in type(error).__mro__ if cls.__module__ == "builtins")
