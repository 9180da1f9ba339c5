"""HOCON reader: returns plain Python values, or raises a `ConfigError` with file and line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from .errors import ConfigError, Problem
from .hocon_coding import LITERAL, VARIABLE, decode_key, encode_key
from .hocon_variables import fill_in
from .key_path import path_text
from .origin import Origin
from .scalars import WrittenFloat, plain_values

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from .hocon_references import References
    from .hocon_text import PlainHocon
    from .key_path import KeyPath

__all__ = ["HoconDocument", "read_document", "read_hocon"]

_ONE_AT_A_TIME = Lock()
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,300})")
_FLOAT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_UNRESOLVED = re.compile(r"\$\{([^}]+)\}:? \(line: (\d+)")
_CLASH = re.compile(r"Cannot concatenate the list (\S+):")


@dataclass(frozen=True)
class HoconDocument:
    """Settings of a document, and the files and environment variables that they come from.

    Args:
        tree: The settings.
        origins: The file and line of each setting, by key path.
        open_tree: The settings without the values of environment variables, for `fill_in`; None if the values cannot
            be separated.
        files: A digest of the content of each file that was read, by its path.
        variables: The environment variables that the document refers to, with whether each was set.
    """

    tree: dict[str, Any]
    origins: Mapping[KeyPath, Origin]
    open_tree: dict[str, Any] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, bool] = field(default_factory=dict)


def read_hocon(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a HOCON file as dicts, lists, texts, numbers, booleans and None.

    Paths of includes are relative to the file that includes them; `include url(...)` and `package(...)` are refused.
    `${NAME}` and `${?NAME}` fall back to environment variables. A duration remains a text (`10s`), and a quoted key
    keeps its dots.

    Raises:
        ConfigError: the file is missing, is not HOCON, or exceeds a limit of size, depth or expansion.
    """
    tree: dict[str, Any] = plain_values(read_document(path=Path(path)).tree)
    return tree


def read_document(text: str | None = None, path: Path | None = None) -> HoconDocument:
    """Read a document from a text (includes relative to `path` or the working directory), or from the file `path`.

    Raises:
        ConfigError: see `read_hocon`.
    """
    from .hocon_references import check_references
    from .hocon_text import plain_hocon

    try:
        plain = plain_hocon(text, path)
        references = check_references(plain.settings)
        open_tree = _parse(plain, references)
        tree = fill_in(open_tree) if references.open else open_tree
    except RecursionError:
        message = "expected blocks and references that are less deeply nested, got more than can be followed"
        raise ConfigError([Problem("", message, None if path is None else str(path))]) from None
    separated = open_tree if references.are_separable else None
    return HoconDocument(tree, plain.origins, separated, plain.files, references.variables)


def _parse(plain: PlainHocon, references: References) -> dict[str, Any]:
    from pyhocon import ConfigFactory
    from pyhocon.exceptions import ConfigException
    from pyparsing import ParseBaseException, ParserElement

    if not plain.lines:
        return {}
    names = sorted(references.open)
    # Given as settings: the parser would read them from the environment, and leave no trace of where it did.
    for name in names:
        plain.lines.append(f'{encode_key(name)} = "{VARIABLE}{encode_key(name)}{VARIABLE}"')
        plain.line_origins.append(Origin(None, None))
    try:
        # The parser changes a default of the whole process while it reads, and does not restore it after an error.
        with _ONE_AT_A_TIME:
            blanks = ParserElement.DEFAULT_WHITE_CHARS
            try:
                parsed = ConfigFactory.parse_string(plain.text)
            finally:
                ParserElement.set_default_whitespace_chars(blanks)
    except ParseBaseException as error:
        origin = plain.line_origins[min(error.lineno, len(plain.line_origins)) - 1]
        problem = Problem("", f"expected HOCON, got something else: {error.msg}", origin.file, origin.line)
        raise ConfigError([problem]) from error
    except ConfigException as error:
        raise ConfigError(_problems(str(error), plain)) from error
    tree: dict[str, Any] = _value(parsed)
    return {key: value for key, value in tree.items() if key not in references.open}


def _problems(message: str, plain: PlainHocon) -> list[Problem]:
    """Return the problems in an error of the parser about settings that refer to or replace each other."""
    problems = []
    for name, line in _UNRESOLVED.findall(message):
        origin = plain.line_origins[int(line) - 1]
        path = tuple(map(decode_key, name.removeprefix("?").split(".")))
        shown = path_text(path)
        own = [setting for setting in plain.settings if setting.path == path]
        if len(own) == 1 and own[0].origin == origin:
            text = f"expected {shown} to have a value before it refers to itself, got none"
        elif any(setting.origin == origin for setting in own):
            text = f"expected one += for {shown} inside a block, got several; write a single list"
        else:
            text = f"expected a value for ${{{shown}}}, got none"
        problems.append(Problem("", text, origin.file, origin.line))
    if problems:
        return problems
    clash = _CLASH.search(message)
    if clash is None:
        return [
            Problem(
                "", "expected settings that can be merged, got some that cannot", plain.line_origins[0].file
            )
        ]
    key = decode_key(clash[1].split(".")[-1])
    last = next((setting for setting in reversed(plain.settings) if setting.path[-1] == key), None)
    text = f"expected the same kind of value each time that {key} is set, got a mix of blocks, lists and single values"
    return [
        Problem(path_text(last.path), text, last.origin.file, last.origin.line)
        if last
        else Problem(key, text)
    ]


def _value(value: Any) -> Any:
    """Return a value of the parser as a plain value, with literals and keys decoded."""
    if isinstance(value, dict):
        return {decode_key(key): _value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        # None comes from an optional reference without a value; a null in the file is a literal.
        return [_value(inner) for inner in value if inner is not None]
    if not isinstance(value, str) or not value.startswith(LITERAL):
        return value.replace(LITERAL, "") if isinstance(value, str) else value
    written = value[1:]
    if LITERAL in written:
        return value.replace(LITERAL, "")
    if written in _WORDS:
        return _WORDS[written]
    if _INTEGER.fullmatch(written):
        return int(written)
    if _FLOAT.fullmatch(written):
        number = WrittenFloat(written)
        return number if math.isfinite(number) else written
    return written
