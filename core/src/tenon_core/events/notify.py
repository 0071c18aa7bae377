"""Telling people: on the page at once, by the channels they chose after commit.

A channel is a named Apprise address of the settings (`notify_urls`), in which `{email}`,
`{phone}`, `{login}` and `{address}` stand for what the person is reached by. A person chooses in
her preferences: `{"channels": {"email": true, "lark": "her own address there"}}`; who has not
chosen gets `notify_default`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from attrs import frozen
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from tenon_core.entities.people import User
from tenon_core.entities.records import Notification
from tenon_core.events.messages import dump_message, load_message
from tenon_core.settings import CoreSettings
from tenon_sdk.errors import TenonError
from tenon_sdk.events import Subject
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import Text, _, translate

SEND = "core.send_notification"
KEEP_READ = timedelta(days=180)
PLACEHOLDER = re.compile(r"\{(\w+)\}")
USERS_AT_ONCE = 5_000


@frozen(kw_only=True)
class Message:
    """What goes out to one person by one channel; `url` is the finished Apprise address."""

    to: str
    channel: str
    url: str
    user_id: UUID
    title: str
    body: str


class NotSent(TenonError):
    code = "not_sent"


def notify(
    ctx: Any,
    users: Sequence[UUID],
    message: Text,
    *,
    subject: Subject | None = None,
    key: str | None = None,
    kind: str = "change",
    link: str | None = None,
) -> None:
    """Tells people something; see `Context.notify`.

    `kind` is one of `Notification.kind`, `link` a path or address to open instead of the
    subject's page. Users whose log-in is closed are left out. Two statements, and one job for each
    external channel of each person.
    """
    stored = dump_message(message)
    common = {
        "kind": kind,
        "message": stored["message"],
        "args": stored["args"],
        "entity": subject.entity if subject else None,
        "record_id": subject.id if subject else None,
        "link": link,
        "key": key,
        "created_at": ctx.now,
        "updated_at": ctx.now,
        "created_by": ctx.actor.user_id,
        "updated_by": ctx.actor.user_id,
    }
    wanted = list(dict.fromkeys(users))
    for start in range(0, len(wanted), USERS_AT_ONCE):
        _notify(ctx, wanted[start : start + USERS_AT_ONCE], common)


def _notify(ctx: Any, users: Sequence[UUID], common: Mapping[str, Any]) -> None:
    today = ctx.now.astimezone(ctx.zone).date()
    active = select(User.id, User.login, User.email, User.phone, User.preferences).where(
        User.id.in_(users), User.active_on(today)
    )
    people = {row.id: row for row in ctx.connection.execute(active)}
    if not people:
        return
    insert = postgresql_insert if ctx.connection.dialect.name == "postgresql" else sqlite_insert
    statement = (
        insert(Notification)
        .on_conflict_do_nothing(index_elements=["user_id", "key"])
        .returning(Notification.id, Notification.user_id)
    )
    rows = [{**common, "user_id": user} for user in users if user in people]
    settings = ctx.settings(CoreSettings)
    for id_, user_id in ctx.connection.execute(statement, rows).all():
        for channel in channels_of(settings, people[user_id]):
            args = {"notification": str(id_), "channel": channel}
            ctx.enqueue(SEND, args, key=f"{id_}:{channel}")


def channels_of(settings: CoreSettings, person: Any) -> list[str]:
    """Names of the channels that reach a person: chosen or default, set up, and addressable."""
    chosen = (person.preferences or {}).get("channels")
    if isinstance(chosen, Mapping):
        names = [name for name, choice in chosen.items() if choice]
    else:
        names = list(settings.notify_default)
    return [name for name in names if address_of(settings, person, name) is not None]


def address_of(settings: CoreSettings, person: Any, channel: str) -> str | None:
    """The Apprise address of a channel for one person, None if something for it is missing."""
    template = settings.notify_urls.get(channel)
    if template is None:
        return None
    chosen = (person.preferences or {}).get("channels")
    own = chosen.get(channel) if isinstance(chosen, Mapping) else None
    known = {
        "email": person.email,
        "phone": person.phone,
        "login": person.login,
        "address": own if isinstance(own, str) else None,
    }
    wanted = set(PLACEHOLDER.findall(template)) & set(known)
    if not all(known[name] for name in wanted):
        return None
    return PLACEHOLDER.sub(lambda m: _filled(m, known), template)


def _filled(match: re.Match[str], known: Mapping[str, str | None]) -> str:
    value = known.get(match[1])
    return match[0] if value is None else quote(value, safe="")


def send_notification(ctx: Any, args: Mapping[str, Any]) -> None:
    """Sends one notification by one channel, unless it was read in the meantime.

    Nothing is held in the database while it is being sent.
    """
    id_ = UUID(args["notification"])
    with ctx.site.system("send notification", read_only=True) as reading:
        message = _message(reading, id_, args["channel"])
    if message is None:
        return
    _sender[-1](message)
    sent = update(Notification).where(Notification.id == id_, Notification.sent_at.is_(None))
    ctx.connection.execute(sent.values(sent_at=ctx.now))


def _message(ctx: Any, id_: UUID, channel: str) -> Message | None:
    found = ctx.session.execute(
        select(Notification, User)
        .join(User, User.id == Notification.user_id)
        .where(Notification.id == id_)
    ).one_or_none()
    if found is None or found.Notification.read_at is not None:
        return None
    row, user = found.Notification, found.User
    url = address_of(ctx.settings(CoreSettings), user, channel)
    if url is None or not user.is_active_on(ctx.now.astimezone(ctx.zone).date()):
        return None
    locale = user.locale or ctx.site.config.site.locale
    title = translate(load_message(row.message, row.args, user.zone or str(ctx.zone)), locale)
    body = "\n\n".join(part for part in (title, _link(ctx, row)) if part)
    return Message(
        to=user.email or user.login,
        channel=channel,
        url=url,
        user_id=user.id,
        title=_subject(title),
        body=body,
    )


def _subject(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= 120 else f"{line[:119]}…"


def _link(ctx: Any, row: Notification) -> str | None:
    base = ctx.site.config.site.base_url.rstrip("/")
    if row.link:
        return f"{base}{row.link}" if row.link.startswith("/") else str(row.link)
    if row.entity and row.record_id:
        return f"{base}/{row.entity.replace('.', '/')}/{row.record_id}"
    return None


def send_with_apprise(message: Message) -> None:
    """Raises NotSent when the channel's address is wrong or its server does not take it."""
    from apprise import Apprise

    target = Apprise()
    if not target.add(message.url):
        raise NotSent(_("The address of channel “{channel}” is wrong.", channel=message.channel))
    if not target.notify(title=message.title, body=message.body):
        raise NotSent(_("Channel “{channel}” did not take the message.", channel=message.channel))


Sender = Callable[[Message], None]
_sender: list[Sender] = [send_with_apprise]


@contextmanager
def captured_messages() -> Iterator[list[Message]]:
    """For tests: what would go out is put into the list, in this whole process."""
    messages: list[Message] = []
    keep = messages.append
    _sender.append(keep)
    try:
        yield messages
    finally:
        _sender.remove(keep)


def clean_notifications(ctx: Any, _args: Mapping[str, Any]) -> int:
    """Deletes what was read long ago and tells how many."""
    limit: datetime = ctx.now - KEEP_READ
    old = delete(Notification).where(Notification.read_at < limit)
    return int(ctx.connection.execute(old).rowcount)


JOBS = (
    Job(
        name=SEND,
        title=_("Send a notification"),
        run=send_notification,
        retries=6,
        backoff=30.0,
        timeout=300.0,
    ),
    Job(
        name="core.clean_notifications",
        title=_("Delete old notifications"),
        run=clean_notifications,
        schedule=Cron("40 3 * * *"),
    ),
)
