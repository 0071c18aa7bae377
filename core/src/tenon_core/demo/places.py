"""Where customers are: plausible addresses, coordinates, phone numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import cos, radians
from typing import Any

from attrs import frozen

from tenon_core.demo.dice import Dice, read_data
from tenon_core.demo.writing import Row

# Towns lie around the centre of their county, within so many degrees of latitude.
SPREAD = 0.05
MOBILES = "134 135 136 137 138 139 150 151 158 159 182 183 187 188 130 131 132 155 156 186 133 189"


@frozen
class Place:
    """`region` is the code of the smallest division that is known; `tel` the prefix of phones."""

    region: str
    country: str
    unit: str
    city: str
    short_city: str
    lines: str
    postcode: str
    longitude: float
    latitude: float
    tel: str
    digits: int


@cache
def cities() -> Mapping[str, Mapping[str, Any]]:
    return {city["code"]: city for city in read_data("places")["city"]}


@cache
def roads() -> Sequence[str]:
    found: str = read_data("places")["words"]["roads"]
    return found.split()


@cache
def countries() -> Mapping[str, Mapping[str, Any]]:
    return {country["code"]: country for country in read_data("abroad")["country"]}


def in_china(dice: Dice, regions: Mapping[str, Row], code: str) -> Place:
    """A factory in a city."""
    city = cities()[code]
    region, _blank, town = dice.pick(city["spots"]).partition(" ")
    row = regions[region]
    name = regions[code]["name"]
    house = f"{dice.whole(1, 268)}号" + dice.pick(("", "", "", "A栋", "2栋", "一期厂房", "3号厂房"))
    longitude, latitude = _around(dice, row)
    return Place(
        region=region,
        country="CN",
        unit=city["unit"],
        city=name,
        short_city=name.removesuffix("市"),
        lines=f"{row['full_name']}{town}{dice.pick(roads())}{house}",
        postcode=city["post"],
        longitude=longitude,
        latitude=latitude,
        tel=city["tel"],
        digits=city["digits"],
    )


def abroad(dice: Dice, regions: Mapping[str, Row], country: str) -> Place:
    data = countries()[country]
    code, city, *_place, postcode, street, tel = dice.pick(data["cities"])
    longitude, latitude = _around(dice, regions[code])
    line = dice.pick(street.split("|")).replace("{n}", str(dice.whole(2, 289)))
    lines = f"{line}, {city}"
    return Place(
        region=code,
        country=country,
        unit="OS",
        city=city,
        short_city=city,
        lines=lines,
        postcode=postcode,
        longitude=longitude,
        latitude=latitude,
        tel=f"{data['dial']} {tel}",
        digits=data["length"] - len(tel),
    )


def _around(dice: Dice, region: Row) -> tuple[float, float]:
    north = dice.random.gauss(0, SPREAD / 2)
    east = dice.random.gauss(0, SPREAD / 2) / cos(radians(float(region["latitude"])))
    return float(region["longitude"]) + east, float(region["latitude"]) + north


def phone(dice: Dice, place: Place) -> str:
    """A fixed number there."""
    number = dice.pick("2345678") + dice.digits(place.digits - 1)
    if place.country == "CN":
        return f"{place.tel}-{number}"
    return f"{place.tel} {number[:3]} {number[3:]}"


def mobile(dice: Dice, place: Place) -> str:
    if place.country == "CN":
        return dice.pick(MOBILES.split()) + dice.digits(8)
    data = countries()[place.country]
    number = "".join(dice.digits(1) if c == "#" else c for c in data["mobile"])
    return f"{data['dial']} {number}"
