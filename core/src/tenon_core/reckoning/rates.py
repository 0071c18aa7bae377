"""Converting money by dated exchange rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from tenon_core.entities import Currency, ExchangeRate
from tenon_sdk.errors import Invalid
from tenon_sdk.money import round_money
from tenon_sdk.text import _


def rate(session: Session, base: str, quote: str, day: date) -> Decimal:
    """How much of `quote` one `base` is worth on `day`: the last rate dated that day or before.

    A pair that is kept the other way round is inverted. Raises Invalid when there is none.
    """
    if base == quote:
        return Decimal(1)
    one, other = aliased(Currency), aliased(Currency)
    found = session.execute(
        select(ExchangeRate.rate, one.code)
        .join(one, one.id == ExchangeRate.base_id)
        .join(other, other.id == ExchangeRate.quote_id)
        .where(
            or_(
                (one.code == base) & (other.code == quote),
                (one.code == quote) & (other.code == base),
            ),
            ExchangeRate.day <= day,
        )
        .order_by(ExchangeRate.day.desc(), ExchangeRate.id.desc())
        .limit(1)
    ).first()
    if found is None:
        raise Invalid(
            {
                "currency": _(
                    "There is no exchange rate from {base} to {quote} for {day}.",
                    base=base,
                    quote=quote,
                    day=day,
                )
            }
        )
    value, code = found
    return Decimal(value) if code == base else 1 / Decimal(value)


def convert(session: Session, amount: Decimal, base: str, quote: str, day: date) -> Decimal:
    """`amount` of `base` in `quote`, rounded commercially to its smallest unit."""
    return round_money(amount * rate(session, base, quote, day), quote)
