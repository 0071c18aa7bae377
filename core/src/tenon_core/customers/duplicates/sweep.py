"""All duplicates of a table, block by block."""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import combinations

from attrs import define, field

from tenon_core.customers.duplicates.blocking import block_keys
from tenon_core.customers.duplicates.corpus import Corpus
from tenon_core.customers.duplicates.model import Match, Party, Settings
from tenon_core.customers.duplicates.names import parse_name
from tenon_core.customers.duplicates.scoring import Context, Prepared, weigh

Progress = Callable[[int, int], None]


def sweep(
    parties: Iterable[Party],
    settings: Settings | None = None,
    progress: Progress | None = None,
    corpus: Corpus | None = None,
) -> Iterator[Match]:
    """Every pair that scores at least `settings.review`, once, in no particular order.

    Compares at most `max_block` / 2 pairs a record and ordinary key and `window` a record and
    over-common key, whatever the table's size. Memory grows in step with the records: the
    parties, a pair of numbers a record and key, and at most `settings.cache` prepared records.
    `progress(done, total)` counts blocks.
    `corpus` saves counting the frequencies again.
    """
    settings = settings or Settings()
    table = list(parties)
    context = Context(settings, corpus or Corpus.of(table))
    prepared = _Cache(table, context)
    weak: set[tuple[int, int]] = set()
    for one, other, ordinary in candidate_pairs(table, settings, progress):
        if not ordinary and (one, other) in weak:
            continue
        match = weigh(prepared[one], prepared[other], context)
        if match.score >= settings.review:
            if not ordinary:
                weak.add((one, other))
            yield match


def candidate_pairs(
    table: Sequence[Party], settings: Settings, progress: Progress | None = None
) -> Iterator[tuple[int, int, bool]]:
    """Positions of records to compare, and whether they share an ordinary key.

    Pairs of an ordinary key come once; neighbours of an over-common key may come again.
    """
    blocks = _Blocks.of(table, settings)
    for done, (key, members) in enumerate(blocks):
        if len(members) > settings.max_block:
            yield from _neighbours(table, members, blocks, settings.window)
        else:
            for one, other in combinations(members, 2):
                # A pair in several blocks belongs to the one with the smallest key.
                if blocks.first_shared(one, other) == key:
                    yield one, other, True
        if progress and (done % 1000 == 0 or done == blocks.count - 1):
            progress(done + 1, blocks.count)


def _neighbours(
    table: Sequence[Party], members: Sequence[int], blocks: _Blocks, window: int
) -> Iterator[tuple[int, int, bool]]:
    order = sorted(members, key=lambda at: (parse_name(table[at].name).core, at))
    for at, one in enumerate(order):
        for other in order[at + 1 : at + 1 + window]:
            low, high = min(one, other), max(one, other)
            if blocks.first_shared(low, high) is None:
                yield low, high, False


@define
class _Blocks:
    """Keys as 63-bit hashes: pairs (key, record) in key order, and each record's ordinary keys."""

    pairs: list[tuple[int, int]]
    ordinary: list[frozenset[int]]
    count: int

    @classmethod
    def of(cls, table: Sequence[Party], settings: Settings) -> _Blocks:
        hashed = [array("q", sorted(map(_hash, block_keys(p, settings)))) for p in table]
        sizes = Counter(key for keys in hashed for key in keys)
        pairs = sorted((k, at) for at, keys in enumerate(hashed) for k in keys if sizes[k] > 1)
        limit = settings.max_block
        ordinary = [frozenset(k for k in keys if 1 < sizes[k] <= limit) for keys in hashed]
        return cls(pairs, ordinary, sum(1 for n in sizes.values() if n > 1))

    def __iter__(self) -> Iterator[tuple[int, list[int]]]:
        members: list[int] = []
        current = -1
        for key, at in self.pairs:
            if key != current:
                if members:
                    yield current, members
                current, members = key, []
            members.append(at)
        if members:
            yield current, members

    def first_shared(self, one: int, other: int) -> int | None:
        return min(self.ordinary[one] & self.ordinary[other], default=None)


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) >> 1


@define
class _Cache:
    """Prepared records, the least recently used given up first."""

    table: Sequence[Party]
    context: Context
    kept: OrderedDict[int, Prepared] = field(factory=OrderedDict)

    def __getitem__(self, at: int) -> Prepared:
        found = self.kept.pop(at, None)
        if found is None:
            found = self.context.prepare(self.table[at])
            if len(self.kept) >= self.context.settings.cache:
                self.kept.popitem(last=False)
        self.kept[at] = found
        return found
