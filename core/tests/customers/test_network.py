import random
import time
from itertools import combinations, pairwise, permutations
from math import prod

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networkx.algorithms import bipartite

from tenon_core.customers.network import Tie, coverage, paths, resilience, single_points

contacts = st.sampled_from(["c1", "c2", "c3", "c4", "c5"])
employees = st.sampled_from(["e1", "e2", "e3", "e4"])
levels = st.integers(0, 5)
graphs = st.lists(st.builds(Tie, contacts, employees, levels), max_size=14)


def cuts(ties, people):
    return all(t.contact in people or t.employee in people for t in ties)


@given(graphs, st.integers(1, 5))
def test_resilience_is_the_least_number_of_people_to_leave(ties, minimum):
    living = [t for t in ties if t.level >= minimum]
    everybody = sorted({t.contact for t in living} | {t.employee for t in living})
    least = next(
        size
        for size in range(len(everybody) + 1)
        if any(cuts(living, set(some)) for some in combinations(everybody, size))
    )
    found = resilience(ties, minimum)
    assert found.value == least
    assert len({*found.contacts, *found.employees}) == least
    assert cuts(living, {*found.contacts, *found.employees})


@given(graphs)
def test_single_points_are_exactly_those_who_cut_alone(ties):
    living = [t for t in ties if t.level >= 1]
    found = single_points(ties)
    assert set(found.contacts) == {t.contact for t in living if cuts(living, {t.contact})}
    assert set(found.employees) == {t.employee for t in living if cuts(living, {t.employee})}
    for contact in {t.contact for t in living}:
        known_by = {t.employee for t in living if t.contact == contact}
        assert (contact in found.sole) == (len(known_by) == 1)
        if contact in found.sole:
            assert {found.sole[contact]} == known_by


@given(graphs, st.lists(contacts, max_size=5), st.integers(1, 5))
def test_coverage(ties, important, minimum):
    found = coverage(ties, important, minimum)
    assert set(found.known) | set(found.unknown) == set(important)
    assert not set(found.known) & set(found.unknown)
    for contact in important:
        best = max((t.level for t in ties if t.contact == contact), default=-1)
        assert (contact in found.known) == (best >= minimum)
    assert 0 <= found.share <= 1


def test_coverage_of_nobody_is_complete():
    assert coverage([], []).share == 1.0


def test_examples():
    star = [Tie(f"c{n}", "e1", 3) for n in range(5)]
    assert resilience(star).employees == ("e1",)
    assert single_points(star).employees == ("e1",)
    square = [Tie(c, e, 3) for c in ("c1", "c2") for e in ("e1", "e2")]
    assert resilience(square).value == 2
    assert single_points(square) == single_points([*square, Tie("c3", "e3", 0)])
    assert resilience([]).value == 0


def test_large_random_graphs_agree_with_networkx():
    draw = random.Random(1931)
    for density in (50, 200, 600):
        pairs = {(f"c{draw.randrange(120)}", f"e{draw.randrange(80)}") for _ in range(density)}
        ties = [Tie(c, e, 3) for c, e in sorted(pairs)]
        graph = nx.Graph(sorted(pairs))
        top = {c for c, _e in pairs}
        matching = bipartite.hopcroft_karp_matching(graph, top)
        found = resilience(ties)
        assert found.value == len(matching) // 2
        assert cuts(ties, {*found.contacts, *found.employees})


def test_a_long_chain_needs_no_deep_recursion():
    chain = [Tie(n, f"e{n + d}", 3) for n in range(5000) for d in (0, 1)]
    begin = time.process_time()
    assert resilience(list(reversed(chain))).value == 5000
    assert time.process_time() - begin < 5


colleague_pairs = st.lists(st.tuples(employees, employees, levels), max_size=8)


def strongest_by_trying(ties, pairs, start, target):
    """For each employee who knows the target, the best product over all simple chains."""
    link = {}
    for a, b, level in pairs:
        for pair in ((a, b), (b, a)):
            link[pair] = max(level, link.get(pair, 0))
    others = sorted({x for pair in link for x in pair} - {start})
    best = {}
    for size in range(len(others) + 1):
        for chain in permutations(others, size):
            people = (start, *chain)
            levels = [link.get(pair, 0) for pair in pairwise(people)]
            knows = max(
                (t.level for t in ties if (t.employee, t.contact) == (people[-1], target)),
                default=0,
            )
            strength = prod(level / 5 for level in [*levels, knows])
            if strength > best.get(people[-1], 0):
                best[people[-1]] = strength
    return best


@given(graphs, colleague_pairs)
def test_paths_are_the_strongest_chains(ties, pairs):
    found = paths(ties, "e1", "c1", colleagues=pairs, limit=10)
    expected = strongest_by_trying(ties, pairs, "e1", "c1")
    assert {p.people[-2]: pytest.approx(p.strength) for p in found} == expected
    strengths = [p.strength for p in found]
    assert strengths == sorted(strengths, reverse=True)
    for path in found:
        assert (path.people[0], path.people[-1]) == ("e1", "c1")
        assert len(set(path.people)) == len(path.people)


def test_paths_over_colleagues():
    ties = [Tie("c1", "e1", 1), Tie("c1", "e2", 5), Tie("c1", "e3", 4), Tie("c2", "e1", 5)]
    direct = paths(ties, "e1", "c1")
    assert [p.people for p in direct] == [("e1", "e2", "c1"), ("e1", "e3", "c1"), ("e1", "c1")]
    assert direct[0].strength == pytest.approx(4 / 5)
    known = paths(ties, "e1", "c1", colleagues=[("e4", "e1", 5), ("e2", "e4", 5)])
    assert known[0].people == ("e1", "e4", "e2", "c1")
    assert paths(ties, "e1", "c1", limit=1) == direct[:1]
    assert paths(ties, "e1", "c9") == ()
    assert paths(ties, "e9", "c1", colleagues=[]) == ()
