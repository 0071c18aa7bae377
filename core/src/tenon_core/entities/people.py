"""Who works here and what each may do: units, users, roles, grants, log-ins."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, Index, String, UniqueConstraint, and_, or_
from sqlalchemy.orm import Mapped, mapped_column, validates

from tenon_sdk.entities import Base, Entity, any_reference, choice, field, reference
from tenon_sdk.permissions import Scope
from tenon_sdk.text import _
from tenon_sdk.types import Json

ENTITY_NAME = 80
SCOPES = (
    (Scope.OWN.value, _("Own records")),
    (Scope.TEAM.value, _("Own and shared records")),
    (Scope.UNIT.value, _("Records of the unit")),
    (Scope.UNIT_TREE.value, _("Records of the unit and those below")),
    (Scope.ALL.value, _("All records")),
)
SHARE_LEVELS = (("view", _("Can view")), ("edit", _("Can edit")))


class Unit(
    Entity,
    name="core.unit",
    label=_("Unit"),
    plural=_("Units"),
    title="name",
    subtitle="code",
    icon="sitemap",
):
    """A department (部门) in the tree of the company.

    `path` is the ids from the root down to this unit, each followed by `/`: whatever is in or
    below a unit has a path that starts with the unit's own.
    """

    name: Mapped[str] = field(String(120), label=_("Name"), search=True)
    code: Mapped[str] = field(String(40), label=_("Code"), search=True, unique=True)
    parent_id: Mapped[UUID | None] = reference("core.unit", label=_("Part of"))
    head_id: Mapped[UUID | None] = reference(
        "core.user", label=_("Head"), on_delete="set_null", ownership=True, use_alter=True
    )
    path: Mapped[str] = field(String(800), label=_("Path"), system=True, default="")
    calendar_id: Mapped[UUID | None] = reference(
        "core.calendar", label=_("Calendar"), on_delete="set_null"
    )
    active_until: Mapped[date | None] = field(label=_("Active until"))

    __table_args__ = (CheckConstraint("parent_id <> id", name="not_own_parent"),)


def _today() -> date:
    return datetime.now(UTC).date()


class User(
    Entity,
    name="core.user",
    label=_("User"),
    plural=_("Users"),
    title="name",
    subtitle="login",
    icon="user",
):
    """An employee (员工) who can log in between two dates, both included.

    A user is never deleted: records name her. `locale` and `zone` (IANA) are those of the site
    when empty, the calendar is that of the unit. From `substitute_from` until `substitute_until`
    the substitute sees and decides what this user would.
    """

    login: Mapped[str] = field(String(80), label=_("Log-in name"), search=True, unique=True)
    name: Mapped[str] = field(String(120), label=_("Name"), search=True)
    email: Mapped[str | None] = field(
        String(254), label=_("E-mail"), kind="email", search=True, index=True
    )
    phone: Mapped[str | None] = field(String(40), label=_("Phone"), kind="phone", search=True)
    position: Mapped[str | None] = field(String(120), label=_("Position"), search=True)
    manager_id: Mapped[UUID | None] = reference(
        "core.user", label=_("Manager"), on_delete="set_null", ownership=True
    )
    unit_id: Mapped[UUID | None] = reference("core.unit", label=_("Unit"))
    locale: Mapped[str | None] = field(String(20), label=_("Language"))
    zone: Mapped[str | None] = field(String(40), label=_("Time zone"))
    calendar_id: Mapped[UUID | None] = reference(
        "core.calendar", label=_("Calendar"), on_delete="set_null"
    )
    active_from: Mapped[date] = field(label=_("Active from"), default=_today)
    active_until: Mapped[date | None] = field(label=_("Active until"))
    substitute_id: Mapped[UUID | None] = reference(
        "core.user", label=_("Substitute"), on_delete="set_null"
    )
    substitute_from: Mapped[date | None] = field(label=_("Substitute from"))
    substitute_until: Mapped[date | None] = field(label=_("Substitute until"))
    password_hash: Mapped[str | None] = field(String(255), label=_("Password"), internal=True)
    password_set_at: Mapped[datetime | None] = field(label=_("Password set at"), internal=True)
    second_factor_secret: Mapped[str | None] = field(
        String(255), label=_("Second factor"), internal=True
    )
    recovery_hashes: Mapped[list[str] | None] = field(
        Json(), label=_("Recovery codes"), internal=True
    )
    calendar_token_hash: Mapped[str | None] = field(
        String(64), label=_("Calendar feed"), internal=True, unique=True
    )
    sso_issuer: Mapped[str | None] = field(String(255), label=_("Identity provider"), system=True)
    sso_subject: Mapped[str | None] = field(
        String(255), label=_("Identity at the provider"), system=True
    )
    preferences: Mapped[dict[str, Any]] = field(label=_("Preferences"), default=dict, bulky=True)

    __table_args__ = (
        UniqueConstraint("sso_issuer", "sso_subject"),
        CheckConstraint("login = lower(login) AND login <> ''", name="login_normal"),
        CheckConstraint("manager_id <> id", name="not_own_manager"),
        CheckConstraint("substitute_id <> id", name="not_own_substitute"),
        CheckConstraint("active_from <= active_until", name="active_dates"),
        CheckConstraint("substitute_from <= substitute_until", name="substitute_dates"),
        Index(None, "name", "id"),
    )

    @validates("login")
    def _normal_login(self, _key: str, value: str) -> str:
        return value.strip().lower()

    def is_active_on(self, day: date) -> bool:
        """Whether the log-in is open on `day`."""
        return self.active_from <= day and (self.active_until is None or day <= self.active_until)

    @classmethod
    def active_on(cls, day: date) -> ColumnElement[bool]:
        """The clause that says of users in a statement what `is_active_on` says of one."""
        until = or_(cls.active_until.is_(None), cls.active_until >= day)
        return and_(cls.active_from <= day, until)

    @property
    def is_active(self) -> bool:
        """Whether the log-in is open today in UTC; use `is_active_on` where a date is at hand."""
        return self.is_active_on(_today())

    def substitute_on(self, day: date) -> UUID | None:
        """The user who stands in on `day`; a missing bound is open."""
        begun = self.substitute_from is None or self.substitute_from <= day
        over = self.substitute_until is not None and self.substitute_until < day
        return self.substitute_id if begun and not over else None


class Role(
    Entity,
    name="core.role",
    label=_("Role"),
    plural=_("Roles"),
    title="name",
    subtitle="key",
    icon="shield",
):
    """A bundle of grants. `ready` ones come with core and the plugins and are kept in step."""

    key: Mapped[str] = field(String(60), label=_("Key"), search=True, unique=True)
    name: Mapped[str] = field(String(120), label=_("Name"), search=True)
    description: Mapped[str | None] = field(String(500), label=_("Description"))
    ready: Mapped[bool] = field(label=_("Comes with the system"), default=False, system=True)


class UserRole(
    Entity,
    name="core.user_role",
    label=_("Role of a user"),
    plural=_("Roles of users"),
    icon="user-shield",
    search=False,
):
    user_id: Mapped[UUID] = reference(
        "core.user", label=_("User"), on_delete="cascade", index=False
    )
    role_id: Mapped[UUID] = reference("core.role", label=_("Role"), on_delete="cascade")

    __table_args__ = (UniqueConstraint("user_id", "role_id"),)


class Grant(
    Entity,
    name="core.grant",
    label=_("Grant"),
    plural=_("Grants"),
    title="permission",
    subtitle="scope",
    icon="key",
    search=False,
):
    """A role may do something, as far as the scope reaches.

    `ready` marks what a plugin granted when it was enabled; what an administrator granted or
    changed is not, and stays as it is when plugins are enabled again. A grant that an
    administrator took away stays here as `revoked`, for the same reason.
    """

    role_id: Mapped[UUID] = reference(
        "core.role", label=_("Role"), on_delete="cascade", index=False
    )
    permission: Mapped[str] = field(String(160), label=_("Permission"), index=True)
    scope: Mapped[str] = choice(SCOPES, label=_("Scope"))
    ready: Mapped[bool] = field(label=_("Comes with the system"), default=False, system=True)
    revoked: Mapped[bool] = field(label=_("Taken away"), default=False)

    __table_args__ = (UniqueConstraint("role_id", "permission"),)


class TeamMember(
    Entity,
    name="core.team_member",
    label=_("Team member"),
    plural=_("Team members"),
    icon="users-group",
    parent="record_id",
    internal=True,
):
    """An owned record shared with a colleague, one row a person."""

    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    record_id: Mapped[UUID] = any_reference("entity", label=_("Record"))
    user_id: Mapped[UUID] = reference(
        "core.user", label=_("User"), on_delete="cascade", index=False
    )
    level: Mapped[str] = choice(SHARE_LEVELS, label=_("Level"), default="view")

    __table_args__ = (
        UniqueConstraint("entity", "record_id", "user_id"),
        Index(None, "user_id", "entity", "record_id"),
    )


class ApiToken(
    Entity,
    name="core.api_token",
    label=_("API token"),
    plural=_("API tokens"),
    title="name",
    subtitle="prefix",
    icon="api",
    internal=True,
):
    """A key for an integration that acts as its user.

    Only the SHA-256 of the token is kept; `prefix` are its first characters, so that people can
    tell tokens apart. `permissions` narrows what the user's roles grant; None leaves all.
    """

    user_id: Mapped[UUID] = reference("core.user", label=_("User"), on_delete="cascade")
    name: Mapped[str] = field(String(120), label=_("Name"))
    prefix: Mapped[str] = field(String(16), label=_("Begins with"), system=True)
    token_hash: Mapped[str] = field(String(64), label=_("Token"), internal=True, unique=True)
    permissions: Mapped[list[str] | None] = field(Json(), label=_("Only these permissions"))
    expires_at: Mapped[datetime | None] = field(label=_("Expires at"))
    last_used_at: Mapped[datetime | None] = field(label=_("Last used at"), system=True)
    revoked_at: Mapped[datetime | None] = field(label=_("Revoked at"), system=True)


class LoginSession(
    Entity,
    name="core.session",
    label=_("Session"),
    plural=_("Sessions"),
    title="agent",
    subtitle="ip",
    icon="login",
    internal=True,
    audited=False,
):
    """A browser that is logged in. Only the SHA-256 of its cookie is kept."""

    user_id: Mapped[UUID] = reference("core.user", label=_("User"), on_delete="cascade")
    token_hash: Mapped[str] = field(String(64), label=_("Token"), internal=True, unique=True)
    csrf_token: Mapped[str] = field(String(64), label=_("Form token"), internal=True)
    ip: Mapped[str | None] = field(String(45), label=_("Address"), system=True)
    agent: Mapped[str | None] = field(String(400), label=_("Browser"), system=True)
    second_factor_at: Mapped[datetime | None] = field(label=_("Second factor at"), system=True)
    last_seen_at: Mapped[datetime | None] = field(label=_("Last seen at"), system=True)
    expires_at: Mapped[datetime] = field(label=_("Expires at"), index=True)
    revoked_at: Mapped[datetime | None] = field(label=_("Revoked at"), system=True)


class Epoch(Base):
    """A counter that processes compare to learn that something they keep has changed."""

    __tablename__ = "core_epoch"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)
