"""Users: who they are, what roles they have, where they are logged in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from tenon_core.customers.handover import close_login
from tenon_core.entities.people import LoginSession, Role, Unit, User, UserRole
from tenon_core.storage.auditing import audit_act
from tenon_core.web.api.calls import Answer
from tenon_core.web.auth import second_factor
from tenon_core.web.auth.passwords import end_sessions, generated, set_password
from tenon_core.web.pages.admin.base import PAGE, Params, asked, done, id_of, need, offset_of, show
from tenon_core.web.pages.calls import PageCall
from tenon_sdk.errors import Invalid, NotFound, Refused
from tenon_sdk.text import Text, _

EDIT = "core.user.edit"
ASSIGN = ("core.user_role.create", "core.user_role.delete")
ADMINISTRATOR = "administrator"
_user: Any = User.__table__
_session: Any = LoginSession.__table__


def show_users(call: PageCall, _params: Params) -> Answer:
    """Users with unit, roles and log-ins; `state` is active, left or all, `q` searches."""
    need(call, EDIT)
    first, words, state = offset_of(call), asked(call, "q"), asked(call, "state")
    with call.reading() as ctx:
        statement = _list(ctx).where(*_wanted(ctx, words, state))
        rows = ctx.connection.execute(statement.offset(first).limit(PAGE + 1)).mappings().all()
        held = _held(ctx, [row["id"] for row in rows])
    return show(
        call,
        "users.html",
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        first=first,
        held=held,
        asked={"q": words, "state": state},
    )


def _list(ctx: Any) -> Any:
    today = ctx.now.astimezone(ctx.zone).date()
    c = _user.c
    seen = (
        select(func.max(_session.c.last_seen_at))
        .where(_session.c.user_id == c.id)
        .scalar_subquery()
    )
    return (
        select(
            c.id, c.login, c.name, c.position, c.active_until,
            User.active_on(today).label("active"),
            c.second_factor_secret.is_not(None).label("second_factor"),
            Unit.__table__.c.name.label("unit"),
            seen.label("seen"),
        )
        .select_from(_user.outerjoin(Unit.__table__, Unit.__table__.c.id == c.unit_id))
        .order_by(c.name, c.id)
    )  # fmt: skip


def _wanted(ctx: Any, words: str, state: str) -> list[ColumnElement[bool]]:
    today = ctx.now.astimezone(ctx.zone).date()
    found: list[ColumnElement[bool]] = []
    if state == "left":
        found.append(~User.active_on(today))
    elif state != "all":
        found.append(User.active_on(today))
    if words:
        c = _user.c
        texts = (c.name, c.login, c.email, c.position)
        found.append(or_(*(t.icontains(words, autoescape=True) for t in texts)))
    return found


def _held(ctx: Any, users: list[UUID]) -> dict[UUID, list[str]]:
    held: dict[UUID, list[str]] = {}
    pairs = (
        select(UserRole.__table__.c.user_id, Role.__table__.c.name)
        .select_from(UserRole.__table__.join(Role.__table__))
        .where(UserRole.__table__.c.user_id.in_(users))
        .order_by(Role.__table__.c.name)
    )
    for user_id, name in ctx.connection.execute(pairs):
        held.setdefault(user_id, []).append(name)
    return held


def show_user(call: PageCall, params: Params) -> Answer:
    need(call, EDIT)
    return user_page(call, id_of(params, "core.user"))


def user_page(
    call: PageCall,
    user_id: UUID,
    *,
    status: int = 200,
    error: Text | None = None,
    password: str | None = None,
) -> Answer:
    """The page of one user; `password` is one that was just made, shown this once."""
    with call.reading() as ctx:
        row = ctx.connection.execute(_list(ctx).where(_user.c.id == user_id)).mappings().first()
        if row is None:
            raise NotFound("core.user", user_id)
        roles = ctx.connection.execute(_roles(user_id)).mappings().all()
        open_ = (_session.c.user_id == user_id) & _session.c.revoked_at.is_(None)
        sessions = ctx.connection.execute(
            select(_session)
            .where(open_, _session.c.expires_at > ctx.now)
            .order_by(_session.c.last_seen_at.desc())
            .limit(PAGE)
        )
        found = sessions.mappings().all()
    return show(
        call,
        "user.html",
        status,
        user=row,
        roles=roles,
        sessions=found,
        error=error,
        password=password,
        own=user_id == call.guardian.access.actor.user_id,
    )


def _roles(user_id: UUID) -> Any:
    role, held = Role.__table__.c, UserRole.__table__.c
    has = select(held.id).where(held.role_id == role.id, held.user_id == user_id).exists()
    return select(role.id, role.key, role.name, role.description, has.label("has")).order_by(
        role.name
    )


def give_roles(call: PageCall, params: Params) -> Answer:
    """The roles that are ticked, and no others."""
    need(call, EDIT, *ASSIGN)
    user_id, wanted = id_of(params, "core.user"), set(call.form.all("role"))
    own = user_id == call.guardian.access.actor.user_id
    with call.writing() as ctx:
        _check_user(ctx, user_id)
        roles = {str(r.id): r for r in ctx.session.scalars(select(Role))}
        if wanted - set(roles):
            raise Invalid({"role": _("There is no such role.")})
        rows = ctx.session.scalars(select(UserRole).where(UserRole.user_id == user_id))
        held = {str(row.role_id): row for row in rows}
        for id_, row in held.items():
            if id_ in wanted:
                continue
            if own and roles[id_].key == ADMINISTRATOR:
                raise Refused(_("You cannot take the administrator's role from yourself."))
            ctx.session.delete(row)
        for id_ in wanted - set(held):
            ctx.session.add(UserRole(user_id=user_id, role_id=roles[id_].id))
    return done(call, f"/admin/users/{user_id}", _("The roles were stored."))


def _check_user(ctx: Any, user_id: UUID) -> None:
    if ctx.connection.scalar(select(_user.c.id).where(_user.c.id == user_id)) is None:
        raise NotFound("core.user", user_id)


def reset_password(call: PageCall, params: Params) -> Answer:
    """A new password, told once; all log-ins of the user end."""
    need(call, EDIT)
    user_id, password = id_of(params, "core.user"), generated()
    with call.writing() as ctx:
        keep = call.who.id if call.who is not None and call.who.user_id == user_id else None
        set_password(ctx, user_id, password, keep_session=keep)
    return user_page(call, user_id, password=password)


def reset_second_factor(call: PageCall, params: Params) -> Answer:
    need(call, EDIT)
    user_id = id_of(params, "core.user")
    with call.writing() as ctx:
        _check_user(ctx, user_id)
        second_factor.switch_off(ctx, user_id)
        end_sessions(ctx, user_id, but=call.who.id if call.who is not None else None)
    return done(call, f"/admin/users/{user_id}", _("The second factor was taken off."))


def disable(call: PageCall, params: Params) -> Answer:
    """Closes the log-in at once. Refused for oneself, and while work is left to hand over."""
    need(call, EDIT)
    user_id = id_of(params, "core.user")
    if user_id == call.guardian.access.actor.user_id:
        own = _("You cannot close your own log-in.")
        return user_page(call, user_id, status=409, error=own)
    try:
        with call.writing() as ctx:
            close_login(ctx, user_id)
            end_sessions(ctx, user_id)
    except Refused as error:
        return user_page(call, user_id, status=409, error=error.message)
    return done(call, f"/admin/users/{user_id}", _("The log-in is closed."))


def enable(call: PageCall, params: Params) -> Answer:
    need(call, EDIT)
    user_id = id_of(params, "core.user")
    with call.writing() as ctx:
        user = ctx.session.get(User, user_id)
        if user is None:
            raise NotFound("core.user", user_id)
        user.active_until = None
    return done(call, f"/admin/users/{user_id}", _("The log-in is open again."))


def end_all_sessions(call: PageCall, params: Params) -> Answer:
    """Ends every log-in of the user but the one that asks."""
    need(call, EDIT)
    user_id = id_of(params, "core.user")
    with call.writing() as ctx:
        _check_user(ctx, user_id)
        end_sessions(ctx, user_id, but=call.who.id if call.who is not None else None)
        audit_act(ctx, "sessions_ended", entity="core.user", record_id=user_id)
    return done(call, f"/admin/users/{user_id}", _("The log-ins have ended."))
