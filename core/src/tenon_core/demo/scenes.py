"""What happens between salespeople and customers, and in which words it is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import sqrt
from typing import Any

from attrs import frozen

from tenon_core.demo.accounts import Customer
from tenon_core.demo.dice import Dice, read_data
from tenon_core.demo.products import Catalogue, Machine

# How often each kind of activity is, at customers in China and abroad.
KINDS_CN = {
    "visit": 30, "call": 30, "message": 15, "email": 7, "meeting": 5, "demonstration": 2,
    "survey": 2, "training": 2, "hospitality": 3, "task": 9,
}  # fmt: skip
KINDS_ABROAD = {
    "visit": 9, "call": 20, "message": 18, "email": 30, "meeting": 13, "demonstration": 2,
    "training": 1, "task": 9,
}  # fmt: skip
FAR = frozenset({"MX", "BR", "DE"})
# Machines above so many tons are bought one by one, and built for months.
MEDIUM, LARGE = 450, 1000
CAVITIES_CN = ("二", "四", "六", "八", "十六")
CAVITIES = (2, 4, 6, 8, 16)


@frozen
class Scene:
    """One way in which something happens: subjects, and outcomes with their next steps.

    `who` are the roles in buying whom it is usually with, everybody if empty; `boss` and `tech`
    say that our manager or a service engineer comes along.
    """

    kind: str
    stage: str
    subjects: tuple[str, ...]
    outcomes: tuple[tuple[str, str, str], ...]
    who: frozenset[str] = frozenset()
    boss: bool = False
    tech: bool = False
    online: bool = False

    @property
    def chosen(self) -> bool:
        """Whether it is with people of these roles only: a dinner, a visit with the manager."""
        return self.boss or self.kind == "hospitality"


@frozen
class Told:
    """A scene in words; `result` and what follows only when it has happened."""

    scene: Scene
    subject: str
    result: str
    outcome: str
    next_step: str
    machine: Machine | None


@cache
def scenes(language: str) -> Sequence[Scene]:
    return [
        Scene(
            kind=each["kind"],
            stage=each["stage"],
            subjects=tuple(each["subject"]),
            outcomes=tuple((a, b, c) for a, b, c in each["outcome"]),
            who=frozenset(each.get("who", "").split()),
            boss=each.get("boss", False),
            tech=each.get("tech", False),
            online=each.get("online", False),
        )
        for each in read_data(f"scenes_{language}")["scene"]
    ]


def kinds_of(customer: Customer) -> Mapping[str, int]:
    """How often each kind is; people from overseas do not come for a trial."""
    if not customer.foreign:
        return KINDS_CN
    far = customer.place.country in FAR
    return {k: n for k, n in KINDS_ABROAD.items() if not (far and k == "demonstration")}


def stage_of(customer: Customer, *, ended: bool) -> str:
    """What kind of scenes fit: `quiet` ones near the end of a relationship."""
    if ended:
        return "quiet"
    return "prospect" if customer.ours == 0 else "active"


def choose(dice: Dice, customer: Customer, kind: str, stage: str) -> Scene | None:
    """A scene of this kind that fits, those of the stage twice as often as general ones."""
    language = "en" if customer.foreign else "zh"
    fitting = [s for s in scenes(language) if s.kind == kind and s.stage in {stage, "any"}]
    if stage == "quiet" and kind != "call":
        fitting = [s for s in scenes(language) if s.kind == kind and s.stage in {"active", "any"}]
    if not fitting:
        return None
    return dice.weighted(fitting, lambda s: 2.0 if s.stage == stage else 1.0)


class Teller:
    """Fills the words of scenes."""

    def __init__(self, dice: Dice, catalogue: Catalogue) -> None:
        self.dice, self.catalogue = dice, catalogue
        self.lately: dict[Any, list[str]] = {}

    def tell(self, scene: Scene, customer: Customer, said: Mapping[str, str]) -> Told:
        """`said` gives `p` (whom one met), `boss`, `tech` and, for fairs, `fair`."""
        machine = self.dice.pick(customer.machines)
        slots = {**self._slots(customer, machine), **said}
        result, outcome, next_step = self._fresh(customer, scene)
        subject = self.dice.pick(scene.subjects)
        return Told(
            scene,
            _fill(subject, slots),
            result,
            _fill(outcome, slots),
            _fill(next_step, slots),
            machine if "{model}" in subject + outcome else None,
        )

    def _fresh(self, customer: Customer, scene: Scene) -> tuple[str, str, str]:
        """An outcome that was not written of this customer lately, if there is one."""
        known = self.lately.setdefault(customer.id, [])
        new = [each for each in scene.outcomes if each[1] not in known] or list(scene.outcomes)
        chosen = self.dice.pick(new)
        known.append(chosen[1])
        del known[:-20]
        return chosen

    def _part(self, names: Sequence[str], machine: Machine) -> str:
        """A part that such a machine has."""
        return self.dice.pick([n for n in names if n not in _LACKING[machine.suffix]])

    def _slots(self, customer: Customer, machine: Machine) -> dict[str, str]:
        dice, trade = self.dice, customer.trade
        abroad = customer.foreign
        return {
            "short": customer.short,
            "city": customer.place.short_city,
            "part": dice.pick(trade["parts_en" if abroad else "parts"]),
            "mat": dice.pick(trade["materials"]) if not abroad else _latin_material(dice, trade),
            "model": machine.model.partition("/")[0],
            "series": _ENGLISH_SERIES[machine.suffix] if abroad else machine.series,
            "spare": self._part(_ENGLISH_SPARES if abroad else self.catalogue.spares, machine),
            "wear": self._part(_WEARING, machine),
            "elec": self._part(_FAILING, machine),
            "qty": str(dice.whole(1, 2) if machine.tons > LARGE else dice.whole(2, 6)),
            "pcs": str(dice.whole(2, 12)),
            "n": str(dice.whole(6, 24)),
            "cav": str(dice.pick(CAVITIES)) if abroad else dice.pick(CAVITIES_CN),
            "cyc": str(_cycle(dice, machine.tons)),
            "pct": str(dice.whole(2, 9)),
            "wan": str(dice.whole(4, 86)),
            "days": str(dice.pick(_delivery(machine.tons))),
        }


_ENGLISH_SERIES = {
    "S": "servo-hydraulic series", "E": "all-electric series",
    "P": "two-platen series", "M": "multi-component series",
}  # fmt: skip
_WEARING = ("螺杆", "止逆环三件套", "油缸密封件包", "机铰钢套组", "同步带")
_FAILING = ("伺服驱动器", "电子尺", "比例方向阀", "输入输出板", "陶瓷加热圈", "内啮合齿轮泵")
_ENGLISH_SPARES = (
    "servo drive", "screw tip set", "heater band", "hydraulic pump", "thermocouple",
    "position transducer", "seal kit", "proportional valve", "touch panel",
)  # fmt: skip
# What machines of a series do not have: no hydraulics, no toggle, no spindle drive.
_HYDRAULIC = frozenset({
    "内啮合齿轮泵", "比例方向阀", "油缸密封件包", "液压油滤芯",
    "hydraulic pump", "seal kit", "proportional valve",
})  # fmt: skip
_SPINDLE = frozenset({"滚珠丝杠", "同步带"})
_LACKING = {
    "E": _HYDRAULIC,
    "S": _SPINDLE,
    "M": _SPINDLE,
    "P": _SPINDLE | {"机铰钢套组"},
}


def _latin_material(dice: Dice, trade: Mapping[str, Any]) -> str:
    plain = [m for m in trade["materials"] if m.isascii()]
    return dice.pick(plain) if plain else "PP"


def _delivery(tons: int) -> tuple[int, ...]:
    """Days until a machine of so many tons is delivered."""
    if tons > LARGE:
        return (120, 150, 180)
    return (60, 75, 90) if tons > MEDIUM else (30, 35, 45)


def _cycle(dice: Dice, tons: int) -> int:
    """Seconds of a usual cycle on a machine of so many tons."""
    return round(6 + sqrt(tons) * dice.near(0.5, 1.1))


def _fill(text: str, slots: Mapping[str, str]) -> str:
    for name, value in slots.items():
        text = text.replace("{" + name + "}", value)
    return text
