from datetime import date
from decimal import Decimal

MANAGER = {"kind": "manager"}


def test_a_large_quotation_is_approved_in_three_steps(company, says, finished, ids):
    id_of = ids
    company.flow(
        {"approvers": MANAGER, "key": "manager", "name": "Manager"},
        {
            "approvers": {"kind": "role", "role": "finance"},
            "key": "finance",
            "name": "Finance",
            "mode": "any",
        },
        {"approvers": {"kind": "user", "users": ["boss"]}, "key": "boss", "name": "Director"},
        condition={"fact": "amount", "op": "gte", "value": 1000},
    )
    small = company.quotation(amount=999)
    assert company.send(small).moved
    assert company.record(small).state == "sent"

    large = company.quotation(amount=250_000)
    outcome = company.send(large, discount=Decimal("0.05"), reason="Key customer")
    assert not outcome.moved
    request = outcome.request_id
    assert company.record(large).state == "draft"
    assert company.waits_for(request) == ["lin"]
    assert [one.note for one in company.inbox("lin")] == ["Key customer"]

    company.add_signer("lin", request, ["mia"], "after")
    company.decide("lin", request, comment="Fine")
    assert company.waits_for(request) == ["mia"]
    company.decide("mia", request)
    assert company.waits_for(request) == ["fay", "finn"]

    company.send_back("finn", request, comment="Price is missing the freight")
    assert company.stored(request).state == "returned"
    assert company.inbox("fay") == []
    company.change(large, amount=Decimal(260_000))
    assert not company.resubmit("sam", request).moved
    assert company.stored(request).round == 2

    company.decide("lin", request)
    company.decide("fay", request)
    company.set_user(
        "boss", substitute_id=id_of("mia"), substitute_from=date(2026, 3, 1),
        substitute_until=date(2026, 3, 9),
    )  # fmt: skip
    assert [one.on_behalf_of_id for one in company.inbox("mia")] == [id_of("boss")]
    assert company.decide("mia", request, comment="In time") == "approved"

    record = company.record(large)
    assert (record.state, record.discount) == ("sent", Decimal("0.05"))
    assert [login for _id, login, _inputs in says["moves"]] == ["sam", "sam"]
    assert [event.outcome for event in finished] == ["approved"]
    [told] = company.history("sam", large)
    acts = [(one.action, one.user, one.on_behalf_of) for one in told.decisions]
    assert acts == [
        ("submit", "Sam", None),
        ("add_signer", "Lin", None),
        ("approve", "Lin", None),
        ("approve", "Mia", None),
        ("return", "Finn", None),
        ("resubmit", "Sam", None),
        ("approve", "Lin", None),
        ("approve", "Fay", None),
        ("approve", "Mia", "Boss"),
        ("execute", None, None),
    ]
    assert company.told("sam")[-1] == "“{title}” was approved."
