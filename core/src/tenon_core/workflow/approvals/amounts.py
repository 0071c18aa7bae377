"""Amounts of money as conditions compare them: in the company's own currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from attrs import define, field

from tenon_core.reckoning.rates import convert
from tenon_core.workflow.approvals.snapshot import shown_fields
from tenon_core.workflow.approvals.work import Work, today, unlimited
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid, Refusal, Refused
from tenon_sdk.text import _


@define
class OwnCurrency(Mapping[str, Any]):
    """Facts in which amounts of another currency are converted when somebody looks at them.

    `currencies` names the currency of each amount that is not in the company's own. The rate is
    the last one of today or before. Raises Refused with code `no_rate` where there is none: a
    condition that nobody can check must not let a move pass.
    """

    ctx: Work
    facts: Mapping[str, Any]
    currencies: Mapping[str, str]
    own: str
    _known: dict[str, Decimal] = field(factory=dict, init=False)

    def __getitem__(self, name: str) -> Any:
        value = self.facts[name]
        if value is None or name not in self.currencies:
            return value
        if name not in self._known:
            self._known[name] = self._converted(value, self.currencies[name])
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.facts)

    def __len__(self) -> int:
        return len(self.facts)

    def _converted(self, amount: Decimal, currency: str) -> Decimal:
        day = today(self.ctx)
        try:
            with unlimited(self.ctx) as session:
                return convert(session, amount, currency, self.own, day)
        except Invalid:
            raise Refused(
                Refusal(
                    _(
                        "Whether this needs an approval cannot be told: there is no exchange rate "
                        "from {base} to {quote} for {day}.",
                        base=currency,
                        quote=self.own,
                        day=day,
                    ),
                    code="no_rate",
                )
            ) from None


def in_own_currency(ctx: Work, cls: type[Entity], facts: Mapping[str, Any]) -> OwnCurrency:
    """The facts of a record with its amounts, and those of its extensions, made comparable.

    Inputs of a transition name no currency: they are taken as they are.
    """
    site: Any = ctx.site
    own: str = site.config.site.currency
    sides = ctx.rules.registry.extensions_of(cls.__tenon__.name)
    kinds = [("", cls), *((f"{side.__tenon__.name}.", side) for side in sides)]
    currencies = {
        f"{prefix}{name}": facts[f"{prefix}{info.currency}"]
        for prefix, kind in kinds
        for name, info in shown_fields(kind).items()
        if info.kind == "money" and info.currency and facts.get(f"{prefix}{info.currency}")
    }
    others = {name: code for name, code in currencies.items() if code != own}
    return OwnCurrency(ctx, facts, others, own)
