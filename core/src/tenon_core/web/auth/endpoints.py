"""`/api/v1/auth/…`: logging in and out, who one is, password, second factor, tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import pyotp
from attrs import frozen
from sqlalchemy import Row, select, update

from tenon_core.context import WorkContext
from tenon_core.entities.people import User
from tenon_core.kernel.inputs import structure
from tenon_core.settings import CoreSettings
from tenon_core.web.api.calls import Answer, Call, Endpoint, json_answer
from tenon_core.web.api.repeated import write
from tenon_core.web.api.routing import Router, is_id
from tenon_core.web.auth import second_factor
from tenon_core.web.auth.attempts import begin_attempt, succeed
from tenon_core.web.auth.identities import Identity
from tenon_core.web.auth.identity import NOT_LOGGED_IN, today, unauthenticated
from tenon_core.web.auth.passwords import renewed, set_password, verify
from tenon_core.web.auth.sessions import OpenSession, close_session, cookie, open_session
from tenon_core.web.auth.tokens import make_token, revoke_token, tokens_of
from tenon_core.web.problems import Fault
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import _

T = TypeVar("T")
Params = Mapping[str, str]

WRONG = _("The log-in name or the password is wrong.")


@frozen
class LoginInput:
    login: str
    password: str
    code: str | None = None


@frozen
class CodeInput:
    code: str


@frozen
class PasswordInput:
    current: str
    new: str


@frozen
class ConfirmInput:
    password: str


@frozen
class SecondFactorInput:
    secret: str
    code: str


@frozen
class TokenInput:
    name: str
    permissions: Sequence[str] | None = None
    expires_at: datetime | None = None


INPUTS: Mapping[str, type[Any]] = {
    "login": LoginInput,
    "verify": CodeInput,
    "password": PasswordInput,
    "second_factor": ConfirmInput,
    "second_factor/confirm": SecondFactorInput,
    "second_factor/off": ConfirmInput,
    "tokens": TokenInput,
}


def add_endpoints(router: Router) -> None:
    posts = {
        "verify": verify_code,
        "logout": logout,
        "password": change_password,
        "second_factor": begin_second_factor,
        "second_factor/confirm": confirm_second_factor,
        "second_factor/off": end_second_factor,
        "tokens": create_token,
    }
    router.add("POST", "v1/auth/login", Endpoint(login, "json", public=True))
    for path, run in posts.items():
        router.add("POST", f"v1/auth/{path}", Endpoint(run, "json"))
    router.add("GET", "v1/auth/me", Endpoint(me))
    router.add("GET", "v1/auth/tokens", Endpoint(list_tokens))
    router.add("DELETE", "v1/auth/tokens/{id}", Endpoint(delete_token))


@frozen
class SignedIn:
    """A log-in that was opened; `needed` says that its second factor is still to be shown."""

    session: OpenSession
    user: Mapping[str, Any]
    needed: bool
    cookie: str


def login(call: Call, _params: Params) -> Answer:
    opened = sign_in(call, _given(call, LoginInput))
    data = {
        "user": opened.user,
        "csrf_token": opened.session.csrf,
        "second_factor_needed": opened.needed,
    }
    return json_answer(data, set_cookie=opened.cookie)


def sign_in(call: Call, given: LoginInput) -> SignedIn:
    """Checks name, password and code, and opens a session.

    Raises Fault 401 for what is wrong, without telling which, and 429 after too many attempts.
    """
    name = given.login.strip().lower()
    attempt = _attempt(call, name)
    user = _user(call, User.__table__.c.login == name)
    fits = verify(user.password_hash if user is not None else None, given.password)
    if user is None or not fits or not _may_come_in(call, user):
        raise unauthenticated(WRONG, "wrong_login")
    with call.site.context(user.id, origin=call.origin, locale=call.locale) as ctx:
        new_hash = renewed(user.password_hash, given.password)
        if new_hash is not None:
            _store_hash(ctx, user.id, new_hash)
        shown_at = None
        if user.second_factor_secret is not None and given.code is not None:
            shown_at = second_factor.redeem(ctx, user.id, given.code)
            if shown_at is None:
                raise unauthenticated(second_factor.WRONG_CODE, "wrong_code")
        needed = user.second_factor_secret is not None and shown_at is None
        if not needed:
            succeed(ctx.connection, attempt)
        agent = call.header(b"user-agent")
        session = open_session(ctx, user.id, agent=agent, second_factor_at=shown_at)
        hours = ctx.settings(CoreSettings).session_hours
        header = cookie(session.secret, secure=call.secure, hours=hours)
        return SignedIn(session, _shown(ctx.actor), needed, header)


def verify_code(call: Call, _params: Params) -> Answer:
    show_second_factor(call, _given(call, CodeInput))
    return Answer(204)


def show_second_factor(call: Call, given: CodeInput) -> None:
    """The second step of a log-in. A wrong code counts like a wrong password.

    Raises Fault 401 for a wrong code and 429 after too many.
    """
    who = session_of(call)
    user = _user_of(call, who)
    attempt = _attempt(call, user.login)
    with call.site.acting(call.guardian, origin=call.origin, locale=call.locale) as ctx:
        shown_at = second_factor.redeem(ctx, who.user_id, given.code)
        if shown_at is None:
            raise unauthenticated(second_factor.WRONG_CODE, "wrong_code")
        succeed(ctx.connection, attempt)
        second_factor.pass_session(ctx, who.id, shown_at)


def logout(call: Call, _params: Params) -> Answer:
    who = session_of(call)

    def work(ctx: WorkContext) -> Answer:
        close_session(ctx, who.id)
        gone = cookie("", secure=call.secure, hours=0)
        return Answer(204, headers=[(b"set-cookie", gone.encode())])

    return write(call, work)


def me(call: Call, _params: Params) -> Answer:
    """Who asks and what she may do: permissions with their scope."""
    call.no_query()
    who, actor = _who(call), call.guardian.access.actor
    data = {
        "user": _shown(actor),
        "roles": sorted(actor.roles),
        "permissions": dict(sorted(call.guardian.access.grants.items())),
        "by": who.kind,
        "csrf_token": who.csrf,
    }
    return json_answer(data)


def change_password(call: Call, _params: Params) -> Answer:
    given = _given(call, PasswordInput)
    who = session_of(call)
    confirm(call, who, given.current, "current")

    def work(ctx: WorkContext) -> Answer:
        renew_password(ctx, who, given.new)
        return Answer(204)

    return write(call, work)


def renew_password(ctx: WorkContext, who: Identity, new: str) -> None:
    """Her new password; her other log-ins end. Raises Invalid for its field `new`."""
    try:
        set_password(ctx, who.user_id, new, keep_session=who.id)
    except Invalid as error:
        raise Invalid({"new": error.fields["password"]}) from None


def begin_second_factor(call: Call, _params: Params) -> Answer:
    """A secret for the phone; nothing is stored before a code confirms it."""
    given = _given(call, ConfirmInput)
    who = session_of(call)
    confirm(call, who, given.password, "password")
    secret = pyotp.random_base32()
    return json_answer({"secret": secret, "uri": uri_of(call, secret)})


def uri_of(call: Call, secret: str) -> str:
    """What the QR code of a secret says for who is logged in."""
    login = call.guardian.access.actor.login
    return second_factor.provisioning_uri(secret, login, call.site.config.site.name)


def confirm_second_factor(call: Call, _params: Params) -> Answer:
    given = _given(call, SecondFactorInput)
    who = session_of(call)
    return write(
        call,
        lambda ctx: json_answer(
            {
                "recovery_codes": second_factor.switch_on(
                    ctx, who.user_id, who.id, given.secret, given.code
                )
            }
        ),
    )


def end_second_factor(call: Call, _params: Params) -> Answer:
    given = _given(call, ConfirmInput)
    who = session_of(call)
    confirm(call, who, given.password, "password")

    def work(ctx: WorkContext) -> Answer:
        second_factor.switch_off(ctx, who.user_id)
        return Answer(204)

    return write(call, work)


def list_tokens(call: Call, _params: Params) -> Answer:
    call.no_query()
    who = session_of(call)
    with call.site.acting(call.guardian, read_only=True, origin=call.origin) as ctx:
        return json_answer({"items": tokens_of(ctx, who.user_id)})


def create_token(call: Call, _params: Params) -> Answer:
    given = _given(call, TokenInput)
    who = session_of(call)

    def work(ctx: WorkContext) -> Answer:
        token = make_token(ctx, who.user_id, given.name, given.permissions, given.expires_at)
        return json_answer({"token": token}, 201)

    if b"idempotency-key" in call.headers:
        raise Invalid({"Idempotency-Key": _("A token is told once and never stored.")})
    return write(call, work)


def delete_token(call: Call, params: Params) -> Answer:
    who = session_of(call)
    if not is_id(params["id"]):
        raise NotFound("core.api_token", params["id"])

    def work(ctx: WorkContext) -> Answer:
        revoke_token(ctx, UUID(params["id"]), user_id=who.user_id)
        return Answer(204)

    return write(call, work)


def _given(call: Call, cls: type[T]) -> T:
    call.no_query()
    return structure(cls, call.object)


def _who(call: Call) -> Identity:
    if call.who is None:
        raise unauthenticated(NOT_LOGGED_IN)
    return call.who


def session_of(call: Call) -> Identity:
    """A person who is logged in: a token must not make or change keys."""
    who = _who(call)
    if who.kind != "session":
        raise Fault(403, "session_only", _("A token may not do this; log in instead."))
    return who


def _attempt(call: Call, login_name: str) -> int:
    with call.site.engine.begin() as connection:
        return begin_attempt(connection, login_name, call.ip, call.site.clock())


def confirm(call: Call, who: Identity, password: str, field: str) -> None:
    """The person herself sits at the keyboard: wrong passwords count as at the log-in."""
    user = _user_of(call, who)
    attempt = _attempt(call, user.login)
    if not verify(user.password_hash, password):
        raise Invalid({field: _("The password is wrong.")})
    with call.site.engine.begin() as connection:
        succeed(connection, attempt)


def _user(call: Call, condition: Any) -> Row[Any] | None:
    table = User.__table__
    with call.site.read_engine.connect() as connection:
        return connection.execute(select(table).where(condition)).first()


def _user_of(call: Call, who: Identity) -> Row[Any]:
    table = User.__table__
    with call.site.read_engine.connect() as connection:
        return connection.execute(select(table).where(table.c.id == who.user_id)).one()


def _may_come_in(call: Call, user: Row[Any]) -> bool:
    day = today(call, call.site.clock())
    return bool(user.active_from <= day and (user.active_until is None or day <= user.active_until))


def _store_hash(ctx: WorkContext, user_id: UUID, hashed: str) -> None:
    table: Any = User.__table__
    ctx.connection.execute(update(table).where(table.c.id == user_id).values(password_hash=hashed))


def _shown(actor: Any) -> dict[str, Any]:
    return {
        "id": actor.user_id,
        "login": actor.login,
        "name": actor.name,
        "unit_id": actor.unit_id,
        "locale": actor.locale,
        "zone": str(actor.zone),
    }
