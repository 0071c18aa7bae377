"""`/profile`: what is shown of a person to herself, and how its parts are drawn again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen
from sqlalchemy import select

from tenon_core.context import WorkContext
from tenon_core.entities.people import Role, Unit, User, UserRole
from tenon_core.events.notify import address_of
from tenon_core.settings import CoreSettings
from tenon_core.web.api.calls import Answer
from tenon_core.web.auth.endpoints import session_of
from tenon_core.web.auth.sessions import sessions_of
from tenon_core.web.auth.tokens import tokens_of
from tenon_core.web.pages.calls import PageCall, redirect
from tenon_core.web.pages.profile.devices import device
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _, translate

Params = Mapping[str, str]
PAGE = "/profile"
# What a page shows once and no other again.
TOLD = ("codes", "qr", "groups", "secret", "wrong", "token", "token_name", "feed")
DONE: Mapping[str, Text] = {
    "data": _("Saved."),
    "password": _("The password is changed. You are logged out everywhere else."),
    "second-factor": _("The second factor is switched off."),
    "sessions": _("Logged out there."),
    "tokens": _("The token is revoked."),
    "calendar": _("The calendar feed is closed."),
    "channels": _("Saved."),
}


@frozen
class Refusal:
    """What was wrong with one part: texts by field; what was typed comes back."""

    part: str
    errors: Mapping[str, Sequence[str]]
    typed: Mapping[str, str] = field(factory=dict)

    def of(self, part: str, name: str) -> Sequence[str]:
        return self.errors.get(name, ()) if part == self.part else ()

    def was(self, part: str, name: str, stored: Any = "") -> Any:
        return self.typed.get(name, stored) if part == self.part else stored


@frozen(kw_only=True)
class Channel:
    """A way to be told things outside; `own` is the address that only she knows."""

    name: str
    on: bool
    asks: bool
    own: str
    reached: bool


def show_profile(call: PageCall, _params: Params) -> Answer:
    """Own data alone, for whoever is logged in herself."""
    return draw(call)


def done(call: PageCall, part: str, *headers: tuple[bytes, bytes]) -> Answer:
    return redirect(f"{PAGE}?done={part}#{part}", *headers, call=call)


def refused(call: PageCall, part: str, error: Invalid, *secret: str) -> Answer:
    """The page with the texts at their fields; what stands in fields named `secret` is gone."""
    errors = {name: [translate(text) for text in _texts(t)] for name, t in error.fields.items()}
    typed = {name: value for name, value in call.form.pairs if name not in secret}
    return draw(call, refusal=Refusal(part, errors, typed), status=422)


def _texts(found: Any) -> Sequence[Any]:
    return [found] if isinstance(found, str) else list(found)


def draw(
    call: PageCall,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
    told: Mapping[str, Any] | None = None,
) -> Answer:
    """The whole page; `told` is what is shown this once: a token, codes, an address.

    Six statements, whatever there is. Raises Fault 403 for who came by a token.
    """
    who = session_of(call)
    with call.reading() as ctx:
        user = _user(ctx, who.user_id)
        context = {
            "user": user,
            "roles": _roles(ctx, who.user_id),
            "sessions": [
                {**one, "device": device(one["agent"]), "here": one["id"] == who.id}
                for one in sessions_of(ctx, who.user_id)
            ],
            "tokens": tokens_of(ctx, who.user_id),
            "channels": _channels(ctx, user),
            "shortest": ctx.settings(CoreSettings).password_min_length,
        }
    said = dict(call.query).get("done", "") if call.method == "GET" else ""
    return call.pages.renderer.page(
        call,
        "core/profile/page.html",
        status=status,
        headers=((b"cache-control", b"no-store"),),
        done=said if said in DONE else "",
        done_text=DONE.get(said, ""),
        refusal=refusal or Refusal("", {}),
        told=dict.fromkeys(TOLD) | dict(told or {}),
        **context,
    )


def _user(ctx: WorkContext, user_id: Any) -> Any:
    user, unit = User.__table__.c, Unit.__table__.c
    joined = User.__table__.outerjoin(Unit.__table__, unit.id == user.unit_id)
    names = (
        "id", "login", "name", "email", "phone", "position", "locale", "zone", "preferences",
        "password_set_at",
    )  # fmt: skip
    return ctx.connection.execute(
        select(
            *(user[name] for name in names),
            unit.name.label("unit"),
            user.second_factor_secret.is_not(None).label("second_factor"),
            user.recovery_hashes,
            user.calendar_token_hash.is_not(None).label("calendar"),
        )
        .select_from(joined)
        .where(user.id == user_id)
    ).one()


def _roles(ctx: WorkContext, user_id: Any) -> list[str]:
    role, of_user = Role.__table__.c, UserRole.__table__.c
    found = ctx.connection.execute(
        select(role.name)
        .join_from(UserRole.__table__, Role.__table__, role.id == of_user.role_id)
        .where(of_user.user_id == user_id)
        .order_by(role.name)
    )
    return list(found.scalars())


def _channels(ctx: WorkContext, user: Any) -> list[Channel]:
    settings = ctx.settings(CoreSettings)
    chosen = (user.preferences or {}).get("channels")
    own = chosen if isinstance(chosen, Mapping) else dict.fromkeys(settings.notify_default, True)
    return [
        Channel(
            name=name,
            on=bool(own.get(name)),
            asks="{address}" in template,
            own=str(own[name]) if isinstance(own.get(name), str) else "",
            reached="{address}" in template or address_of(settings, user, name) is not None,
        )
        for name, template in settings.notify_urls.items()
    ]
