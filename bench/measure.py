"""CPU per request of the server and of PostgreSQL, Tenon's and the limit's in turn."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

import psutil
from attrs import define, field, frozen

from bench.client import Outcome, Request, load
from bench.server import Server

WARM_SECONDS = 0.3


def cpu(pids: Iterable[int]) -> dict[int, float]:
    """Seconds that each of these processes and of all below them has spent so far."""
    spent: dict[int, float] = {}
    for pid in pids:
        try:
            process = psutil.Process(pid)
            family = [process, *process.children(recursive=True)]
        except psutil.Error:
            continue
        for each in family:
            with suppress(psutil.Error):
                times = each.cpu_times()
                spent[each.pid] = times.user + times.system
    return spent


def since(before: Mapping[int, float], pids: Iterable[int]) -> float:
    """Seconds spent since `before`; what a process spent that has ended meanwhile is lost."""
    return sum(now - before.get(pid, 0.0) for pid, now in cpu(pids).items())


@frozen
class Side:
    """One of the two that are compared: its server and what is asked of it."""

    server: Server
    headers: Mapping[str, str]
    requests: Callable[[], Iterator[Request]]


@define
class Cost:
    """CPU milliseconds a request, of each round."""

    server: list[float] = field(factory=list)
    postgres: list[float] = field(factory=list)
    requests: int = 0
    seconds: float = 0.0

    @property
    def total(self) -> float:
        """The median round's."""
        pairs = zip(self.server, self.postgres, strict=True)
        return statistics.median(own + theirs for own, theirs in pairs)

    @property
    def parts(self) -> tuple[float, float]:
        return statistics.median(self.server), statistics.median(self.postgres)


@frozen
class Pair:
    ours: Cost
    raw: Cost

    @property
    def share(self) -> float:
        """CPU of the limit ÷ CPU of ours."""
        return self.raw.total / self.ours.total if self.ours.total else 0.0


def compare(ours: Side, raw: Side, postgres: int | None, *, rounds: int, seconds: float) -> Pair:
    """Rounds of either in turn, so that what else the machine does hits both alike."""
    costs = {id(ours): Cost(), id(raw): Cost()}
    for side in (ours, raw):
        _checked(
            load(side.server.port, side.requests, side.headers, seconds=min(seconds, WARM_SECONDS))
        )
    for _ in range(rounds):
        for side in (raw, ours):
            _round(side, postgres, seconds, costs[id(side)])
    return Pair(costs[id(ours)], costs[id(raw)])


def _round(side: Side, postgres: int | None, seconds: float, cost: Cost) -> None:
    theirs = [postgres] if postgres is not None else []
    before, others = cpu([side.server.pid]), cpu(theirs)
    outcome = load(side.server.port, side.requests, side.headers, seconds=seconds)
    own, postgres_own = since(before, [side.server.pid]), since(others, theirs)
    _checked(outcome)
    cost.server.append(own / outcome.requests * 1_000)
    cost.postgres.append(postgres_own / outcome.requests * 1_000)
    cost.requests += outcome.requests
    cost.seconds += outcome.seconds


def _checked(outcome: Outcome) -> None:
    if outcome.faults or not outcome.requests:
        raise RuntimeError(
            f"{outcome.faults} of {outcome.requests} requests failed: {outcome.fault[:600]!r}"
        )
