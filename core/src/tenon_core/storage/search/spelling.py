"""Pinyin: how characters are read, and which readings typed letters may stand for."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice

from tenon_core.storage.search.folding import fold

INITIALS = frozenset("abcdefghjklmnopqrstwxyz")
"""Letters that a syllable can begin with."""

MAX_READINGS = 4
MAX_SPELLINGS = 6
MAX_TRIED = 48
_SYLLABLE = re.compile("[bpmfdtnlgkhjqxzcsryw]?h?[aeiouv]+(?:ng|n|r)?")
_DIGRAPHS = ("zh", "ch", "sh")
_SPREAD = str.maketrans("üǖǘǚǜ", "vvvvv")


@cache
def _dictionary() -> Mapping[int, str]:
    """Imported when it is first asked: it takes a third of a second that most commands save."""
    from pypinyin.constants import PINYIN_DICT

    return PINYIN_DICT


@cache
def readings(char: str) -> tuple[str, ...]:
    """Syllables of a character without tones, commonest first; empty if it is not Chinese.

    ü is written v, as on a keyboard, and also u, as on a signboard.
    """
    spelled = (fold(one.translate(_SPREAD)) for one in _dictionary().get(ord(char), "").split(","))
    syllables = [one for one in spelled if _SYLLABLE.fullmatch(one)][: MAX_READINGS - 1]
    flat = [one.replace("v", "u") for one in syllables if "v" in one]
    return tuple(dict.fromkeys([*syllables, *flat]))


@cache
def initials(char: str) -> tuple[str, ...]:
    """First letters of the readings of a character."""
    return tuple(dict.fromkeys(one[0] for one in readings(char)))


@cache
def syllables() -> frozenset[str]:
    """Every syllable of Mandarin that a character of the basic plane is read as."""
    return frozenset(one for code in range(0x4E00, 0x9FA6) for one in readings(chr(code)))


@lru_cache(maxsize=2000)
def completions(beginning: str) -> tuple[str, ...]:
    """Syllables that begin so, itself included if it is one."""
    return tuple(sorted(one for one in syllables() if one.startswith(beginning)))


def spellings(letters: str) -> list[list[str]]:
    """Likely ways to read letters as syllables of which the last may be unfinished, six at most.

    `xian` gives `[["xian"], ["xi", "an"], ["xia", "n"]]`. Readings of few and of whole syllables
    come first, and those of more than one above the fewest are left out; letters that cannot be
    read so give nothing.
    """
    found = sorted(islice(_spell(letters, _full_heads), MAX_TRIED), key=_unlikeliness)
    return [parts for parts in found if len(parts) <= len(found[0]) + 1][:MAX_SPELLINGS]


def _unlikeliness(parts: list[str]) -> tuple[int, bool]:
    return len(parts), parts[-1] not in syllables()


def abbreviations(letters: str) -> list[list[str]]:
    """Ways to read letters as syllables mixed with mere initials, such as `zhi g d q`."""
    found = _spell(letters, lambda rest: [*_full_heads(rest), *_initial_heads(rest)])
    return [parts for parts in islice(found, MAX_SPELLINGS) if len(parts) < len(letters)]


def _full_heads(rest: str) -> list[str]:
    return [rest[:size] for size in range(min(6, len(rest)), 0, -1) if rest[:size] in syllables()]


def _initial_heads(rest: str) -> list[str]:
    heads = [rest[:2]] if rest.startswith(_DIGRAPHS) else []
    return [*heads, rest[0]] if rest[0] in INITIALS else heads


def _spell(letters: str, heads: Callable[[str], list[str]]) -> Iterator[list[str]]:
    dead: set[int] = set()

    def walk(at: int) -> Iterator[list[str]]:
        rest = letters[at:]
        alive = False
        if completions(rest):
            alive = True
            yield [rest]
        for head in heads(rest):
            if len(head) == len(rest) or at + len(head) in dead:
                continue
            for tail in walk(at + len(head)):
                alive = True
                yield [head, *tail]
        if not alive:
            dead.add(at)

    return walk(0)


def spelled(run: str, at: int, letters: str) -> bool:
    """Whether letters spell the characters of `run` from `at` on, the last one maybe unfinished."""
    taken = {0}
    for char in run[at:]:
        taken = {done + size for done in taken for size in _steps(char, letters[done:])}
        if not taken or len(letters) in taken:
            return bool(taken)
    return False


@lru_cache(maxsize=50_000)
def _steps(char: str, letters: str) -> tuple[int, ...]:
    """How many of the letters a character may take: all of them if it may be the last."""
    sizes: set[int] = set()
    for reading in readings(char):
        if reading.startswith(letters):
            return (len(letters),)
        heads = [reading, reading[0], *([reading[:2]] if reading.startswith(_DIGRAPHS) else [])]
        sizes.update(len(head) for head in heads if letters.startswith(head))
    return tuple(sizes)
