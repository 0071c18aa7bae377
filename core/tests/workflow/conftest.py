import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from attrs import define
from sqlalchemy import select

from tenon_core.entities import (
    ApprovalRequest,
    Calendar,
    Grant,
    Notification,
    Role,
    Unit,
    User,
    UserRole,
)
from tenon_core.jobs.captured import CapturedQueue
from tenon_core.kernel.discovery import Found
from tenon_core.manifest import plugin as core_plugin
from tenon_core.site import Site
from tenon_core.storage.engine import make_engine
from tenon_core.storage.migrate import upgrade
from tenon_core.storage.sessions import GuardedSession
from tenon_core.workflow.approvals import deciding, flows, reading, requests, submitting
from tenon_sdk.entities import Base

sys.path.insert(0, str(Path(__file__).parent))
from quoting import plugin
from quoting.entities import SAYS, Line, Quotation
from quoting.hooks import FINISHED

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _prepare(url):
    engine = make_engine(url)
    upgrade(engine, [core_plugin()])
    Base.metadata.create_all(engine, tables=[Quotation.__table__, Line.__table__])
    with GuardedSession(engine, None) as session:
        _populate(session)
        session.commit()
    engine.dispose()


@pytest.fixture
def site_url(database, tenon_databases):
    """The URL of a database of this test's own, with the company in it."""
    with tenon_databases.database(database, ("quoting", "company"), _prepare) as url:
        yield url


# The company: HQ (head: boss) > SOUTH (head: mia) > GZ (head: lin). sam and sue sell in GZ and
# report to lin, lin to mia, mia to boss. fay and finn are finance at HQ; ada administers.
PEOPLE = {
    "boss": ("HQ", None, ("director",)),
    "mia": ("SOUTH", "boss", ("sales_manager",)),
    "lin": ("GZ", "mia", ("sales_manager",)),
    "sam": ("GZ", "lin", ("seller",)),
    "sue": ("GZ", "lin", ("seller",)),
    "fay": ("HQ", "boss", ("finance",)),
    "finn": ("HQ", "boss", ("finance",)),
    "ada": ("HQ", None, ("administrator",)),
    "out": (None, None, ()),
}
HEADS = {"HQ": "boss", "SOUTH": "mia", "GZ": "lin"}
GRANTS = {
    "seller": {
        "quoting.quotation": ("view", "create", "edit", "send", "win", "cancel"),
        "core.user": ("view",),
        "core.unit": ("view",),
    },
    "administrator": {"core.approval_flow": ("view", "edit"), "core.approval": ("administer",)},
    "director": {"quoting.quotation": ("margin",)},
    "sales_manager": {},
    "finance": {},
}


def id_of(name):
    return UUID(int=int.from_bytes(name.encode().ljust(8, b"-"), "big"))


def _populate(session):
    stamps = {"created_at": MONDAY, "updated_at": MONDAY}
    # The tests count hours as the wall clock does; those of working hours bring calendars.
    always = {str(day): "00:00-24:00" for day in range(1, 8)}
    session.add(
        Calendar(code="ALWAYS", name="Always", zone="UTC", hours=always, is_default=True, **stamps)
    )
    path = ""
    for code, above in (("HQ", None), ("SOUTH", "HQ"), ("GZ", "SOUTH")):
        path += f"{id_of(code)}/"
        parent = id_of(above) if above else None
        session.add(
            Unit(id=id_of(code), name=code, code=code, parent_id=parent, path=path, **stamps)
        )
        session.flush()
    for login, (unit, manager, _roles) in PEOPLE.items():
        session.add(
            User(
                id=id_of(login),
                login=login,
                name=login.title(),
                unit_id=id_of(unit) if unit else None,
                manager_id=id_of(manager) if manager else None,
                active_from=date(2020, 1, 1),
                **stamps,
            )
        )
        session.flush()
    for code, head in HEADS.items():
        session.get(Unit, id_of(code)).head_id = id_of(head)
    for role, entities in GRANTS.items():
        session.add(Role(id=id_of(role), key=role, name=role, **stamps))
        session.flush()
        for entity, actions in entities.items():
            scope = "all" if entity.startswith("core.") else "own"
            for action in actions:
                permission = f"{entity}.{action}"
                session.add(
                    Grant(role_id=id_of(role), permission=permission, scope=scope, **stamps)
                )
    for login, (_unit, _manager, roles) in PEOPLE.items():
        for role in roles:
            session.add(UserRole(user_id=id_of(login), role_id=id_of(role), **stamps))


