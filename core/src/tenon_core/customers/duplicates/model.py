"""What is compared, how strictly, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from tenon_core.settings.duplicates import Settings

__all__ = ["Code", "Match", "Party", "Reason", "Settings"]


@frozen
class Party:
    """A company or person as far as it matters for finding it twice.

    `attributes` are further facts that are written the same way each time but for slips, such
    as a birth date, a postcode or a register number; only equal names are compared.
    """

    id: str
    name: str = ""
    other_names: tuple[str, ...] = ()
    tax_number: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(factory=dict, hash=False)


class Code(StrEnum):
    """Kinds of evidence; `tenon_core.customers.duplicates.describe` makes sentences of them."""

    SAME_NAME = "same_name"
    SAME_CORE = "same_core"
    SOUNDS_ALIKE = "sounds_alike"
    SIMILAR_NAME = "similar_name"
    ABBREVIATION = "abbreviation"
    DIFFERENT_NAME = "different_name"
    DIFFERENT_REGION = "different_region"
    DIFFERENT_BRANCH = "different_branch"
    DIFFERENT_FORM = "different_form"
    SAME_VALUE = "same_value"
    SIMILAR_VALUE = "similar_value"
    DIFFERENT_VALUE = "different_value"
    BEST_OF_RIVALS = "best_of_rivals"


@frozen
class Reason:
    """One piece of evidence. `weight` is in bits: +1 doubles the odds, −1 halves them."""

    code: Code
    field: str
    weight: float
    detail: str = ""


@frozen
class Match:
    """Two party ids and the probability (0..1) that they are the same, strongest reason first."""

    left: str
    right: str
    score: float
    reasons: tuple[Reason, ...]
