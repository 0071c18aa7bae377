"""Exact arithmetic with money."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from babel.numbers import get_currency_precision

from tenon_sdk.errors import Invalid
from tenon_sdk.text import _


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency by ISO 4217: `Decimal("0.01")` for CNY, `1` for JPY."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Commercial rounding (half up) to the currency's smallest amount."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)


def allocate(
    total: Decimal, weights: Sequence[Decimal | int | Fraction], *, unit: Decimal = Decimal("0.01")
) -> list[Decimal]:
    """Splits `total` in proportion to `weights`; the parts sum to `total` exactly.

    Largest remainder (Hamilton): every part is first rounded down to a whole number of `unit`,
    then the missing units go one each to the largest remainders, ties to the earlier part. The
    result is the same for weights multiplied by a common factor. A negative total is split as
    its positive and negated.

    Raises Invalid when no weight is positive, one is negative, or `total` is no multiple of unit.
    """
    shares = [Fraction(weight) for weight in weights]
    whole = sum(shares)
    if not shares or whole <= 0 or min(shares) < 0:
        raise Invalid({"weights": _("The weights must not be negative and not all be zero.")})
    units = Fraction(abs(total)) / Fraction(unit)
    if units.denominator != 1:
        raise Invalid({"total": _("The total must be a multiple of {unit}.", unit=unit)})
    quotas = [units * share / whole for share in shares]
    parts = [q.numerator // q.denominator for q in quotas]
    missing = int(units) - sum(parts)
    order = sorted(range(len(quotas)), key=lambda i: (parts[i] - quotas[i], i))
    for index in order[:missing]:
        parts[index] += 1
    sign = -1 if total < 0 else 1
    return [sign * part * unit for part in parts]
