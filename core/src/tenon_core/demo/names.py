"""Names of people, and how one writes them in Latin letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from attrs import frozen
from pypinyin import lazy_pinyin

from tenon_core.demo.dice import Dice, read_data

_SURNAME = re.compile(r"(\D)(\d+)")
# What does not come apart into a letter and its mark.
_LATIN = str.maketrans(
    {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "đ": "d", "Đ": "D", "ß": "ss", "ø": "o", "ł": "l"}
)


# The share of given names of one character.
SINGLE = {"old": 0.08, "middle": 0.16, "young": 0.05}


@frozen
class Name:
    """`full` as it is written, `given` and `family` in Latin letters for log-ins and e-mails."""

    full: str
    family: str
    given: str
    woman: bool

    @property
    def surname(self) -> str:
        """What one puts before a title in Chinese."""
        return self.full[:1]


@cache
def surnames() -> Sequence[tuple[str, int]]:
    return [(name, int(share)) for name, share in _SURNAME.findall(read_data("names")["surnames"])]


@cache
def _given(sex: str, age: str) -> tuple[Sequence[str], Sequence[str]]:
    first, second = read_data("names")[sex][age]
    return first.split(), second.split()


def chinese(dice: Dice, age: str, *, woman: bool) -> Name:
    """Somebody of an age band (`old`, `middle`, `young`)."""
    surname = dice.weighted(surnames(), lambda each: each[1])[0]
    first, second = _given("female" if woman else "male", age)
    given = dice.pick(second)
    if not dice.chance(SINGLE[age]):
        given = dice.pick([c for c in first if c != given]) + given
    return Name(surname + given, _reading(surname), "".join(lazy_pinyin(given)), woman)


def _reading(surname: str) -> str:
    known: dict[str, str] = read_data("names")["readings"]
    return known.get(surname) or lazy_pinyin(surname)[0].replace("ü", "v")


def foreign(dice: Dice, country: str, *, woman: bool) -> Name:
    """Somebody of a country abroad, in the order that names have there."""
    words = read_data("names")[country]
    pools = {
        "family": words["family"].split(),
        "given": words["female" if woman else "male"].split(),
        "middle": words.get("middle_f" if woman else "middle_m", "").split(),
    }
    parts: list[tuple[str, str]] = []
    for kind in words["order"].split():
        taken = {value for _kind, value in parts}
        parts.append((kind, dice.pick([value for value in pools[kind] if value not in taken])))
    family = next(value for kind, value in parts if kind == "family")
    given = next(value for kind, value in parts if kind == "given")
    full = " ".join(value for _kind, value in parts)
    return Name(full, latin(family), latin(given), woman)


def latin(text: str) -> str:
    """Small letters without marks: `Nguyễn` is `nguyen`."""
    plain = unicodedata.normalize("NFKD", text.translate(_LATIN)).casefold()
    return re.sub(r"[^a-z0-9]", "", plain)
