"""How much of a word's weight is left when another word stands for it."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final

from rapidfuzz.distance import OSA, JaroWinkler

from tenon_core.customers.duplicates.names import is_han
from tenon_core.customers.duplicates.places import CITIES, within

_PLURAL_FACTOR: Final = 0.95
_SOUND_FACTOR: Final = 0.85
_PART_FACTOR: Final = 0.9
_HAN_PART_FACTOR: Final = 0.75
_SLIP_FACTOR: Final = 0.7
_INITIAL_FACTOR: Final = 0.3
# A city and the state or nation it lies in.
_CITY_FACTOR: Final = 0.8
_STEM: Final = 4
_ENDING: Final = 3


def common_prefix(a: str, b: str) -> int:
    """How many letters both begin with."""
    length = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        length += 1
    return length


def akin(a: str, b: str) -> bool:
    """Whether one is likely a form of the other: begins or holds it, or has another ending.

    `communication` and `communications`, `economy` and `economic`; not `rogue` and `rouge`.
    """
    short, long = sorted((a, b), key=len)
    if long.startswith(short) or (len(short) > _STEM and short in long):
        return True
    shared = common_prefix(a, b)
    return shared >= _STEM and len(long) - shared <= _ENDING


@lru_cache(maxsize=200_000)
def similarity(a: str, b: str, floor: float) -> float:
    """0 for different words, up to 1 for equal ones: the share of agreement a slip leaves."""
    if a > b:
        a, b = b, a
    if a == b:
        return 1.0
    if is_han(a) or is_han(b):
        return _han_similarity(a, b)
    if any(x in CITIES and within(x, y) for x, y in ((a, b), (b, a))):
        return _CITY_FACTOR
    short, long = sorted((a, b), key=len)
    if a.isdigit() or b.isdigit():
        slip = len(short) > 3 and OSA.distance(a, b) == 1
        return _SLIP_FACTOR if slip else 0.0
    share = len(short) / len(long)
    if long.startswith(short):
        if len(short) < 3:
            return _INITIAL_FACTOR if len(short) == 1 else 0.0
        return _PLURAL_FACTOR * (1.0 if long in (short + "s", short + "es") else max(share, 0.5))
    if len(short) >= 5 and short in long:
        return _PART_FACTOR * share
    if len(short) < 3:
        return 0.0
    if len(short) == 3:
        return _SLIP_FACTOR if OSA.distance(a, b) == 1 else 0.0
    close = max(JaroWinkler.similarity(a, b), OSA.normalized_similarity(a, b) + 0.05)
    return min(1.0, (close - 0.6) / 0.4) if close >= floor else 0.0


def _han_similarity(a: str, b: str) -> float:
    if sound(a) == sound(b):
        return _SOUND_FACTOR
    short, long = sorted((a, b), key=len)
    if len(short) >= 2 and short in long:
        return _HAN_PART_FACTOR
    if len(short) >= 4 and OSA.distance(a, b) == 1:
        return _SLIP_FACTOR
    if len(short) >= 3 and short[0] == long[0] and _subsequence(short, long):
        return _SLIP_FACTOR
    return 0.0


def _subsequence(short: str, long: str) -> bool:
    letters = iter(long)
    return all(c in letters for c in short)


@lru_cache(maxsize=100_000)
def sound(text: str) -> str:
    """Pinyin without tones: what is heard, and what an input method is given."""
    return "".join([_sound_of(phrase) for phrase in _phrases().seg(text)])


@cache
def _phrases() -> Any:
    """Imported when first asked: its dictionaries take a third of a second to load."""
    from pypinyin.core import Pinyin

    return Pinyin()


# Names differ and share their phrases: kept for these, a name's sound costs a sixth.
@lru_cache(maxsize=100_000)
def _sound_of(phrase: str) -> str:
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(phrase, style=Style.NORMAL))
