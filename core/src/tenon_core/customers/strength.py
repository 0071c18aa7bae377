"""How strong a relationship is, computed from dated activities.

Every activity of kind k that ended Δt days ago contributes

    w_k · d(minutes) · 2^(−Δt / half_life)

and the score is the sum. *Recency* and *frequency* are the best predictors of tie strength
(Gilbert & Karahalios, "Predicting tie strength with social media", CHI 2009), ties that are not
kept up decay (Burt, "Decay functions", Social Networks 22, 2000), and tie strength grows with
time and intensity spent (Granovetter, "The strength of weak ties", AJS 78, 1973): hence decay,
sum and weights. The exponential is the one decay that needs no history: a stored (score, as_of)
can be decayed and added to. Duration counts by its square root against a reference, bounded: a
second hour says less than the first.

The shown strength is `score / (score + saturation)`, in 0 to 1, so that the fiftieth call does
not outweigh everything; the level is the number of thresholds that it reaches.

Ordering relationships needs no exponential in SQL: `rank` is log2(score) + as_of / half_life, which
does not change while time passes (forward decay: Cormode et al., ICDE 2009). Store it in an
indexed column, sort by it, and compare it with `rank_bounds` to select by level.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import inf, log2

from attrs import frozen

from tenon_core.settings.strength import DEFAULT_WEIGHTS, MAX_LEVEL, StrengthSettings

__all__ = [
    "DEFAULT_WEIGHTS",
    "MAX_LEVEL",
    "Score",
    "StrengthSettings",
    "added",
    "combined",
    "contribution",
    "decay",
    "decayed",
    "level",
    "rank",
    "rank_bounds",
    "score",
    "strength",
]

Event = tuple[str, datetime] | tuple[str, datetime, float | None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


@frozen
class Score:
    """A score together with the moment it is meant for: all that has to be stored."""

    value: float
    as_of: datetime


def contribution(kind: str, minutes: float | None, settings: StrengthSettings) -> float:
    """What one activity adds at the moment it happens."""
    weight = settings.weights.get(kind, settings.other_weight)
    if minutes is None:
        return weight
    least, greatest = settings.duration_range
    factor = (max(0.0, minutes) / settings.reference_minutes) ** 0.5
    return float(weight * min(greatest, max(least, factor)))


def score(events: Iterable[Event], now: datetime, settings: StrengthSettings) -> float:
    """The score at `now` of (kind, occurred_at) or (kind, occurred_at, minutes), in any order.

    What lies after `now` is planned and does not count.
    """
    total = 0.0
    for kind, occurred_at, *rest in events:
        if occurred_at <= now:
            minutes = rest[0] if rest else None
            faded = decay(now - occurred_at, settings)
            total += contribution(kind, minutes, settings) * faded
    return total


def decay(elapsed: timedelta, settings: StrengthSettings) -> float:
    """The part of a score that is left after `elapsed`."""
    return float(2.0 ** (-(elapsed / _DAY) / settings.half_life_days))


def decayed(stored: Score, now: datetime, settings: StrengthSettings) -> Score:
    """The stored score as of `now`, which must not be earlier than its own moment."""
    if now < stored.as_of:
        raise ValueError("a score cannot be told for a time before it was stored")
    return Score(stored.value * decay(now - stored.as_of, settings), now)


def added(
    stored: Score | None,
    kind: str,
    occurred_at: datetime,
    minutes: float | None,
    settings: StrengthSettings,
) -> Score:
    """The stored score with one more activity; equals `score` over all of them.

    Activities may be added in any order, also ones that are older than the stored moment; the
    result is meant for the later of both moments.
    """
    gain = Score(contribution(kind, minutes, settings), occurred_at)
    return gain if stored is None else combined(stored, gain, settings)


def combined(a: Score, b: Score, settings: StrengthSettings) -> Score:
    """The score of the activities behind both, as when two relationships are merged."""
    moment = max(a.as_of, b.as_of)
    value = decayed(a, moment, settings).value + decayed(b, moment, settings).value
    return Score(value, moment)


def strength(value: float, settings: StrengthSettings) -> float:
    """The score brought to the range from 0 to below 1."""
    return value / (value + settings.saturation)


def level(value: float, settings: StrengthSettings) -> int:
    """The level of a score, 0 (no living relationship) to 5."""
    shown = strength(value, settings)
    return sum(shown >= threshold for threshold in settings.thresholds)


def rank(stored: Score, settings: StrengthSettings) -> float:
    """A number that orders relationships by their score at any later time; -inf for no score."""
    if stored.value <= 0:
        return -inf
    return log2(stored.value) + _half_lives(stored.as_of, settings)


def rank_bounds(now: datetime, settings: StrengthSettings) -> tuple[float, ...]:
    """The ranks from which levels 1 to 5 begin at `now`: `rank >= bounds[2]` is level 3 and up."""
    return tuple(
        log2(settings.saturation * t / (1 - t)) + _half_lives(now, settings)
        for t in settings.thresholds
    )


def _half_lives(moment: datetime, settings: StrengthSettings) -> float:
    return (moment - _EPOCH) / _DAY / settings.half_life_days
