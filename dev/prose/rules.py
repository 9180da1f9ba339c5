"""Prose rules: regular expressions, the kinds of text that they apply to, and what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dev.prose.passage import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dev.prose.passage import Passage

__all__ = ["RULES", "Rule", "rules_for"]

EVERYWHERE = frozenset(Kind)

_QUESTION_WORDS = "What|Whatever|Whether|How|Who|Whose|Whoever|Where|Which|Why|When|That|If"
_NO_VERBS = (
    f"{_QUESTION_WORDS}|The|A|An|All|Any|Each|Every|Some|No|None|Nothing|Something|Both|Either|This|These|Those"
    "|It|Its|They|Their|We|Our|You|Your|One|Two|As|At|By|For|From|In|Into|Of|On|To|With|Within|Without|After"
    "|Before|Between|Once|Until|While|So|Not|Only|More|Most|Such|Same|Another|Everything|Anything"
)
_AFTER_A_NOUN = (
    r"(?=\s*(?:[.,;:!?)]|$)|\s+(?:that|which|who|whose|is|was|has|had|can|may|for|in|from|with|and|or|to)\b)"
)


@dataclass(frozen=True)
class Rule:
    """A pattern that must not occur in some kinds of text."""

    name: str
    kinds: frozenset[Kind]
    pattern: re.Pattern[str]
    instead: str

    def matches(self, passage: Passage) -> Iterator[re.Match[str]]:
        """Yield each match in a passage of one of the rule's kinds."""
        return self.pattern.finditer(passage.text)


def _phrase(words: str, instead: str) -> Rule:
    pattern = rf"\b(?:{words})\b".replace(" ", r"\s+")
    return Rule("banned words", EVERYWHERE, re.compile(pattern, re.IGNORECASE), instead)


def _opening(name: str, kind: Kind, pattern: str, instead: str) -> Rule:
    return Rule(name, frozenset({kind}), re.compile(rf"\A\s*(?:{pattern})"), instead)


RULES = (
    _phrase("tell|tells|telling|told", "report, log, say, return, notify"),
    _phrase("behind", "downstream of, after"),
    _phrase("anew", "again"),
    _phrase("whoever|whosoever|who wants? to", "users who, or the name of the caller"),
    _phrase("so it is|so is it|as it is", "the thing itself, or 'unchanged', '(default)'"),
    _phrase("at hand", "available, present"),
    _phrase("com(?:es?|ing) along|came along", "is passed, is included"),
    _phrase("(?:ha[ds]|have) (?:its|his|her|their) say|the last word", "takes precedence"),
    _phrase("manieth", "number, index"),
    _phrase("(?:what )?lies further up|further up", "upstream"),
    _phrase("what watches", "hook"),
    _phrase("is obeyed|says? otherwise", "takes precedence"),
    _phrase("(?:say|says|said|know|knows|known|speaks?) of", "'about', or name the fact"),
    _phrase("(?:become|becomes|became) of", "what happens to"),
    _phrase("one's own", "your own, its own, custom"),
    _phrase(
        rf"(?:(?:the|this|that|another|each|every|an?|new|old|other|earlier|later|last|first|next) "
        rf"(?:[a-z-]+ )?one|ones){_AFTER_A_NOUN}",
        "the noun that 'one' stands for",
    ),
    _opening(
        "heading",
        Kind.HEADING,
        rf"(?:\d+\. )?(?!How to\b)(?![^\n]*\?$)(?:{_QUESTION_WORDS}|Or|And|But|The same)\b",
        "a topic: 'Cost of parsing', 'Set where a pipeline runs'",
    ),
    _opening(
        "module docstring",
        Kind.MODULE_DOCSTRING,
        rf"(?:[a-z]|(?:{_QUESTION_WORDS}|From|All that|Does|Do|Is|Are)\b)",
        "a noun phrase with the word that people search for",
    ),
    _opening(
        "class docstring",
        Kind.CLASS_DOCSTRING,
        rf"(?:[a-z]|(?:{_QUESTION_WORDS})\b)",
        "a noun phrase: 'Result of a run.'",
    ),
    _opening(
        "property docstring",
        Kind.PROPERTY_DOCSTRING,
        rf"(?:[a-z]|(?!Whether\b)(?:{_QUESTION_WORDS})\b)",
        "a noun phrase, or 'Whether ...' for a truth value",
    ),
    _opening(
        "function docstring",
        Kind.FUNCTION_DOCSTRING,
        rf"(?:[a-z`]|(?:{_NO_VERBS})\b|(?!Process\b|Pass\b|Access\b|Discuss\b)[A-Z][a-z]+s\b|(?!Bring\b)[A-Z][a-z]+ing\b)",
        "an imperative verb first: 'Return ...', 'Raise ...', 'Write ...'",
    ),
    Rule(
        "name",
        frozenset({Kind.NAME}),
        re.compile(r"\A(?:one|ones|place|found|told)\Z"),
        "a name for what it holds",
    ),
)

_RULES_BY_KIND = {kind: tuple(rule for rule in RULES if kind in rule.kinds) for kind in Kind}


def rules_for(passage: Passage) -> tuple[Rule, ...]:
    """Return the rules that apply to the kind of `passage`."""
    return _RULES_BY_KIND[passage.kind]
