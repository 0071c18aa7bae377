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
    at_start,
)

AnyOf = tuple[str, ...]
AllOf = tuple[AnyOf, ...]
"""A record matches when it has, of each union, at least one token."""

MAX_QUERY = 100
MAX_WORDS = 6
MAX_LETTERS = 48
MAX_WAYS = 12
MAX_SETS = 10
_ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyz"


@frozen
class Query:
    """`words`, folded, that a record must all contain, and the tokens it then has.

    `text` is the words without what is between them.

    A match has one of the `ways`; if its title begins as the query does, one of the `starts`; if
    its title is the query and short enough to be marked, one of the `whole`. Each may let through
    records that do not contain the words; `matching.grade` decides.
    """

    words: tuple[tuple[str, str], ...]
    text: str
    ways: tuple[AllOf, ...]
    starts: tuple[AllOf, ...]
    whole: tuple[AllOf, ...]


@lru_cache(maxsize=1000)
def parse_query(text: str) -> Query:
    """The query for a typed text of any content: there are no operators, so nothing to escape.

    Characters beyond the 100th and words beyond the sixth are ignored; a text without letters or
    digits has no words and finds nothing.
    """
    words = tuple(dict.fromkeys(runs(text[:MAX_QUERY])))[:MAX_WORDS]
    ways: list[AllOf] = [()] if words else []
    starts = ways
    for number in sorted(range(len(words)), key=lambda at: -len("".join(words[at]))):
        more = _ways_of(*words[number])
        if len(ways) * len(more) <= MAX_WAYS:
            ways = [(*one, *other) for one, other in product(ways, more)]
            more = more if number else tuple(map(_started, more))
            starts = [(*one, *other) for one, other in product(starts, more)]
    whole = "".join("".join(run) for run in words)
    marked = ((("=" + whole,),),) if words and len(whole) <= SHORT_TITLE else ()
    return Query(words, whole, tuple(ways), tuple(starts), marked)


def _started(way: AllOf) -> AllOf:
    """The same with its first tokens where a title begins; they are those a word begins with."""
    return (tuple(map(at_start, way[0])), *way[1:])


def _ways_of(cjk: str, word: str) -> tuple[AllOf, ...]:
    if cjk:
        return (_cjk(cjk),)
    return _letters(word) if word.isalpha() else (_code(word),)


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
    last = len(word) - GRAM
    places = [0, *sorted({max(last - step, 0) for step in range(0, 3 * GRAM, GRAM)})]
    return tuple((word[at : at + GRAM],) for at in dict.fromkeys(places))


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
    if len(parts[-1]) == 1:
        pairs.append(("".join(part[0] for part in parts[-3:]),))
    else:
        pairs.append(tuple(parts[-2] + one for one in completions(parts[-1])))
    known = LEGAL_SYLLABLES | LEGAL_INITIALS
    kept = [pairs[0], *(pair for pair in pairs[1:] if known.isdisjoint(pair))]
    return tuple(kept[:MAX_SETS])


def _abbreviated(parts: list[str]) -> AllOf:
    letters = "".join(part[0] for part in parts)
    known = tuple((part,) for part in parts[:-1] if part in syllables())
    threes = _initials(letters) or [((letters,),)]
    return (*threes[0], *known)
