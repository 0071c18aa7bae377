"""Comments on a record: said, answered, changed and taken back by who said them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import define, field
from markupsafe import Markup, escape
from sqlalchemy import select

from tenon_core.customers.commenting import MENTION
from tenon_core.entities.people import User
from tenon_core.entities.records import Comment
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.calls import redirect
from tenon_core.web.pages.gateway import trigger
from tenon_core.web.pages.record.heading import Heading, part, read_heading
from tenon_core.web.pages.record.quick import TIMELINE_CHANGED
from tenon_core.web.problems import Fault
from tenon_core.workflow.archiving import remove
from tenon_sdk.entities import Commented
from tenon_sdk.errors import Forbidden, Invalid, NotFound
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
MOST, LONGEST = 200, 10_000
_LINK = re.compile(r"https?://[^\s<>\"]+")


@define
class Said:
    """A comment with its answers."""

    id: UUID
    author: str
    author_id: UUID
    text: str
    html: Markup
    at: datetime
    edited: bool
    mine: bool
    answers: list[Said] = field(factory=list)


def show_comments(call: PageCall, params: Params) -> Answer:
    return _show(call, _heading(call, params))


def add_comment(call: PageCall, params: Params) -> Answer:
    """Says something, as an answer where `reply_to` names a comment of the same record."""
    heading = _heading(call, params)
    text = call.form.get("text").replace("\r\n", "\n").strip()
    try:
        _check(text)
        with call.writing() as ctx:
            reply = _reply_to(ctx, heading, call.form.get("reply_to"))
            made = Comment(
                entity=heading.info.name,
                record_id=heading.id,
                author_id=ctx.actor.user_id,
                text=text,
                reply_to_id=reply,
            )
            ctx.session.add(made)
    except Invalid as error:
        return _show(call, heading, draft=text, fault=_first(error), status=422)
    return _done(call, heading)


def change_comment(call: PageCall, params: Params) -> Answer:
    """New words or none: what one said oneself."""
    heading = _heading(call, params)
    with call.writing() as ctx:
        comment = _mine(ctx, heading, params["comment"])
        if "remove" in call.form:
            remove(ctx, comment)
        else:
            text = call.form.get("text").replace("\r\n", "\n").strip()
            _check(text)
            comment.text = text
    return _done(call, heading)


def _check(text: str) -> None:
    if not text:
        raise Invalid({"text": _("Write something first.")})


def _first(error: Invalid) -> str:
    return next((translate(t) for texts in error.fields.values() for t in texts), str(error))


def _heading(call: PageCall, params: Params) -> Heading:
    if not issubclass(call.target, Commented):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return read_heading(call, UUID(params["id"]))


def _mine(ctx: Any, heading: Heading, given: str) -> Comment:
    try:
        comment = ctx.session.get(Comment, UUID(given))
    except ValueError:
        comment = None
    if comment is None or comment.record_id != heading.id:
        raise NotFound("core.comment")
    if comment.author_id != ctx.actor.user_id:
        raise Forbidden("core.comment.edit", _("Only who said it may change it."))
    found: Comment = comment
    return found


def _reply_to(ctx: Any, heading: Heading, given: str) -> UUID | None:
    """Answers stand one level deep: one to an answer is one to what that answered."""
    if not given:
        return None
    try:
        asked = ctx.session.get(Comment, UUID(given))
    except ValueError:
        asked = None
    if asked is None or asked.record_id != heading.id:
        raise NotFound("core.comment")
    above: UUID = asked.reply_to_id or asked.id
    return above


def _done(call: PageCall, heading: Heading) -> Answer:
    if not call.fragment:
        return redirect(f"{heading.url}?tab=comments")
    return _show(call, heading, changed=True)


def _show(
    call: PageCall,
    heading: Heading,
    *,
    draft: str = "",
    fault: str = "",
    status: int = 200,
    changed: bool = False,
) -> Answer:
    with call.reading() as ctx:
        said = comments_of(ctx, heading.info.name, heading.id)
    headers = (trigger(**{TIMELINE_CHANGED: {}}),) if changed else ()
    return part(
        call,
        "core/record/_comments.html",
        heading,
        *headers,
        status=status,
        said=said,
        draft=draft,
        fault=fault,
    )


def comments_of(ctx: Any, entity: str, id_: UUID) -> list[Said]:
    """The latest comments, answers below what they answer; two statements."""
    rows = ctx.session.execute(
        select(
            Comment.id, Comment.author_id, Comment.text, Comment.reply_to_id, Comment.created_at,
            Comment.version, User.name,
        )
        .join(User, User.id == Comment.author_id)
        .where(
            Comment.entity == entity, Comment.record_id == id_, Comment.archived_at.is_(None)
        )
        .order_by(Comment.id.desc())
        .limit(MOST)
    ).all()  # fmt: skip
    people = _named(ctx, [row.text for row in rows])
    made = {
        row.id: Said(
            row.id, row.name, row.author_id, row.text, as_html(row.text, people),
            row.created_at, row.version > 1, row.author_id == ctx.actor.user_id,
        )
        for row in rows
    }  # fmt: skip
    top = []
    for row in reversed(rows):
        above = made.get(row.reply_to_id) if row.reply_to_id else None
        if above is None:
            top.append(made[row.id])
        else:
            above.answers.append(made[row.id])
    return list(reversed(top))


def _named(ctx: Any, texts: Sequence[str]) -> Mapping[str, str]:
    """Who is mentioned: names by log-in; no statement where nobody is."""
    logins = {m.lower().rstrip(".") for text in texts for m in MENTION.findall(text)}
    if not logins:
        return {}
    rows = ctx.connection.execute(select(User.login, User.name).where(User.login.in_(logins)))
    return {row.login: row.name for row in rows}


def as_html(text: str, people: Mapping[str, str]) -> Markup:
    """Text with mentions by name and web addresses as links; everything else stays text."""
    found: list[str] = []
    at = 0
    spots = sorted(
        [*MENTION.finditer(text), *_LINK.finditer(text)], key=lambda match: match.start()
    )
    for match in spots:
        if match.start() < at:
            continue
        shown = _spot(match, people)
        if shown is None:
            continue
        found += [str(escape(text[at : match.start()])), shown]
        at = match.end()
    found.append(str(escape(text[at:])))
    return Markup("".join(found))  # noqa: S704 (every piece is escaped above)


def _spot(match: re.Match[str], people: Mapping[str, str]) -> str | None:
    if match.re is _LINK:
        address = escape(match[0])
        return f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>'
    name = people.get(match[1].lower().rstrip("."))
    return None if name is None else f'<span class="tn-mention">@{escape(name)}</span>'
