import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import argon2
import pytest
from attrs import define, field
from litestar.testing import TestClient
from sqlalchemy import update

from tenon_core.entities import Account, CustomField, Grant, Role, TeamMember, Unit, User, UserRole
from tenon_core.kernel.config import write_config
from tenon_core.kernel.discovery import Found
from tenon_core.site import Site
from tenon_core.storage import search
from tenon_core.storage.engine import make_engine
from tenon_core.storage.sessions import GuardedSession
from tenon_core.web.app import create_app
from tenon_core.web.auth import passwords
from tenon_core.web.auth.tokens import make_token
from tenon_sdk.entities import Base
from tenon_sdk.permissions import ACTIONS

sys.path.insert(0, str(Path(__file__).parent))
from lathe import plugin
from lathe.entities import MARGIN, Order

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse"

# HQ above SOUTH and NORTH, GZ below SOUTH. Each person's role reaches as far as her name says.
UNITS = {"HQ": None, "SOUTH": "HQ", "NORTH": "HQ", "GZ": "SOUTH"}
PEOPLE = {
    "own": "GZ", "team": "GZ", "unit": "GZ", "unit_tree": "SOUTH", "all": "HQ",
    "viewer": "HQ", "nobody": "GZ",
}  # fmt: skip
ENTITIES = ("core.account", "lathe.order", "core.contact")
EVERYWHERE = ("core.user.view", "core.unit.view")


def id_of(name):
    return UUID(int=int.from_bytes(name.encode().ljust(16, b"-"), "big"))


def _prepare(url):
    engine = make_engine(url)
    ours = [t for t in Base.metadata.sorted_tables if t.name.startswith(("core_", "lathe_"))]
    Base.metadata.create_all(engine, tables=ours)
    with engine.begin() as connection:
        search.create(connection)
    with GuardedSession(engine, None) as session:
        _populate(session)
        session.commit()
    engine.dispose()


def _populate(session):
    stamps = {"created_at": START, "updated_at": START}
    paths = {}
    for code, above in UNITS.items():
        paths[code] = f"{paths.get(above, '')}{id_of(code)}/"
        parent = id_of(above) if above else None
        unit = Unit(id=id_of(code), name=code, code=code, parent_id=parent, path=paths[code])
        session.add(unit)
        unit.created_at = unit.updated_at = START
        session.flush()
    for login, unit in PEOPLE.items():
        since = date(2020, 1, 1)
        session.add(User(id=id_of(login), login=login, name=login.title(), unit_id=id_of(unit),
                         active_from=since, **stamps))  # fmt: skip
    session.flush()
    for scope in ("own", "team", "unit", "unit_tree", "all"):
        extra = ("finish", "reopen")
        granted = [f"{e}.{a}" for e in ENTITIES for a in ACTIONS]
        granted += [f"lathe.order.{a}" for a in extra]
        _role(session, scope, {**dict.fromkeys(granted, scope), **dict.fromkeys(EVERYWHERE, "all")})
    _role(session, "viewer", dict.fromkeys((*(f"{e}.view" for e in ENTITIES), *EVERYWHERE), "all"))
    session.add(Grant(role_id=id_of("all"), permission=MARGIN, scope="all", **stamps))
    for permission in ("core.account.read_credit", "core.account.write_credit",
                       "core.custom_field.create", "core.custom_field.view"):  # fmt: skip
        session.add(Grant(role_id=id_of("all"), permission=permission, scope="all", **stamps))
    session.add(CustomField(entity="lathe.order", key="colour", kind="choice", labels={"en": "C"},
                            choices={"red": {}, "blue": {}}, **stamps))  # fmt: skip
    session.add(CustomField(entity="lathe.order", key="load", kind="decimal", labels={}, **stamps))


def _role(session, name, grants):
    stamps = {"created_at": START, "updated_at": START}
    session.add(Role(id=id_of(name), key=name, name=name, **stamps))
    session.flush()
    for permission, scope in grants.items():
        session.add(Grant(role_id=id_of(name), permission=permission, scope=scope, **stamps))
    session.add(UserRole(user_id=id_of(name), role_id=id_of(name), **stamps))


