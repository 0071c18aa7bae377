"""How core's own entities look."""

from collections.abc import Mapping

from tenon_sdk.text import _
from tenon_sdk.views import Layout, Lines, Section, Tone

STATUS_TONES: Mapping[str, Tone] = {"planned": "violet", "done": "green", "cancelled": "gray"}
ACTIVITY_TONES: Mapping[str, Tone] = {
    "visit": "blue",
    "call": "teal",
    "meeting": "violet",
    "email": "gray",
    "message": "gray",
    "task": "amber",
    "survey": "teal",
    "demonstration": "blue",
    "training": "green",
    "exhibition": "violet",
    "hospitality": "red",
    "other": "gray",
}

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
        facts=("tier_id", "industry_id", "region_id", "credit_limit", "owner_id"),
        status="status",
        tones={
            "status": {"prospect": "violet", "active": "green", "dormant": "amber", "lost": "red"}
        },
        sections=(
            Section(
                key="company",
                label=_("Company"),
                help=_("What the customer is called and how it is reached."),
                fields=("name", "short_name", "code", "phone", "email", "website"),
                order=10,
            ),
            Section(
                key="place",
                label=_("Classification"),
                help=_("Where it stands among our customers."),
                fields=(
                    "status",
                    "substate",
                    "tier_id",
                    "tier_fixed",
                    "industry_id",
                    "region_id",
                    "parent_id",
                    "source",
                    "source_detail",
                ),
                order=20,
            ),
            Section(
                key="figures",
                label=_("Figures and credit"),
                fields=(
                    "founded_year",
                    "employees",
                    "revenue",
                    "currency",
                    "credit_limit",
                    "credit_days",
                ),
                order=30,
            ),
            Section(key="remarks", label=_("Remarks"), fields=("description",), order=90),
        ),
        lines=(
            Lines(
                entity="core.address",
                field="account_id",
                label=_("Addresses"),
                fields=("kind", "lines", "postcode", "region_id", "is_primary"),
            ),
        ),
        sort="-updated_at",
    ),
    Layout(
        entity="core.contact",
        columns=("mobile", "phone", "email", "wechat", "owner_id", "updated_at"),
        filters=("owner_id", "salutation", "no_calls"),
        facts=("mobile", "email", "wechat", "reports_to_id", "birthday", "owner_id"),
        sections=(
            Section(
                key="person",
                label=_("Person"),
                help=_("The name, and how this person wants to be reached."),
                fields=("name", "salutation", "mobile", "phone", "email", "wechat", "language"),
                order=10,
            ),
            Section(
                key="about",
                label=_("About the person"),
                fields=("reports_to_id", "birthday", "no_calls", "no_mailings", "description"),
                order=20,
            ),
        ),
        lines=(
            Lines(
                entity="core.contact_account",
                field="contact_id",
                label=_("Works at"),
                fields=(
                    "account_id",
                    "position",
                    "department",
                    "buying_role",
                    "importance",
                    "is_primary",
                    "active",
                ),
                order=10,
            ),
            Lines(
                entity="core.contact_channel",
                field="contact_id",
                label=_("Further ways to reach"),
                fields=("kind", "value", "preferred", "note"),
                order=20,
            ),
        ),
        sort="-updated_at",
    ),
    Layout(
        entity="core.activity",
        columns=(
            "kind",
            "status",
            "account_id",
            "planned_start",
            "actual_start",
            "result",
            "owner_id",
        ),
        filters=("kind", "status", "account_id", "owner_id", "planned_start"),
        facts=("kind", "account_id", "planned_start", "actual_start", "result", "owner_id"),
        status="status",
        tones={
            "status": STATUS_TONES,
            "kind": ACTIVITY_TONES,
            "result": {"good": "green", "neutral": "gray", "bad": "red"},
            "priority": {"low": "gray", "normal": "blue", "high": "red"},
        },
        sections=(
            Section(
                key="what",
                label=_("What"),
                help=_("What is to be done or was done, and for whom."),
                fields=("subject", "kind", "account_id", "status", "substate", "priority", "place"),
                order=10,
            ),
            Section(
                key="when",
                label=_("When"),
                fields=(
                    "planned_start",
                    "planned_end",
                    "actual_start",
                    "actual_end",
                    "all_day",
                    "remind_at",
                ),
                order=20,
            ),
            Section(
                key="result",
                label=_("Result"),
                help=_("What came out of it, and what follows."),
                fields=(
                    "result",
                    "outcome",
                    "next_step",
                    "next_step_on",
                    "follows_id",
                    "description",
                ),
                order=30,
            ),
        ),
        lines=(
            Lines(
                entity="core.activity_participant",
                field="activity_id",
                label=_("Participants"),
                fields=("contact_id", "user_id", "attended"),
            ),
        ),
        sort="-planned_start",
    ),
    Layout(
        entity="core.product",
        columns=("code", "model", "kind", "category_id", "list_price", "unit", "active"),
        filters=("kind", "category_id", "active"),
        facts=("code", "model", "kind", "list_price", "cost", "warranty_months"),
        tones={
            "kind": {
                "equipment": "blue",
                "component": "teal",
                "spare_part": "amber",
                "consumable": "gray",
                "software": "violet",
                "service": "green",
            }
        },
        sections=(
            Section(
                key="product",
                label=_("Product"),
                fields=(
                    "name",
                    "code",
                    "model",
                    "kind",
                    "category_id",
                    "unit",
                    "has_serial",
                    "warranty_months",
                    "active",
                    "description",
                ),
                order=10,
            ),
            Section(
                key="price",
                label=_("Price"),
                fields=("list_price", "cost", "currency", "tax_rate"),
                order=20,
            ),
        ),
        lines=(
            Lines(
                entity="core.bom_line",
                field="product_id",
                label=_("Bill of materials"),
                fields=("component_id", "quantity", "optional", "note"),
            ),
        ),
        sort="code",
    ),
    Layout(
        entity="core.document",
        columns=("category", "media_type", "size", "current", "owner_id", "updated_at"),
        filters=("category", "owner_id"),
        facts=("category", "media_type", "size", "current", "owner_id"),
        related=(),
        sort="-updated_at",
    ),
    Layout(
        entity="core.user",
        columns=("login", "unit_id", "position", "email", "phone", "active_from", "active_until"),
        filters=("unit_id",),
        related=("core.user_role.user_id",),
        sort="name",
    ),
    Layout(
        entity="core.unit",
        columns=("code", "parent_id", "head_id", "updated_at"),
        related=("core.unit.parent_id", "core.user.unit_id"),
        sort="code",
    ),
    Layout(
        entity="core.contact_account",
        columns=(
            "contact_id",
            "account_id",
            "position",
            "department",
            "buying_role",
            "importance",
            "active",
        ),
        related=(),
        sort="-importance",
    ),
)
