"""The tokens by which a record is found.

An index knows nothing but exact tokens. Every part of a name that a user may type is therefore a
token, or a small union of tokens (`query.py`), before it reaches the database; so the cost of a
look-up does not depend on how many different words there are.

    智 智光              each Chinese character and pair of neighbours
    zhi zhiguang         the pinyin of each character and pair
    zgd                  the initials of each three, or of what is left at the end
    si sie … siemens     beginnings of words
    20240 02400 …        every five characters of a number or code, and its last four
    ^z                   what a run of characters or a word begins with
    ^^z ^^zhi ^^智光 …    all that the title begins with
    =上海                a title of at most four characters
    @…                   entity, owners, members, units
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice, product

from tenon_core.storage.search.folding import core_length, runs
from tenon_core.storage.search.spelling import initials, readings

EDGES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14)
"""Lengths of the indexed beginnings of a word, beside its whole."""

LONGEST = 16
"""Characters by which a longer word is known."""

GRAM = 5
SHORT_TITLE = 4
LEGAL_SYLLABLES = frozenset(
    "gufen fenyou jituan tuanyou tuangong youxian xianze xiangong zeren rengong gongsi".split()
)
"""Pinyin of neighbours inside a legal form, which is not indexed: every name has it."""

LEGAL_INITIALS = frozenset(
    "gfy fyx jty tyx jtg tgs yxg xgs yxz xzr zrg rgs yx gs xg fy ty tg xz rg".split()
)
_COMBINATIONS = 6


def text_tokens(title: str, keywords: Iterable[str]) -> list[str]:
    """Tokens by which a title and further texts (code, phone, other names) are found.

    May repeat some; equal texts give them in equal order.
    """
    found = runs(title)
    tokens = _title_tokens(found)
    for text in keywords:
        found += runs(text)
    for cjk, word in found:
        tokens += _cjk_tokens(cjk) if cjk else _word_tokens(word)
    return tokens


def at_start(token: str) -> str:
    """The token of a title that begins with what `token` stands for."""
    return "^^" + token.lstrip("^")


def _title_tokens(found: list[tuple[str, str]]) -> list[str]:
    if not found:
        return []
    tokens = [at_start(token) for token in _first_tokens(*found[0])]
    whole = "".join([cjk or word for cjk, word in found])
    return [*tokens, "=" + whole] if len(whole) <= SHORT_TITLE else tokens


def _first_tokens(cjk: str, word: str) -> Iterable[str]:
    if cjk:
        letters = [initials(char) for char in cjk[:3]]
        return [*letters[0], *_pair_tokens(cjk[:2]), *_joined(letters)]
    return _word_tokens(word) if word.isalpha() else _word_tokens(word[:GRAM])


def _cjk_tokens(run: str) -> list[str]:
    core = core_length(run)
    letters = [initials(char) for char in run[:core]]
    letters += [initials(char)[:1] for char in run[core : core + 2]]
    tokens = ["^" + letter for letter in letters[0]]
    several = [len(one) != 1 for one in letters]
    first = "".join([one[0] if one else " " for one in letters])
    for at in range(core):
        tokens += _pair_tokens(run[at : min(at + 2, core)])
        if at == len(run) - 1:
            break
        plain = True not in several[at : at + 3]
        tokens += (first[at : at + 3],) if plain else _joined(letters[at : at + 3])
    if core < len(run):
        tokens += _joined([readings(run[core - 1]), readings(run[core])[:1]])
        tokens += [run[at : at + 2] for at in range(core - 1, len(run) - 1)]
    return tokens


@lru_cache(maxsize=200_000)
def _pair_tokens(pair: str) -> tuple[str, ...]:
    """The first of two neighbours and both, as characters and as pinyin."""
    tokens = [pair[0], *readings(pair[0])]
    if len(pair) > 1:
        tokens += [pair, *_joined([readings(char) for char in pair])]
    return tuple(tokens)


def _joined(parts: Iterable[tuple[str, ...]]) -> list[str]:
    return ["".join(one) for one in islice(product(*parts), _COMBINATIONS)]


@lru_cache(maxsize=50_000)
def _word_tokens(word: str) -> tuple[str, ...]:
    if word.isalpha():
        edges = [word[:edge] for edge in EDGES if edge < len(word)]
        return ("^" + word[0], *edges, word[:LONGEST])
    grams = [word[at : at + GRAM] for at in range(len(word) - GRAM + 1)]
    edges = [word[:edge] for edge in (2, 3, 4) if edge <= len(word)]
    return ("^" + word[0], *edges, word[1 - GRAM :], *grams)
