"""CPU per request of the server and of PostgreSQL, Tenon's and the limit's in turn."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping

import psutil
from attrs import define, field, frozen

from bench.client import Outcome, Request, load
from bench.server import Server

WARM_SECONDS = 0.3


def cpu(pids: Iterable[int]) -> float:
    """Seconds that these processes and all below them have spent so far."""
    spent = 0.0
    for pid in pids:
        try:
            process = psutil.Process(pid)
            for each in (process, *process.children(recursive=True)):
                times = each.cpu_times()
                spent += times.user + times.system
        except psutil.Error:
            continue
    return spent


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


def compare(
    ours: Side, raw: Side, postgres: int | None, *, rounds: int, seconds: float
) -> Pair:
    """Rounds of either in turn, so that what else the machine does hits both alike."""
    costs = {id(ours): Cost(), id(raw): Cost()}
    for side in (ours, raw):
        _checked(load(side.server.port, side.requests, side.headers, seconds=WARM_SECONDS))
    for _ in range(rounds):
        for side in (raw, ours):
            _round(side, postgres, seconds, costs[id(side)])
    return Pair(costs[id(ours)], costs[id(raw)])


def _round(side: Side, postgres: int | None, seconds: float, cost: Cost) -> None:
    theirs = [postgres] if postgres is not None else []
    before = cpu([side.server.pid]), cpu(theirs)
    outcome = load(side.server.port, side.requests, side.headers, seconds=seconds)
    after = cpu([side.server.pid]), cpu(theirs)
    _checked(outcome)
    cost.server.append((after[0] - before[0]) / outcome.requests * 1_000)
    cost.postgres.append((after[1] - before[1]) / outcome.requests * 1_000)
    cost.requests += outcome.requests
    cost.seconds += outcome.seconds


def _checked(outcome: Outcome) -> None:
    if outcome.faults or not outcome.requests:
        raise RuntimeError(
            f"{outcome.faults} of {outcome.requests} requests failed: {outcome.fault[:600]!r}"
        )
