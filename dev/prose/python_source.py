"""Docstrings, comments, messages and names of a Python file."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING, TypeGuard

from dev.prose.hash_comments import comment_blocks
from dev.prose.passage import Kind, Passage

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["name_as_words", "python_passages"]

_NOUN_DECORATORS = ("property", "fixture", "setter")
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def python_passages(text: str) -> Iterator[Passage]:
    """Yield all that a Python file says in English."""
    tree = ast.parse(text)
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            constant = _docstring(node)
            if constant is not None:
                docstrings.add(constant)
                yield Passage(
                    _docstring_kind(node), str(constant.value), constant.lineno, constant.end_lineno
                )
        if isinstance(node, ast.Expr) and _is_text(node.value) and node.value not in docstrings:
            docstrings.add(node.value)  # below an assignment, it describes a constant or a field
            yield Passage(Kind.PROPERTY_DOCSTRING, str(node.value.value), node.lineno, node.end_lineno)
        if isinstance(node, ast.Constant) and node not in docstrings and _is_message(node.value):
            yield Passage(Kind.MESSAGE, str(node.value), node.lineno, node.end_lineno)
        for name, line in _bound_names(node):
            yield Passage(Kind.NAME, name_as_words(name), line)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline) if "#" in text else ()
    yield from comment_blocks(
        (token.start[0], token.string.lstrip("#").strip())
        for token in tokens
        if token.type == tokenize.COMMENT
    )


def name_as_words(name: str) -> str:
    """Return `found_in`, `FoundIn` or `_found_in` as `found in`."""
    return _CAMEL_CASE.sub("_", name).strip("_").replace("_", " ").lower()


def _docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> ast.Constant | None:
    first = node.body[0] if node.body else None
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        return first.value
    return None


def _docstring_kind(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> Kind:
    if isinstance(node, ast.Module):
        return Kind.MODULE_DOCSTRING
    if isinstance(node, ast.ClassDef):
        return Kind.CLASS_DOCSTRING
    decorators = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
    if any(word in decorators for word in _NOUN_DECORATORS):
        return Kind.PROPERTY_DOCSTRING
    return Kind.FUNCTION_DOCSTRING


def _is_text(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_message(value: object) -> bool:
    return isinstance(value, str) and " " in value.strip()


def _bound_names(node: ast.AST) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name, node.lineno
    elif isinstance(node, ast.arg):
        yield node.arg, node.lineno
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id, node.lineno
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.attr, node.lineno
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name, node.lineno
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname, node.lineno) for alias in node.names if alias.asname)
