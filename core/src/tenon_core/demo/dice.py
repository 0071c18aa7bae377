"""Repeatable chance: every topic draws from a generator of its own.

So one more contact does not change all activities, and data of one seed stay comparable.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, TypeVar
from uuid import UUID

T = TypeVar("T")

_VERSION, _VARIANT = 0x7 << 76, 0x2 << 62
_RANDOM_A, _RANDOM_B = 12, 62


@cache
def read_data(name: str) -> dict[str, Any]:
    """A file of `data/`, read once; who gets it must not change it."""
    return tomllib.loads((files("tenon_core.demo") / f"data/{name}.toml").read_text("utf-8"))


class Dice:
    """Chance of one topic of one seed."""

    def __init__(self, seed: int, topic: str) -> None:
        self.seed, self.topic = seed, topic
        self.random = Random(f"{seed}:{topic}")
        self._ids = Random(f"{seed}:{topic}:ids")

    def new_id(self, at: datetime) -> UUID:
        """A UUIDv7 (RFC 9562) of that moment, so that ids sort as records came."""
        stamp = int(at.timestamp() * 1000) << 80
        high = self._ids.getrandbits(_RANDOM_A) << 64
        return UUID(int=stamp | _VERSION | high | _VARIANT | self._ids.getrandbits(_RANDOM_B))

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def weighted(self, options: Sequence[T], weight: Callable[[T], float]) -> T:
        return self.random.choices(options, [weight(option) for option in options])[0]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Different ones, at most as many as there are."""
        return self.random.sample(options, min(count, len(options)))

    def whole(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def near(self, low: float, high: float) -> float:
        """Between both, more often in the middle."""
        return self.random.triangular(low, high)

    def digits(self, count: int) -> str:
        return "".join(self.random.choices("0123456789", k=count))


class Unique:
    """Keeps what was given out, so that nothing is given twice."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def add(self, value: str) -> bool:
        """Whether nobody had it yet."""
        new = value not in self._known
        self._known.add(value)
        return new

    def draw(self, make: Callable[[], str]) -> str:
        """The first value of `make` that nobody has. Raises LookupError when it has no more."""
        for _attempt in range(10_000):
            value = make()
            if self.add(value):
                return value
        raise LookupError(make)


def rounded(value: float, step: int) -> int:
    return max(step, round(value / step) * step)
