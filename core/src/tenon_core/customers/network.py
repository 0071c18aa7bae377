"""Who of us knows whom at a customer, and how easily that tie is cut.

The employees and contacts of an account are the two sides of a bipartite graph, each relationship
of at least a given level an edge. König's theorem: the size of a maximum matching equals that of
a minimum vertex cover, that is, the least number of people, on either side, after whose leaving
nobody on one side knows anybody on the other. That number is the *resilience*. networkx
computes it too, but costs 0.4 s and 27 MB to import and five times as long on such small graphs.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import count
from typing import Generic, TypeVar

from attrs import frozen

from tenon_core.customers.strength import MAX_LEVEL

P = TypeVar("P", bound=Hashable)
Neighbours = Mapping[P, Sequence[P]]


@frozen
class Tie(Generic[P]):
    """A relationship of a contact with an employee, of level 0 to 5."""

    contact: P
    employee: P
    level: int


@frozen
class Coverage(Generic[P]):
    """Which of the important contacts somebody of us knows; `share` is 1.0 if there are none."""

    known: tuple[P, ...]
    unknown: tuple[P, ...]

    @property
    def share(self) -> float:
        total = len(self.known) + len(self.unknown)
        return len(self.known) / total if total else 1.0


@frozen
class Resilience(Generic[P]):
    """How many people must leave before the tie is cut, and one smallest set of such people."""

    contacts: tuple[P, ...]
    employees: tuple[P, ...]

    @property
    def value(self) -> int:
        return len(self.contacts) + len(self.employees)


@frozen
class SinglePoints(Generic[P]):
    """Where all hangs on one person.

    `contacts` and `employees`: each of these alone cuts the tie to the whole account by leaving.
    `sole`: contacts that only one employee knows, with that employee.
    """

    contacts: tuple[P, ...]
    employees: tuple[P, ...]
    sole: Mapping[P, P]


@frozen
class Path(Generic[P]):
    """A chain of acquaintance from an employee over colleagues to a contact.

    `strength` is the product of `level / 5` along the chain, in 0 to 1.
    """

    people: tuple[P, ...]
    strength: float


def coverage(ties: Iterable[Tie[P]], important: Iterable[P], minimum_level: int = 1) -> Coverage[P]:
    """Splits the important contacts, in their order, by whether a tie of that level exists."""
    reached = {tie.contact for tie in ties if tie.level >= minimum_level}
    contacts = tuple(dict.fromkeys(important))
    return Coverage(
        known=tuple(c for c in contacts if c in reached),
        unknown=tuple(c for c in contacts if c not in reached),
    )


def single_points(ties: Iterable[Tie[P]], minimum_level: int = 1) -> SinglePoints[P]:
    """The people on whom alone the account, or a contact in it, depends; in order of the ties."""
    known_by = _neighbours(ties, minimum_level)
    employees = tuple(dict.fromkeys(e for known in known_by.values() for e in known))
    return SinglePoints(
        contacts=tuple(known_by) if len(known_by) == 1 else (),
        employees=employees if len(employees) == 1 else (),
        sole={contact: known[0] for contact, known in known_by.items() if len(known) == 1},
    )


def resilience(ties: Iterable[Tie[P]], minimum_level: int = 1) -> Resilience[P]:
    """The smallest set of people whose leaving cuts every tie of at least that level.

    Among sets of equal size the one is given that follows from the order of the ties, so the
    same ties give the same people. O(E·√V), by Hopcroft and Karp.
    """
    known_by = _neighbours(ties, minimum_level)
    contact_of = _maximum_matching(known_by)
    matched = set(contact_of.values())
    # König: what alternating paths from unmatched contacts reach on the employees' side, and
    # what they do not reach on the contacts' side, is a minimum cover.
    reached = {contact for contact in known_by if contact not in matched}
    employees: dict[P, None] = {}
    queue = deque(contact for contact in known_by if contact in reached)
    while queue:
        for employee in known_by[queue.popleft()]:
            employees.setdefault(employee)
            contact = contact_of[employee]
            if contact not in reached:
                reached.add(contact)
                queue.append(contact)
    return Resilience(
        contacts=tuple(c for c in known_by if c not in reached), employees=tuple(employees)
    )


def paths(
    ties: Iterable[Tie[P]],
    from_employee: P,
    to_contact: P,
    *,
    colleagues: Iterable[tuple[P, P, int]] | None = None,
    colleague_level: int = 4,
    limit: int = 5,
) -> tuple[Path[P], ...]:
    """Who can introduce an employee to a contact: the strongest chains, at most `limit`.

    There is one chain, the strongest, for each employee who knows the contact. It leads over
    colleagues only, never over other contacts. `colleagues` are pairs with the level of their
    acquaintance, in both directions; None means that all employees in `ties` know each other with
    `colleague_level`. Order: stronger, then shorter, then by the order of the ties.
    """
    all_ties = tuple(ties)
    known: dict[P, int] = {}
    for tie in all_ties:
        if tie.contact == to_contact and tie.level > 0:
            known[tie.employee] = max(tie.level, known.get(tie.employee, 0))
    if colleagues is None:
        pairs = [(from_employee, e, colleague_level) for e in known if e != from_employee]
    else:
        pairs = list(colleagues)
    reach = _strongest_chains(pairs, from_employee)
    found = [
        Path((*reach[employee].people, to_contact), reach[employee].strength * level / MAX_LEVEL)
        for employee, level in known.items()
        if employee in reach
    ]
    return tuple(sorted(found, key=lambda path: (-path.strength, len(path.people)))[:limit])


def _neighbours(ties: Iterable[Tie[P]], minimum_level: int) -> dict[P, list[P]]:
    """The employees who know each contact, both in order of the ties."""
    known_by: dict[P, dict[P, None]] = defaultdict(dict)
    for tie in ties:
        if tie.level >= minimum_level:
            known_by[tie.contact][tie.employee] = None
    return {contact: list(employees) for contact, employees in known_by.items()}


def _strongest_chains(pairs: Iterable[tuple[P, P, int]], start: P) -> dict[P, Path[P]]:
    """The chain with the greatest product of levels to each person, by Dijkstra's algorithm."""
    links: dict[P, dict[P, int]] = defaultdict(dict)
    for a, b, level in pairs:
        for one, other in ((a, b), (b, a)):
            links[one][other] = max(level, links[one].get(other, 0))
    found: dict[P, Path[P]] = {}
    ticket = count()
    heap = [(-1.0, 1, next(ticket), Path((start,), 1.0))]
    while heap:
        path = heapq.heappop(heap)[-1]
        person = path.people[-1]
        if person in found:
            continue
        found[person] = path
        for other, level in links[person].items():
            if other not in found and level > 0:
                longer = Path((*path.people, other), path.strength * level / MAX_LEVEL)
                entry = (-longer.strength, len(longer.people), next(ticket), longer)
                heapq.heappush(heap, entry)
    return found


