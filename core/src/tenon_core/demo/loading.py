"""Putting the demo company together and storing it in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import update

from tenon_core.customers import caring, documents, finding, relationships, tiering
from tenon_core.customers.ownership import keep_periods
from tenon_core.demo.account_rows import AccountRows
from tenon_core.demo.accounts import Customer, CustomerMaker
from tenon_core.demo.activities import ActivityMaker
from tenon_core.demo.circle import by_customer, make_circle
from tenon_core.demo.company import ADMIN, Company, heads, make_company
from tenon_core.demo.contact_rows import ContactRows
from tenon_core.demo.contacts import Contact, ContactMaker
from tenon_core.demo.diary import Diary
from tenon_core.demo.dice import Dice
from tenon_core.demo.extras import Extras, Paper, Remark
from tenon_core.demo.market import make_market
from tenon_core.demo.owners import Owners
from tenon_core.demo.planned import Planner
from tenon_core.demo.products import make_catalogue
from tenon_core.demo.regions import make_regions
from tenon_core.demo.staff import Staff
from tenon_core.demo.twins import make_twins
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row, Writer
from tenon_core.entities import Comment, Document, Notification, Role
from tenon_core.entities.people import Unit
from tenon_core.events.publish import publish_saved
from tenon_core.storage.indexing import index_changes
from tenon_sdk.declarations import DemoContext
from tenon_sdk.entities import entity_named
from tenon_sdk.events import Subject
from tenon_sdk.text import Text, _, translate

# Parents come before their parts.
ORDER = (
    "core.calendar", "core.calendar_day", "core.unit", "core.user", "core.user_role",
    "core.currency", "core.exchange_rate", "core.region", "core.industry", "core.tier",
    "core.tier_rule", "core.care_policy", "core.pool", "core.tag", "core.label",
    "core.custom_field", "core.product_category", "core.product", "core.bom_line", "core.account",
    "core.address", "core.invoice_profile", "core.pool_entry", "core.tagging",
    "core.team_member", "core.contact", "core.contact_account", "core.contact_channel",
    "core.ownership_period", "core.saved_view", "core.activity", "core.activity_participant",
    "core.activity_subject", "core.relationship",
)  # fmt: skip
# Periods are stored with their history, ties and care computed once at the end.
DONE_HERE = (keep_periods, relationships.keep_relationships, caring.keep_care)
UNREAD = timedelta(days=6)


@frozen
class World:
    """All of the demo data before they are stored, by entity."""

    days: Days
    company: Company
    customers: Sequence[Customer]
    contacts: Sequence[Contact]
    rows: Mapping[str, Sequence[Row]]
    remarks: Sequence[Remark]
    papers: Sequence[Paper]


def load(demo: DemoContext) -> None:
    """Stores the demo company; some seconds on either database."""
    context: Any = demo.context
    _tell(demo, _("Making the demo company …"))
    world = make_world(demo.seed, Days(demo.today), _roles(context))
    writer = Writer(context.connection, context.zone, context.now, context.reason)
    with context.at(world.days.now) as present:
        for entity in ORDER:
            rows = writer.store(entity_named(entity), world.rows.get(entity, ()))
            if entity == "core.user":
                writer.know(rows)
            if len(rows) > 1_000:
                _tell(demo, _("{count} records of {entity}", count=len(rows), entity=entity))
        _follow(present, writer)
        _name_heads(context, world)
    _tell(demo, _("Comments and documents …"))
    _remark(context, world)
    _file(context, world)
    _tell(demo, _("Relationships, tiers, care, duplicates …"))
    with context.at(world.days.now) as present:
        _compute(present, world)
    context.session.info["rights_changed"] = True


def _tell(demo: DemoContext, text: Text) -> None:
    demo.report(translate(text))


def _roles(context: Any) -> dict[str, UUID]:
    return {role.key: role.id for role in context.session.query(Role)}


# ------------------------------------------------------------------------------------- making


def make_world(seed: int, days: Days, roles: Mapping[str, UUID]) -> World:
    """The whole company and its customers; `roles` are the ids of the ready roles by key."""
    company = make_company(seed, days)
    admin, at = company.people[ADMIN].id, company.started
    regions = make_regions(seed, at)
    catalogue, market = make_catalogue(seed, at, admin), make_market(seed, company, at, admin)
    owners = Owners(seed, days, company, market)
    customers = CustomerMaker(seed, days, regions, catalogue).make()
    owners.share_out(customers)
    customers += make_twins(seed, days, company, customers)
    accounts = AccountRows(seed, days, regions, market, owners)
    for customer in customers:
        accounts.add(customer, _author(company, customer, days))
    contacts = ContactMaker(seed, days).make(customers)
    people = ContactRows(seed, days, company, owners)
    people.add_all(contacts)
    staff = Staff(seed, days, company, Diary(Dice(seed, "diary")))
    maker = ActivityMaker(seed, days, company, catalogue, staff)
    _fill_diaries(maker, customers, contacts)
    extras = Extras(seed, days, company, staff)
    parts = _Parts()
    done = maker.writer.rows
    for rows in (company.rows, catalogue.rows, market.rows, accounts.rows, people.rows, done):
        parts.add(rows)
    foreign = frozenset(c.id for c in contacts if c.job.customer.foreign)
    parts.add(
        {
            "core.region": list(regions.values()),
            "core.user_role": list(_user_roles(seed, company, roles)),
            "core.team_member": list(extras.shares(customers)),
            "core.saved_view": list(extras.views()),
            "core.relationship": list(extras.ties(_met(done), foreign)),
        }
    )
    remarks = list(extras.remarks(customers))
    papers = list(extras.papers(customers))
    return World(days, company, customers, contacts, parts.rows, remarks, papers)


class _Parts:
    """Rows of several makers put together by entity."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = defaultdict(list)

    def add(self, rows: Mapping[str, Sequence[Row]]) -> None:
        for entity, some in rows.items():
            self.rows[entity] += some


