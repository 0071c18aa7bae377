"""The records of a list that one sought may be: by rare words, words with slips, blocking keys."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from tenon_core.customers.duplicates.alignment import expansion
from tenon_core.customers.duplicates.blocking import block_keys
from tenon_core.customers.duplicates.model import Match, Party
from tenon_core.customers.duplicates.names import is_han
from tenon_core.customers.duplicates.scoring import Context, Prepared, weigh

# Words that a misspelt word may stand for, looked up per word.
_VARIANTS = 6
_LONGEST_SHORT = 12
_ACRONYM = 4


class Index:
    """Finds the most promising partners by rare words, words with slips and blocking keys."""

    def __init__(self, parties: Sequence[Party], context: Context) -> None:
        self.context = context
        self._likeness: dict[tuple[int, int], float] = {}
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

    def ranked(self, party: Party) -> list[tuple[float, int, Match]]:
        """Bits, position and match of each candidate, the strongest first."""
        prepared = self.context.prepare(party)
        found = [
            (total_bits(match), at, match)
            for at in self._candidates(party, prepared)
            for match in (weigh(self._prepared[at], prepared, self.context),)
        ]
        return sorted(found, key=lambda each: (-each[0], each[1]))

    def likeness(self, one: int, other: int) -> float:
        """Bits for two records of the list itself being the same."""
        low, high = sorted((one, other))
        if (low, high) not in self._likeness:
            match = weigh(self._prepared[low], self._prepared[high], self.context)
            self._likeness[low, high] = total_bits(match)
        return self._likeness[low, high]

    def _candidates(self, party: Party, prepared: Prepared) -> list[int]:
        points: dict[int, float] = defaultdict(float)
        for word in _words(prepared):
            for variant, share in self._variants(word):
                bits = self.context.corpus.word_bits(variant) * share
                for at in self._by_word[variant]:
                    points[at] += bits
        for key in block_keys(party, self.context.settings):
            holders = self._by_key.get(key, ())
            if len(holders) <= self.context.settings.max_block:
                for at in holders:
                    points[at] += self.context.settings.equal_name
        self._add_abbreviated(prepared, points)
        limit = self.context.settings.candidates
        return heapq.nsmallest(limit, points, key=lambda at: (-points[at], at))

    def _add_abbreviated(self, prepared: Prepared, points: dict[int, float]) -> None:
        """Partners of which a word is put together from words here, or the other way round."""
        initial = self.context.settings.initial_bits
        for name in prepared.names:
            for first in {w.text[0] for w in name.words if w.significant}:
                for short in self._shorts[first]:
                    if expansion(short, name.words):
                        for at in self._by_word[short]:
                            points[at] += initial * len(short)
        for short in _words(prepared):
            # A longer word that the list has as well stands for itself.
            known = short in self._by_word and len(short) > _ACRONYM
            if _could_abbreviate(short) and not known:
                for at in self._starting[short[0]]:
                    if any(expansion(short, n.words) for n in self._prepared[at].names):
                        points[at] += initial * len(short)

    def _variants(self, word: str) -> list[tuple[str, float]]:
        close = process.extract(
            word,
            self._vocabulary,
            scorer=JaroWinkler.similarity,
            score_cutoff=self.context.settings.word_similarity,
            limit=_VARIANTS,
        )
        return [(variant, score) for variant, score, _at in close]


def _could_abbreviate(word: str) -> bool:
    return word.isalpha() and not is_han(word) and 3 <= len(word) <= _LONGEST_SHORT


def _words(prepared: Prepared) -> set[str]:
    return {w.text for name in prepared.names for w in name.words if w.significant}


def total_bits(match: Match) -> float:
    return sum(r.weight for r in match.reasons)
