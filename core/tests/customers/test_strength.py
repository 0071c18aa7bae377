import math
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tenon_core.customers.strength import (
    DEFAULT_WEIGHTS,
    Score,
    StrengthSettings,
    added,
    combined,
    decayed,
    level,
    rank,
    rank_bounds,
    score,
    strength,
)
from tenon_sdk.errors import Invalid

NOW = datetime(2025, 6, 30, 12, tzinfo=UTC)
DEFAULT = StrengthSettings()

kinds = st.sampled_from([*DEFAULT_WEIGHTS, "something else"])
past = st.timedeltas(timedelta(0), timedelta(days=1500)).map(lambda ago: NOW - ago)
minutes = st.none() | st.floats(0, 1000)
events = st.tuples(kinds, past, minutes)
histories = st.lists(events, max_size=25)


def ago(days):
    return NOW - timedelta(days=days)


def store(history):
    stored = None
    for kind, occurred_at, length in history:
        stored = added(stored, kind, occurred_at, length, DEFAULT)
    return stored


def test_the_formula():
    one = score([("call", ago(90))], NOW, DEFAULT)
    assert one == pytest.approx(2.0 / 2)
    assert score([("call", ago(0)), ("visit", ago(180))], NOW, DEFAULT) == pytest.approx(2 + 5 / 4)
    assert score([], NOW, DEFAULT) == 0


def test_duration_counts_by_its_root_within_bounds():
    def with_minutes(length):
        return score([("meeting", NOW, length)], NOW, DEFAULT)

    assert with_minutes(None) == with_minutes(60) == 4
    assert with_minutes(120) == pytest.approx(4 * math.sqrt(2))
    assert with_minutes(1) == with_minutes(0) == with_minutes(-5) == 2
    assert with_minutes(10_000) == 8


def test_planned_activities_do_not_count():
    assert score([("visit", NOW + timedelta(seconds=1))], NOW, DEFAULT) == 0


def test_levels_follow_what_the_settings_promise():
    def of(history):
        return level(score(history, NOW, DEFAULT), DEFAULT)

    assert of([]) == 0
    assert of([("visit", ago(0))]) == 2
    assert of([("visit", ago(90))]) == 1
    assert of([("visit", ago(30 * n)) for n in range(36)]) == 4
    assert of([("call", ago(7 * n)) for n in range(150)]) == 4
    assert of([("visit", ago(7 * n)) for n in range(150)]) == 5
    assert of([("visit", ago(30 * n)) for n in range(12, 36)]) == 1
    assert of([("visit", ago(365))]) == 0
    assert of([("task", ago(0))] * 50) == 0


@given(histories)
def test_adding_one_by_one_equals_the_whole_history(history):
    stored = store(history)
    expected = score(history, NOW, DEFAULT)
    if stored is None:
        assert expected == 0
    else:
        assert stored.as_of == max(occurred_at for _kind, occurred_at, _length in history)
        assert decayed(stored, NOW, DEFAULT).value == pytest.approx(expected, rel=1e-9)


@given(histories, histories)
def test_merged_scores_equal_the_merged_history(one, other):
    a, b = store(one), store(other)
    if a and b:
        together = decayed(combined(a, b, DEFAULT), NOW, DEFAULT).value
        assert together == pytest.approx(score(one + other, NOW, DEFAULT), rel=1e-9)


@given(histories, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_score_decays_the_same_in_one_step_and_in_two(history, pause):
    stored = store(history)
    if stored is not None:
        direct = decayed(stored, NOW + pause, DEFAULT)
        stepwise = decayed(decayed(stored, NOW, DEFAULT), NOW + pause, DEFAULT)
        assert stepwise.value == pytest.approx(direct.value, rel=1e-9)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_is_never_weaker(a, b):
    low, high = sorted((a, b))
    assert 0 <= strength(low, DEFAULT) <= strength(high, DEFAULT) < 1
    assert 0 <= level(low, DEFAULT) <= level(high, DEFAULT) <= 5


scores = st.builds(Score, st.floats(1e-3, 1e4), past)


@given(scores, scores, st.timedeltas(timedelta(0), timedelta(days=1000)))
def test_rank_orders_as_the_scores_do_at_any_later_time(a, b, later):
    at_a = decayed(a, NOW + later, DEFAULT).value
    at_b = decayed(b, NOW + later, DEFAULT).value
    if not math.isclose(at_a, at_b, rel_tol=1e-6):
        assert (rank(a, DEFAULT) < rank(b, DEFAULT)) == (at_a < at_b)


@given(scores)
def test_rank_bounds_give_the_level_without_decaying(stored):
    value = decayed(stored, NOW, DEFAULT).value
    place = rank(stored, DEFAULT)
    bounds = rank_bounds(NOW, DEFAULT)
    if all(abs(place - bound) > 1e-6 for bound in bounds):
        assert sum(place >= bound for bound in bounds) == level(value, DEFAULT)


def test_nothing_ranks_last():
    assert rank(Score(0.0, NOW), DEFAULT) == -math.inf


def test_a_score_cannot_be_told_for_earlier():
    with pytest.raises(ValueError, match="before it was stored"):
        decayed(Score(1.0, NOW), ago(1), DEFAULT)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("half_life_days", 0.0),
        ("half_life_days", math.nan),
        ("saturation", -1.0),
        ("reference_minutes", math.inf),
        ("weights", {"call": -1.0}),
        ("thresholds", (0.1, 0.2, 0.3, 0.4)),
        ("thresholds", (0.1, 0.3, 0.2, 0.4, 0.5)),
        ("thresholds", (0.1, 0.2, 0.3, 0.4, 1.0)),
        ("duration_range", (0.0, 2.0)),
        ("duration_range", (1.5, 2.0)),
    ],
)
def test_constants_without_sense_are_refused(name, value):
    with pytest.raises(Invalid) as error:
        evolve(DEFAULT, **{name: value})
    assert set(error.value.fields) == {name}
