"""Reading HOCON: plain Python values out of a file or a text, or a `ConfigError` that says where it is wrong."""

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
from .place import Place, path_text
from .scalars import WrittenFloat, plain_values

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from .hocon_references import References
    from .hocon_text import PlainHocon
    from .place import KeyPath

__all__ = ["HoconDocument", "read_document", "read_hocon"]

_ONE_AT_A_TIME = Lock()
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,300})")
_FLOAT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_UNRESOLVED = re.compile(r"\$\{([^}]+)\}:? \(line: (\d+)")
_CLASH = re.compile(r"Cannot concatenate the list (\S+):")


@dataclass(frozen=True)
class HoconDocument:
    """What a document says, where each setting stands, and what it was made of.

    Args:
        tree: The settings.
        places: Where each of them stands.
        open_tree: The settings without the values of environment variables, for `fill_in`; None if the two could not
            be told apart.
        files: A digest of the content of each file that was read, by its path.
        variables: The environment variables that it refers to, with whether each was set.
    """

    tree: dict[str, Any]
    places: Mapping[KeyPath, Place]
    open_tree: dict[str, Any] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, bool] = field(default_factory=dict)


def read_hocon(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What a HOCON file says, as dicts, lists, texts, numbers, booleans and None.

    Includes are looked for beside the file that includes them; `include url(...)` and `package(...)` are refused.
    `${NAME}` and `${?NAME}` fall back to environment variables. A duration stays the text that it was (`10s`), and a
    quoted key keeps its dots.

    Raises:
        ConfigError: the file is missing, is not HOCON, or passes a limit of size, depth or expansion.
    """
    tree: dict[str, Any] = plain_values(read_document(path=Path(path)).tree)
    return tree


def read_document(text: str | None = None, path: Path | None = None) -> HoconDocument:
    """A document of a text (includes beside `path`, or in the working directory), or of the file `path`.

    Raises:
        ConfigError: as `read_hocon` says.
    """
    from .hocon_references import check_references
    from .hocon_text import plain_hocon

    try:
        plain = plain_hocon(text, path)
        references = check_references(plain.settings)
        open_tree = _parse(plain, references)
        tree = fill_in(open_tree) if references.open else open_tree
    except RecursionError:
        message = "expected blocks and references that are less deep, got more than can be followed"
        raise ConfigError([Problem("", message, None if path is None else str(path))]) from None
    told_apart = open_tree if references.are_told_apart else None
    return HoconDocument(tree, plain.places, told_apart, plain.files, references.variables)


def _parse(plain: PlainHocon, references: References) -> dict[str, Any]:
    from pyhocon import ConfigFactory
    from pyhocon.exceptions import ConfigException
    from pyparsing import ParseBaseException, ParserElement

    if not plain.lines:
        return {}
    names = sorted(references.open)
    # The parser would take them from the environment itself; nobody could tell afterwards what came from there.
    for name in names:
        plain.lines.append(f'{encode_key(name)} = "{VARIABLE}{encode_key(name)}{VARIABLE}"')
        plain.origins.append(Place(None, None))
    try:
        # While it reads, the parser changes a default of the whole process, and an error keeps it from restoring it.
        with _ONE_AT_A_TIME:
            blanks = ParserElement.DEFAULT_WHITE_CHARS
            try:
                parsed = ConfigFactory.parse_string(plain.text)
            finally:
                ParserElement.set_default_whitespace_chars(blanks)
    except ParseBaseException as error:
        place = plain.origins[min(error.lineno, len(plain.origins)) - 1]
        problem = Problem("", f"expected HOCON, got something else: {error.msg}", place.file, place.line)
        raise ConfigError([problem]) from error
    except ConfigException as error:
        raise ConfigError(_problems(str(error), plain)) from error
    tree: dict[str, Any] = _value(parsed)
    return {key: value for key, value in tree.items() if key not in references.open}


def _problems(message: str, plain: PlainHocon) -> list[Problem]:
    """What the parser found wrong once it had all settings together."""
    problems = []
    for name, line in _UNRESOLVED.findall(message):
        place = plain.origins[int(line) - 1]
        path = tuple(map(decode_key, name.removeprefix("?").split(".")))
        shown = path_text(path)
        own = [setting for setting in plain.settings if setting.path == path]
        if len(own) == 1 and own[0].place == place:
            text = f"expected {shown} to have a value before it refers to itself, got none"
        elif any(setting.place == place for setting in own):
            text = f"expected {shown} to be added to once inside a block, got more than once; write one list"
        else:
            text = f"expected a value for ${{{shown}}}, got none"
        problems.append(Problem("", text, place.file, place.line))
    if problems:
        return problems
    clash = _CLASH.search(message)
    if clash is None:
        return [
            Problem("", "expected settings that fit together, got some that do not", plain.origins[0].file)
        ]
    key = decode_key(clash[1].split(".")[-1])
    last = [setting for setting in plain.settings if setting.path[-1] == key][-1:]
    text = f"expected the same kind of value each time that {key} is set, got blocks, lists and single values mixed"
    return [Problem(path_text(one.path), text, one.place.file, one.place.line) for one in last] or [
        Problem(key, text)
    ]


def _value(value: Any) -> Any:
    """The parser's value as a plain one: literals decoded, keys as they were written."""
    if isinstance(value, dict):
        return {decode_key(key): _value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        # None is what is left of an optional reference that led nowhere; a null that was written is a literal.
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
