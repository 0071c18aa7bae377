"""Conditions compare amounts in the company's own currency."""

from datetime import date
from decimal import Decimal

import pytest

from tenon_core.entities import Currency, ExchangeRate
from tenon_sdk.errors import Refused

LARGE = {"fact": "price", "op": "gte", "value": 100_000}
MANAGER = {"kind": "manager"}


@pytest.fixture(autouse=True)
def rates(company):
    """CNY is the company's own; a dollar was 7, and is 8 from the second of March on."""
    with company.site.system("test") as ctx:
        made = {code: Currency(code=code, name=code, symbol=code) for code in ("CNY", "USD", "EUR")}
        ctx.session.add_all(made.values())
        ctx.session.flush()
        dollar, own = made["USD"].id, made["CNY"].id
        for day, rate in (((2026, 1, 1), 7), ((2026, 3, 2), 8), ((2026, 4, 1), 1)):
            ctx.session.add(
                ExchangeRate(base_id=dollar, quote_id=own, day=date(*day), rate=Decimal(rate))
            )


def asks(company, condition=LARGE, **values):
    """Whether a quotation needs an approval."""
    company.flow(MANAGER, condition=condition)
    return not company.send(company.quotation(**values)).moved


@pytest.mark.parametrize(
    ("price", "currency", "asked"),
    [
        (99_999, "CNY", False),
        (100_000, "CNY", True),
        (100_000, None, True),
        (12_499, "USD", False),
        (12_500, "USD", True),  # by the rate of that day, not by the older or the later one
    ],
)
def test_an_amount_is_compared_in_the_own_currency(company, price, currency, asked):
    assert asks(company, price=Decimal(price), currency=currency) is asked


def test_a_step_has_its_condition_in_the_own_currency_too(company):
    company.flow(
        {"approvers": MANAGER},
        {"approvers": {"kind": "user", "users": ["boss"]}, "condition": LARGE},
    )
    low = company.send(company.quotation(price=Decimal(12_499), currency="USD")).request_id
    high = company.send(company.quotation(price=Decimal(12_500), currency="USD")).request_id
    assert [key for key, _state in company.steps(low)] == ["s1"]
    assert [key for key, _state in company.steps(high)] == ["s1", "s2"]


def test_without_a_rate_the_move_is_refused(company):
    company.flow(MANAGER, condition=LARGE)
    record = company.quotation(price=Decimal(5), currency="EUR")
    with pytest.raises(Refused) as refused:
        company.send(record)
    (refusal,) = refused.value.refusals
    assert refusal.code == "no_rate"
    assert "no exchange rate from EUR to CNY for 2026-03-02" in refusal.message.translate()
    assert company.record(record).state == "draft"


def test_a_rate_that_no_condition_needs_is_not_missed(company):
    cheap = {"fact": "amount", "op": "lt", "value": 5}
    assert asks(company, cheap, price=Decimal(5), currency="EUR") is False
    assert asks(company, {}, price=Decimal(5), currency="EUR") is True


def test_no_amount_needs_no_rate(company):
    assert asks(company, currency="EUR") is False
