"""Tiers: accounts classified from facts by rules that people can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import func, select, update

from tenon_core.entities import Account, Activity, ContactAccount, Industry, Region, TierRule
from tenon_core.kernel.conditions import Condition, evaluate, read_condition
from tenon_core.kernel.stored import Item
from tenon_sdk.entities import fields_of
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import _

CLASSIFY = "core.classify_accounts"
CHUNK = 1_000
ACTIVE_DAYS = 365


@frozen(kw_only=True)
class ReadRule:
    id: UUID
    name: str
    tier_id: UUID
    condition: Condition


@frozen(kw_only=True)
class Classified:
    """The tier that the rules give, by which rule, and the tests that held; None if none does."""

    tier_id: UUID | None
    rule: str | None
    because: tuple[str, ...]


def read_rules(ctx: Any) -> list[ReadRule]:
    """Active rules in order. Raises Invalid that names rule and path of a faulty condition."""
    rows = ctx.session.execute(
        select(TierRule.id, TierRule.name, TierRule.tier_id, TierRule.condition)
        .where(TierRule.active)
        .order_by(TierRule.position, TierRule.id)
    )
    return [
        ReadRule(
            id=id_,
            name=name,
            tier_id=tier,
            condition=read_condition(Item(stored or {"all": []}, name)),
        )
        for id_, name, tier, stored in rows
    ]


def facts_of(ctx: Any, ids: Sequence[UUID]) -> Iterator[tuple[UUID, Mapping[str, Any]]]:
    """What rules may ask about accounts.

    Every field by its name, extension fields as `<table>.<field>`, custom ones as `custom.<key>`,
    and

    industry, region     codes (a region's begin with its province's)
    contacts             active contacts
    activities           done in the last 365 days

    Four statements and one for each extension. Needs a system context.
    """
    contacts = _counts(ctx, ContactAccount.account_id, ids, ContactAccount.active.is_(True))
    recent = Activity.actual_start >= ctx.now - timedelta(days=ACTIVE_DAYS)
    activities = _counts(ctx, Activity.account_id, ids, Activity.status == "done", recent)
    sides = _sides(ctx, ids)
    rows = ctx.session.execute(
        select(Account, Industry.code, Region.code)
        .outerjoin(Industry, Industry.id == Account.industry_id)
        .outerjoin(Region, Region.id == Account.region_id)
        .where(Account.id.in_(ids))
    )
    for account, industry, region in rows:
        facts: dict[str, Any] = {name: getattr(account, name) for name in fields_of(Account)}
        facts |= {f"custom.{key}": value for key, value in (account.custom or {}).items()}
        facts |= sides.get(account.id, {})
        facts |= {
            "industry": industry,
            "region": region,
            "contacts": contacts.get(account.id, 0),
            "activities": activities.get(account.id, 0),
        }
        yield account.id, facts


def _counts(ctx: Any, column: Any, ids: Sequence[UUID], *conditions: Any) -> dict[UUID, int]:
    rows = ctx.session.execute(
        select(column, func.count()).where(column.in_(ids), *conditions).group_by(column)
    )
    return dict(rows.all())


def _sides(ctx: Any, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    for extension in ctx.site.registry.extensions_of("core.account"):
        for record in ctx.session.scalars(select(extension).where(extension.id.in_(ids))):
            facts = found.setdefault(record.id, {})
            for name in fields_of(extension):
                facts[f"{extension.__tenon__.table}.{name}"] = getattr(record, name)
    return found


def classify(rules: Sequence[ReadRule], facts: Mapping[str, Any]) -> Classified:
    """The first rule that holds decides. Raises Invalid for facts that cannot be compared."""
    for rule in rules:
        because = evaluate(rule.condition, facts)
        if because is not None:
            tests = tuple(f"{test.fact} {test.op} {test.value}" for test in because)
            return Classified(tier_id=rule.tier_id, rule=rule.name, because=tests)
    return Classified(tier_id=None, rule=None, because=())


def explain_tier(ctx: Any, account_id: UUID) -> Classified:
    """Which rule gives an account its tier and why, for who sees the account."""
    if ctx.session.scalar(select(Account.id).where(Account.id == account_id)) is None:
        raise NotFound("core.account", account_id)
    with ctx.as_system("tier explained", bookkeeping=True) as system:
        for _id, facts in facts_of(system, [account_id]):
            return classify(read_rules(system), facts)
    raise NotFound("core.account", account_id)


def classify_accounts(ctx: Any, args: Mapping[str, Any]) -> int:
    """Gives every account the tier of the first rule that holds; returns how many changed.

    Accounts whose tier was set by hand stay, and so do all while there is no active rule.
    """
    rules = read_rules(ctx)
    if not rules:
        return 0
    only = [UUID(id_) for id_ in args.get("accounts", ())]
    changed = done = 0
    for ids in _portions(ctx, only):
        known = select(Account.id, Account.tier_id).where(Account.id.in_(ids))
        current: dict[UUID, UUID | None] = dict(ctx.session.execute(known).all())
        moves: dict[UUID | None, list[UUID]] = {}
        for id_, facts in facts_of(ctx, ids):
            tier = _tier(rules, id_, facts)
            if tier != current[id_]:
                moves.setdefault(tier, []).append(id_)
        for tier, some in moves.items():
            ctx.session.execute(update(Account).where(Account.id.in_(some)).values(tier_id=tier))
            changed += len(some)
        ctx.session.expunge_all()
        done += len(ids)
        ctx.progress(done, note=_("{count} changed", count=changed))
    return changed


def _tier(rules: Sequence[ReadRule], id_: UUID, facts: Mapping[str, Any]) -> UUID | None:
    try:
        return classify(rules, facts).tier_id
    except Invalid as error:
        raise Invalid(error.fields, _("Account {id}: {error}", id=id_, error=str(error))) from None


def _portions(ctx: Any, only: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    open_ = (Account.archived_at.is_(None), Account.tier_fixed.is_(False))
    if only:
        yield ctx.session.scalars(select(Account.id).where(Account.id.in_(only), *open_)).all()
        return
    after: UUID | None = None
    while True:
        statement = select(Account.id).where(*open_).order_by(Account.id).limit(CHUNK)
        ids = ctx.session.scalars(
            statement if after is None else statement.where(Account.id > after)
        ).all()
        if not ids:
            return
        yield ids
        after = ids[-1]


JOBS = (
    Job(
        name=CLASSIFY,
        title=_("Classify accounts"),
        run=classify_accounts,
        schedule=Cron("50 2 * * *"),
    ),
)
