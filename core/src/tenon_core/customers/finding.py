"""Duplicates in the database: kept keys, the check on entry, the check of a batch, the sweep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from attrs import frozen
from sqlalchemy import delete, func, insert, select
from uuid_utils.compat import uuid7

from tenon_core.customers.compared import ACCOUNT, COMPARED, CONTACT, parties
from tenon_core.customers.duplicates import (
    Context,
    Corpus,
    Match,
    Party,
    block_keys,
    compare,
    sweep,
)
from tenon_core.customers.similar import Similar, show, there_already
from tenon_core.entities import (
    Address,
    ContactChannel,
    DuplicateKey,
    DuplicatePair,
    InvoiceProfile,
)
from tenon_core.settings import CoreSettings
from tenon_core.storage.following import KEYS, later, postpone
from tenon_core.storage.inserting import insert_rows
from tenon_sdk.errors import Invalid, Refusal, Refused
from tenon_sdk.events import RecordsSaved, on
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import _

# A change of these changes what its account or contact is compared by.
PARTS: Mapping[str, tuple[str, Any, Any]] = {
    "core.address": (ACCOUNT, Address, Address.account_id),
    "core.invoice_profile": (ACCOUNT, InvoiceProfile, InvoiceProfile.account_id),
    "core.contact_channel": (CONTACT, ContactChannel, ContactChannel.contact_id),
}
# Of the compared records themselves; `merged` is what a merge did beside the session.
COMPARED_FIELDS: Mapping[str, frozenset[str]] = {
    ACCOUNT: frozenset("name short_name phone email archived_at merged".split()),
    CONTACT: frozenset("name mobile phone email wechat archived_at merged".split()),
}
CHUNK = 2_000
# A flush that creates more records than this is an import, which checks its batch itself.
ON_ENTRY = 20
SWEEP = "core.find_duplicates"
LARGE = 10_000
_LARGE: WeakKeyDictionary[Any, dict[str, int]] = WeakKeyDictionary()


@on(RecordsSaved)
def keep_keys(ctx: Any, event: RecordsSaved) -> None:
    """Keeps the blocking keys of accounts and contacts, and looks at what has just come in."""
    if not _compares(event):
        return
    with ctx.as_system("duplicate keys", bookkeeping=True) as system:
        entity, ids = _concerned(system, event)
        if not ids:
            return
        if later(ctx.session, KEYS) is not None and not event.deleted:
            postpone(ctx, KEYS, entity, ids)
            return
        fresh = set(event.created) if entity == event.entity else set()
        known = write_keys(system, entity, ids, fresh)
        new = [known[id_] for id_ in event.created if id_ in fresh and id_ in known]
        if 0 < len(new) <= ON_ENTRY:
            _look(ctx, system, entity, new)


def _compares(event: RecordsSaved) -> bool:
    """Whether anything was written that records are compared by."""
    if event.entity not in COMPARED:
        return event.entity in PARTS
    come_or_gone = event.created or event.deleted
    return bool(come_or_gone or event.fields & COMPARED_FIELDS[event.entity])


def _concerned(system: Any, event: RecordsSaved) -> tuple[str, list[UUID]]:
    written = [*event.created, *event.changed, *event.deleted]
    if event.entity in COMPARED:
        return event.entity, written
    if event.entity not in PARTS:
        return "", []
    entity, part, reference = PARTS[event.entity]
    found = system.session.scalars(select(reference).where(part.id.in_(written)).distinct())
    return entity, list(found)


def write_keys(
    system: Any, entity: str, ids: Sequence[UUID], fresh: Collection[UUID]
) -> dict[UUID, Party]:
    """Makes the blocking keys of records anew; `fresh` ones have none yet. Needs a system context.

    Returns what they are compared by. Records in the recycle bin, and those that are gone, have
    no keys.
    """
    settings = system.settings(CoreSettings).duplicates
    connection = system.connection
    table: Any = DuplicateKey.__table__
    known: dict[UUID, Party] = {}
    for start in range(0, len(ids), CHUNK):
        some = list(ids[start : start + CHUNK])
        found = parties(system, entity, some)
        known.update(found)
        old = [id_ for id_ in some if id_ not in fresh]
        if old:
            connection.execute(
                delete(table).where(table.c.entity == entity, table.c.record_id.in_(old))
            )
        rows = [
            {"entity": entity, "key": key, "record_id": id_}
            for id_, party in found.items()
            for key in block_keys(party, settings)
        ]
        insert_rows(connection, table, rows)
    return known


def candidates(
    system: Any, entity: str, sought: Sequence[Party]
) -> tuple[dict[str, set[UUID]], dict[UUID, Party]]:
    """For each party the ids that share a key with it, and all these parties.

    Keys that more than `max_block` records share say nothing and are left out. Two statements
    and those of `parties`, for some hundreds of parties.
    """
    settings = system.settings(CoreSettings).duplicates
    keys = {party.id: block_keys(party, settings) for party in sought}
    every = sorted(frozenset().union(*keys.values())) if keys else []
    table = DuplicateKey.__table__
    here = (table.c.entity == entity, table.c.key.in_(every))
    usual = (
        select(table.c.key)
        .where(*here)
        .group_by(table.c.key)
        .having(func.count() <= settings.max_block)
    )
    holders: dict[str, set[UUID]] = defaultdict(set)
    for key, record in system.connection.execute(
        select(table.c.key, table.c.record_id).where(
            table.c.entity == entity, table.c.key.in_(usual)
        )
    ):
        holders[key].add(record)
    found = {
        party: set().union(*(holders.get(key, ()) for key in own)) for party, own in keys.items()
    }
    ids = sorted(set().union(*found.values())) if found else []
    return found, parties(system, entity, ids)


def check_batch(system: Any, entity: str, sought: Sequence[Party]) -> dict[str, list[Match]]:
    """Stored records that look like each party, best first, by the party's id.

    A party that is stored itself is not compared with itself. Needs a system context.
    """
    settings = system.settings(CoreSettings).duplicates
    found, known = candidates(system, entity, sought)
    if not any(str(id_) != party for party, ids in found.items() for id_ in ids):
        return {party.id: [] for party in sought}
    context = Context(settings, Corpus(size=max(_size(system, entity), 1)))
    matches: dict[str, list[Match]] = {}
    for party in sought:
        likely = [
            match
            for id_ in found[party.id]
            if id_ in known and str(id_) != party.id
            for match in (compare(party, known[id_], context),)
            if match.score >= settings.review
        ]
        matches[party.id] = sorted(likely, key=lambda match: (-match.score, match.right))
    return matches


def _size(system: Any, entity: str) -> int:
    """Roughly how many records there are: PostgreSQL counts a large table slowly.

    A large number is good for as long as the process runs: what follows from it is a logarithm.
    """
    known = _LARGE.setdefault(system.site, {})
    if entity in known:
        return known[entity]
    cls = COMPARED[entity]
    most = select(cls.id).limit(100_000).subquery()
    size = int(system.session.scalar(select(func.count()).select_from(most)) or 0)
    if size >= LARGE:
        known[entity] = size
    return size


def _look(ctx: Any, system: Any, entity: str, new: Sequence[Party]) -> None:
    """Notes pairs for the desk; refuses where the site says so and the match is certain."""
    settings = system.settings(CoreSettings)
    matches = check_batch(system, entity, new)
    certain = settings.duplicates.certain
    if settings.refuse_duplicates:
        for found in matches.values():
            if found and found[0].score >= certain:
                for shown in show(ctx, system, entity, found[:1]).values():
                    message = there_already(shown.title, shown.owner)
                    raise Refused(Refusal(message, code="duplicate"))
    note_pairs(system, entity, (match for found in matches.values() for match in found))


def note_pairs(system: Any, entity: str, matches: Iterable[Match]) -> int:
    """Stores pairs that are not known yet; returns how many. Dismissed ones stay dismissed."""
    rows: dict[tuple[UUID, UUID], Match] = {}
    for match in matches:
        first, second = sorted((match.left, match.right))
        rows[UUID(first), UUID(second)] = match
    new = 0
    pairs = list(rows)
    for start in range(0, len(pairs), CHUNK):
        some = pairs[start : start + CHUNK]
        known = {
            (first, second)
            for first, second in system.session.execute(
                select(DuplicatePair.first_id, DuplicatePair.second_id).where(
                    DuplicatePair.entity == entity,
                    DuplicatePair.first_id.in_([first for first, _second in some]),
                )
            )
        }
        fresh = [_row(system, entity, pair, rows[pair]) for pair in some if pair not in known]
        if fresh:
            system.session.execute(insert(DuplicatePair), fresh)
        new += len(fresh)
    return new


def _row(system: Any, entity: str, pair: tuple[UUID, UUID], match: Match) -> dict[str, Any]:
    reasons = [
        {"code": reason.code.value, "field": reason.field, "weight": round(reason.weight, 2),
         "detail": reason.detail}
        for reason in match.reasons
    ]  # fmt: skip
    return {
        "id": uuid7(),
        "entity": entity,
        "first_id": pair[0],
        "second_id": pair[1],
        "score": round(Decimal(match.score), 4),
        "reasons": reasons,
        "state": "open",
        "created_at": system.now,
        "updated_at": system.now,
    }


@frozen(kw_only=True)
class Candidate:
    """A record that is being entered; `id` leaves a stored one out of the answer."""

    entity: str
    name: str
    id: UUID | None = None
    other_names: Sequence[str] = ()
    tax_number: str | None = None
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    addresses: Sequence[str] = ()


def similar(ctx: Any, given: Candidate) -> list[Similar]:
    """Stored records that look like one that is being entered, best first.

    For whoever may create such records; of those that she may not see she learns whom to ask.
    Raises Invalid for a kind that is not compared.
    """
    if given.entity not in COMPARED:
        raise Invalid({"entity": _("There is no kind of record “{name}”.", name=given.entity)})
    ctx.require(f"{given.entity}.create")
    party = Party(
        id=str(given.id or uuid7()),
        name=given.name,
        other_names=tuple(given.other_names),
        tax_number=given.tax_number or "",
        phones=tuple(given.phones),
        emails=tuple(given.emails),
        addresses=tuple(given.addresses),
    )
    with ctx.as_system("duplicate check", bookkeeping=True) as system:
        matches = check_batch(system, given.entity, [party])[party.id]
        return list(show(ctx, system, given.entity, matches).values())


def find_duplicates(ctx: Any, args: Mapping[str, Any]) -> int:
    """Sweeps all accounts and contacts, or `args["entity"]` alone; returns new pairs."""
    wanted = [args["entity"]] if args.get("entity") else list(COMPARED)
    settings = ctx.settings(CoreSettings).duplicates
    found = 0
    for entity in wanted:
        table = list(_all(ctx, entity))
        matches = sweep(table, settings, ctx.progress)
        found += note_pairs(ctx, entity, matches)
    return found


def _all(ctx: Any, entity: str) -> Iterator[Party]:
    cls: Any = COMPARED[entity]
    after: UUID | None = None
    while True:
        statement = select(cls.id).order_by(cls.id).limit(CHUNK)
        ids = ctx.session.scalars(
            statement if after is None else statement.where(cls.id > after)
        ).all()
        if not ids:
            return
        yield from parties(ctx, entity, ids).values()
        after = ids[-1]


JOBS = (
    Job(
        name=SWEEP,
        title=_("Find duplicates"),
        run=find_duplicates,
        schedule=Cron("40 2 * * 6"),
    ),
)