@define
class Company:
    """A site with people in it; each method is one unit of work of one of them."""

    site: Site
    moment: list[datetime]

    def later(self, **delta):
        self.moment[0] += timedelta(**delta)

    def as_(self, login):
        return self.site.context(id_of(login))

    def flow(self, *steps, login="ada", **values):
        plans = [
            {"key": f"s{n}", "name": f"Step {n}", **(s if "approvers" in s else {"approvers": s})}
            for n, s in enumerate(steps, 1)
        ]
        given = {
            "key": "quotes",
            "name": "Quotations",
            "entity": "quoting.quotation",
            "transition": "send",
            "steps": plans,
            **values,
        }
        with self.as_(login) as ctx:
            return flows.save_flow(ctx, given)

    def quotation(self, login="sam", amount=100, **values):
        with self.as_(login) as ctx:
            record = Quotation(name="Q", amount=Decimal(amount), state="draft", **values)
            ctx.session.add(record)
            ctx.session.flush()
            return record.id

    def change(self, record_id, login="sam", **values):
        with self.as_(login) as ctx:
            record = ctx.session.get(Quotation, record_id)
            for name, value in values.items():
                setattr(record, name, value)

    def add_line(self, record_id, **values):
        with self.as_("sam") as ctx:
            ctx.session.add(Line(quotation_id=record_id, **values))

    def send(self, record_id, login="sam", reason=None, name="send", **inputs):
        with self.as_(login) as ctx:
            record = ctx.session.get(Quotation, record_id)
            return submitting.submit(ctx, record, name, inputs, reason)

    def request(self, login="sam", amount=100, **inputs):
        """A quotation that waits for an approval; its id and that of the request."""
        record_id = self.quotation(login, amount)
        return record_id, self.send(record_id, login, **inputs).request_id

    def decide(self, login, request_id, approve=True, comment=None, **options):
        with self.as_(login) as ctx:
            return deciding.decide(ctx, request_id, approve, comment, **options)

    def add_signer(self, login, request_id, users, placement):
        with self.as_(login) as ctx:
            deciding.add_signer(ctx, request_id, [id_of(u) for u in users], placement)

    def hand_on(self, login, request_id, to, **options):
        with self.as_(login) as ctx:
            deciding.hand_on(ctx, request_id, id_of(to), **options)

    def send_back(self, login, request_id, step=None, comment=None):
        with self.as_(login) as ctx:
            deciding.send_back(ctx, request_id, step, comment)

    def withdraw(self, login, request_id):
        with self.as_(login) as ctx:
            requests.withdraw(ctx, request_id)

    def resubmit(self, login, request_id, inputs=None):
        with self.as_(login) as ctx:
            return submitting.resubmit(ctx, request_id, inputs)

    def execute(self, login, request_id):
        with self.as_(login) as ctx:
            return requests.execute_again(ctx, request_id)

    def inbox(self, login):
        with self.site.context(id_of(login), read_only=True) as ctx:
            return reading.waiting_for(ctx)

    def show(self, login, request_id):
        with self.site.context(id_of(login), read_only=True) as ctx:
            return reading.show(ctx, request_id)

    def history(self, login, record_id):
        with self.site.context(id_of(login), read_only=True) as ctx:
            return reading.history(ctx, "quoting.quotation", record_id)

    def stored(self, request_id):
        return self._read(ApprovalRequest, request_id)

    def record(self, record_id):
        return self._read(Quotation, record_id)

    def _read(self, cls, id_):
        with self.site.system("test") as ctx:
            return ctx.session.get(cls, id_)

    def waits_for(self, request_id):
        """Log-in names of who has to decide now."""
        names = {id_of(login): login for login in PEOPLE}
        return sorted(
            names[one.pending_id]
            for one in self._assignments(request_id)
            if one.pending_id is not None
        )

    def _assignments(self, request_id):
        with self.site.system("test") as ctx:
            request = ctx.session.get(ApprovalRequest, request_id)
            return [one for step in request.steps for one in step.assignments]

    def steps(self, request_id):
        """Name of each step of the present round with its state."""
        with self.site.system("test", read_only=True) as ctx:
            request = ctx.session.get(ApprovalRequest, request_id)
            return [(s.key, s.state) for s in request.steps if s.round == request.round]

    def set_user(self, login, **values):
        with self.site.system("test") as ctx:
            user = ctx.session.get(User, id_of(login))
            for name, value in values.items():
                setattr(user, name, value)

    def told(self, login):
        with self.site.system("test", read_only=True) as ctx:
            mine = select(Notification.message).where(Notification.user_id == id_of(login))
            return list(ctx.session.scalars(mine.order_by(Notification.id)))

    def run_jobs(self):
        return self.site.queue.drain()


@pytest.fixture
def company(site_url, tmp_path):
    (tmp_path / "tenon.toml").write_text(f'[database]\nurl = "{site_url}"\n')
    moment = [MONDAY]
    site = Site.open(
        tmp_path,
        found={"quoting": Found("quoting", "quoting", "1", plugin())},
        enabled=["quoting"],
        clock=lambda: moment[0],
    )
    assert not site.loaded.quarantined
    site.queue = CapturedQueue(site, lambda: moment[0])
    SAYS.update(guard=None, apply=None, moves=[])
    FINISHED.clear()
    yield Company(site, moment)
    site.close()


@pytest.fixture
def says():
    """What the plugin of the tests says against a move, and the moves that were made."""
    return SAYS


@pytest.fixture
def finished():
    """The events by which plugins learn that an approval is over."""
    return FINISHED


@pytest.fixture
def ids():
    """Log-in name, unit or role -> id."""
    return id_of
