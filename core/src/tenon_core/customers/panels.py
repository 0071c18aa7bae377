"""What core itself adds to the pages of accounts and contacts, through the hooks for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenon_core.customers.relationships import (
    AccountNetwork,
    KnownTie,
    account_network,
    who_knows,
)
from tenon_core.customers.view import group_tree, open_work
from tenon_core.entities import (
    Account,
    CareDue,
    CarePolicy,
    Contact,
    ContactAccount,
    Relationship,
    User,
)
from tenon_sdk.declarations import Panel, Slot
from tenon_sdk.text import _, translate
from tenon_sdk.views import Edge, Graph, Network, Node

SHOWN = 8
MOST_DUE = 20
LEVELS = 5


def care_fact(ctx: Any, account_id: UUID) -> Mapping[str, Any]:
    """When the account is due next, in the colour of how late that is."""
    due = ctx.session.scalar(
        select(CareDue.due_on)
        .where(CareDue.account_id == account_id)
        .order_by(CareDue.due_on)
        .limit(1)
    )
    if due is None:
        return {}
    return {_("Care"): {"due": due, "days": (due - _today(ctx)).days}}


def coverage_fact(ctx: Any, account_id: UUID) -> Mapping[str, Any]:
    network = account_network(ctx, account_id)
    return {"share": network.share, "resilience": network.resilience, "ties": len(network.ties)}


def care(ctx: Any, account_id: UUID) -> Mapping[str, Any]:
    """Who at the account is due by which policy, the most urgent first; one statement."""
    rows = ctx.session.execute(
        select(CareDue.contact_id, Contact.name, CarePolicy.name, CareDue.last_at, CareDue.due_on)
        .join(CarePolicy, CarePolicy.id == CareDue.policy_id)
        .outerjoin(Contact, Contact.id == CareDue.contact_id)
        .where(CareDue.account_id == account_id)
        .order_by(CareDue.due_on, CareDue.id)
        .limit(MOST_DUE)
    )
    today = _today(ctx)
    found = [
        {
            "contact_id": contact, "contact": name, "policy": policy, "last_at": last,
            "due_on": due, "days": (due - today).days,
        }
        for contact, name, policy, last, due in rows
    ]  # fmt: skip
    return {"due": found} if found else {}


def work(ctx: Any, account_id: UUID) -> Mapping[str, Any]:
    """What is planned for the account, with who does it; three statements."""
    found = open_work(ctx, account_id)
    names = _names(ctx, {one.owner_id for one in found if one.owner_id is not None})
    rows = [
        {"work": one, "owner": names.get(one.owner_id) if one.owner_id else None}
        for one in found[:SHOWN]
    ]
    return {"rows": rows, "total": len(found), "account_id": account_id}


def people(ctx: Any, account_id: UUID) -> Mapping[str, Any]:
    """The contacts who matter most, and how well whom of us knows them; four statements."""
    network = account_network(ctx, account_id)
    best = _best(network)
    rows = ctx.session.execute(
        select(
            Contact.id, Contact.name, Contact.mobile, Contact.phone, ContactAccount.position,
            ContactAccount.buying_role, ContactAccount.importance,
        )
        .join(ContactAccount, ContactAccount.contact_id == Contact.id)
        .where(
            ContactAccount.account_id == account_id,
            ContactAccount.active,
            Contact.archived_at.is_(None),
        )
        .order_by(ContactAccount.importance.desc(), Contact.name)
        .limit(SHOWN)
    )  # fmt: skip
    names = {one.id: one.name for one in network.employees}
    found = [
        {
            "id": row.id, "name": row.name, "phone": row.mobile or row.phone,
            "position": row.position, "role": row.buying_role, "importance": row.importance,
            "level": best[row.id].level if row.id in best else 0,
            "known_by": names.get(best[row.id].employee) if row.id in best else None,
        }
        for row in rows
    ]  # fmt: skip
    return {"people": found, "total": len(network.contacts), "account_id": account_id}


def coverage(ctx: Any, account_id: UUID) -> Mapping[str, Any]:
    """What hangs on whom: important people nobody knows, and people whom only one of us knows."""
    network = account_network(ctx, account_id)
    if not network.contacts:
        return {}
    contacts = {one.id: one.name for one in network.contacts}
    employees = {one.id: one.name for one in network.employees}
    return {
        "share": network.share,
        "resilience": network.resilience,
        "unknown": [(id_, contacts[id_]) for id_ in network.unknown if id_ in contacts],
        "sole": [
            (id_, contacts[id_], employees.get(by, "–"))
            for id_, by in network.sole.items()
            if id_ in contacts
        ][:SHOWN],
        "cut": [name for id_ in network.cut if (name := contacts.get(id_) or employees.get(id_))],
        "ties": len(network.ties),
    }


def group(ctx: Any, account_id: UUID) -> Mapping[str, Any]:
    members = group_tree(ctx, account_id)
    return {"tree": list(_in_order(members)), "here": account_id} if members else {}


def _in_order(members: Sequence[Any]) -> Iterable[Any]:
    """Each account below the one it belongs to; one whose parent is not seen stands on top."""
    below: dict[UUID | None, list[Any]] = {}
    known = {member.id for member in members}
    for member in members:
        parent = member.parent_id if member.parent_id in known else None
        below.setdefault(parent, []).append(member)
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        member = waiting.pop()
        yield member
        waiting += reversed(below.get(member.id, []))


def network(ctx: Any, account_id: UUID) -> Graph:
    """Contacts and colleagues of an account with their ties, the account in the middle."""
    found = account_network(ctx, account_id)
    account = ctx.session.get(Account, account_id)
    unknown = set(found.unknown)
    ours, theirs = "ours", "theirs"
    nodes = [
        Node(id=str(account_id), label=account.name, category="account", size=5),
        *(
            Node(
                id=str(one.id),
                label=one.name,
                category=theirs,
                size=2,
                url=f"/core/contact/{one.id}",
                tone="red" if one.id in unknown else None,
            )
            for one in found.contacts
        ),
        *(Node(id=str(one.id), label=one.name, category=ours, size=3) for one in found.employees),
    ]
    edges = [Edge(source=str(account_id), target=str(one.id)) for one in found.contacts]
    edges += [_edge(tie) for tie in found.ties if tie.level]
    names = {
        "account": translate(_("Account")),
        theirs: translate(_("Contacts")),
        ours: translate(_("Colleagues")),
    }
    return Graph(nodes=nodes, edges=edges, categories=names)


def _edge(tie: KnownTie) -> Edge:
    return Edge(source=str(tie.employee), target=str(tie.contact), width=tie.level)


def _best(found: AccountNetwork) -> dict[UUID, KnownTie]:
    best: dict[UUID, KnownTie] = {}
    for tie in found.ties:
        if tie.contact not in best or tie.level > best[tie.contact].level:
            best[tie.contact] = tie
    return best


def positions(ctx: Any, contact_id: UUID) -> Mapping[str, Any]:
    """Where a contact works and worked, the present ones first; one statement."""
    rows = ctx.session.execute(
        select(
            Account.id, Account.name, ContactAccount.position, ContactAccount.department,
            ContactAccount.active, ContactAccount.is_primary, ContactAccount.importance,
        )
        .join(ContactAccount, ContactAccount.account_id == Account.id)
        .where(ContactAccount.contact_id == contact_id)
        .order_by(
            ContactAccount.active.desc(), ContactAccount.is_primary.desc(), ContactAccount.id
        )
        .limit(SHOWN)
    )  # fmt: skip
    return {"rows": list(rows.mappings()), "contact_id": contact_id}


def known_by(ctx: Any, contact_id: UUID) -> Mapping[str, Any]:
    """Who of us knows a contact, and who can introduce the person who asks."""
    rows = ctx.session.execute(
        select(User.name, Relationship.level, Relationship.last_contact_at)
        .join(User, User.id == Relationship.user_id)
        .where(Relationship.contact_id == contact_id, Relationship.level > 0)
        .order_by(Relationship.rank.desc().nulls_last(), Relationship.id)
        .limit(SHOWN)
    ).all()
    ways = [way for way in who_knows(ctx, contact_id) if len(way.people) > 2]
    if not rows and not ways:
        return {}
    return {"ties": rows, "ways": ways[:3]}


def _names(ctx: Any, ids: set[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    rows = ctx.connection.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _today(ctx: Any) -> Any:
    return ctx.now.astimezone(ctx.actor.zone).date()


ACCOUNT, CONTACT = "core.account", "core.contact"
SEE_ACCOUNT, SEE_CONTACT = "core.account.view", "core.contact.view"

PANELS = (
    Panel(
        entity=ACCOUNT, key="care_fact", label=_("Care due"), load=care_fact, slot=Slot.FACT,
        permission=SEE_ACCOUNT, template="core/panels/care_fact.html", order=10,
    ),
    Panel(
        entity=ACCOUNT, key="coverage_fact", label=_("Coverage"), load=coverage_fact,
        slot=Slot.FACT, permission=SEE_ACCOUNT, template="core/panels/coverage_fact.html", order=20,
    ),
    Panel(
        entity=ACCOUNT, key="work", label=_("Open work"), load=work, slot=Slot.MAIN,
        permission="core.activity.view", template="core/panels/work.html", icon="checkbox",
        order=20,
    ),
    Panel(
        entity=ACCOUNT, key="people", label=_("People"), load=people, slot=Slot.SIDE,
        permission=SEE_CONTACT, template="core/panels/people.html", icon="users", order=10,
    ),
    Panel(
        entity=ACCOUNT, key="coverage", label=_("Coverage and resilience"), load=coverage,
        slot=Slot.SIDE, permission=SEE_ACCOUNT, template="core/panels/coverage.html",
        icon="shield-check", order=30,
    ),
    Panel(
        entity=ACCOUNT, key="care", label=_("Care"), load=care, slot=Slot.SIDE,
        permission=SEE_ACCOUNT, template="core/panels/care.html", icon="heart-handshake", order=40,
    ),
    Panel(
        entity=ACCOUNT, key="group", label=_("Group"), load=group, slot=Slot.SIDE,
        permission=SEE_ACCOUNT, template="core/panels/group.html", icon="sitemap", order=50,
    ),
    Panel(
        entity=CONTACT, key="positions", label=_("Works at"), load=positions, slot=Slot.SIDE,
        permission=SEE_CONTACT, template="core/panels/positions.html", icon="building", order=10,
    ),
    Panel(
        entity=CONTACT, key="known_by", label=_("Who knows this contact"), load=known_by,
        slot=Slot.SIDE, permission=SEE_CONTACT, template="core/panels/known_by.html",
        icon="affiliate", order=20,
    ),
)  # fmt: skip

NETWORKS = (
    Network(
        entity=ACCOUNT, key="people", label=_("Relations"), permission=SEE_ACCOUNT, load=network
    ),
)
