"""Each record of one list to its best partner in another."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from tenon_core.customers.duplicates.alignment import expansion
from tenon_core.customers.duplicates.blocking import block_keys
from tenon_core.customers.duplicates.corpus import Corpus
from tenon_core.customers.duplicates.model import Code, Match, Party, Reason, Settings
from tenon_core.customers.duplicates.names import is_han
from tenon_core.customers.duplicates.scoring import Context, Prepared, weigh

# Words that a misspelt word may stand for, looked up per word.
_VARIANTS = 6
_LONGEST_SHORT = 12


def link(
    left: Iterable[Party],
    right: Iterable[Party],
    settings: Settings | None = None,
    *,
    one_to_one: bool = False,
) -> Iterator[Match]:
    """For each party of `right` its best partner in `left`, if the score reaches `review`.

    `left` is taken to be free of duplicates, so partners are rivals: the score is the
    probability of this partner against all others and against having none. With `one_to_one`
    no party of `left` is given twice; the strongest matches are served first. Frequencies are
    those of both lists together. `Match.left` is of `left`, `Match.right` of `right`.
    """
    settings = settings or Settings()
    lefts, rights = list(left), list(right)
    context = Context(settings, Corpus.of([*lefts, *rights]))
    index = _Index(lefts, context)
    best = (index.best(party) for party in rights)
    matches = (m for m in best if m is not None and m.score >= settings.review)
    return _exclusive(matches) if one_to_one else matches


def _exclusive(matches: Iterable[Match]) -> Iterator[Match]:
    taken: set[str] = set()
    for match in sorted(matches, key=lambda m: (-m.score, m.left, m.right)):
        if match.left not in taken:
            taken.add(match.left)
            yield match


class _Index:
    """Finds the most promising partners by rare words, words with slips and blocking keys."""

    def __init__(self, parties: Sequence[Party], context: Context) -> None:
        self._context = context
        self._prepared = [context.prepare(p) for p in parties]
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_key: dict[str, list[int]] = defaultdict(list)
        for at, prepared in enumerate(self._prepared):
            for word in _words(prepared):
                self._by_word[word].append(at)
            for key in block_keys(parties[at], context.settings):
                self._by_key[key].append(at)
        self._vocabulary = sorted(self._by_word)
        self._shorts: dict[str, list[str]] = defaultdict(list)
        for word in self._vocabulary:
            if _could_abbreviate(word):
                self._shorts[word[0]].append(word)
        self._starting: dict[str, set[int]] = defaultdict(set)
        for at, prepared in enumerate(self._prepared):
            for word in _words(prepared):
                self._starting[word[0]].add(at)

    def best(self, party: Party) -> Match | None:
        """The best partner with its probability among its rivals, or None without candidates."""
        prepared = self._context.prepare(party)
        found = [
            (weigh(self._prepared[at], prepared, self._context), at)
            for at in self._candidates(party, prepared)
        ]
        if not found:
            return None
        top, at = max(found, key=lambda pair: (_bits(pair[0]), -pair[1]))
        return self._among_rivals(top, [m for m, other in found if other != at])

    def _among_rivals(self, top: Match, rivals: Sequence[Match]) -> Match:
        settings = self._context.settings
        shrink = settings.temperature
        best = _bits(top) * shrink
        # No partner at all weighs as much as a pair whose evidence only makes up for chance.
        none = -settings.prior(len(self._prepared)) * settings.link_none * shrink
        others = [none, *(_bits(m) * shrink for m in rivals)]
        score = 1.0 / (1.0 + sum(math.exp2(min(o - best, 60.0)) for o in others))
        gained = math.log2(max(score, 1e-9) / max(1 - score, 1e-9)) / shrink
        alone = math.log2(max(top.score, 1e-9) / max(1 - top.score, 1e-9)) / shrink
        reason = Reason(Code.BEST_OF_RIVALS, "", gained - alone, str(len(rivals)))
        return evolve(top, score=score, reasons=(*top.reasons, reason))

    def _candidates(self, party: Party, prepared: Prepared) -> list[int]:
        points: dict[int, float] = defaultdict(float)
        for word in _words(prepared):
            for variant, share in self._variants(word):
                bits = self._context.corpus.word_bits(variant) * share
                for at in self._by_word[variant]:
                    points[at] += bits
        for key in block_keys(party, self._context.settings):
            holders = self._by_key.get(key, ())
            if len(holders) <= self._context.settings.max_block:
                for at in holders:
                    points[at] += self._context.settings.equal_name
        self._add_abbreviated(prepared, points)
        limit = self._context.settings.candidates
        return heapq.nsmallest(limit, points, key=lambda at: (-points[at], at))

    def _add_abbreviated(self, prepared: Prepared, points: dict[int, float]) -> None:
        """Partners of which a word is put together from words here, or the other way round."""
        initial = self._context.settings.initial_bits
        for name in prepared.names:
            for first in {w.text[0] for w in name.words if w.significant}:
                for short in self._shorts[first]:
                    if expansion(short, name.words):
                        for at in self._by_word[short]:
                            points[at] += initial * len(short)
        for short in _words(prepared):
            if short not in self._by_word and _could_abbreviate(short):
                for at in self._starting[short[0]]:
                    if any(expansion(short, n.words) for n in self._prepared[at].names):
                        points[at] += initial * len(short)

    def _variants(self, word: str) -> list[tuple[str, float]]:
        close = process.extract(
            word,
            self._vocabulary,
            scorer=JaroWinkler.similarity,
            score_cutoff=self._context.settings.word_similarity,
            limit=_VARIANTS,
        )
        return [(variant, score) for variant, score, _at in close]


def _could_abbreviate(word: str) -> bool:
    return word.isalpha() and not is_han(word) and 3 <= len(word) <= _LONGEST_SHORT


def _words(prepared: Prepared) -> set[str]:
    return {w.text for name in prepared.names for w in name.words if w.significant}


def _bits(match: Match) -> float:
    return sum(r.weight for r in match.reasons)
