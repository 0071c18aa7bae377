"""The file of China's administrative divisions, read into memory.

`data/regions_cn.csv` (MIT, licence beside it) holds the divisions by their codes of GB/T 2260
with Gaode's centre points and the pinyin of each name. It is a state of 2016. The statistical
place-holders of the standard (市辖区, 县, 省直辖县级行政区划) are no places and left out; what
stands below them belongs directly to the city or province.
"""

from __future__ import annotations

import csv
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from attrs import frozen

from tenon_core.customers.region_names import PROVINCES_EN


class Level(StrEnum):
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"


@frozen
class Region:
    """A division. `full_name` is 广东省广州市天河区; `pinyin` has one syllable a character.

    `longitude` and `latitude` are degrees in the datum GCJ-02, which must not be mixed with GPS
    (WGS 84): they lie up to 700 m apart. Both are None for the few divisions without a known
    centre; `regions.position` falls back to the parent's.
    """

    code: str
    name: str
    full_name: str
    level: Level
    parent_code: str | None
    longitude: float | None
    latitude: float | None
    pinyin: str

    @property
    def name_en(self) -> str | None:
        """The English name; only provinces have one."""
        return PROVINCES_EN.get(self.code)


@lru_cache(maxsize=1)
def all_regions() -> dict[str, Region]:
    """Every division by its code, in the order of the codes: a parent before its parts."""
    source = files("tenon_core.customers") / "data/regions_cn.csv"
    regions: dict[str, Region] = {}
    with source.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            code = row["code"]
            parent = next((regions[up] for up in codes_above(code) if up in regions), None)
            regions[code] = Region(
                code=code,
                name=row["name"],
                full_name=(parent.full_name if parent else "") + row["name"],
                level=_level(code),
                parent_code=parent.code if parent else None,
                longitude=float(row["longitude"]) if row["longitude"] else None,
                latitude=float(row["latitude"]) if row["latitude"] else None,
                pinyin=row["pinyin"],
            )
    return regions


def codes_above(code: str) -> tuple[str, ...]:
    """The codes of the city and the province that a six-digit code stands under."""
    city, province = code[:4] + "00", code[:2] + "0000"
    return tuple(up for up in (city, province) if up != code)


def _level(code: str) -> Level:
    if code.endswith("0000"):
        return Level.PROVINCE
    return Level.CITY if code.endswith("00") else Level.DISTRICT
