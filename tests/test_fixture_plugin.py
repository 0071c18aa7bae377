"""The fixture plugin press does in earnest what the SDK says that a plugin can."""

from datetime import date

import pytest
from sqlalchemy import select

from tenon_core.entities import Account
from tenon_paint.entities import Colour
from tenon_paint.events import ColourMixed
from tenon_press.entities import Machine, Part
from tenon_press.events import MachineCommissioned
from tenon_press.inputs import Commissioning, Strengthening
from tenon_press.services.commissioning import strengthen
from tenon_press.with_paint import Coat
from tenon_sdk.errors import Forbidden, Refused

tenon_plugins = ["paint", "press"]


def commission(ctx, id_, on=date(2026, 3, 9)):
    ctx.transition(ctx.session.get(Machine, id_), "commission", Commissioning(on=on))


def test_a_move_publishes_a_fact_that_is_handled_twice(tenon):
    ann = tenon.user()
    account = tenon.make(Account, owner_id=ann.id)
    machine = tenon.make(Machine, by=ann, account=account, name="Schuler 400")
    with tenon.ctx(ann) as ctx:
        commission(ctx, machine.id)
    assert tenon.events.of(MachineCommissioned) == [
        MachineCommissioned(machine_id=machine.id, account_id=account.id, on=date(2026, 3, 9))
    ]
    with tenon.system() as ctx:
        assert ctx.session.get(Account, account.id).press_customer.presses == 1
    assert tenon.notifications == []
    tenon.jobs.drain()
    assert [n.user_id for n in tenon.notifications] == [ann.id]
    assert [m.body.splitlines()[0] for m in tenon.mails] == []


def test_a_person_with_an_address_gets_a_mail(tenon):
    ann = tenon.user(email="ann@example.com")
    account = tenon.make(Account, owner_id=ann.id)
    machine = tenon.make(Machine, by=ann, account=account, name="Schuler 400")
    with tenon.ctx(ann) as ctx:
        commission(ctx, machine.id)
    tenon.jobs.drain()
    assert [m.title for m in tenon.mails] == ["“Schuler 400” works."]


def test_guards_refuse(tenon):
    ann = tenon.user()
    machine = tenon.make(Machine, by=ann)
    with pytest.raises(Refused, match="which customer operates"), tenon.ctx(ann) as ctx:
        commission(ctx, machine.id)
    with pytest.raises(Refused, match="at most 5000 tonnes"):
        tenon.make(Machine, by=ann, tonnes=5001)
    running = tenon.make(Machine, account=tenon.make(Account))
    with tenon.system() as ctx:
        commission(ctx, running.id)
    with pytest.raises(Refused, match="running press"), tenon.system() as ctx:
        ctx.session.delete(ctx.session.get(Machine, running.id))
    with pytest.raises(Refused, match="of this customer"), tenon.system() as ctx:
        ctx.session.delete(ctx.session.get(Account, running.account_id))


def test_a_limit_holds_for_those_who_see_everything(tenon):
    tenon.make(Machine, name="Locked away")
    shown = tenon.make(Machine)
    with tenon.ctx("administrator") as ctx:
        assert ctx.session.scalars(select(Machine.id)).all() == [shown.id]
    with pytest.raises(Forbidden), tenon.ctx(tenon.user()) as ctx:
        ctx.session.scalars(select(Machine.price)).all()


def test_own_hooks_are_asked_over_glue(tenon):
    ann = tenon.user()
    machine = tenon.make(Machine, by=ann, account=tenon.make(Account, owner_id=ann.id))
    coat = tenon.make(Coat, machine=machine, dry=False)
    with pytest.raises(Refused, match="wet paint"), tenon.ctx(ann) as ctx:
        commission(ctx, machine.id)
    with tenon.system() as ctx:
        ctx.publish(ColourMixed(colour_id=coat.colour_id, litres=3))
        assert ctx.session.get(Coat, coat.id).mixed == 3


def test_deleting_takes_parts_and_side_rows_along(tenon):
    machine = tenon.make(Machine)
    part, coat = tenon.make(Part, machine=machine), tenon.make(Coat, machine=machine)
    account = tenon.make(Account)
    with tenon.system() as ctx:
        ctx.session.get(Account, account.id).press_customer.presses = 2
    with tenon.system() as ctx:
        ctx.session.delete(ctx.session.get(Machine, machine.id))
        ctx.session.delete(ctx.session.get(Account, account.id))
    with tenon.system() as ctx:
        for cls, id_ in ((Part, part.id), (Coat, coat.id), (Account, account.id)):
            assert ctx.session.get(cls, id_) is None
        assert ctx.session.get(Colour, coat.colour_id) is not None


def test_actions_jobs_and_health(tenon):
    ann = tenon.user()
    machine = tenon.make(Machine, by=ann, tonnes=100)
    foreign = tenon.make(Machine, tonnes=100)
    with tenon.ctx(ann) as ctx:
        changed = strengthen(ctx, [machine.id, foreign.id], Strengthening(tonnes=50))
        assert changed == {"changed": 1}
        assert ctx.session.get(Machine, machine.id).tonnes == 150
    with tenon.system() as ctx:
        ctx.enqueue("press.count_machines")
    assert [run.result for run in tenon.jobs.drain()] == [{"machines": 2}]
