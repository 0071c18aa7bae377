"""What a test holds in its hands: one booted site and everything around it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from tenon_sdk.context import Context
from tenon_sdk.entities import Base, Entity, entity_named
from tenon_sdk.events import Event
from tenon_sdk.testing.backend import Backend, Filler, Life
from tenon_sdk.testing.clock import Clock
from tenon_sdk.testing.factories import Factory
from tenon_sdk.testing.invisible import check_invisible
from tenon_sdk.testing.statements import Statements

R = TypeVar("R", bound=Base)
E = TypeVar("E", bound=Event)

BASE_URL = "http://testserver.local"
Person = Any
"""A user as a record, an id, a log-in name, or the key of a ready role: then one is made."""


class Events(list[Event]):
    """The facts that were stored so far, in their order."""

    def of(self, cls: type[E]) -> list[E]:
        return [event for event in self if isinstance(event, cls)]


class Tenon:
    """A site with its plugins on a database of the test's own.

    site      what the core runs on; a test of a plugin does not look into it
    clock     what the site takes for the time: it stands still until the test moves it
    jobs      the queue: `waiting` lists runs, `drain()` executes them in this thread
    dialect   `sqlite` or `postgresql`
    """

    def __init__(
        self, backend: Backend, folder: Path, plugins: list[str], clock: Clock, dialect: str
    ) -> None:
        self.backend, self.folder, self.plugins = backend, folder, plugins
        self.clock, self.dialect = clock, dialect
        self.factory = Factory(clock, backend.fillers())
        self.site: Any = backend.open_site(folder, plugins, clock)
        self._clients = ExitStack()
        self._known_clients: dict[UUID, Any] = {}
        self._of_role: dict[str, Any] = {}
        self._logins = itertools.count(1)

    def close(self) -> None:
        self._clients.close()
        self._known_clients.clear()
        self.backend.close_site(self.site)

    def restart(self) -> None:
        """Boots the same site anew, as after enabling a plugin or changing `tenon.toml`."""
        self.close()
        self._clients = ExitStack()
        self.site = self.backend.open_site(self.folder, self.plugins, self.clock)

    @contextmanager
    def stopped(self) -> Iterator[Life]:
        """Stops the site and hands out the life cycle of its plugins; boots it again after."""
        self.close()
        try:
            with self.backend.life(self.folder) as life:
                yield life
        finally:
            self.restart()

    @contextmanager
    def without(self, *plugins: str) -> Iterator[None]:
        """Boots the site without some of its plugins, as if they had been disabled."""
        kept = self.plugins
        self.plugins = [key for key in kept if key not in plugins]
        self.restart()
        try:
            yield
        finally:
            self.close()
            self.plugins = kept

    # ------------------------------------------------------------------------ units of work

    def ctx(self, person: Person, *, read_only: bool = False) -> AbstractContextManager[Context]:
        """A unit of work of a person, with her limits; commits when left normally."""
        return self.backend.context(self.site, self.id_of(person), read_only=read_only)

    def system(self, *, read_only: bool = False) -> AbstractContextManager[Context]:
        """A unit of work without limits."""
        return self.backend.context(self.site, None, read_only=read_only)

    # ------------------------------------------------------------------------------- people

    def unit(self, name: str | None = None, *, parent: Any = None, **values: Any) -> Any:
        """A department, below `parent` if one is given."""
        cls = entity_named("core.unit")
        if name is not None:
            values["name"] = name
        if parent is not None:
            values["parent_id"] = parent.id
        return self.make(cls, **values)

    def user(
        self,
        role: str | None = "salesperson",
        *,
        unit: Any = None,
        login: str | None = None,
        **values: Any,
    ) -> Any:
        """An employee with a ready role, or with None without any, in `unit` or a common one."""
        number = next(self._logins)
        login = login or f"{role or 'nobody'}{number}"
        with self.system() as ctx:
            unit_id = unit.id if unit is not None else self._common_unit(ctx)
            given = {
                "login": login,
                "name": values.pop("name", login.replace("_", " ").title()),
                "unit_id": unit_id,
                "active_from": self.clock.today - timedelta(days=365),
                **values,
            }
            user = self.factory.build(ctx, entity_named("core.user"), given)
            if role is not None:
                self._give_role(ctx, user, role)
        return user

    def _common_unit(self, ctx: Context) -> UUID:
        cls: Any = entity_named("core.unit")
        found = ctx.session.scalar(select(cls.id).where(cls.code == "TEST"))
        given = {"name": "Head office", "code": "TEST"}
        return UUID(str(found or self.factory.build(ctx, cls, given).id))

    def _give_role(self, ctx: Context, user: Any, role: str) -> None:
        roles: Any = entity_named("core.role")
        found = ctx.session.scalar(select(roles.id).where(roles.key == role))
        if found is None:
            known = ", ".join(sorted(ctx.session.scalars(select(roles.key))))
            raise LookupError(f"there is no role {role!r}; the ready ones are {known}")
        given = {"user_id": user.id, "role_id": found}
        self.factory.build(ctx, entity_named("core.user_role"), given)

    def grant(self, role: str, permission: str, scope: str) -> None:
        """Lets a role do something, as far as `scope` reaches; replaces what it was granted."""
        roles: Any = entity_named("core.role")
        grants: Any = entity_named("core.grant")
        with self.system() as ctx:
            role_id = ctx.session.scalar(select(roles.id).where(roles.key == role))
            if role_id is None:
                role_id = self.factory.build(ctx, roles, {"key": role, "name": role}).id
            known = select(grants).where(grants.role_id == role_id, grants.permission == permission)
            found = ctx.session.scalar(known)
            if found is None:
                given = {"role_id": role_id, "permission": permission, "scope": scope}
                self.factory.build(ctx, grants, given)
            else:
                found.scope, found.revoked = scope, False

    def id_of(self, person: Person) -> UUID:
        """The id of a user given in any of the ways that the kit takes one."""
        if isinstance(person, UUID):
            return person
        if not isinstance(person, str):
            return UUID(str(person.id))
        users: Any = entity_named("core.user")
        with self.system(read_only=True) as ctx:
            found = ctx.session.scalar(select(users.id).where(users.login == person))
        if found is not None:
            return UUID(str(found))
        if person not in self._of_role:
            self._of_role[person] = self.user(role=person)
        return UUID(str(self._of_role[person].id))

    def client(self, person: Person | None = None) -> Any:
        """An HTTP client of the whole application, logged in as `person` by a bearer token."""
        user_id = None if person is None else self.id_of(person)
        client = self.backend.client(self.site, user_id, BASE_URL)
        self._clients.callback(self.backend.close_client, client)
        return client

    def client_of(self, user_id: UUID) -> Any:
        """The client of a user that was made before, or a new one."""
        if user_id not in self._known_clients:
            self._known_clients[user_id] = self.client(user_id)
        return self._known_clients[user_id]

    # -------------------------------------------------------------------------------- data

    def make(
        self, entity: type[R], /, *, every: bool = False, by: Person = None, **values: Any
    ) -> R:
        """Stores a record of any entity and returns it.

        What the declaration requires and `values` do not give is filled, with references made
        on demand; `every` fills optional fields too. `by` is who makes it, else the system.
        `account=record` is short for `account_id=record.id`.
        """
        opened: Callable[[], AbstractContextManager[Context]] = (
            self.system if by is None else lambda: self.ctx(by)
        )
        return self.factory.make(opened, entity, values, every=every)

    def fill(self, entity: type[Entity] | str, filler: Filler) -> None:
        """Tells `make` what an entity's rules demand: `filler(n)` gives values of the nth."""
        name = entity if isinstance(entity, str) else entity.__tenon__.name
        self.factory.fillers[name] = filler

    # --------------------------------------------------------------------- what has happened

    @property
    def events(self) -> Events:
        """The facts that were stored so far: those of transactions that committed."""
        return Events(self.backend.events(self.site))

    @property
    def jobs(self) -> Any:
        return self.backend.jobs(self.site)

    @property
    def mails(self) -> list[Any]:
        """Messages that would have left the house so far, each with `to`, `title`, `body`."""
        return self.backend.mails(self.site)

    @property
    def notifications(self) -> list[Any]:
        """What people were told on their page so far, as records of `core.notification`."""
        cls: Any = entity_named("core.notification")
        with self.system(read_only=True) as ctx:
            found = list(ctx.session.scalars(select(cls).order_by(cls.created_at, cls.id)))
            ctx.session.expunge_all()  # the end of the unit of work would expire them
            return found

    # --------------------------------------------------------------------------- assertions

    def assert_invisible(self, person: Person, record: Any, field: str | None = None) -> None:
        """Fails unless no exit shows `record` to `person`, or with `field` its value.

        Looks through the session (select, get, count, aggregate, update, delete, references),
        the API (list, get, search, export, timeline, batch, change, delete) and reference titles.
        The message names every exit that shows it.
        """
        shown = check_invisible(self, self.id_of(person), record, field)
        what = f"{record!r}" if field is None else f"{field} of {record!r}"
        if shown:
            raise AssertionError(f"{what} is visible through: " + "; ".join(shown))

    @contextmanager
    def count_statements(self) -> Iterator[Statements]:
        """Collects what is sent to the database meanwhile."""
        statements = Statements()
        with self.backend.statements(self.site, statements.hear):
            yield statements

    @contextmanager
    def assert_statements(self, exactly: int | None = None, *, at_most: int | None = None) -> Any:
        """Fails, with the list of statements, when their number is another one.

        Begin, commit and savepoints do not count.
        """
        with self.count_statements() as statements:
            yield statements
        statements.check(exactly, at_most)
