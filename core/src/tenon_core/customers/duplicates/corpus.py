"""How often words and values occur in the table: rare agreement says more than common."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

from attrs import field, frozen

from tenon_core.customers.duplicates.lexicon import HAN_TRADES, LATIN_TRADES
from tenon_core.customers.duplicates.model import Party
from tenon_core.customers.duplicates.names import parse_name
from tenon_core.customers.duplicates.values import values_of

# General expectation, mixed in as if so many further records had been seen: it carries small
# tables and fades out in large ones.
_BACKGROUND = 500
_TRADE_SHARE = 1 / 30
_WORD_SHARE = 1 / 4000
_PHRASE_DISCOUNT = 3
_PHRASE_BACKING = 4


@frozen
class Corpus:
    """Frequencies of a table of parties. Counts are records that have the word or value.

    Values that occur once may be left out of `values` and `cores`; what is not listed counts
    as one. An empty corpus is valid and stands for general expectation.
    """

    size: int = 0
    words: Mapping[str, int] = field(factory=dict)
    phrases: Mapping[tuple[str, str], int] = field(factory=dict)
    cores: Mapping[str, int] = field(factory=dict)
    values: Mapping[str, int] = field(factory=dict)

    @classmethod
    def of(cls, parties: Iterable[Party]) -> Corpus:
        """Counts once through the parties; memory grows with distinct words and values."""
        size = 0
        words: Counter[str] = Counter()
        phrases: Counter[tuple[str, str]] = Counter()
        cores: Counter[str] = Counter()
        values: Counter[str] = Counter()
        for party in parties:
            size += 1
            forms = [parse_name(n) for n in (party.name, *party.other_names) if n]
            words.update({t.text for f in forms for t in f.words})
            phrases.update({p for f in forms for p in pairwise(t.text for t in f.words)})
            cores.update({f.core for f in forms if f.core})
            values.update(values_of(party))
        usual = {pair: n for pair, n in phrases.items() if n > _PHRASE_DISCOUNT}
        return cls(size, words, usual, _repeated(cores), _repeated(values))

    def word_bits(self, word: str) -> float:
        """Rarity of a word of a name, −log2 of the share of records that have it."""
        trade = word in LATIN_TRADES or word in HAN_TRADES
        expected = _BACKGROUND * (_TRADE_SHARE if trade else _WORD_SHARE)
        share = (self.words.get(word, 1) + expected) / (self.size + _BACKGROUND)
        return -math.log2(min(share, 1.0))

    def next_bits(self, previous: str, word: str) -> float:
        """What `word` adds after `previous`: little if the two mostly come together.

        A bigram model with the single words behind it (Jelinek and Mercer). The first few
        occurrences are not counted, as they may be the very duplicates that are looked for.
        """
        alone = self.word_bits(word)
        together = self.phrases.get((previous, word), 0) - _PHRASE_DISCOUNT
        if together <= 0:
            return alone
        before = self.words.get(previous, 1)
        share = (together + _PHRASE_BACKING * 2.0**-alone) / (before + _PHRASE_BACKING)
        return min(alone, -math.log2(min(share, 1.0)))

    def core_bits(self, core: str) -> float:
        return math.log2((self.size + _BACKGROUND) / self.cores.get(core, 1))

    def value_bits(self, value: str) -> float:
        """Rarity of a value such as `phone:20 8888` or `word of an address`."""
        return math.log2((self.size + _BACKGROUND) / self.values.get(value, 1))

    @property
    def prior_size(self) -> int:
        return self.size + _BACKGROUND


def _repeated(counts: Counter[str]) -> dict[str, int]:
    return {key: n for key, n in counts.items() if n > 1}
