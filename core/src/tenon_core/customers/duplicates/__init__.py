"""Finding companies and people that are entered twice.

A library without database. `block_keys` gives the keys to store and look up, `compare` weighs
two records, `sweep` finds all duplicates of a table, `link` the partners of one list in
another. `Corpus` holds the table's frequencies, `Settings` thresholds and weights.
"""

from __future__ import annotations

from tenon_core.customers.duplicates.blocking import KEY_VERSION, block_keys
from tenon_core.customers.duplicates.corpus import Corpus
from tenon_core.customers.duplicates.linking import link
from tenon_core.customers.duplicates.model import Code, Match, Party, Reason, Settings
from tenon_core.customers.duplicates.names import NameForm, parse_name
from tenon_core.customers.duplicates.reasons import describe
from tenon_core.customers.duplicates.scoring import Context, compare
from tenon_core.customers.duplicates.sweep import candidate_pairs, sweep

__all__ = [
    "KEY_VERSION",
    "Code",
    "Context",
    "Corpus",
    "Match",
    "NameForm",
    "Party",
    "Reason",
    "Settings",
    "block_keys",
    "candidate_pairs",
    "compare",
    "describe",
    "link",
    "parse_name",
    "sweep",
]