def _maximum_matching(known_by: Neighbours[P]) -> dict[P, P]:
    """The contact of each matched employee in a maximum matching (Hopcroft and Karp, 1973)."""
    contact_of: dict[P, P] = {}
    free = list(known_by)
    while free:
        layers = _layers(known_by, contact_of, free)
        still_free = [c for c in free if not _augment(known_by, contact_of, layers, c)]
        if len(still_free) == len(free):
            break
        free = still_free
    return contact_of


def _layers(known_by: Neighbours[P], contact_of: Mapping[P, P], free: Sequence[P]) -> dict[P, int]:
    """The length of the shortest alternating path from a free contact to each contact."""
    layers = dict.fromkeys(free, 0)
    queue = deque(free)
    while queue:
        contact = queue.popleft()
        for employee in known_by[contact]:
            other = contact_of.get(employee)
            if other is not None and other not in layers:
                layers[other] = layers[contact] + 1
                queue.append(other)
    return layers


def _augment(
    known_by: Neighbours[P], contact_of: dict[P, P], layers: dict[P, int], start: P
) -> bool:
    """Extends the matching by one along a path through the layers; a loop, for long paths."""
    stack = [(start, iter(known_by[start]))]
    chosen: list[P] = []
    while stack:
        contact, untried = stack[-1]
        for employee in untried:
            other = contact_of.get(employee)
            if other is None:
                chosen.append(employee)
                for (owner, _rest), taken in zip(stack, chosen, strict=True):
                    contact_of[taken] = owner
                    del layers[owner]  # the paths of one phase share nobody
                return True
            if layers.get(other) == layers[contact] + 1:
                chosen.append(employee)
                stack.append((other, iter(known_by[other])))
                break
        else:
            del layers[contact]
            stack.pop()
            if chosen:
                chosen.pop()
    return False