@pytest.fixture
def site(tenon_databases, database, tmp_path):
    with tenon_databases.database(database, ("lathe", "web"), _prepare) as url:
        write_config(tmp_path, site={"name": "Works", "secret": "x" * 40}, database={"url": url})
        moment = [START]
        found = {"lathe": Found("lathe", "lathe", "1", plugin())}
        site = Site.open(tmp_path, found=found, enabled=["lathe"], clock=lambda: moment[0])
        site.moment = moment
        yield site
        site.close()


@pytest.fixture(autouse=True, scope="session")
def _quick_hashes():
    """Real hashes take 50 ms each on purpose."""
    passwords.HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._no_hash.cache_clear()


@define
class Web:
    """Clients of one site; `web("own")` sends the token of that person."""

    site: Site
    client: TestClient
    tokens: dict = field(factory=dict)

    def __call__(self, login):
        return Person(self, self.token(login) if login else None)

    def token(self, login, permissions=None):
        key = login, permissions
        if key not in self.tokens:
            with self.site.system("test") as ctx:
                self.tokens[key] = make_token(ctx, id_of(login), "test", permissions)
        return self.tokens[key]

    def later(self, **delta):
        self.site.moment[0] += timedelta(**delta)

    def account(self, owner="own", **values):
        unit = PEOPLE[owner] if owner else None
        with self.site.system("test") as ctx:
            record = Account(name=values.pop("name", f"A {uuid4()}"),
                             owner_id=id_of(owner) if owner else None,
                             unit_id=id_of(unit) if unit else None, **values)  # fmt: skip
            ctx.session.add(record)
            ctx.session.flush()
            return str(record.id)

    def order(self, owner="own", **values):
        with self.site.system("test") as ctx:
            record = Order(name=values.pop("name", "Order"), state="open", owner_id=id_of(owner),
                           unit_id=id_of(PEOPLE[owner]), **values)  # fmt: skip
            ctx.session.add(record)
            ctx.session.flush()
            return str(record.id)

    def share(self, entity, record_id, login, level="view"):
        with self.site.system("test") as ctx:
            ctx.session.add(TeamMember(entity=entity, record_id=UUID(record_id),
                                       user_id=id_of(login), level=level))  # fmt: skip

    def set_password(self, login, password=PASSWORD):
        with self.site.system("test") as ctx:
            passwords.set_password(ctx, id_of(login), password)

    def execute(self, table, where, **values):
        with self.site.engine.begin() as connection:
            connection.execute(update(table).where(where).values(**values))

    def log_in(self, login, password=PASSWORD, **more):
        self.client.cookies.clear()
        body = {"login": login, "password": password, **more}
        return self.client.post("/api/v1/auth/login", json=body)


@define
class Person:
    web: Web
    token: str | None
    headers: dict = field(factory=dict)

    def __getattr__(self, method):
        def send(path, **kwargs):
            headers = {"Accept-Language": "en", **self.headers, **kwargs.pop("headers", {})}
            if self.token:
                headers["Authorization"] = f"Bearer {self.token}"
            url = path if path.startswith("/api") else f"/api/v1/{path}"
            return self.web.client.request(method.upper(), url, headers=headers, **kwargs)

        return send


@pytest.fixture
def web(site):
    with TestClient(create_app(site), raise_server_exceptions=False) as client:
        yield Web(site, client)


@pytest.fixture
def page(web):
    """Asks for the part of a page that htmx asks for, or for all of it."""

    def get(login, path, status=200, method="GET", data=None, *, part=True):
        headers = {"Authorization": f"Bearer {web.token(login)}", "Accept-Language": "en"}
        if part:
            headers["HX-Request"] = "true"
        answer = web.client.request(
            method, path, headers=headers, data=data, follow_redirects=False
        )
        assert answer.status_code == status, answer.text[:2000]
        return answer

    return get
