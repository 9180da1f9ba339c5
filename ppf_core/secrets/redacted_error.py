"""An exception without the secrets that are in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from .redaction import Redaction

__all__ = ["RedactedError", "is_error_of", "without_secrets"]

MOST_VALUES = 10_000
OBJECT_DEPTH = 3


class RedactedError(PpfError):
    """Stands for an error that could not be rebuilt without its secrets.

    `type_name` is the name of its class, `error_type` the class itself; after unpickling only the name is known.
    """

    def __init__(self, type_name: str, message: str, error_type: type[BaseException] | None = None) -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name = type_name
        self.message = message
        self.error_type = error_type

    @classmethod
    def of(cls, error: BaseException, message: str) -> RedactedError:
        """Return the stand-in for `error`, with a message that is safe to show."""
        return cls(type(error).__name__, message, type(error))

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.type_name, self.message)


def is_error_of(error: BaseException, *classes: type[BaseException]) -> bool:
    """Return whether `error` is of one of the classes, or stands for such an error."""
    if isinstance(error, RedactedError) and error.error_type is not None:
        return issubclass(error.error_type, classes)
    return isinstance(error, classes)


def without_secrets(error: BaseException, redaction: Redaction) -> BaseException:
    """`error` itself if no secret is in it or in what it holds, else its likeness without them; never raises.

    The likeness has the same class where possible, made without calling the class's own code; else it is of a
    subclass that says the same, redacted, and has lost what could not be cleaned; else a `RedactedError`. Causes,
    contexts, notes, attributes and the members of groups are treated in the same way. Tracebacks are kept: they
    show lines of code, not values.
    """
    try:
        return _Likenesses(redaction).of(error)
    except Exception:  # noqa: BLE001 - whatever odd things the error's class does, the secret stays in
        return RedactedError.of(error, "its message could not be made safe to show")


class _Likenesses:
    """Makes likenesses, of each error one, so that an error in its own context stays in a circle of likenesses."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._made: dict[int, BaseException] = {}

    def of(self, error: BaseException) -> BaseException:
        if id(error) in self._made:
            return self._made[id(error)]
        if not self._in(error):
            return error
        stand_in = RedactedError.of(error, self._redaction.redact(_text(error)))
        self._made[id(error)] = stand_in  # for those that the error holds and that hold the error in turn
        likeness = self._of_same_class(error) or self._of_subclass(error, stand_in.message) or stand_in
        self._made[id(error)] = likeness
        likeness.__cause__ = self.of(error.__cause__) if error.__cause__ is not None else None
        likeness.__context__ = self.of(error.__context__) if error.__context__ is not None else None
        likeness.__suppress_context__ = error.__suppress_context__
        return likeness.with_traceback(error.__traceback__)

    def _of_same_class(self, error: BaseException) -> BaseException | None:
        # Made as unpickling would, but by the methods of the built-in ancestor alone: the class's own __init__
        # may take other arguments than those that were left in `args`.
        builtin = _builtin_class(error)
        try:
            _, args, *rest = builtin.__reduce__(error)
            redacted = tuple(self._value(arg) for arg in args)
            likeness = builtin.__new__(type(error), *redacted)
            builtin.__init__(likeness, *redacted)
            for state in rest:
                builtin.__setstate__(likeness, self._value(state))
            str(likeness), repr(likeness)  # it may need more than was copied, such as a slot
        except Exception:  # noqa: BLE001 - a class that cannot be rebuilt like this gets a subclass
            return None
        return None if self._in(likeness) else likeness

    def _of_subclass(self, error: BaseException, text: str) -> BaseException | None:
        # For those that compute their text anew, as Py4JJavaError, which asks the JVM for it each time.
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
            likeness = _builtin_class(error).__new__(type(cls.__name__, (cls,), namespace))
            likeness.args = (text,)
            vars(likeness).update(self._value(vars(error)))
        except Exception:  # noqa: BLE001 - a class that cannot be derived from gets a stand-in
            return None
        return None if self._in(likeness) else likeness

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
        """Whether a secret is in what `value` shows of itself or holds; objects are followed three deep."""
        pending: list[tuple[object, int]] = [(value, 0)]
        seen: dict[int, object] = {}  # keeps what it has seen, so that no other object gets the same id
        while pending:
            current, depth = pending.pop()
            if current is None or isinstance(current, bool | int | float | type) or id(current) in seen:
                continue
            if len(seen) == MOST_VALUES:
                return True  # what cannot be looked through is not known to be clean
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
    """What `value` shows of itself; nothing for a container, whose parts are looked at one by one."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, bytes | bytearray):
        return [value.decode("utf-8", "surrogateescape")]
    if isinstance(value, dict | list | tuple | set | frozenset):
        return []
    # The str() of a Java object is a call into the JVM, so what is no exception is judged by its repr().
    return [_text(value), _shown(value)] if isinstance(value, BaseException) else [_shown(value)]


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error that cannot tell shows no secret
        return "(its message cannot be had)"


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
