"""Core's own boards and calendars."""

from tenon_sdk.text import _
from tenon_sdk.views import Board, Schedule

VIEWS = (
    Schedule(
        entity="core.activity",
        key="planned",
        label=_("Planned activities"),
        start="planned_start",
        end="planned_end",
        tone="kind",
        mine="owner_id",
        note="place",
        only=(("status__ne", "cancelled"),),
    ),
    Board(
        entity="core.activity",
        key="status",
        label=_("Activities by status"),
        field="status",
        cards=("account_id", "kind", "planned_start", "owner_id"),
        sort="-planned_start",
    ),
    Board(
        entity="core.account",
        key="status",
        label=_("Accounts by status"),
        field="status",
        cards=("industry_id", "tier_id", "owner_id"),
    ),
)
