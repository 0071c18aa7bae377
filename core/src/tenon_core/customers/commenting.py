"""Comments: who is mentioned is told."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from tenon_core.entities import Comment, Mention, User
from tenon_sdk.events import RecordsSaved, Subject, on
from tenon_sdk.text import _

# `@li.wei` at a word's beginning; an e-mail address mentions nobody.
MENTION = re.compile(r"(?<![\w.@])@([a-z0-9][a-z0-9._-]{0,79})", re.IGNORECASE)


@on(RecordsSaved)
def tell_mentioned(ctx: Any, event: RecordsSaved) -> None:
    """Keeps the mentions of comments and tells those who are new among them.

    A person is told whether or not she sees the record; the notification shows no more than that
    she was mentioned and by whom.
    """
    if event.entity != "core.comment" or not (event.created or "text" in event.fields):
        return
    with ctx.as_system("mentions", bookkeeping=True) as system:
        comments = system.session.scalars(
            select(Comment).where(Comment.id.in_((*event.created, *event.changed)))
        ).all()
        for comment in comments:
            _tell(system, comment)


def _tell(system: Any, comment: Comment) -> None:
    session = system.session
    logins = {login.lower().rstrip(".") for login in MENTION.findall(comment.text)}
    wanted = (
        set(session.scalars(select(User.id).where(User.login.in_(logins)))) if logins else set()
    )
    known = {m.user_id: m for m in comment.mentions}
    for user_id, mention in known.items():
        if user_id not in wanted:
            session.delete(mention)
    new = wanted - known.keys()
    session.add_all(Mention(comment_id=comment.id, user_id=user_id) for user_id in new)
    session.flush()
    author = session.scalar(select(User.name).where(User.id == comment.author_id))
    others = [user_id for user_id in new if user_id != comment.author_id]
    if others:
        system.notify(
            others,
            _("{name} mentioned you in a comment.", name=author or "–"),
            subject=Subject(comment.entity, comment.record_id),
            key=f"mention:{comment.id}",
        )
