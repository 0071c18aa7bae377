"""The constants of the strength of relationships; the formula is in customers/strength.py."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import inf

from attrs import field, frozen, validators

from tenon_sdk.errors import Invalid
from tenon_sdk.text import _

MAX_LEVEL = 5

# In sight of each other > speaking > writing; demonstrations and surveys bring several people and
# a purpose. Tasks are work about a customer, not with them.
DEFAULT_WEIGHTS: Mapping[str, float] = {
    "visit": 5.0,
    "demonstration": 5.0,
    "survey": 5.0,
    "meeting": 4.0,
    "training": 4.0,
    "call": 2.0,
    "email": 1.0,
    "message": 0.5,
    "task": 0.0,
}


@frozen
class StrengthSettings:
    """The constants of the formula; any of them may be set per installation.

    With the defaults a single visit is level 2, and 1 after a half-life; a visit a month or a
    call a week keep level 4; what rests for a year is level 0.

    Raises Invalid for the constant that makes no sense.
    """

    weights: Mapping[str, float] = field(factory=lambda: dict(DEFAULT_WEIGHTS))
    """By kind of activity; a kind that is not named counts `other_weight`."""
    other_weight: float = 1.0
    half_life_days: float = 90.0
    """After so many days without contact half of the score is left."""
    saturation: float = 10.0
    """The score that is shown as strength 0.5."""
    thresholds: tuple[float, ...] = (0.1, 0.25, 0.45, 0.65, 0.8)
    """The strengths, ascending in 0 to 1, from which levels 1 to 5 begin."""
    reference_minutes: float = 60.0
    """An activity of this length, or of unknown length, counts its plain weight."""
    duration_range: tuple[float, float] = field(default=(0.5, 2.0), validator=validators.min_len(2))
    """The least and the greatest factor that duration may have."""

    def __attrs_post_init__(self) -> None:
        for name in ("half_life_days", "saturation", "reference_minutes"):
            if not 0 < getattr(self, name) < inf:
                raise Invalid({name: _("This constant must be greater than zero.")})
        if not all(0 <= w < inf for w in (*self.weights.values(), self.other_weight)):
            raise Invalid({"weights": _("Weights must not be negative.")})
        self._check_order()

    def _check_order(self) -> None:
        bounds = (0.0, *self.thresholds, 1.0)
        if len(self.thresholds) != MAX_LEVEL or any(a >= b for a, b in pairwise(bounds)):
            raise Invalid(
                {"thresholds": _("There must be five thresholds, ascending between 0 and 1.")}
            )
        least, greatest = self.duration_range
        if not 0 < least <= 1 <= greatest < inf:
            raise Invalid(
                {"duration_range": _("The range of the duration's factor must contain 1.")}
            )
