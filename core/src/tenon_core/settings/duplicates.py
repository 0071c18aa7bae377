"""Thresholds and weights of duplicate detection, see customers/duplicates."""

from __future__ import annotations

import math
from typing import Any

from attrs import field, frozen
from attrs.validators import and_, ge, gt, le

_positive: Any = gt(0)
_not_negative: Any = ge(0)
_share: Any = and_(ge(0), le(1))


@frozen(kw_only=True)
class Settings:
    """Thresholds and weights. All weights are bits, that is log2 of a likelihood ratio.

    The weighing is that of Fellegi and Sunter (1969): agreement in a value that one record in
    `n` has counts log2(n), capped; disagreement counts a fixed penalty, which stands for how
    often the same party is written differently. The evidence is added to the prior log-odds.
    """

    # Scores at or above: shown for review; taken as certain (an import may merge them unasked).
    review: float = field(default=0.5, validator=_share)
    certain: float = field(default=0.95, validator=_share)

    # How many duplicates a record is expected to have: the prior is this over the table's size.
    duplicates_per_record: float = field(default=0.5, validator=_positive)
    # Evidence is never independent; log-odds are shrunk by this before they become a score.
    temperature: float = field(default=0.8, validator=_positive)

    # Names. Words weigh their rarity, up to `word_cap`.
    word_cap: float = field(default=14.0, validator=_positive)
    name_cap: float = field(default=26.0, validator=_positive)
    # Companies choose names to be told apart: equal names say more than their words do.
    equal_name: float = field(default=4.0, validator=_not_negative)
    # On top of it for names that are equal to the letter, legal form included: registers see to
    # it that a full name is given once.
    registered_name: float = field(default=6.0, validator=_not_negative)
    # Share of the weight of words found in one name only that is lost: when both names have
    # such words (they contradict), and when only one has (it is longer).
    contradiction: float = field(default=0.7, validator=_not_negative)
    surplus: float = field(default=0.2, validator=_not_negative)
    # Words in brackets, `(Hong Kong)`, are lost at this share of the above.
    bracket: float = field(default=0.7, validator=_share)
    # Two words are taken for the same with a slip from this Jaro-Winkler similarity on.
    word_similarity: float = field(default=0.87, validator=_share)
    # What is left of a slip when a list without duplicates has both words, `rogue` and `rouge`.
    known_word: float = field(default=0.3, validator=_share)
    # A word that is the same and written differently, `St` and `Saint`: tips the scales only.
    other_spelling: float = field(default=0.5, validator=_not_negative)
    # What an initial is worth at most, so that `IT` is not proof of `International Trade`.
    initial_bits: float = field(default=2.0, validator=_not_negative)
    different_region: float = field(default=12.0, validator=_not_negative)
    different_branch: float = field(default=12.0, validator=_not_negative)
    different_form: float = field(default=1.5, validator=_not_negative)

    # Other evidence: cap for agreement, penalty for disagreement.
    tax_number: float = field(default=24.0, validator=_not_negative)
    tax_number_differs: float = field(default=6.0, validator=_not_negative)
    phone: float = field(default=12.0, validator=_not_negative)
    phone_differs: float = field(default=1.0, validator=_not_negative)
    email: float = field(default=14.0, validator=_not_negative)
    email_domain: float = field(default=8.0, validator=_not_negative)
    email_differs: float = field(default=0.5, validator=_not_negative)
    address: float = field(default=14.0, validator=_not_negative)
    address_differs: float = field(default=3.0, validator=_not_negative)
    attribute: float = field(default=12.0, validator=_not_negative)
    attribute_differs: float = field(default=3.0, validator=_not_negative)

    # Blocking. A key that more records share than `max_block` is over-common: an entry check
    # leaves it out, a sweep compares each record with its `window` neighbours in it only.
    max_keys: int = field(default=24, validator=_positive)
    max_block: int = field(default=60, validator=_positive)
    window: int = field(default=4, validator=_not_negative)
    # Prepared records held in memory during a sweep.
    cache: int = field(default=20_000, validator=_positive)

    # Linking two lists: how many of the best candidates are compared in full.
    candidates: int = field(default=100, validator=_positive)
    # Share of the evidence that chance asks for, at which a partner is as likely as none, where
    # half of the records have one. Below 1, as two lists are linked because partners are expected.
    link_none: float = field(default=0.3, validator=_not_negative)
    # Lost by a partner that resembles a record of its own list more than the one sought.
    closer_rival: float = field(default=3.0, validator=_not_negative)

    def prior(self, size: int) -> float:
        """Log-odds in bits that two records of a table of `size` are the same."""
        return math.log2(self.duplicates_per_record / max(size, 2))
