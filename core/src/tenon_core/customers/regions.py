"""Which administrative division of China an address lies in, and how far two places are apart."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from attrs import frozen

from tenon_core.customers.region_data import Level, Region, all_regions, codes_above
from tenon_core.customers.region_names import short_names

__all__ = [
    "Level",
    "Region",
    "all_regions",
    "ancestors",
    "distance_km",
    "find",
    "get",
    "nearest",
    "position",
]

EARTH_RADIUS_KM = 6371.0088  # mean radius R1 of the IUGG

_CODE = re.compile(r"(\d{6})(?:0{6})?")
_FILLER = re.compile(r"[\s,,、;;.。·/|>\-()()【】\[\]]+")
# 南京西路 in Shanghai and 北京中路 in Lhasa name streets, not the places they are called after.
_STREET = re.compile(
    r"[东西南北中前后上下一二三四五六七八九十环内外]{0,2}(?:路|街|道|巷|胡同|大街|大道)"
)
_LEVELS = tuple(Level)


@frozen
class _Names:
    """What a piece of text can stand for.

    `lengths` tells for the first two characters how long a name with them can be, longest first.
    """

    full: dict[str, tuple[Region, ...]]
    short: dict[str, tuple[Region, ...]]
    latin: dict[str, tuple[Region, ...]]
    lengths: dict[str, tuple[int, ...]]


def get(code: str) -> Region | None:
    return all_regions().get(code)


def nearest(code: str) -> Region | None:
    """The division with this code, or the smallest known one around it.

    So the place-holder 440101 and divisions founded after the data was made give their city.
    """
    known = all_regions()
    return next((known[c] for c in (code, *codes_above(code)) if c in known), None)


def ancestors(region: Region) -> tuple[Region, ...]:
    """The divisions around `region`, the province first, without itself."""
    known, chain, code = all_regions(), [], region.parent_code
    while code is not None:
        chain.append(known[code])
        code = known[code].parent_code
    return tuple(reversed(chain))


def position(region: Region) -> tuple[float, float]:
    """Longitude and latitude in degrees (GCJ-02), where unknown those of the division around."""
    for place in (region, *reversed(ancestors(region))):
        if place.longitude is not None and place.latitude is not None:
            return place.longitude, place.latitude
    raise LookupError(region.code)


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two (longitude, latitude) pairs in degrees, by the haversine.

    On a sphere of the Earth's mean radius: within 0.6 % of the distance on the ellipsoid. Both
    positions must have the same datum.
    """
    lon_a, lat_a, lon_b, lat_b = map(radians, (*a, *b))
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))


def find(text: str) -> Region | None:
    """The smallest division that `text` names beyond doubt; None if there is none.

    `text` is a code, a name (`广州`, `内蒙古`, `天河区`, `guangzhou`) or an address. In an
    address the first division counts from which on the others follow downwards: a full name
    (海淀区) and a short name of a province anywhere, a short name of a city (`广州`) at the start,
    behind 中国 or a bracket, a short name of any division right behind the one around it
    (`广州天河`). Names of streets do not count. A name that several divisions of the same level
    share is no answer (通州区 alone); of different levels the higher is meant (吉林 is the
    province, 朝阳 the city).
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if code := _CODE.fullmatch(text):
        return nearest(code[1])
    names = _names()
    if text.isascii():
        return _unambiguous(names.latin.get(re.sub(r"[\s'-]", "", text).casefold(), ()))
    joined = _FILLER.sub("", text)
    whole = names.full.get(joined) or names.short.get(joined, ())
    if whole:
        return _unambiguous(whole)
    return _first_in(_FILLER.sub(" ", text).lstrip(), names)


def _first_in(text: str, names: _Names) -> Region | None:
    for start in range(len(text)):
        for end in _ends(text, start, names):
            found = _unambiguous(_anchors(text, start, end, names))
            if found:
                return _descend(found, text, end, names)
    return None


def _ends(text: str, start: int, names: _Names) -> Iterable[int]:
    """Where a name that begins at `start` can end, the farthest first."""
    return (start + length for length in names.lengths.get(text[start : start + 2], ()))


def _anchors(text: str, start: int, end: int, names: _Names) -> Iterable[Region]:
    name = text[start:end]
    if full := names.full.get(name):
        return full if len(name) > 2 else ()
    if _STREET.match(text, end):
        return ()
    begins = start == 0 or text[start - 1] == " " or text.startswith("中国", start - 2)
    levels = (Level.PROVINCE, Level.CITY) if begins else (Level.PROVINCE,)
    return (r for r in names.short.get(name, ()) if r.level in levels)


def _descend(region: Region, text: str, start: int, names: _Names) -> Region:
    """Follows the names behind `start` to ever smaller divisions of `region`."""
    adjacent = start
    while start < len(text):
        if start == adjacent and text[start] == " ":
            start = adjacent = start + 1
            continue
        step = _next_below(region, text, start, adjacent, names)
        if step is None:
            start += 1
        else:
            region, start = step
            adjacent = start
    return region


def _next_below(
    region: Region, text: str, start: int, adjacent: int, names: _Names
) -> tuple[Region, int] | None:
    for end in _ends(text, start, names):
        name = text[start:end]
        named = names.full.get(name, ())
        if start == adjacent and not _STREET.match(text, end):
            named += names.short.get(name, ())
        elif len(name) == 2:
            continue
        found = _unambiguous(r for r in named if region in ancestors(r))
        if found:
            return found, end
    return None


def _unambiguous(candidates: Iterable[Region]) -> Region | None:
    """The only candidate of the highest level among them."""
    by_level: dict[Level, set[Region]] = defaultdict(set)
    for region in candidates:
        by_level[region.level].add(region)
    for level in _LEVELS:
        if by_level[level]:
            return by_level[level].pop() if len(by_level[level]) == 1 else None
    return None


@lru_cache(maxsize=1)
def _names() -> _Names:
    full: dict[str, list[Region]] = defaultdict(list)
    short: dict[str, list[Region]] = defaultdict(list)
    latin: dict[str, list[Region]] = defaultdict(list)
    for region in all_regions().values():
        full[region.name].append(region)
        syllables = region.pinyin.split()
        latin["".join(syllables)].append(region)
        for name in short_names(region.name):
            short[name].append(region)
            latin["".join(syllables[: len(name)])].append(region)
        if region.name_en:
            latin[region.name_en.replace(" ", "").casefold()].append(region)
    lengths: dict[str, set[int]] = defaultdict(set)
    for name in (*full, *short):
        lengths[name[:2]].add(len(name))
    return _Names(
        full={name: tuple(found) for name, found in full.items()},
        short={name: tuple(found) for name, found in short.items()},
        latin={name: tuple(found) for name, found in latin.items()},
        lengths={start: tuple(sorted(found, reverse=True)) for start, found in lengths.items()},
    )
