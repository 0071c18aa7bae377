"""Customers that somebody entered a second time, for the duplicates desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from attrs import evolve

from tenon_core.demo.accounts import Customer, Stay
from tenon_core.demo.company import Company
from tenon_core.demo.dice import Dice
from tenon_core.demo.workdays import Days

# Characters that sound alike: how a name is misheard on the phone.
_SOUNDS = dict(zip("晟峻泓铭辉钧卓屹翊煜霆桦朗宸", "盛骏宏明晖均琢毅奕昱廷华浪晨", strict=True))


def make_twins(
    seed: int, days: Days, company: Company, customers: Sequence[Customer]
) -> Iterator[Customer]:
    """Twins of six customers, each entered by another colleague in another way."""
    dice = Dice(seed, "twins")
    ready = [c for c in customers if c.owner and not c.group and c.status != "lost"]
    chinese = [c for c in ready if not c.foreign and c.name.startswith(c.place.short_city)]
    misheard = [c for c in chinese if c.brand[1] in _SOUNDS]
    turkish = [c for c in ready if c.place.country in {"TR", "MX", "DE"}]
    chosen = dice.some([c for c in chinese if c not in misheard], 4)
    chosen += [*dice.some(misheard, 1), *dice.some(turkish, 1)]
    for original, rename in zip(chosen, _WAYS, strict=True):
        yield _twin(dice, days, company, original, rename(original))


def _twin(dice: Dice, days: Days, company: Company, original: Customer, name: str) -> Customer:
    sellers = company.sellers(original.place.unit, days.today)
    other = dice.pick([p.login for p in sellers if p.login != original.owner])
    past = [day for day in days.every() if days.today - timedelta(days=150) < day < days.today]
    created = days.at(dice.pick(past[:-5]), dice.whole(9 * 60, 17 * 60))
    return evolve(
        original,
        id=dice.new_id(created),
        name=name,
        short=original.short,
        status="prospect",
        created=max(created, original.created + timedelta(days=1)),
        twin_of=original,
        group=None,
        quiet_since=None,
        ours=0,
        stays=[Stay(other, created, None, "created")],
        row={},
    )


def _word(customer: Customer) -> str:
    """What stands between the city and the legal form: 屹晟汽车部件."""
    name = customer.name.removeprefix(customer.place.city)
    name = name.removeprefix(customer.place.short_city)
    return name.removesuffix("有限公司").removesuffix("股份")


def _without_city_mark(c: Customer) -> str:
    city = c.place.short_city if c.name.startswith(c.place.city) else c.place.city
    return f"{city}{_word(c)}有限公司"


def _bracketed(c: Customer) -> str:
    return f"{_word(c)}（{c.place.short_city}）有限公司"


def _short(c: Customer) -> str:
    return f"{c.place.short_city}{_word(c)}"


def _misheard(c: Customer) -> str:
    return c.name.replace(c.brand[1], _SOUNDS[c.brand[1]])


def _in_capitals(c: Customer) -> str:
    plain = c.name.replace("Sanayi ve Ticaret", "San. ve Tic.")
    return plain.upper().replace("S.A. DE C.V.", "SA DE CV")


_WAYS: Sequence[Callable[[Customer], str]] = (
    _without_city_mark, _bracketed, _short, _without_city_mark, _misheard, _in_capitals,
)  # fmt: skip
