"""Regions of the demo site: all divisions of China, and those abroad where customers are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from math import cos, pi, radians, sin, sqrt
from uuid import UUID

from tenon_core.customers.regions import Level, Region, all_regions
from tenon_core.demo.dice import Dice, read_data
from tenon_core.demo.writing import Row

LEVELS = {Level.PROVINCE: "province", Level.CITY: "city", Level.DISTRICT: "county"}
# Krasovsky's ellipsoid, on which GCJ-02 is defined.
_AXIS, _SQUARED_ECCENTRICITY = 6378245.0, 0.00669342162296594323
_ROUNDS = 3


def make_regions(seed: int, at: datetime) -> dict[str, Row]:
    """Rows by code, countries first, then down to the counties."""
    dice = Dice(seed, "regions")
    rows: dict[str, Row] = {}
    for row in (*_countries(), *_china(), *_abroad()):
        row["id"] = dice.new_id(at)
        row["parent_id"] = _id(rows, row.pop("part_of"))
        row["created_at"], row["created_by"] = at, None
        rows[row["code"]] = row
    return rows


def _id(rows: dict[str, Row], code: str | None) -> UUID | None:
    found: UUID | None = rows[code]["id"] if code else None
    return found


def _countries() -> Iterator[Row]:
    named = [("CN", "中国"), *((c["code"], c["name"]) for c in read_data("abroad")["country"])]
    for code, name in named:
        yield {
            "code": code,
            "name": name,
            "full_name": name,
            "level": "country",
            "part_of": None,
            "country": code,
        }


def _china() -> Iterator[Row]:
    ranked = sorted(all_regions().values(), key=lambda region: list(Level).index(region.level))
    for region in ranked:
        yield {
            "code": region.code,
            "name": region.name,
            "full_name": region.full_name,
            "level": LEVELS[region.level],
            "part_of": region.parent_code or "CN",
            "country": "CN",
            **_place(region),
        }


def _place(region: Region) -> Row:
    if region.longitude is None or region.latitude is None:
        return {}
    longitude, latitude = to_wgs84(region.longitude, region.latitude)
    return {"longitude": degrees(longitude), "latitude": degrees(latitude)}


def _abroad() -> Iterator[Row]:
    for country in read_data("abroad")["country"]:
        for code, name, longitude, latitude, *_rest in country["cities"]:
            yield {
                "code": code,
                "name": name,
                "full_name": f"{country['name']} {name}",
                "level": "province",
                "part_of": country["code"],
                "country": country["code"],
                "longitude": degrees(longitude),
                "latitude": degrees(latitude),
            }


def degrees(value: float) -> Decimal:
    return round(Decimal(value), 6)


def to_wgs84(longitude: float, latitude: float) -> tuple[float, float]:
    """A GCJ-02 place in WGS 84, to some metres.

    The offset of GCJ-02 is published only as its formula from WGS 84; it is inverted by fixed-point
    iteration, which gains three digits a round.
    """
    lon, lat = longitude, latitude
    for _round in range(_ROUNDS):
        east, north = _offset(lon, lat)
        lon, lat = longitude - east, latitude - north
    return lon, lat


def _offset(longitude: float, latitude: float) -> tuple[float, float]:
    """What GCJ-02 adds to a WGS 84 place, in degrees."""
    x, y = longitude - 105.0, latitude - 35.0
    root = sqrt(abs(x))
    waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    angle = radians(latitude)
    magic = 1 - _SQUARED_ECCENTRICITY * sin(angle) ** 2
    north = north * 180 * magic * sqrt(magic)
    north /= _AXIS * (1 - _SQUARED_ECCENTRICITY) * pi
    east = east * 180 * sqrt(magic) / (_AXIS * cos(angle) * pi)
    return east, north
