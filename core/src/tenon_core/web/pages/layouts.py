"""How core's own entities look."""

from tenon_sdk.views import Layout

LAYOUTS = (
    Layout(
        entity="core.account",
        columns=(
            "status",
            "tier_id",
            "industry_id",
            "region_id",
            "owner_id",
            "phone",
            "updated_at",
        ),
        filters=("status", "tier_id", "industry_id", "region_id", "owner_id"),
        facts=("tier_id", "industry_id", "region_id", "parent_id", "credit_limit", "owner_id"),
        status="status",
        tones={
            "status": {"prospect": "violet", "active": "green", "dormant": "amber", "lost": "red"}
        },
        sort="-updated_at",
    ),
)
