"""From what a user types to unions and intersections of tokens."""

from functools import lru_cache
from itertools import pairwise, product

from attrs import frozen

from tenon_core.storage.search.folding import core_length, runs
from tenon_core.storage.search.spelling import (
    INITIALS,
    abbreviations,
    completions,
    spellings,
    syllables,
)
from tenon_core.storage.search.tokens import (
    EDGES,
    GRAM,
    LEGAL_INITIALS,
    LEGAL_SYLLABLES,
    LONGEST,
    SHORT_TITLE,
)

AnyOf = tuple[str, ...]
AllOf = tuple[AnyOf, ...]
"""A record matches when it has, of each union, at least one token."""

MAX_QUERY = 100
MAX_WORDS = 6
MAX_LETTERS = 24
MAX_WAYS = 12
MAX_SETS = 10
_ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyz"


@frozen
class Query:
    """`words`, folded, that a record must all contain; `ways`: a match has one of them.

    The ways may let through records that do not contain the words; `matching.grade` decides.
    """

    words: tuple[tuple[str, str], ...]
    ways: tuple[AllOf, ...]

    @property
    def text(self) -> str:
        return "".join(cjk or word for cjk, word in self.words)

    def beginning(self) -> tuple[AllOf, ...]:
        """The ways of titles that begin as the query does."""
        mark = ("^^" + self.text[0],)
        return tuple((mark, *way) for way in self.ways)

    def exactly(self) -> tuple[AllOf, ...]:
        """The way of titles that equal the query, if such a title would be short enough."""
        return ((("=" + self.text,),),) if len(self.text) <= SHORT_TITLE else ()


@lru_cache(maxsize=1000)
def parse_query(text: str) -> Query:
    """The query for a typed text of any content: there are no operators, so nothing to escape.

    Characters beyond the 100th and words beyond the sixth are ignored; a text without letters or
    digits has no words and finds nothing.
    """
    words = tuple(dict.fromkeys(runs(text[:MAX_QUERY])))[:MAX_WORDS]
    ways: list[AllOf] = [()] if words else []
    for cjk, word in sorted(words, key=lambda run: -len(run[0] or run[1])):
        more = (_cjk(cjk),) if cjk else _letters(word) if word.isalpha() else (_code(word),)
        if len(ways) * len(more) <= MAX_WAYS:
            ways = [(*one, *other) for one, other in product(ways, more)]
    return Query(words, tuple(ways))


def _cjk(run: str) -> AllOf:
    if len(run) == 1:
        return ((run,),)
    size = max(core_length(run), 2)
    return tuple((run[at : at + 2],) for at in range(min(size - 1, MAX_SETS)))


def _code(word: str) -> AllOf:
    if len(word) == 1:
        return (("^" + word,),)
    if len(word) < GRAM - 1:
        return ((word,),)
    if len(word) == GRAM - 1:
        return ((word, *(word + char for char in _ALPHANUMERIC)),)
    return tuple((word[at : at + GRAM],) for at in range(min(len(word) - GRAM + 1, MAX_SETS)))


def _letters(word: str) -> tuple[AllOf, ...]:
    if len(word) == 1:
        return ((("^" + word,),),)
    edge = word[: max(size for size in EDGES if size <= len(word))]
    single = {edge, word[:LONGEST]}
    ways: list[AllOf] = []
    if len(word) <= MAX_LETTERS and word.isascii():
        ways += _initials(word)
        readings = spellings(word)
        if len(word) >= 4 and not readings:
            ways += [_abbreviated(parts) for parts in abbreviations(word)]
        for parts in readings:
            if len(parts) <= 2:
                single.update("".join(parts[:-1]) + one for one in completions(parts[-1]))
            else:
                ways.append(_pinyin(parts))
    if len(word) == 2 and INITIALS.issuperset(word):
        single.update(word + letter for letter in INITIALS)
    return ((tuple(sorted(single)),), *dict.fromkeys(ways))


def _initials(word: str) -> list[AllOf]:
    """Letters as initials of so many characters, three at a time, up to the legal form."""
    if len(word) < 4 or not INITIALS.issuperset(word):
        return []
    threes = [word[at : at + 3] for at in range(len(word) - 2)]
    kept = [threes[0], *(three for three in threes[1:] if three not in LEGAL_INITIALS)]
    return [tuple((three,) for three in kept[:MAX_SETS])]


def _pinyin(parts: list[str]) -> AllOf:
    pairs: list[AnyOf] = [(first + second,) for first, second in pairwise(parts[:-1])]
    pairs.append(tuple(parts[-2] + one for one in completions(parts[-1])))
    kept = [pairs[0], *(pair for pair in pairs[1:] if LEGAL_SYLLABLES.isdisjoint(pair))]
    return tuple(kept[:MAX_SETS])


def _abbreviated(parts: list[str]) -> AllOf:
    letters = "".join(part[0] for part in parts)
    known = tuple((part,) for part in parts[:-1] if part in syllables())
    threes = _initials(letters) or [((letters,),)]
    return (*known, *threes[0])
