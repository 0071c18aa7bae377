"""Which tier (客户等级) an account belongs to, and when its contacts are due to be cared for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from attrs import field, frozen, validators

from tenon_core.kernel.conditions import Comparison, Condition, Facts, evaluate, read_condition
from tenon_core.kernel.stored import Item
from tenon_core.reckoning.calendars import WorkingCalendar, workday_on_or_after


@frozen
class TierRule:
    """Accounts whose facts meet `condition` are of `tier`; `name` is what people call the rule."""

    tier: str
    name: str
    condition: Condition

    def to_json(self) -> dict[str, Any]:
        return {"tier": self.tier, "name": self.name, "when": self.condition.to_json()}


@frozen
class Classification:
    """The tier, the rule that gave it (`index` from 0) and its tests that held.

    All are None or empty if no rule fired.
    """

    tier: str | None
    rule: TierRule | None
    index: int | None
    because: tuple[Comparison, ...]


def classify(rules: Iterable[TierRule], facts: Facts) -> Classification:
    """The first rule that holds decides; no rule, no tier.

    Raises Invalid for a fact that cannot be compared with a rule's value.
    """
    for index, rule in enumerate(rules):
        because = evaluate(rule.condition, facts)
        if because is not None:
            return Classification(rule.tier, rule, index, because)
    return Classification(None, None, None, ())


def tier_rules_from_json(data: object) -> tuple[TierRule, ...]:
    """Rules from a list of `{"tier", "name", "when"}`, see `conditions` for `when`.

    Raises Invalid; its field is the path to the mistake, such as `rules[1].when.all[0].op`.
    """
    return tuple(_read_rule(item) for item in Item(data, "rules").items())


def _read_rule(item: Item) -> TierRule:
    item.only("tier", "name", "when")
    return TierRule(item.at("tier").text(), item.at("name").text(), read_condition(item.at("when")))


def tier_rules_to_json(rules: Iterable[TierRule]) -> list[dict[str, Any]]:
    return [rule.to_json() for rule in rules]


@frozen
class CareRule:
    """Contacts of `importance` at accounts of `tier` are met by one of `kinds` every so many days.

    None stands for any tier or importance. The days are calendar days.
    """

    kinds: frozenset[str] = field(validator=validators.min_len(1))
    every_days: int = field(validator=validators.ge(1))
    tier: str | None = None
    importance: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "tier": self.tier,
            "importance": self.importance,
            "kinds": sorted(self.kinds),
            "every_days": self.every_days,
        }


def care_policy_from_json(data: object) -> tuple[CareRule, ...]:
    """A policy from a list of `{"kinds", "every_days", "tier"?, "importance"?}`.

    Raises Invalid; its field is the path to the mistake, such as `policy[0].every_days`.
    """
    return tuple(_read_care_rule(item) for item in Item(data, "policy").items())


def _read_care_rule(item: Item) -> CareRule:
    item.only("kinds", "every_days", "tier", "importance")
    kinds = item.at("kinds")
    tier, importance = item.maybe("tier"), item.maybe("importance")
    return CareRule(
        kinds=frozenset(kind.text() for kind in kinds.some()),
        every_days=item.at("every_days").positive(),
        tier=tier.text() if tier else None,
        importance=importance.text() if importance else None,
    )


def care_policy_to_json(policy: Iterable[CareRule]) -> list[dict[str, Any]]:
    return [rule.to_json() for rule in policy]


def care_rules_for(
    policy: Iterable[CareRule], tier: str | None, importance: str | None
) -> tuple[CareRule, ...]:
    """The rules that hold for a contact, one for each set of kinds.

    Of several for the same kinds the most specific holds: one that names the tier before one
    that does not, then one that names the importance; among equals the first.
    """
    chosen: dict[frozenset[str], CareRule] = {}
    for rule in policy:
        if rule.tier not in (None, tier) or rule.importance not in (None, importance):
            continue
        rival = chosen.get(rule.kinds)
        if rival is None or _specificity(rule) > _specificity(rival):
            chosen[rule.kinds] = rule
    return tuple(chosen.values())


def _specificity(rule: CareRule) -> tuple[bool, bool]:
    return rule.tier is not None, rule.importance is not None


@frozen
class Due:
    """When the next contact is due; `overdue_days` are the calendar days since, 0 if not over."""

    on: date
    overdue_days: int


def due(
    last_contact_at: datetime | None,
    rule: CareRule,
    now: datetime,
    *,
    since: datetime,
    zone: tzinfo,
    calendar: WorkingCalendar | None = None,
) -> Due:
    """When the next contact by `rule` is due, counted in days of `zone` from the last one.

    Where there was none yet, it is counted from `since`, when the contact came into care. With a
    calendar, a day off passes the due date on to the next working day. A contact in the future
    (planned) must not be given as the last. Raises Invalid for a calendar without working days.
    """
    on = (last_contact_at or since).astimezone(zone).date() + timedelta(days=rule.every_days)
    if calendar is not None:
        on = workday_on_or_after(calendar, on)
    return Due(on, max(0, (now.astimezone(zone).date() - on).days))