def _author(company: Company, customer: Customer, days: Days) -> UUID:
    """Who entered it: the administrator on the first morning, then its first owner."""
    login = customer.stays[0].person or ADMIN
    imported = customer.created.date() <= days.next(days.start)
    return company.people[ADMIN if imported else login].id


def _fill_diaries(
    maker: ActivityMaker, customers: Sequence[Customer], contacts: Sequence[Contact]
) -> None:
    known: dict[UUID, list[Contact]] = defaultdict(list)
    for id_, contact in by_customer(contacts):
        known[id_].append(contact)
    circles = {c.id: make_circle(maker.dice, maker.days, c, known[c.id]) for c in customers}
    planner = Planner(maker)
    planner.fairs(circles)
    for circle in circles.values():
        maker.past(circle)
    for circle in circles.values():
        planner.ahead(circle)


def _user_roles(seed: int, company: Company, roles: Mapping[str, UUID]) -> Iterable[Row]:
    dice = Dice(seed, "roles")
    for person in company.people.values():
        at = company.started
        row = {"id": dice.new_id(at), "created_at": at, "created_by": None}
        yield {**row, "user_id": person.id, "role_id": roles[person.role]}


def _met(rows: Mapping[str, Sequence[Row]]) -> dict[tuple[UUID, UUID], datetime]:
    """When each contact and employee first did something together."""
    done = {r["id"]: r["actual_start"] for r in rows["core.activity"] if r["status"] == "done"}
    sides: dict[UUID, tuple[list[UUID], list[UUID]]] = defaultdict(lambda: ([], []))
    for part in rows["core.activity_participant"]:
        if part["activity_id"] in done:
            theirs, ours = sides[part["activity_id"]]
            (ours if part["contact_id"] is None else theirs).append(
                part["user_id"] or part["contact_id"]
            )
    met: dict[tuple[UUID, UUID], datetime] = {}
    for activity, (theirs, ours) in sides.items():
        for pair in ((contact, user) for contact in theirs for user in ours):
            met[pair] = min(met.get(pair, done[activity]), done[activity])
    return met


# ------------------------------------------------------------------------------------ storing


def _follow(present: Any, writer: Writer) -> None:
    """Lets followers know of all that was stored: the search index, duplicate keys, plugins."""
    index_changes(present, writer.changes)
    publish_saved(present, writer.changes, without=DONE_HERE)


def _name_heads(context: Any, world: World) -> None:
    with context.at(world.company.started) as then:
        for unit, head in heads(world.company):
            then.session.get(Unit, unit).head_id = head


def _remark(context: Any, world: World) -> None:
    for remark in world.remarks:
        with context.at(remark.at, remark.author.id) as then:
            then.session.add(
                Comment(
                    id=remark.id,
                    entity="core.account",
                    record_id=remark.customer.id,
                    author_id=remark.author.id,
                    text=remark.text,
                    reply_to_id=remark.answer_to,
                )
            )
    old = world.days.now - UNREAD
    context.connection.execute(
        update(Notification)
        .where(Notification.created_at < old)
        .values(read_at=Notification.created_at)
    )


def _file(context: Any, world: World) -> None:
    for paper in world.papers:
        with context.at(paper.at, paper.author.id) as then:
            then.session.add(
                Document(id=paper.id, name=paper.file_name, category="specification", current=0)
            )
            then.session.flush()
            documents.store(
                then,
                BytesIO(paper.content),
                paper.file_name,
                document_id=paper.id,
                subjects=[Subject("core.account", paper.customer.id)],
            )


def _compute(present: Any, world: World) -> None:
    """What nightly jobs would compute from all this."""
    relationships.recompute(present, [contact.id for contact in world.contacts])
    present.session.expunge_all()
    tiering.classify_accounts(present, {})
    caring.refresh(present, [customer.id for customer in world.customers])
    present.session.expunge_all()
    finding.find_duplicates(present, {})
