"""Whether a record contains the words of a query, and how well its title fits."""

from tenon_core.storage.search.folding import runs
from tenon_core.storage.search.query import Query
from tenon_core.storage.search.spelling import spelled

EXACT, BEGINS, INSIDE, ELSEWHERE = range(4)
"""Grades, best first: the title (or a code, a phone number) is the query; the title begins with
it; a word begins so in the title; a word stands only in the other texts."""

_NOWHERE = 1 << 30


def grade(query: Query, title: str, keywords: str) -> int | None:
    """The grade of a record, its further texts one a line, or None if a word is missing."""
    in_title = runs(title)
    others: list[list[tuple[str, str]]] | None = None
    worst = EXACT if _is(in_title, query) else BEGINS
    for number, (cjk, word) in enumerate(query.words):
        at = _find(in_title, cjk, word)
        if at == _NOWHERE:
            others = [runs(text) for text in keywords.split("\n")] if others is None else others
            if not any(_find(found, cjk, word) != _NOWHERE for found in others):
                return None
            worst = ELSEWHERE
        elif number == 0 and at > 0:
            worst = max(worst, INSIDE)
    if worst == ELSEWHERE and others and any(_is(found, query) for found in others):
        return EXACT
    return worst


def _is(found: list[tuple[str, str]], query: Query) -> bool:
    return "".join([cjk or word for cjk, word in found]) == query.text


def _find(found: list[tuple[str, str]], cjk: str, word: str) -> int:
    """Where in a text a word of the query stands: 0 at its beginning, _NOWHERE if nowhere."""
    offset = 0
    for chars, other in found:
        if cjk:
            at = chars.find(cjk)
        elif other:
            at = other.find(word) if not word.isalpha() or not other.isalpha() else -1
            at = 0 if other.startswith(word) else at
        else:
            at = _spells(chars, word)
        if at >= 0:
            return offset + at
        offset += len(chars) + len(other)
    return _NOWHERE


def _spells(chars: str, letters: str) -> int:
    if not letters.isascii() or not letters.isalpha():
        return -1
    return next((at for at in range(len(chars)) if spelled(chars, at, letters)), -1)
