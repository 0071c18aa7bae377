"""The countries and territories of ISO 3166-1 with their names in the languages of Tenon."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from attrs import frozen
from babel import Locale

# CLDR lists these beside ISO 3166-1: exceptionally reserved, user-assigned and grouping codes.
_NOT_ISO = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO"}) | frozenset(
    {"TA", "UN", "XA", "XB", "XK", "ZZ"}
)
_ALPHA_2 = 2


@frozen
class Country:
    """`code` is ISO 3166-1 alpha-2; the names are those of the Unicode CLDR."""

    code: str
    name_en: str
    name_zh: str


@lru_cache(maxsize=1)
def countries() -> tuple[Country, ...]:
    """All 249 officially assigned codes, in the order of the code."""
    english: Mapping[str, str] = Locale("en").territories
    chinese: Mapping[str, str] = Locale("zh", script="Hans").territories
    codes = sorted(c for c in english if len(c) == _ALPHA_2 and c.isalpha() and c not in _NOT_ISO)
    return tuple(Country(code, english[code], chinese[code]) for code in codes)


def find_country(text: str) -> Country | None:
    """The country with this alpha-2 code, English or Chinese name; upper and lower case alike."""
    return _by_any_name().get(text.strip().casefold())


@lru_cache(maxsize=1)
def _by_any_name() -> dict[str, Country]:
    names = {c.name_en.casefold(): c for c in countries()}
    names |= {c.name_zh: c for c in countries()}
    return names | {c.code.casefold(): c for c in countries()}
