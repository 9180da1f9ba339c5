"""Parser for SQL types and column lists: `array<int>`, `id bigint not null, name string`."""

from __future__ import annotations

import re
from functools import lru_cache

from ppf_core.config import nearest_name

from .data_type import DataType
from .errors import SchemaError
from .type_tree import Part, TypeTree

__all__ = ["read_columns", "read_nullable_type", "read_type"]

_TOKEN = re.compile(r"\s*(?:(?P<quoted>`(?:[^`]|``)+`)|(?P<word>\w+)|(?P<mark>[<>(),:]))")
_MAX_DEPTH = 50
_DECIMAL_NAMES = ("decimal", "dec", "numeric")
_LENGTH_NAMES = ("char", "character", "varchar")
_SPATIAL_NAMES = ("geography", "geometry")
_INTERVAL_UNITS = ("year", "month", "day", "hour", "minute", "second")
_TYPE_WORDS = sorted({*(kind.value for kind in DataType), "array", "decimal", "map", "struct", "time"})


@lru_cache(maxsize=4096)
def read_type(text: str) -> TypeTree:
    """Parse a type; raise `SchemaError` with the position of an error."""
    reader = _Reader(text)
    tree = reader.type_tree()
    reader.expect_end()
    return tree


def read_nullable_type(text: str) -> tuple[TypeTree, bool]:
    """Parse a type that `not null` may follow; return it with its nullability."""
    reader = _Reader(text)
    tree = reader.type_tree()
    nullable = reader.nullability()
    reader.expect_end()
    return tree, nullable


def read_columns(text: str) -> tuple[Part, ...]:
    """Parse a list of columns: `id bigint not null, name string`."""
    reader = _Reader(text)
    columns = reader.parts_until("")
    reader.expect_end()
    return columns


class _Reader:
    """Recursive-descent parser over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._depth = 0
        self._tokens: list[tuple[str, int]] = []
        self._next = 0
        position = 0
        stripped = text.rstrip()
        while position < len(stripped):
            match = _TOKEN.match(stripped, position)
            if match is None:
                raise self._error("a name, a type or one of < > ( ) , :", stripped[position:], position)
            self._tokens.append((match.group().lstrip(), position))
            position = match.end()

    def type_tree(self) -> TypeTree:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise SchemaError(f"Expected at most {_MAX_DEPTH} nested types, got more: {self._start()}")
        word = self._take().lower()
        try:
            return self._type_named(word)
        finally:
            self._depth -= 1

    def _type_named(self, word: str) -> TypeTree:
        if word == "array":
            self._expect("<")
            element = self.type_tree()
            self._expect(">")
            return TypeTree("array", (Part("element", element),))
        if word == "map":
            self._expect("<")
            key = self.type_tree()
            self._expect(",")
            value = self.type_tree()
            self._expect(">")
            return TypeTree("map", (Part("key", key, nullable=False), Part("value", value)))
        if word == "struct":
            self._expect("<")
            parts = self.parts_until(">")
            self._expect(">")
            return TypeTree("struct", parts)
        if word in _DECIMAL_NAMES:
            return self._decimal()
        if word == "time":
            (precision,) = self._numbers((6,))
            return TypeTree(f"time({precision})")
        if word == "interval":
            return self._interval()
        if word in _SPATIAL_NAMES:
            return self._spatial(word)
        if word in _LENGTH_NAMES:
            raise SchemaError(
                f"Expected string, got {word} in {self._start()}: Spark shows such columns as string"
            )
        try:
            return TypeTree(DataType(word).value)
        except ValueError:
            near = nearest_name(word, _TYPE_WORDS)
            hint = f"; did you mean {near}?" if near else f"; the types are {', '.join(_TYPE_WORDS)}"
            raise SchemaError(
                f"Expected a type of Spark SQL, got {word!r} in {self._start()}{hint}"
            ) from None

    def _decimal(self) -> TypeTree:
        precision, scale = self._numbers((10, 0))
        if not (1 <= precision <= 38 and 0 <= scale <= precision):
            raise SchemaError(
                f"Expected decimal(p,s) with p from 1 to 38 and s from 0 to p, "
                f"got decimal({precision},{scale}) in {self._start()}"
            )
        return TypeTree(f"decimal({precision},{scale})")

    def _interval(self) -> TypeTree:
        words = ["interval"]
        if self._peek().lower() in _INTERVAL_UNITS:
            words.append(self._take().lower())
            if self._peek().lower() == "to":
                words += [self._take().lower(), self._take().lower()]
                if words[-1] not in _INTERVAL_UNITS:
                    raise self._error(f"one of {', '.join(_INTERVAL_UNITS)}", words[-1])
        return TypeTree(" ".join(words))

    def _spatial(self, word: str) -> TypeTree:
        """Parse a geometry or geography; its reference system is kept as written."""
        self._expect("(")
        system = ""
        while self._peek() != ")":
            system += self._take()
        self._expect(")")
        return TypeTree(f"{word}({system})")

    def _numbers(self, defaults: tuple[int, ...]) -> list[int]:
        """Parse numbers in parentheses; missing numbers and parentheses give the `defaults`."""
        numbers = list(defaults)
        if self._peek() != "(":
            return numbers
        self._take()
        for index in range(len(defaults)):
            token = self._take()
            if not token.isdecimal():
                raise self._error("a number", token)
            numbers[index] = int(token)
            if self._peek() != ",":
                break
            self._take()
        self._expect(")")
        return numbers

    def parts_until(self, end: str) -> tuple[Part, ...]:
        parts: list[Part] = []
        while self._peek() != end:
            if parts:
                self._expect(",")
            name = self._take()
            if name in "<>(),:":
                raise self._error("a column's name", name)
            if name.startswith("`"):
                name = name[1:-1].replace("``", "`")
            if self._peek() == ":":
                self._take()
            tree = self.type_tree()
            parts.append(Part(name, tree, self.nullability()))
        return tuple(parts)

    def nullability(self) -> bool:
        if self._peek().lower() == "not":
            self._take()
            if self._take().lower() != "null":
                raise self._error("'null' after 'not'", self._text)
            return False
        if self._peek().lower() == "null":
            self._take()
        return True

    def expect_end(self) -> None:
        if self._peek():
            raise self._error("the end or 'not null'", self._peek(), self._tokens[self._next][1])

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        if not token:
            raise self._error("a name or a type", "the end")
        self._next += 1
        return token

    def _expect(self, mark: str) -> None:
        if self._peek() != mark:
            raise self._error(f"'{mark}'", self._peek() or "the end")
        self._next += 1

    def _error(self, expected: str, got: str, position: int | None = None) -> SchemaError:
        if position is None and self._next < len(self._tokens):
            position = self._tokens[self._next][1]
        where = "" if position is None else f" at character {position + 1}"
        return SchemaError(f"Expected {expected}, got {got[:40]!r}{where} in {self._start()}")

    def _start(self) -> str:
        return repr(self._text if len(self._text) <= 100 else self._text[:97] + "...")
