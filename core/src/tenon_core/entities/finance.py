"""Currencies and their dated rates."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, field, reference
from tenon_sdk.text import _
from tenon_sdk.types import Exact


class Currency(
    Entity,
    name="core.currency",
    label=_("Currency"),
    plural=_("Currencies"),
    title="code",
    subtitle="name",
    icon="currency-yuan",
    search=False,
):
    """A currency by its ISO 4217 code; one may be the company's own (`is_base`)."""

    code: Mapped[str] = field(String(3), label=_("Code"), unique=True)
    name: Mapped[str] = field(String(80), label=_("Name"))
    symbol: Mapped[str | None] = field(String(8), label=_("Symbol"))
    is_base: Mapped[bool] = field(label=_("The company's own"), default=False)
    active: Mapped[bool] = field(label=_("Active"), default=True)

    __table_args__ = (
        CheckConstraint("length(code) = 3 AND code = upper(code)", name="code_form"),
        Index(
            "uq_core_currency_base",
            "is_base",
            unique=True,
            sqlite_where=text("is_base"),
            postgresql_where=text("is_base"),
        ),
    )


class ExchangeRate(
    Entity,
    name="core.exchange_rate",
    label=_("Exchange rate"),
    plural=_("Exchange rates"),
    title="day",
    subtitle="rate",
    icon="arrows-exchange",
    search=False,
):
    """One `base` is worth `rate` of `quote` from `day` until the next dated rate of the pair."""

    base_id: Mapped[UUID] = reference(
        "core.currency", label=_("Currency"), on_delete="cascade", index=False
    )
    quote_id: Mapped[UUID] = reference("core.currency", label=_("In currency"), on_delete="cascade")
    day: Mapped[date] = field(label=_("Day"))
    rate: Mapped[Decimal] = field(Exact(18, 8), label=_("Rate"), minimum=0)
    source: Mapped[str | None] = field(String(80), label=_("Source"))

    __table_args__ = (
        UniqueConstraint("base_id", "quote_id", "day"),
        CheckConstraint("base_id <> quote_id", name="two_currencies"),
        CheckConstraint("rate <> 0", name="rate_given"),
    )
