"""HOCON preprocessor: rewrites a document in a plain subset of HOCON that pyhocon parses correctly.

pyhocon fetches `include url(...)` while it parses, turns `10s` into an object and `1.10` into 1.1, refuses
`k."a.b" = 1`, and has no limits. Therefore `plain_hocon` first

- replaces each `include` with the settings of the file, and refuses all but local files;
- writes one setting per line, with texts and numbers quoted and keys encoded as letters and digits;
- records the file and line of each setting, for error messages;
- records the references of each setting, from which `hocon_references.py` computes the expanded size.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from .digest import content_digest
from .errors import ConfigError, Problem
from .hocon_coding import LITERAL, VARIABLE, encode_key
from .key_path import KeyPath
from .origin import Origin

__all__ = ["MAX_BYTES", "MAX_DEPTH", "PlainHocon", "Setting", "plain_hocon"]

MAX_BYTES = 2 * 1024 * 1024
"""Limit for the bytes of a pipeline file and the files that it includes."""

MAX_DEPTH = 24
"""Limit for nested blocks and lists. The parser uses some twenty stack frames for each level."""

_NEVER_UNQUOTED = "=+`^?!@*&\\"
_KEY_PART = re.compile(r'[^$"{}\[\]:=,+#`^?!@*&\\\n\r./]+|/(?!/)')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\s*(?:[,}\]#\n\r$]|//|\Z))")
_TEXT = re.compile(r"(?:[^$\"{}\[\],#\n\r/=+`^?!@*&\\]|/(?!/))+")
_SUBSTITUTION = re.compile(r"\$\{(\??)([^}\n\r]*)\}")
_QUOTED = re.compile(r'"((?:[^"\\\n\r]|\\.)*)"')
_MULTILINE = re.compile(r'"""(.*?)("*)"""(?!")', re.DOTALL)
_BLANK = re.compile(r"[ \t\f\v\u00a0\ufeff]+")
_BLANK_LINES = re.compile(r"(?:\s|\ufeff|#[^\n]*|//[^\n]*)+")
_INCLUDE = re.compile(r"include(?=[ \t]*(?:\"|(?:required|file|url|package|classpath)[ \t]*\())[ \t]*")
_INCLUDE_CALL = re.compile(r"(required|file|url|package|classpath)[ \t]*\([ \t]*")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True)
class Setting:
    """An assignment: its key path, its size in characters, and the key paths that it refers to.

    `required` are the references that need a target: `${path}`, not `${?path}`.
    """

    path: KeyPath
    size: int
    references: tuple[KeyPath, ...]
    required: tuple[KeyPath, ...]
    origin: Origin


@dataclass
class PlainHocon:
    """A document in plain form: its lines, their origins, the origins of its key paths, and its assignments.

    `files` has a digest of the content of each file that was read.
    """

    lines: list[str] = field(default_factory=list)
    line_origins: list[Origin] = field(default_factory=list)
    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    settings: list[Setting] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    bytes_read: int = 0

    @property
    def text(self) -> str:
        """All lines, joined."""
        return "\n".join(self.lines)


def plain_hocon(text: str | None, path: Path | None) -> PlainHocon:
    """Return the plain form of a text, or of the file `path` if `text` is None.

    Raises:
        ConfigError: a file is missing, too large or not UTF-8, the syntax is wrong, or a limit is exceeded.
    """
    out = PlainHocon()
    if text is None:
        if path is None:
            raise TypeError("expected a text or a path, got neither")
        text = _read(path, str(path), out, None)
    else:
        _count(len(text.encode("utf-8", "surrogatepass")), out, Origin(None, None))
    _Reader(text, None if path is None else str(path), path, out, ()).document((), depth=0)
    return out


def _error(message: str, origin: Origin, path: str = "") -> ConfigError:
    return ConfigError([Problem(path, message, origin.file, origin.line)])


def _count(size: int, out: PlainHocon, origin: Origin) -> None:
    out.bytes_read += size
    if out.bytes_read > MAX_BYTES:
        raise _error(
            f"expected at most {MAX_BYTES} bytes, included files counted in, got at least {out.bytes_read}",
            origin,
        )


def _read(path: Path, named: str, out: PlainHocon, included_from: Origin | None) -> str:
    origin = included_from or Origin(named, None)
    try:
        directory = path.is_dir()
        # Reads at most one byte more than the limit: the file may be a pipe, or grow.
        data = b"" if directory else _first_bytes(path)
    except FileNotFoundError:
        near = _similar_files(path)
        raise _error(f"expected a file, got none; looked for {path.absolute()}{near}", origin) from None
    except (OSError, ValueError) as error:
        raise _error(f"expected a readable file, got an error for {path}: {error}", origin) from error
    if directory:
        raise _error(f"expected a file, got the directory {path.absolute()}", origin)
    _count(len(data), out, origin)
    out.files[named] = content_digest(data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _error(f"expected UTF-8, got the byte 0x{data[error.start]:02x}", Origin(named, line)) from None


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _similar_files(path: Path) -> str:
    from .nearest import did_you_mean

    if not path.parent.is_dir():
        return f" (there is no directory {path.parent.absolute()})"
    return did_you_mean(path.name, (entry.name for entry in path.parent.iterdir()))


class _Reader:
    """Reads one file and appends its plain form to `out`."""

    def __init__(
        self, text: str, name: str | None, path: Path | None, out: PlainHocon, including: tuple[Path, ...]
    ) -> None:
        self._text = text.removeprefix("\ufeff")
        self._name = name
        self._path = path
        self._out = out
        self._including = (*including, path.resolve()) if path is not None else including
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", self._text)]
        for private in (LITERAL, VARIABLE):
            if (position := self._text.find(private)) >= 0:
                self._at = position
                raise self._wrong(
                    f"expected no character U+{ord(private):X}, which is for private use, got one"
                )

    # -- position --

    def _origin(self, at: int | None = None) -> Origin:
        return Origin(self._name, bisect_right(self._newlines, (self._at if at is None else at) - 1) + 1)

    def _wrong(self, message: str, at: int | None = None) -> ConfigError:
        return _error(message, self._origin(at))

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next_shown(self) -> str:
        if self._at >= len(self._text):
            return "the end of the file"
        return "the end of the line" if self._next() in "\r\n" else f'"{self._next()}"'

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return match

    def _emit(self, line: str, origin: Origin) -> None:
        self._out.lines.append(line)
        self._out.line_origins.append(origin)

    # -- the grammar --

    def document(self, path: KeyPath, depth: int) -> None:
        """Read a whole file: a block, with or without braces."""
        self._take(_BLANK_LINES)
        if self._next() == "[":
            raise self._wrong("expected settings (key = value) at the top of a file, got a list")
        braces = self._next() == "{"
        opened = self._at
        self._at += braces
        self._block(path, depth, opened if braces else None, record=True)
        self._take(_BLANK_LINES)
        if self._at < len(self._text):
            raise self._wrong(
                f"expected the end of the file after the closing brace, got {self._next_shown()}"
            )

    def _block(self, path: KeyPath, depth: int, opened: int | None, *, record: bool) -> None:
        """Read settings up to and including the closing brace, or to the end of a file without braces."""
        while True:
            self._take(_BLANK_LINES)
            char = self._next()
            if char == ",":
                self._at += 1
            elif char == "}" and opened is not None:
                self._at += 1
                return
            elif not char:
                if opened is None:
                    return
                raise self._wrong("expected this brace to be closed, got the end of the file", opened)
            elif self._take(_INCLUDE):
                self._include(path, depth)
            else:
                self._setting(path, depth, record=record)

    def _setting(self, path: KeyPath, depth: int, *, record: bool) -> None:
        origin = self._origin()
        key = self._key()
        full = path + key
        self._take(_BLANK_LINES)
        appended = self._text.startswith("+=", self._at)
        if appended:
            self._at += 2
        elif self._next() in ("=", ":"):
            self._at += 1
        elif self._next() != "{":
            raise self._wrong(
                f'expected = or : or {{ after the key "{".".join(key)}", got {self._next_shown()}'
            )
        self._take(_BLANK_LINES)
        encoded = ".".join(map(encode_key, key))
        if not appended:
            self._value(f"{encoded} = ", "", full, depth + len(key), origin, record=record)
            return
        if not all(isinstance(part, str) for part in path):
            raise self._wrong("expected = for a setting inside a list, got += (write out the whole list)")
        # The specification's definition of `a += b`; the parser implements it for lists only.
        reference = ".".join(encode_key(str(part)) for part in full)
        self._value(
            f"{encoded} = ${{?{reference}}} [", "]", full, depth + len(key), origin, record=False, own=True
        )

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        start = self._at
        while True:
            self._take(_BLANK)
            part = ""
            quoted = False
            while True:
                if self._next() == '"':
                    part += self._quoted()
                    quoted = True
                elif match := self._take(_KEY_PART):
                    # Spaces before `=` are not part of the key, spaces between words are.
                    ends = self._next() != '"'
                    part += match[0].rstrip() if ends else match[0]
                else:
                    break
            if not part and not quoted:
                raise self._wrong(
                    f"expected a key, got {self._next_shown()}"
                    if self._at == start or not parts
                    else f'expected a key after "{".".join(parts)}.", got {self._next_shown()}'
                )
            parts.append(part)
            if self._next() != ".":
                return tuple(parts)
            self._at += 1

    def _value(
        self,
        before: str,
        after: str,
        path: KeyPath,
        depth: int,
        origin: Origin,
        *,
        record: bool,
        own: bool = False,
    ) -> None:
        """Read everything up to the end of the line, a comma or a closing bracket as a single value."""
        if depth > MAX_DEPTH:
            raise self._wrong(f"expected blocks and lists at most {MAX_DEPTH} deep, got more")
        if record:
            self._remember(path, origin)
        line, size, references = before, 0, [path] if own else list[KeyPath]()
        required: list[KeyPath] = []
        pieces = 0
        while True:
            blank = self._take(_BLANK)
            start, char = self._at, self._next()
            if not char or char in ",}]\n\r#" or self._text.startswith("//", start):
                break
            gap = " " * len(blank[0]) if blank and pieces else ""
            pieces += 1
            size += 1
            if char in "{[":
                self._emit(f"{line}{gap}{char}", origin)
                self._at += 1
                inner = record and pieces == 1
                if char == "{":
                    self._block(path, depth, start, record=inner)
                    line = "}"
                else:
                    self._items(path, depth + 1, start, record=inner)
                    line = "]"
                origin = self._origin()
                continue
            if char == "$":
                optional, reference = self._substitution()
                references.append(reference)
                if not optional:
                    required.append(reference)
                line += f"{gap}${{{optional}{'.'.join(map(encode_key, reference))}}}"
                continue
            alone = pieces == 1
            if char == '"':
                # The parser drops empty texts from lists; `hocon.py` decodes two marks as an empty text.
                piece = self._quoted() or LITERAL * 2
            else:
                piece = self._unquoted()
                if alone and self._ends_value():
                    piece = LITERAL + piece
            size += len(piece)
            line += f'{gap}"{"".join(_ESCAPED.get(c, c) for c in piece)}"'
        if not pieces:
            raise self._wrong(f"expected a value, got {self._next_shown()}")
        self._emit(line + after, origin)
        self._out.settings.append(Setting(path, size, tuple(references), tuple(required), origin))

    def _ends_value(self) -> bool:
        at = self._at
        self._take(_BLANK)
        char = self._next()
        ends = not char or char in ",}]\n\r#" or self._text.startswith("//", self._at)
        self._at = at
        return ends

    def _items(self, path: KeyPath, depth: int, opened: int, *, record: bool) -> None:
        index = 0
        while True:
            self._take(_BLANK_LINES)
            char = self._next()
            if char == "]":
                self._at += 1
                return
            if not char:
                raise self._wrong("expected this bracket to be closed, got the end of the file", opened)
            if char == "}":
                raise self._wrong(
                    f"expected the bracket in line {self._origin(opened).line} to be closed first, got a brace"
                )
            if char == ",":
                raise self._wrong("expected a value, got a comma")
            if index:
                self._emit(",", self._origin())
            self._value("", "", (*path, index), depth, self._origin(), record=record)
            index += 1
            self._take(_BLANK_LINES)
            if self._next() == ",":
                self._at += 1

    def _quoted(self) -> str:
        start = self._at
        if self._text.startswith('"""', start):
            if match := self._take(_MULTILINE):
                return match[1] + match[2]
            raise self._wrong('expected this """ to be closed, got the end of the file')
        match = self._take(_QUOTED)
        if match is None:
            raise self._wrong("expected a closing quote in the same line, got none")

        def unescape(escape: re.Match[str]) -> str:
            if escape[1]:
                return chr(int(escape[1], 16))
            if escape[2] not in _ESCAPES:
                raise self._wrong(f'expected \\\\ for a backslash inside quotes, got "\\{escape[2]}"', start)
            return _ESCAPES[escape[2]]

        text = _ESCAPE.sub(unescape, match[1])
        if not _SURROGATE.search(text):
            return text
        try:
            # A character beyond U+FFFF is written as two escapes.
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise self._wrong(
                "expected two \\u escapes for a character beyond U+FFFF, got one", start
            ) from None

    def _unquoted(self) -> str:
        if number := self._take(_NUMBER):
            return number[0]
        text = self._take(_TEXT)
        if self._next() and self._next() in _NEVER_UNQUOTED:
            hint = "a comma or a new line before the next key, or " if self._next() == "=" else ""
            raise self._wrong(f"expected {hint}quotes around a text with {self._next_shown()}, got none")
        if text is None:
            raise self._wrong(f"expected a value, got {self._next_shown()}")
        if text[0].endswith(":") and self._text.startswith("//", self._at):
            # `//` starts a comment in HOCON: of an unquoted address, only `s3a:` would remain.
            raise self._wrong("expected quotes around a text with //, got none")
        self._at -= len(text[0]) - len(text[0].rstrip())
        return text[0].rstrip()

    def _substitution(self) -> tuple[str, tuple[str, ...]]:
        start = self._at
        match = self._take(_SUBSTITUTION)
        if match is None:
            raise self._wrong("expected ${path} or ${?path}, got an incomplete reference")
        end, self._at = self._at, start + 2 + len(match[1])
        path = self._key()
        if self._at != end - 1:
            raise self._wrong(f"expected a path inside ${{...}}, got {match[0]}", start)
        self._at = end
        return match[1], path

    def _remember(self, path: KeyPath, origin: Origin) -> None:
        origins = self._out.origins
        if path in origins and self._next() != "{":
            for stale in [known for known in origins if known[: len(path)] == path]:
                del origins[stale]
        for length in range(1, len(path)):
            origins.setdefault(path[:length], origin)
        origins[path] = origin

    # -- includes --

    def _include(self, path: KeyPath, depth: int) -> None:
        origin = self._origin()
        required = closing = False
        while call := self._take(_INCLUDE_CALL):
            if call[1] not in ("required", "file"):
                raise _error(
                    f"expected include of a local file, got include {call[1]}(...), which is not supported",
                    origin,
                )
            required = required or call[1] == "required"
            closing = True
        if self._next() != '"':
            raise self._wrong(
                f"expected the name of a file in quotes after include, got {self._next_shown()}"
            )
        named = self._quoted()
        while closing and (self._take(_BLANK) or self._next() == ")"):
            self._at += self._next() == ")"
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", named):
            raise _error(f'expected include of a local file, got "{named}"', origin)
        if re.search(r"[*?\[]", named) or not named:
            raise _error(f'expected include of one file, got "{named}"', origin)
        target = (self._path.parent if self._path is not None else Path.cwd()) / named
        if not required and not target.exists():
            # The specification ignores a missing include, and its settings would be missing without notice.
            raise _error(
                f'expected the included file "{named}", got none; looked for {target.absolute()}'
                f"{_similar_files(target)}",
                origin,
            )
        if target.resolve() in self._including:
            cycle = " -> ".join(p.name for p in (*self._including, target.resolve()))
            raise _error(f"expected includes without a cycle, got {cycle}", origin)
        if len(self._including) >= MAX_DEPTH:
            raise _error(f"expected includes at most {MAX_DEPTH} deep, got more", origin)
        text = _read(target, str(target), self._out, origin)
        _Reader(text, str(target), target, self._out, self._including).document(path, depth)
