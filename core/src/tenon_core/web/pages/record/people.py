"""Tags of a record, whom it is shared with, and who can see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, or_, select

from tenon_core.access.explain import explain, who_sees
from tenon_core.entities.people import SHARE_LEVELS, TeamMember, User
from tenon_core.entities.records import Tag, Tagging
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.calls import redirect
from tenon_core.web.pages.record.heading import Heading, part, read_heading
from tenon_core.web.problems import Fault
from tenon_sdk.entities import Owned, Tagged
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
LEVELS = dict(SHARE_LEVELS)
SUGGESTED = 60


def show_tags(call: PageCall, params: Params) -> Answer:
    return _tags(call, _tagged(call, params))


def change_tags(call: PageCall, params: Params) -> Answer:
    """Puts a tag on or takes one off; a new word becomes a tag where the person may make one."""
    heading = _tagged(call, params)
    with call.writing() as ctx:
        if call.form.get("remove"):
            _untag(ctx, heading, call.form.get("remove"))
        name = " ".join(call.form.get("name").split())[:60]
        if name:
            _tag(ctx, heading, name)
    if not call.fragment:
        return redirect(heading.url)
    return _tags(call, heading)


def _tagged(call: PageCall, params: Params) -> Heading:
    if not issubclass(call.target, Tagged):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return read_heading(call, UUID(params["id"]))


def _tag(ctx: Any, heading: Heading, name: str) -> None:
    fits = or_(Tag.entity == "", Tag.entity == heading.info.name)
    tag = ctx.session.scalar(select(Tag).where(func.lower(Tag.name) == name.lower(), fits).limit(1))
    if tag is None:
        if not ctx.can("core.tag.create"):
            raise Invalid({"name": _("There is no tag “{name}”. Ask an administrator.", name=name)})
        tag = Tag(name=name)
        ctx.session.add(tag)
        ctx.session.flush()
    known = ctx.session.scalar(
        select(Tagging.id).where(Tagging.record_id == heading.id, Tagging.tag_id == tag.id)
    )
    if known is None:
        ctx.session.add(Tagging(entity=heading.info.name, record_id=heading.id, tag_id=tag.id))


def _untag(ctx: Any, heading: Heading, given: str) -> None:
    try:
        tag_id = UUID(given)
    except ValueError:
        return
    found = ctx.session.scalar(
        select(Tagging).where(Tagging.record_id == heading.id, Tagging.tag_id == tag_id)
    )
    if found is not None:
        ctx.session.delete(found)


def _tags(call: PageCall, heading: Heading) -> Answer:
    with call.reading() as ctx:
        chosen = ctx.session.execute(
            select(Tag.id, Tag.name, Tag.colour)
            .join(Tagging, Tagging.tag_id == Tag.id)
            .where(Tagging.entity == heading.info.name, Tagging.record_id == heading.id)
            .order_by(Tag.name)
        ).all()
        fits = or_(Tag.entity == "", Tag.entity == heading.info.name)
        names = ctx.session.scalars(
            select(Tag.name).where(fits).order_by(Tag.name).limit(SUGGESTED)
        ).all()
        record = ctx.session.get(call.target, heading.id)
        may = ctx.can(heading.info.permission("edit"), record)
    suggested = sorted(set(names) - {row.name for row in chosen})
    return part(
        call, "core/record/_tags.html", heading, tags=chosen, suggested=suggested, may_tag=may
    )


def show_team(call: PageCall, params: Params) -> Answer:
    return _team(call, _owned(call, params))


def change_team(call: PageCall, params: Params) -> Answer:
    """Shares the record with a colleague or takes it back; for who may change the record."""
    heading = _owned(call, params)
    remove, user = call.form.get("remove"), call.form.get("user")
    level = call.form.get("level") or "view"
    if level not in LEVELS:
        raise Invalid({"level": _("Choose one of: {choices}.", choices=", ".join(LEVELS))})
    try:
        user_id = UUID(remove or user)
    except ValueError:
        raise Invalid({"user": _("Choose a colleague.")}) from None
    with call.writing() as ctx:
        known = ctx.session.scalar(
            select(TeamMember).where(
                TeamMember.entity == heading.info.name,
                TeamMember.record_id == heading.id,
                TeamMember.user_id == user_id,
            )
        )
        if remove:
            if known is not None:
                ctx.session.delete(known)
        elif known is not None:
            known.level = level
        else:
            ctx.session.add(
                TeamMember(
                    entity=heading.info.name, record_id=heading.id, user_id=user_id, level=level
                )
            )
    if not call.fragment:
        return redirect(heading.url)
    return _team(call, heading)


def _owned(call: PageCall, params: Params) -> Heading:
    if not issubclass(call.target, Owned):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return read_heading(call, UUID(params["id"]))


def _team(call: PageCall, heading: Heading) -> Answer:
    with call.reading() as ctx:
        members = ctx.session.execute(
            select(TeamMember.user_id, User.name, TeamMember.level)
            .join(User, User.id == TeamMember.user_id)
            .where(TeamMember.entity == heading.info.name, TeamMember.record_id == heading.id)
            .order_by(User.name)
        ).all()
        record = ctx.session.get(call.target, heading.id)
        may = ctx.can(heading.info.permission("edit"), record)
    levels = {code: translate(text) for code, text in LEVELS.items()}
    return part(
        call, "core/record/_team.html", heading, members=members, levels=levels, may_share=may
    )


def show_viewers(call: PageCall, params: Params) -> Answer:
    """Everybody who can see the record; administrators may ask why of each."""
    heading = read_heading(call, UUID(params["id"]))
    asked = dict(call.query).get("user")
    with call.reading() as ctx:
        seen = who_sees(ctx, call.target, heading.id)
        may_ask = ctx.can("core.site.manage")
        reasons = None
        if asked and may_ask and asked in {str(id_) for id_, _name in seen}:
            reasons = explain(ctx, UUID(asked), call.target, heading.id)
    return part(
        call,
        "core/record/_viewers.html",
        heading,
        seen=seen,
        may_ask=may_ask,
        asked=asked,
        reasons=reasons,
    )
