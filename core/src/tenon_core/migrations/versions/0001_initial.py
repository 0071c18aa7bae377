"""Initial."""

from decimal import Decimal

import sqlalchemy as sa
from alembic import op

from tenon_core.storage import search
from tenon_sdk import types

revision = "0001"
down_revision: str | None = None
needs: dict[str, str] = {}


def upgrade() -> None:
    op.create_table(
        "core_approval_flow",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("transition", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("condition", types.Json(), nullable=False),
        sa.Column("steps", types.Json(), nullable=False),
        sa.Column("rules", types.Json(), nullable=False),
        sa.Column("watch", types.Json(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'retired')",
            name=op.f("ck_core_approval_flow_state_choice"),
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_core_approval_flow_revision_minimum")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_approval_flow")),
        sa.UniqueConstraint("key", "revision", name=op.f("uq_core_approval_flow_key_revision")),
    )
    op.create_index(
        op.f("ix_core_approval_flow_entity_transition_state"),
        "core_approval_flow",
        ["entity", "transition", "state"],
        unique=False,
    )
    op.create_index(
        "uq_core_approval_flow_active",
        "core_approval_flow",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "core_audit_block",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "number >= 1 AND (number = 1) = (previous = '')",
            name=op.f("ck_core_audit_block_chained"),
        ),
        sa.CheckConstraint(
            "count >= 1 AND count <= to_seq - from_seq + 1", name=op.f("ck_core_audit_block_count")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_core_audit_block")),
        sa.UniqueConstraint("from_seq", name=op.f("uq_core_audit_block_from_seq")),
        sa.UniqueConstraint("to_seq", name=op.f("uq_core_audit_block_to_seq")),
    )
    op.create_table(
        "core_audit_entry",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor_id", types.Guid(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=True),
        sa.Column("on_behalf_of", types.Guid(), nullable=True),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=True),
        sa.Column("record_id", types.Guid(), nullable=True),
        sa.Column("changes", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_core_audit_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_core_audit_entry_actor_id_at"),
        "core_audit_entry",
        ["actor_id", "at"],
        unique=False,
    )
    op.create_index(op.f("ix_core_audit_entry_at"), "core_audit_entry", ["at"], unique=False)
    op.create_index(
        op.f("ix_core_audit_entry_entity_record_id_at_seq"),
        "core_audit_entry",
        ["entity", "record_id", "at", "seq"],
        unique=False,
    )
    op.create_table(
        "core_calendar",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("hours", types.Json(), nullable=False),
        sa.Column("workday_hours", sa.String(length=200), nullable=True),
        sa.Column("holidays", sa.String(length=2), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_calendar")),
        sa.UniqueConstraint("code", name=op.f("uq_core_calendar_code")),
    )
    op.create_index(
        "uq_core_calendar_default",
        "core_calendar",
        ["is_default"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "core_currency",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("symbol", sa.String(length=8), nullable=True),
        sa.Column("is_base", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "length(code) = 3 AND code = upper(code)", name=op.f("ck_core_currency_code_form")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_currency")),
        sa.UniqueConstraint("code", name=op.f("uq_core_currency_code")),
    )
    op.create_index(
        "uq_core_currency_base",
        "core_currency",
        ["is_base"],
        unique=True,
        sqlite_where=sa.text("is_base"),
        postgresql_where=sa.text("is_base"),
    )
    op.create_table(
        "core_custom_field",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("labels", types.Json(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("choices", types.Json(), nullable=True),
        sa.Column("target", sa.String(length=80), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("in_list", sa.Boolean(), nullable=False),
        sa.Column("searchable", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'choice' OR choices IS NOT NULL",
            name=op.f("ck_core_custom_field_choices_given"),
        ),
        sa.CheckConstraint(
            "kind <> 'reference' OR target IS NOT NULL",
            name=op.f("ck_core_custom_field_target_given"),
        ),
        sa.CheckConstraint(
            "kind IN ('text', 'long_text', 'integer', 'decimal', 'boolean', 'date', 'datetime', 'choice', 'reference', 'url')",
            name=op.f("ck_core_custom_field_kind_choice"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_custom_field")),
        sa.UniqueConstraint("entity", "key", name=op.f("uq_core_custom_field_entity_key")),
    )
    op.create_table(
        "core_duplicate_key",
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("record_id", types.Guid(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "key", "record_id", name=op.f("pk_core_duplicate_key")),
    )
    op.create_index(
        op.f("ix_core_duplicate_key_entity_record_id"),
        "core_duplicate_key",
        ["entity", "record_id"],
        unique=False,
    )
    op.create_table(
        "core_duplicate_pair",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("first_id", types.Guid(), nullable=False),
        sa.Column("second_id", types.Guid(), nullable=False),
        sa.Column("score", types.Exact(5, 4), nullable=False),
        sa.Column("reasons", types.Json(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'merged', 'dismissed')",
            name=op.f("ck_core_duplicate_pair_state_choice"),
        ),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_core_duplicate_pair_in_order")),
        sa.CheckConstraint("score >= 0", name=op.f("ck_core_duplicate_pair_score_minimum")),
        sa.CheckConstraint(
            sa.column("score", types.Exact(5, 4)) <= Decimal(1),
            name=op.f("ck_core_duplicate_pair_score_maximum"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_duplicate_pair")),
        sa.UniqueConstraint(
            "entity",
            "first_id",
            "second_id",
            name=op.f("uq_core_duplicate_pair_entity_first_id_second_id"),
        ),
    )
    op.create_index(
        op.f("ix_core_duplicate_pair_entity_second_id"),
        "core_duplicate_pair",
        ["entity", "second_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_duplicate_pair_entity_state_score"),
        "core_duplicate_pair",
        ["entity", "state", "score"],
        unique=False,
    )
    op.create_table(
        "core_epoch",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_epoch")),
    )
    op.create_table(
        "core_industry",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("parent_id", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_core_industry_not_own_parent")),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["core_industry.id"],
            name=op.f("fk_core_industry_parent_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_industry")),
        sa.UniqueConstraint("code", name=op.f("uq_core_industry_code")),
    )
    op.create_index(op.f("ix_core_industry_name_id"), "core_industry", ["name", "id"], unique=False)
    op.create_index(
        op.f("ix_core_industry_parent_id_id"), "core_industry", ["parent_id", "id"], unique=False
    )
    op.create_table(
        "core_job_run",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("job", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=True),
        sa.Column("args", types.Json(), nullable=False),
        sa.Column("requested_by", types.Guid(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.Column("dispatch", sa.Integer(), nullable=False),
        sa.Column("workflow_id", sa.String(length=80), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=36), nullable=True),
        sa.Column("done", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("note", types.Json(), nullable=True),
        sa.Column("checkpoint", types.Json(), nullable=True),
        sa.Column("result", types.Json(), nullable=True),
        sa.Column("error", types.Json(), nullable=True),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_job_run")),
        sa.UniqueConstraint("job", "key", name=op.f("uq_core_job_run_job_key")),
    )
    op.create_index(
        op.f("ix_core_job_run_created_at"), "core_job_run", ["created_at"], unique=False
    )
    op.create_index(
        op.f("ix_core_job_run_job_created_at"), "core_job_run", ["job", "created_at"], unique=False
    )
    op.create_index(
        op.f("ix_core_job_run_state_due_at"), "core_job_run", ["state", "due_at"], unique=False
    )
    op.create_table(
        "core_label",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("field_name", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("substate", sa.String(length=60), nullable=False),
        sa.Column("labels", types.Json(), nullable=False),
        sa.Column("colour", sa.String(length=20), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_label")),
        sa.UniqueConstraint(
            "entity",
            "field_name",
            "code",
            "substate",
            name=op.f("uq_core_label_entity_field_name_code_substate"),
        ),
    )
    op.create_table(
        "core_login_attempt",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_login_attempt")),
    )
    op.create_index(op.f("ix_core_login_attempt_at"), "core_login_attempt", ["at"], unique=False)
    op.create_index(
        op.f("ix_core_login_attempt_ip_at"), "core_login_attempt", ["ip", "at"], unique=False
    )
    op.create_index(
        op.f("ix_core_login_attempt_login_at"), "core_login_attempt", ["login", "at"], unique=False
    )
    op.create_table(
        "core_merge",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("kept_id", types.Guid(), nullable=False),
        sa.Column("merged_id", types.Guid(), nullable=False),
        sa.Column("merged_title", sa.String(length=300), nullable=False),
        sa.Column("journal", types.Json(), nullable=False),
        sa.Column("undone_at", types.UtcDateTime(), nullable=True),
        sa.Column("undone_by", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint("kept_id <> merged_id", name=op.f("ck_core_merge_two_records")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_merge")),
    )
    op.create_index(
        op.f("ix_core_merge_entity_kept_id"), "core_merge", ["entity", "kept_id"], unique=False
    )
    op.create_index(
        op.f("ix_core_merge_entity_merged_id"), "core_merge", ["entity", "merged_id"], unique=False
    )
    op.create_table(
        "core_plugin_state",
        sa.Column("key", sa.String(length=30), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("protects", types.Json(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_core_plugin_state")),
    )
    op.create_table(
        "core_product_category",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("parent_id", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_core_product_category_not_own_parent")),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["core_product_category.id"],
            name=op.f("fk_core_product_category_parent_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_product_category")),
        sa.UniqueConstraint("code", name=op.f("uq_core_product_category_code")),
    )
    op.create_index(
        op.f("ix_core_product_category_parent_id_id"),
        "core_product_category",
        ["parent_id", "id"],
        unique=False,
    )
    op.create_table(
        "core_region",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("full_name", sa.String(length=300), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("parent_id", types.Guid(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("longitude", types.Exact(9, 6), nullable=True),
        sa.Column("latitude", types.Exact(9, 6), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "level IN ('country', 'province', 'city', 'county', 'town')",
            name=op.f("ck_core_region_level_choice"),
        ),
        sa.CheckConstraint(
            "(longitude IS NULL) = (latitude IS NULL)", name=op.f("ck_core_region_coordinates")
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_core_region_not_own_parent")),
        sa.CheckConstraint(
            sa.column("latitude", types.Exact(9, 6)) <= Decimal(90),
            name=op.f("ck_core_region_latitude_maximum"),
        ),
        sa.CheckConstraint(
            sa.column("latitude", types.Exact(9, 6)) >= Decimal(-90),
            name=op.f("ck_core_region_latitude_minimum"),
        ),
        sa.CheckConstraint(
            sa.column("longitude", types.Exact(9, 6)) <= Decimal(180),
            name=op.f("ck_core_region_longitude_maximum"),
        ),
        sa.CheckConstraint(
            sa.column("longitude", types.Exact(9, 6)) >= Decimal(-180),
            name=op.f("ck_core_region_longitude_minimum"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["core_region.id"],
            name=op.f("fk_core_region_parent_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_region")),
        sa.UniqueConstraint("code", name=op.f("uq_core_region_code")),
    )
    op.create_index(op.f("ix_core_region_name_id"), "core_region", ["name", "id"], unique=False)
    op.create_index(
        op.f("ix_core_region_parent_id_id"), "core_region", ["parent_id", "id"], unique=False
    )
    op.create_table(
        "core_role",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_role")),
        sa.UniqueConstraint("key", name=op.f("uq_core_role_key")),
    )
    op.create_table(
        "core_sequence",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_core_sequence_value")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_core_sequence")),
    )
    op.create_table(
        "core_stored_event",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("occurred_at", types.UtcDateTime(), nullable=False),
        sa.Column("recorded_at", types.UtcDateTime(), nullable=False),
        sa.Column("actor_id", types.Guid(), nullable=True),
        sa.Column("payload", types.Json(), nullable=False),
        sa.Column("evidence", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_stored_event")),
    )
    op.create_index(
        op.f("ix_core_stored_event_name_occurred_at"),
        "core_stored_event",
        ["name", "occurred_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_stored_event_recorded_at_id"),
        "core_stored_event",
        ["recorded_at", "id"],
        unique=False,
    )
    op.create_table(
        "core_tag",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("colour", sa.String(length=20), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_tag")),
        sa.UniqueConstraint("name", "entity", name=op.f("uq_core_tag_name_entity")),
    )
    op.create_table(
        "core_tier",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("colour", sa.String(length=20), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_core_tier_rank_minimum")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_tier")),
        sa.UniqueConstraint("code", name=op.f("uq_core_tier_code")),
    )
    op.create_table(
        "core_calendar_day",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("calendar_id", types.Guid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('holiday', 'workday')", name=op.f("ck_core_calendar_day_kind_choice")
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["core_calendar.id"],
            name=op.f("fk_core_calendar_day_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_calendar_day")),
        sa.UniqueConstraint(
            "calendar_id", "day", name=op.f("uq_core_calendar_day_calendar_id_day")
        ),
    )
    op.create_table(
        "core_care_policy",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("tier_id", types.Guid(), nullable=True),
        sa.Column("importance", sa.Integer(), nullable=True),
        sa.Column("kinds", types.Json(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "every_days <= 3660", name=op.f("ck_core_care_policy_every_days_maximum")
        ),
        sa.CheckConstraint("every_days >= 1", name=op.f("ck_core_care_policy_every_days_minimum")),
        sa.CheckConstraint("importance <= 5", name=op.f("ck_core_care_policy_importance_maximum")),
        sa.CheckConstraint("importance >= 1", name=op.f("ck_core_care_policy_importance_minimum")),
        sa.ForeignKeyConstraint(
            ["tier_id"],
            ["core_tier.id"],
            name=op.f("fk_core_care_policy_tier_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_care_policy")),
    )
    op.create_index(
        op.f("ix_core_care_policy_tier_id_id"), "core_care_policy", ["tier_id", "id"], unique=False
    )
    op.create_table(
        "core_exchange_rate",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("base_id", types.Guid(), nullable=False),
        sa.Column("quote_id", types.Guid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate", types.Exact(18, 8), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "base_id <> quote_id", name=op.f("ck_core_exchange_rate_two_currencies")
        ),
        sa.CheckConstraint("rate <> 0", name=op.f("ck_core_exchange_rate_rate_given")),
        sa.CheckConstraint("rate >= 0", name=op.f("ck_core_exchange_rate_rate_minimum")),
        sa.ForeignKeyConstraint(
            ["base_id"],
            ["core_currency.id"],
            name=op.f("fk_core_exchange_rate_base_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["quote_id"],
            ["core_currency.id"],
            name=op.f("fk_core_exchange_rate_quote_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_exchange_rate")),
        sa.UniqueConstraint(
            "base_id", "quote_id", "day", name=op.f("uq_core_exchange_rate_base_id_quote_id_day")
        ),
    )
    op.create_index(
        op.f("ix_core_exchange_rate_quote_id_id"),
        "core_exchange_rate",
        ["quote_id", "id"],
        unique=False,
    )
    op.create_table(
        "core_grant",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("role_id", types.Guid(), nullable=False),
        sa.Column("permission", sa.String(length=160), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "scope IN ('own', 'team', 'unit', 'unit_tree', 'all')",
            name=op.f("ck_core_grant_scope_choice"),
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["core_role.id"], name=op.f("fk_core_grant_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_grant")),
        sa.UniqueConstraint("role_id", "permission", name=op.f("uq_core_grant_role_id_permission")),
    )
    op.create_index(
        op.f("ix_core_grant_permission_id"), "core_grant", ["permission", "id"], unique=False
    )
    op.create_table(
        "core_product",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("category_id", types.Guid(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("list_price", types.Exact(18, 2), nullable=True),
        sa.Column("cost", types.Exact(18, 2), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("tax_rate", types.Exact(5, 2), nullable=True),
        sa.Column("has_serial", sa.Boolean(), nullable=False),
        sa.Column("warranty_months", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("description", sa.String(length=10000), nullable=True),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.Column("archived_by", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('equipment', 'component', 'spare_part', 'consumable', 'software', 'service')",
            name=op.f("ck_core_product_kind_choice"),
        ),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_core_product_cost_minimum")),
        sa.CheckConstraint("list_price >= 0", name=op.f("ck_core_product_list_price_minimum")),
        sa.CheckConstraint("tax_rate >= 0", name=op.f("ck_core_product_tax_rate_minimum")),
        sa.CheckConstraint(
            "warranty_months >= 0", name=op.f("ck_core_product_warranty_months_minimum")
        ),
        sa.CheckConstraint(
            sa.column("tax_rate", types.Exact(5, 2)) <= Decimal(100),
            name=op.f("ck_core_product_tax_rate_maximum"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["core_product_category.id"],
            name=op.f("fk_core_product_category_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_product")),
        sa.UniqueConstraint("code", name=op.f("uq_core_product_code")),
    )
    op.create_index(
        op.f("ix_core_product_category_id_id"), "core_product", ["category_id", "id"], unique=False
    )
    op.create_index(op.f("ix_core_product_model_id"), "core_product", ["model", "id"], unique=False)
    op.create_index(op.f("ix_core_product_name_id"), "core_product", ["name", "id"], unique=False)
    op.create_table(
        "core_stored_event_subject",
        sa.Column("event_id", types.Guid(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("record_id", types.Guid(), nullable=False),
        sa.Column("occurred_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["core_stored_event.id"],
            name=op.f("fk_core_stored_event_subject_event_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "entity", "record_id", name=op.f("pk_core_stored_event_subject")
        ),
    )
    op.create_table(
        "core_tagging",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("record_id", types.Guid(), nullable=False),
        sa.Column("tag_id", types.Guid(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["core_tag.id"], name=op.f("fk_core_tagging_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_tagging")),
        sa.UniqueConstraint(
            "entity", "record_id", "tag_id", name=op.f("uq_core_tagging_entity_record_id_tag_id")
        ),
    )
    op.create_index(
        op.f("ix_core_tagging_tag_id_entity_record_id"),
        "core_tagging",
        ["tag_id", "entity", "record_id"],
        unique=False,
    )
    op.create_table(
        "core_tier_rule",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("tier_id", types.Guid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("condition", types.Json(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tier_id"],
            ["core_tier.id"],
            name=op.f("fk_core_tier_rule_tier_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_tier_rule")),
    )
    op.create_index(
        op.f("ix_core_tier_rule_tier_id_id"), "core_tier_rule", ["tier_id", "id"], unique=False
    )
    op.create_table(
        "core_unit",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("parent_id", types.Guid(), nullable=True),
        sa.Column("head_id", types.Guid(), nullable=True),
        sa.Column("path", sa.String(length=800), nullable=False),
        sa.Column("calendar_id", types.Guid(), nullable=True),
        sa.Column("active_until", sa.Date(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_core_unit_not_own_parent")),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["core_calendar.id"],
            name=op.f("fk_core_unit_calendar_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["head_id"],
            ["core_user.id"],
            name=op.f("fk_core_unit_head_id"),
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["core_unit.id"],
            name=op.f("fk_core_unit_parent_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_core_unit_code")),
    )
    op.create_index(
        op.f("ix_core_unit_calendar_id_id"), "core_unit", ["calendar_id", "id"], unique=False
    )
    op.create_index(op.f("ix_core_unit_head_id_id"), "core_unit", ["head_id", "id"], unique=False)
    op.create_index(
        op.f("ix_core_unit_parent_id_id"), "core_unit", ["parent_id", "id"], unique=False
    )
    op.create_table(
        "core_bom_line",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("product_id", types.Guid(), nullable=False),
        sa.Column("component_id", types.Guid(), nullable=False),
        sa.Column("quantity", types.Exact(18, 6), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "component_id <> product_id", name=op.f("ck_core_bom_line_not_own_part")
        ),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_core_bom_line_quantity_given")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_core_bom_line_quantity_minimum")),
        sa.ForeignKeyConstraint(
            ["component_id"],
            ["core_product.id"],
            name=op.f("fk_core_bom_line_component_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["core_product.id"],
            name=op.f("fk_core_bom_line_product_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_bom_line")),
        sa.UniqueConstraint(
            "product_id",
            "component_id",
            "position",
            name=op.f("uq_core_bom_line_product_id_component_id_position"),
        ),
    )
    op.create_index(
        op.f("ix_core_bom_line_component_id_id"),
        "core_bom_line",
        ["component_id", "id"],
        unique=False,
    )
    op.create_table(
        "core_user",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("position", sa.String(length=120), nullable=True),
        sa.Column("manager_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("locale", sa.String(length=20), nullable=True),
        sa.Column("zone", sa.String(length=40), nullable=True),
        sa.Column("calendar_id", types.Guid(), nullable=True),
        sa.Column("active_from", sa.Date(), nullable=False),
        sa.Column("active_until", sa.Date(), nullable=True),
        sa.Column("substitute_id", types.Guid(), nullable=True),
        sa.Column("substitute_from", sa.Date(), nullable=True),
        sa.Column("substitute_until", sa.Date(), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("password_set_at", types.UtcDateTime(), nullable=True),
        sa.Column("second_factor_secret", sa.String(length=255), nullable=True),
        sa.Column("recovery_hashes", types.Json(), nullable=True),
        sa.Column("calendar_token_hash", sa.String(length=64), nullable=True),
        sa.Column("sso_issuer", sa.String(length=255), nullable=True),
        sa.Column("sso_subject", sa.String(length=255), nullable=True),
        sa.Column("preferences", types.Json(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "login = lower(login) AND login <> ''", name=op.f("ck_core_user_login_normal")
        ),
        sa.CheckConstraint("active_from <= active_until", name=op.f("ck_core_user_active_dates")),
        sa.CheckConstraint("manager_id <> id", name=op.f("ck_core_user_not_own_manager")),
        sa.CheckConstraint(
            "substitute_from <= substitute_until", name=op.f("ck_core_user_substitute_dates")
        ),
        sa.CheckConstraint("substitute_id <> id", name=op.f("ck_core_user_not_own_substitute")),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["core_calendar.id"],
            name=op.f("fk_core_user_calendar_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["manager_id"],
            ["core_user.id"],
            name=op.f("fk_core_user_manager_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"],
            ["core_user.id"],
            name=op.f("fk_core_user_substitute_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["core_unit.id"], name=op.f("fk_core_user_unit_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_user")),
        sa.UniqueConstraint("calendar_token_hash", name=op.f("uq_core_user_calendar_token_hash")),
        sa.UniqueConstraint("login", name=op.f("uq_core_user_login")),
        sa.UniqueConstraint(
            "sso_issuer", "sso_subject", name=op.f("uq_core_user_sso_issuer_sso_subject")
        ),
    )
    op.create_index(
        op.f("ix_core_user_calendar_id_id"), "core_user", ["calendar_id", "id"], unique=False
    )
    op.create_index(op.f("ix_core_user_email_id"), "core_user", ["email", "id"], unique=False)
    op.create_index(
        op.f("ix_core_user_manager_id_id"), "core_user", ["manager_id", "id"], unique=False
    )
    op.create_index(op.f("ix_core_user_name_id"), "core_user", ["name", "id"], unique=False)
    op.create_index(
        op.f("ix_core_user_substitute_id_id"), "core_user", ["substitute_id", "id"], unique=False
    )
    op.create_index(op.f("ix_core_user_unit_id_id"), "core_user", ["unit_id", "id"], unique=False)
    op.create_table(
        "core_api_token",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("permissions", types.Json(), nullable=True),
        sa.Column("expires_at", types.UtcDateTime(), nullable=True),
        sa.Column("last_used_at", types.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_user.id"],
            name=op.f("fk_core_api_token_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_core_api_token_token_hash")),
    )
    op.create_index(
        op.f("ix_core_api_token_user_id_id"), "core_api_token", ["user_id", "id"], unique=False
    )
    op.create_table(
        "core_approval_request",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("flow_id", types.Guid(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("record_id", types.Guid(), nullable=False),
        sa.Column("transition", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("inputs", types.Json(), nullable=False),
        sa.Column("snapshot", types.Json(), nullable=False),
        sa.Column("submitter_id", types.Guid(), nullable=False),
        sa.Column("submitted_at", types.UtcDateTime(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("blocked", types.Json(), nullable=True),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "(blocked IS NULL) = (state <> 'blocked')",
            name=op.f("ck_core_approval_request_blocked_says_why"),
        ),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (state IN ('running', 'returned', 'blocked'))",
            name=op.f("ck_core_approval_request_finished"),
        ),
        sa.CheckConstraint(
            "state IN ('running', 'returned', 'blocked', 'approved', 'rejected', 'withdrawn', 'lapsed')",
            name=op.f("ck_core_approval_request_state_choice"),
        ),
        sa.CheckConstraint("acts >= 0", name=op.f("ck_core_approval_request_acts_minimum")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_core_approval_request_round_minimum")),
        sa.ForeignKeyConstraint(
            ["flow_id"],
            ["core_approval_flow.id"],
            name=op.f("fk_core_approval_request_flow_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["submitter_id"],
            ["core_user.id"],
            name=op.f("fk_core_approval_request_submitter_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_approval_request")),
    )
    op.create_index(
        op.f("ix_core_approval_request_entity_record_id"),
        "core_approval_request",
        ["entity", "record_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_approval_request_flow_id_id"),
        "core_approval_request",
        ["flow_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_approval_request_submitter_id_id"),
        "core_approval_request",
        ["submitter_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_core_approval_request_open",
        "core_approval_request",
        ["entity", "record_id", "transition"],
        unique=True,
        sqlite_where=sa.text("state IN ('running', 'returned', 'blocked')"),
        postgresql_where=sa.text("state IN ('running', 'returned', 'blocked')"),
    )
    op.create_table(
        "core_comment",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("record_id", types.Guid(), nullable=False),
        sa.Column("author_id", types.Guid(), nullable=False),
        sa.Column("text", sa.String(length=10000), nullable=False),
        sa.Column("reply_to_id", types.Guid(), nullable=True),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.Column("archived_by", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["core_user.id"],
            name=op.f("fk_core_comment_author_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reply_to_id"],
            ["core_comment.id"],
            name=op.f("fk_core_comment_reply_to_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_comment")),
    )
    op.create_index(
        op.f("ix_core_comment_author_id_id"), "core_comment", ["author_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_comment_entity_record_id_id"),
        "core_comment",
        ["entity", "record_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_comment_reply_to_id_id"), "core_comment", ["reply_to_id", "id"], unique=False
    )
    op.create_table(
        "core_contact",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("salutation", sa.String(length=20), nullable=True),
        sa.Column("mobile", sa.String(length=60), nullable=True),
        sa.Column("phone", sa.String(length=60), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("wechat", sa.String(length=80), nullable=True),
        sa.Column("reports_to_id", types.Guid(), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=True),
        sa.Column("no_calls", sa.Boolean(), nullable=False),
        sa.Column("no_mailings", sa.Boolean(), nullable=False),
        sa.Column("preferences", types.Json(), nullable=False),
        sa.Column("description", sa.String(length=10000), nullable=True),
        sa.Column("owner_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.Column("archived_by", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_core_contact_named")),
        sa.CheckConstraint(
            "salutation IN ('mr', 'ms', 'none')", name=op.f("ck_core_contact_salutation_choice")
        ),
        sa.CheckConstraint("reports_to_id <> id", name=op.f("ck_core_contact_not_own_superior")),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["core_user.id"],
            name=op.f("fk_core_contact_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["reports_to_id"],
            ["core_contact.id"],
            name=op.f("fk_core_contact_reports_to_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["core_unit.id"], name=op.f("fk_core_contact_unit_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_contact")),
    )
    op.create_index(
        op.f("ix_core_contact_created_at_id"), "core_contact", ["created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_core_contact_email_id"), "core_contact", ["email", "id"], unique=False)
    op.create_index(op.f("ix_core_contact_name_id"), "core_contact", ["name", "id"], unique=False)
    op.create_index(
        op.f("ix_core_contact_owner_id_id"), "core_contact", ["owner_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_contact_reports_to_id_id"),
        "core_contact",
        ["reports_to_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_contact_unit_id_id"), "core_contact", ["unit_id", "id"], unique=False
    )
    op.create_table(
        "core_document",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=True),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.Column("archived_by", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "category IN ('contract', 'quotation', 'drawing', 'specification', 'certificate', 'protocol', 'invoice', 'receipt', 'photo', 'letter', 'report', 'other')",
            name=op.f("ck_core_document_category_choice"),
        ),
        sa.CheckConstraint("current >= 0", name=op.f("ck_core_document_current_minimum")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_core_document_size_minimum")),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["core_user.id"],
            name=op.f("fk_core_document_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["core_unit.id"],
            name=op.f("fk_core_document_unit_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_document")),
    )
    op.create_index(
        op.f("ix_core_document_category_id"), "core_document", ["category", "id"], unique=False
    )
    op.create_index(op.f("ix_core_document_name_id"), "core_document", ["name", "id"], unique=False)
    op.create_index(
        op.f("ix_core_document_owner_id_id"), "core_document", ["owner_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_document_unit_id_id"), "core_document", ["unit_id", "id"], unique=False
    )
    op.create_table(
        "core_handover",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("giver_id", types.Guid(), nullable=False),
        sa.Column("receiver_id", types.Guid(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("rules", types.Json(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("executed_at", types.UtcDateTime(), nullable=True),
        sa.Column("executed_by_id", types.Guid(), nullable=True),
        sa.Column("confirmed_at", types.UtcDateTime(), nullable=True),
        sa.Column("owner_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "(confirmed_at IS NOT NULL) = (state = 'confirmed')",
            name=op.f("ck_core_handover_confirmed"),
        ),
        sa.CheckConstraint(
            "(executed_at IS NOT NULL) = (state IN ('executed', 'confirmed'))",
            name=op.f("ck_core_handover_executed"),
        ),
        sa.CheckConstraint(
            "reason IN ('leaving', 'transfer', 'absence', 'reorganisation')",
            name=op.f("ck_core_handover_reason_choice"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'executed', 'confirmed', 'cancelled')",
            name=op.f("ck_core_handover_state_choice"),
        ),
        sa.CheckConstraint("giver_id <> receiver_id", name=op.f("ck_core_handover_two_people")),
        sa.ForeignKeyConstraint(
            ["executed_by_id"],
            ["core_user.id"],
            name=op.f("fk_core_handover_executed_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["giver_id"],
            ["core_user.id"],
            name=op.f("fk_core_handover_giver_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["core_user.id"],
            name=op.f("fk_core_handover_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["receiver_id"],
            ["core_user.id"],
            name=op.f("fk_core_handover_receiver_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["core_unit.id"],
            name=op.f("fk_core_handover_unit_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_handover")),
        sa.UniqueConstraint("number", name=op.f("uq_core_handover_number")),
    )
    op.create_index(
        op.f("ix_core_handover_executed_by_id_id"),
        "core_handover",
        ["executed_by_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_handover_giver_id_id"), "core_handover", ["giver_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_handover_owner_id_id"), "core_handover", ["owner_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_handover_receiver_id_id"),
        "core_handover",
        ["receiver_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_handover_state_id"), "core_handover", ["state", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_handover_unit_id_id"), "core_handover", ["unit_id", "id"], unique=False
    )
    op.create_table(
        "core_import_mapping",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("columns", types.Json(), nullable=False),
        sa.Column("options", types.Json(), nullable=False),
        sa.Column("owner_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["core_user.id"],
            name=op.f("fk_core_import_mapping_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["core_unit.id"],
            name=op.f("fk_core_import_mapping_unit_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_import_mapping")),
        sa.UniqueConstraint("entity", "name", name=op.f("uq_core_import_mapping_entity_name")),
    )
    op.create_index(
        op.f("ix_core_import_mapping_owner_id_id"),
        "core_import_mapping",
        ["owner_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_import_mapping_unit_id_id"),
        "core_import_mapping",
        ["unit_id", "id"],
        unique=False,
    )
    op.create_table(
        "core_notification",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("args", types.Json(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=True),
        sa.Column("record_id", types.Guid(), nullable=True),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("read_at", types.UtcDateTime(), nullable=True),
        sa.Column("sent_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('mention', 'approval', 'reminder', 'warning', 'change')",
            name=op.f("ck_core_notification_kind_choice"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_user.id"],
            name=op.f("fk_core_notification_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_notification")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_core_notification_user_id_key")),
    )
    op.create_index(
        op.f("ix_core_notification_entity_record_id"),
        "core_notification",
        ["entity", "record_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_notification_user_id_read_at_id"),
        "core_notification",
        ["user_id", "read_at", "id"],
        unique=False,
    )
    op.create_table(
        "core_pool",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("condition", types.Json(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("claim_limit", sa.Integer(), nullable=True),
        sa.Column("claim_window_days", sa.Integer(), nullable=False),
        sa.Column("recycle_after_days", sa.Integer(), nullable=True),
        sa.Column("warn_days", sa.Integer(), nullable=False),
        sa.Column("ban_days", sa.Integer(), nullable=False),
        sa.Column("hidden_fields", types.Json(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("owner_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint("ban_days >= 0", name=op.f("ck_core_pool_ban_days_minimum")),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_core_pool_capacity_minimum")),
        sa.CheckConstraint("claim_limit >= 0", name=op.f("ck_core_pool_claim_limit_minimum")),
        sa.CheckConstraint(
            "claim_window_days >= 1", name=op.f("ck_core_pool_claim_window_days_minimum")
        ),
        sa.CheckConstraint(
            "recycle_after_days >= 1", name=op.f("ck_core_pool_recycle_after_days_minimum")
        ),
        sa.CheckConstraint(
            "warn_days < recycle_after_days", name=op.f("ck_core_pool_warned_before")
        ),
        sa.CheckConstraint("warn_days >= 0", name=op.f("ck_core_pool_warn_days_minimum")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["core_user.id"], name=op.f("fk_core_pool_owner_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["core_unit.id"], name=op.f("fk_core_pool_unit_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_pool")),
        sa.UniqueConstraint("code", name=op.f("uq_core_pool_code")),
    )
    op.create_index(op.f("ix_core_pool_owner_id_id"), "core_pool", ["owner_id", "id"], unique=False)
    op.create_index(op.f("ix_core_pool_unit_id_id"), "core_pool", ["unit_id", "id"], unique=False)
    op.create_table(
        "core_repeated_request",
        sa.Column("user_id", types.Guid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", types.Json(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_user.id"],
            name=op.f("fk_core_repeated_request_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_core_repeated_request")),
    )
    op.create_index(
        op.f("ix_core_repeated_request_at"), "core_repeated_request", ["at"], unique=False
    )
    op.create_table(
        "core_saved_view",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("shared", sa.String(length=20), nullable=False),
        sa.Column("definition", types.Json(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("owner_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('list', 'board', 'calendar', 'map', 'chart')",
            name=op.f("ck_core_saved_view_kind_choice"),
        ),
        sa.CheckConstraint(
            "shared IN ('private', 'unit', 'all')", name=op.f("ck_core_saved_view_shared_choice")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["core_user.id"],
            name=op.f("fk_core_saved_view_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["core_unit.id"],
            name=op.f("fk_core_saved_view_unit_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_saved_view")),
    )
    op.create_index(
        op.f("ix_core_saved_view_entity_id"), "core_saved_view", ["entity", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_saved_view_owner_id_id"), "core_saved_view", ["owner_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_saved_view_unit_id_id"), "core_saved_view", ["unit_id", "id"], unique=False
    )
    op.create_table(
        "core_session",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("agent", sa.String(length=400), nullable=True),
        sa.Column("second_factor_at", types.UtcDateTime(), nullable=True),
        sa.Column("last_seen_at", types.UtcDateTime(), nullable=True),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_user.id"], name=op.f("fk_core_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_core_session_token_hash")),
    )
    op.create_index(
        op.f("ix_core_session_expires_at_id"), "core_session", ["expires_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_session_user_id_id"), "core_session", ["user_id", "id"], unique=False
    )
    op.create_table(
        "core_team_member",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("record_id", types.Guid(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "level IN ('view', 'edit')", name=op.f("ck_core_team_member_level_choice")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_user.id"],
            name=op.f("fk_core_team_member_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_team_member")),
        sa.UniqueConstraint(
            "entity",
            "record_id",
            "user_id",
            name=op.f("uq_core_team_member_entity_record_id_user_id"),
        ),
    )
    op.create_index(
        op.f("ix_core_team_member_user_id_entity_record_id"),
        "core_team_member",
        ["user_id", "entity", "record_id"],
        unique=False,
    )
    op.create_table(
        "core_user_role",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=False),
        sa.Column("role_id", types.Guid(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"],
            ["core_role.id"],
            name=op.f("fk_core_user_role_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_user.id"],
            name=op.f("fk_core_user_role_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_user_role")),
        sa.UniqueConstraint("user_id", "role_id", name=op.f("uq_core_user_role_user_id_role_id")),
    )
    op.create_index(
        op.f("ix_core_user_role_role_id_id"), "core_user_role", ["role_id", "id"], unique=False
    )
    op.create_table(
        "core_webhook",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("events", types.Json(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=False),
        sa.Column("secret", sa.String(length=120), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_user.id"], name=op.f("fk_core_webhook_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_webhook")),
    )
    op.create_index(
        op.f("ix_core_webhook_user_id_id"), "core_webhook", ["user_id", "id"], unique=False
    )
    op.create_table(
        "core_account",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=80), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("substate", sa.String(length=60), nullable=True),
        sa.Column("tier_id", types.Guid(), nullable=True),
        sa.Column("tier_fixed", sa.Boolean(), nullable=False),
        sa.Column("industry_id", types.Guid(), nullable=True),
        sa.Column("region_id", types.Guid(), nullable=True),
        sa.Column("parent_id", types.Guid(), nullable=True),
        sa.Column("pool_id", types.Guid(), nullable=True),
        sa.Column("phone", sa.String(length=60), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("website", sa.String(length=300), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=True),
        sa.Column("source_detail", sa.String(length=200), nullable=True),
        sa.Column("credit_limit", types.Exact(18, 2), nullable=True),
        sa.Column("credit_days", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("founded_year", sa.Integer(), nullable=True),
        sa.Column("employees", sa.Integer(), nullable=True),
        sa.Column("revenue", types.Exact(18, 2), nullable=True),
        sa.Column("description", sa.String(length=10000), nullable=True),
        sa.Column("owner_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.Column("archived_by", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_core_account_named")),
        sa.CheckConstraint(
            "source IN ('referral', 'exhibition', 'website', 'campaign', 'cold_call', 'tender', 'partner', 'import', 'other')",
            name=op.f("ck_core_account_source_choice"),
        ),
        sa.CheckConstraint(
            "status IN ('prospect', 'active', 'dormant', 'lost')",
            name=op.f("ck_core_account_status_choice"),
        ),
        sa.CheckConstraint("credit_days >= 0", name=op.f("ck_core_account_credit_days_minimum")),
        sa.CheckConstraint("credit_limit >= 0", name=op.f("ck_core_account_credit_limit_minimum")),
        sa.CheckConstraint("employees >= 0", name=op.f("ck_core_account_employees_minimum")),
        sa.CheckConstraint(
            "founded_year <= 9999", name=op.f("ck_core_account_founded_year_maximum")
        ),
        sa.CheckConstraint("founded_year >= 1", name=op.f("ck_core_account_founded_year_minimum")),
        sa.CheckConstraint(
            "owner_id IS NULL OR pool_id IS NULL", name=op.f("ck_core_account_owned_or_pooled")
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_core_account_not_own_parent")),
        sa.CheckConstraint("revenue >= 0", name=op.f("ck_core_account_revenue_minimum")),
        sa.ForeignKeyConstraint(
            ["industry_id"],
            ["core_industry.id"],
            name=op.f("fk_core_account_industry_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["core_user.id"],
            name=op.f("fk_core_account_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["core_account.id"],
            name=op.f("fk_core_account_parent_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["core_pool.id"], name=op.f("fk_core_account_pool_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["region_id"],
            ["core_region.id"],
            name=op.f("fk_core_account_region_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tier_id"], ["core_tier.id"], name=op.f("fk_core_account_tier_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["core_unit.id"], name=op.f("fk_core_account_unit_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_account")),
        sa.UniqueConstraint("code", name=op.f("uq_core_account_code")),
    )
    op.create_index(
        op.f("ix_core_account_created_at_id"), "core_account", ["created_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_account_industry_id_id"), "core_account", ["industry_id", "id"], unique=False
    )
    op.create_index(op.f("ix_core_account_name_id"), "core_account", ["name", "id"], unique=False)
    op.create_index(
        op.f("ix_core_account_owner_id_id"), "core_account", ["owner_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_account_parent_id_id"), "core_account", ["parent_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_account_pool_id_id"), "core_account", ["pool_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_account_region_id_id"), "core_account", ["region_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_account_status_id"), "core_account", ["status", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_account_tier_id_id"), "core_account", ["tier_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_account_unit_id_id"), "core_account", ["unit_id", "id"], unique=False
    )
    op.create_table(
        "core_approval_step",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("request_id", types.Guid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("settings", types.Json(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("due_at", types.UtcDateTime(), nullable=True),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "mode IN ('all', 'any')", name=op.f("ck_core_approval_step_mode_choice")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'approved', 'rejected', 'returned', 'skipped')",
            name=op.f("ck_core_approval_step_state_choice"),
        ),
        sa.CheckConstraint("position >= 0", name=op.f("ck_core_approval_step_position_minimum")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_core_approval_step_round_minimum")),
        sa.CheckConstraint("started_at <= finished_at", name=op.f("ck_core_approval_step_times")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["core_approval_request.id"],
            name=op.f("fk_core_approval_step_request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_approval_step")),
        sa.UniqueConstraint(
            "request_id",
            "round",
            "position",
            name=op.f("uq_core_approval_step_request_id_round_position"),
        ),
    )
    op.create_index(
        "ix_core_approval_step_due",
        "core_approval_step",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "uq_core_approval_step_running",
        "core_approval_step",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "core_contact_channel",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contact_id", types.Guid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("normalised", sa.String(length=254), nullable=False),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('mobile', 'phone', 'fax', 'email', 'wechat', 'wecom', 'dingtalk', 'other')",
            name=op.f("ck_core_contact_channel_kind_choice"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["core_contact.id"],
            name=op.f("fk_core_contact_channel_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_contact_channel")),
        sa.UniqueConstraint(
            "contact_id",
            "kind",
            "value",
            name=op.f("uq_core_contact_channel_contact_id_kind_value"),
        ),
    )
    op.create_index(
        op.f("ix_core_contact_channel_normalised_id"),
        "core_contact_channel",
        ["normalised", "id"],
        unique=False,
    )
    op.create_table(
        "core_document_link",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document_id", types.Guid(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("record_id", types.Guid(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["core_document.id"],
            name=op.f("fk_core_document_link_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_document_link")),
        sa.UniqueConstraint(
            "document_id",
            "entity",
            "record_id",
            name=op.f("uq_core_document_link_document_id_entity_record_id"),
        ),
    )
    op.create_index(
        op.f("ix_core_document_link_entity_record_id_document_id"),
        "core_document_link",
        ["entity", "record_id", "document_id"],
        unique=False,
    )
    op.create_table(
        "core_document_version",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document_id", types.Guid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("storage_key", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "length(sha256) = 64", name=op.f("ck_core_document_version_sha256_length")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_core_document_version_number_minimum")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_core_document_version_size_minimum")),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["core_document.id"],
            name=op.f("fk_core_document_version_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_document_version")),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_core_document_version_document_id_number")
        ),
    )
    op.create_index(
        op.f("ix_core_document_version_sha256_id"),
        "core_document_version",
        ["sha256", "id"],
        unique=False,
    )
    op.create_table(
        "core_handover_item",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("handover_id", types.Guid(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("record_id", types.Guid(), nullable=False),
        sa.Column("field_name", sa.String(length=60), nullable=False),
        sa.Column("record_title", sa.String(length=300), nullable=False),
        sa.Column("receiver_id", types.Guid(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("giver_confirmed_at", types.UtcDateTime(), nullable=True),
        sa.Column("receiver_confirmed_at", types.UtcDateTime(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "state <> 'moved' OR receiver_id IS NOT NULL",
            name=op.f("ck_core_handover_item_moved_to_somebody"),
        ),
        sa.CheckConstraint(
            "state = 'moved' OR (giver_confirmed_at IS NULL AND receiver_confirmed_at IS NULL)",
            name=op.f("ck_core_handover_item_confirmed_was_moved"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'moved', 'kept', 'gone')",
            name=op.f("ck_core_handover_item_state_choice"),
        ),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["core_handover.id"],
            name=op.f("fk_core_handover_item_handover_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["receiver_id"],
            ["core_user.id"],
            name=op.f("fk_core_handover_item_receiver_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_handover_item")),
        sa.UniqueConstraint(
            "handover_id",
            "entity",
            "record_id",
            "field_name",
            name=op.f("uq_core_handover_item_handover_id_entity_record_id_field_name"),
        ),
    )
    op.create_index(
        op.f("ix_core_handover_item_entity_record_id"),
        "core_handover_item",
        ["entity", "record_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_handover_item_receiver_id_id"),
        "core_handover_item",
        ["receiver_id", "id"],
        unique=False,
    )
    op.create_table(
        "core_import_run",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("mapping_id", types.Guid(), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("options", types.Json(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=1000), nullable=True),
        sa.Column("source_key", sa.String(length=300), nullable=True),
        sa.Column("errors_key", sa.String(length=300), nullable=True),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.Column("owner_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "mode IN ('all_or_nothing', 'row_by_row')", name=op.f("ck_core_import_run_mode_choice")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_core_import_run_state_choice"),
        ),
        sa.CheckConstraint(
            "created + updated + skipped + failed <= read", name=op.f("ck_core_import_run_rows")
        ),
        sa.CheckConstraint("created >= 0", name=op.f("ck_core_import_run_created_minimum")),
        sa.CheckConstraint("failed >= 0", name=op.f("ck_core_import_run_failed_minimum")),
        sa.CheckConstraint("read >= 0", name=op.f("ck_core_import_run_read_minimum")),
        sa.CheckConstraint("skipped >= 0", name=op.f("ck_core_import_run_skipped_minimum")),
        sa.CheckConstraint("started_at <= finished_at", name=op.f("ck_core_import_run_times")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_core_import_run_total_minimum")),
        sa.CheckConstraint("updated >= 0", name=op.f("ck_core_import_run_updated_minimum")),
        sa.ForeignKeyConstraint(
            ["mapping_id"],
            ["core_import_mapping.id"],
            name=op.f("fk_core_import_run_mapping_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["core_user.id"],
            name=op.f("fk_core_import_run_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["core_unit.id"],
            name=op.f("fk_core_import_run_unit_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_import_run")),
    )
    op.create_index(
        op.f("ix_core_import_run_entity_created_at"),
        "core_import_run",
        ["entity", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_import_run_mapping_id_id"),
        "core_import_run",
        ["mapping_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_import_run_owner_id_id"), "core_import_run", ["owner_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_import_run_unit_id_id"), "core_import_run", ["unit_id", "id"], unique=False
    )
    op.create_table(
        "core_mention",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("comment_id", types.Guid(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["core_comment.id"],
            name=op.f("fk_core_mention_comment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_user.id"], name=op.f("fk_core_mention_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_mention")),
        sa.UniqueConstraint(
            "comment_id", "user_id", name=op.f("uq_core_mention_comment_id_user_id")
        ),
    )
    op.create_index(
        op.f("ix_core_mention_user_id_id"), "core_mention", ["user_id", "id"], unique=False
    )
    op.create_table(
        "core_ownership_period",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("record_id", types.Guid(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("starts_at", types.UtcDateTime(), nullable=False),
        sa.Column("ends_at", types.UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("handover_id", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('created', 'assigned', 'claimed', 'handover', 'released', 'recycled', 'merged')",
            name=op.f("ck_core_ownership_period_reason_choice"),
        ),
        sa.CheckConstraint("starts_at <= ends_at", name=op.f("ck_core_ownership_period_times")),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["core_handover.id"],
            name=op.f("fk_core_ownership_period_handover_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["core_unit.id"],
            name=op.f("fk_core_ownership_period_unit_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_user.id"],
            name=op.f("fk_core_ownership_period_user_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_ownership_period")),
    )
    op.create_index(
        op.f("ix_core_ownership_period_entity_record_id_starts_at"),
        "core_ownership_period",
        ["entity", "record_id", "starts_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_ownership_period_handover_id_id"),
        "core_ownership_period",
        ["handover_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_ownership_period_unit_id_id"),
        "core_ownership_period",
        ["unit_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_ownership_period_user_id_starts_at"),
        "core_ownership_period",
        ["user_id", "starts_at"],
        unique=False,
    )
    op.create_index(
        "uq_core_ownership_period_open",
        "core_ownership_period",
        ["entity", "record_id"],
        unique=True,
        sqlite_where=sa.text("ends_at IS NULL"),
        postgresql_where=sa.text("ends_at IS NULL"),
    )
    op.create_table(
        "core_relationship",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contact_id", types.Guid(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("score", types.Exact(18, 6), nullable=False),
        sa.Column("score_as_of", types.UtcDateTime(), nullable=True),
        sa.Column("rank", types.Exact(18, 9), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("last_contact_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('business', 'technical', 'management', 'friend', 'alumni', 'former_colleague', 'family')",
            name=op.f("ck_core_relationship_kind_choice"),
        ),
        sa.CheckConstraint("level <= 5", name=op.f("ck_core_relationship_level_maximum")),
        sa.CheckConstraint("level >= 0", name=op.f("ck_core_relationship_level_minimum")),
        sa.CheckConstraint("score >= 0", name=op.f("ck_core_relationship_score_minimum")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["core_contact.id"],
            name=op.f("fk_core_relationship_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_user.id"],
            name=op.f("fk_core_relationship_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_relationship")),
        sa.UniqueConstraint(
            "contact_id", "user_id", name=op.f("uq_core_relationship_contact_id_user_id")
        ),
    )
    op.create_index(
        op.f("ix_core_relationship_user_id_rank"),
        "core_relationship",
        ["user_id", "rank"],
        unique=False,
    )
    op.create_table(
        "core_webhook_delivery",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("webhook_id", types.Guid(), nullable=False),
        sa.Column("event_id", types.Guid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempted_at", types.UtcDateTime(), nullable=True),
        sa.Column("next_at", types.UtcDateTime(), nullable=True),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=2000), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "state <> 'delivered' OR attempts > 0",
            name=op.f("ck_core_webhook_delivery_delivered_was_sent"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'delivered', 'failed', 'given_up')",
            name=op.f("ck_core_webhook_delivery_state_choice"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_core_webhook_delivery_attempts_minimum")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["core_stored_event.id"],
            name=op.f("fk_core_webhook_delivery_event_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["core_webhook.id"],
            name=op.f("fk_core_webhook_delivery_webhook_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_webhook_delivery")),
    )
    op.create_index(
        "ix_core_webhook_delivery_due",
        "core_webhook_delivery",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'failed')"),
        postgresql_where=sa.text("state IN ('pending', 'failed')"),
    )
    op.create_index(
        op.f("ix_core_webhook_delivery_event_id"),
        "core_webhook_delivery",
        ["event_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_webhook_delivery_webhook_id_id"),
        "core_webhook_delivery",
        ["webhook_id", "id"],
        unique=False,
    )
    op.create_table(
        "core_activity",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("substate", sa.String(length=60), nullable=True),
        sa.Column("priority", sa.String(length=20), nullable=False),
        sa.Column("account_id", types.Guid(), nullable=True),
        sa.Column("planned_start", types.UtcDateTime(), nullable=True),
        sa.Column("planned_end", types.UtcDateTime(), nullable=True),
        sa.Column("actual_start", types.UtcDateTime(), nullable=True),
        sa.Column("actual_end", types.UtcDateTime(), nullable=True),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("remind_at", types.UtcDateTime(), nullable=True),
        sa.Column("place", sa.String(length=300), nullable=True),
        sa.Column("checked_in_at", types.UtcDateTime(), nullable=True),
        sa.Column("longitude", types.Exact(9, 6), nullable=True),
        sa.Column("latitude", types.Exact(9, 6), nullable=True),
        sa.Column("description", sa.String(length=10000), nullable=True),
        sa.Column("result", sa.String(length=20), nullable=True),
        sa.Column("outcome", sa.String(length=10000), nullable=True),
        sa.Column("next_step", sa.String(length=500), nullable=True),
        sa.Column("next_step_on", sa.Date(), nullable=True),
        sa.Column("follows_id", types.Guid(), nullable=True),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("owner_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.Column("archived_by", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('visit', 'call', 'meeting', 'email', 'message', 'task', 'survey', 'demonstration', 'training', 'exhibition', 'hospitality', 'other')",
            name=op.f("ck_core_activity_kind_choice"),
        ),
        sa.CheckConstraint(
            "priority IN ('low', 'normal', 'high')", name=op.f("ck_core_activity_priority_choice")
        ),
        sa.CheckConstraint(
            "result IN ('good', 'neutral', 'bad')", name=op.f("ck_core_activity_result_choice")
        ),
        sa.CheckConstraint(
            "status <> 'done' OR actual_start IS NOT NULL",
            name=op.f("ck_core_activity_done_has_time"),
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'done', 'cancelled')",
            name=op.f("ck_core_activity_status_choice"),
        ),
        sa.CheckConstraint(
            "(longitude IS NULL) = (latitude IS NULL)", name=op.f("ck_core_activity_coordinates")
        ),
        sa.CheckConstraint(
            "actual_start <= actual_end", name=op.f("ck_core_activity_actual_times")
        ),
        sa.CheckConstraint("follows_id <> id", name=op.f("ck_core_activity_not_own_follow_up")),
        sa.CheckConstraint(
            "planned_start <= planned_end", name=op.f("ck_core_activity_planned_times")
        ),
        sa.CheckConstraint(
            sa.column("latitude", types.Exact(9, 6)) <= Decimal(90),
            name=op.f("ck_core_activity_latitude_maximum"),
        ),
        sa.CheckConstraint(
            sa.column("latitude", types.Exact(9, 6)) >= Decimal(-90),
            name=op.f("ck_core_activity_latitude_minimum"),
        ),
        sa.CheckConstraint(
            sa.column("longitude", types.Exact(9, 6)) <= Decimal(180),
            name=op.f("ck_core_activity_longitude_maximum"),
        ),
        sa.CheckConstraint(
            sa.column("longitude", types.Exact(9, 6)) >= Decimal(-180),
            name=op.f("ck_core_activity_longitude_minimum"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_activity_account_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["follows_id"],
            ["core_activity.id"],
            name=op.f("fk_core_activity_follows_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["core_user.id"],
            name=op.f("fk_core_activity_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["core_unit.id"],
            name=op.f("fk_core_activity_unit_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_activity")),
        sa.UniqueConstraint("external_id", name=op.f("uq_core_activity_external_id")),
    )
    op.create_index(
        op.f("ix_core_activity_account_id_actual_start"),
        "core_activity",
        ["account_id", "actual_start"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_activity_follows_id_id"), "core_activity", ["follows_id", "id"], unique=False
    )
    op.create_index(
        "ix_core_activity_open",
        "core_activity",
        ["planned_end"],
        unique=False,
        sqlite_where=sa.text("status = 'planned'"),
        postgresql_where=sa.text("status = 'planned'"),
    )
    op.create_index(
        op.f("ix_core_activity_owner_id_id"), "core_activity", ["owner_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_activity_owner_id_planned_start"),
        "core_activity",
        ["owner_id", "planned_start"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_activity_owner_id_status_planned_end"),
        "core_activity",
        ["owner_id", "status", "planned_end"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_activity_unit_id_id"), "core_activity", ["unit_id", "id"], unique=False
    )
    op.create_table(
        "core_address",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account_id", types.Guid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("lines", sa.String(length=400), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=True),
        sa.Column("region_id", types.Guid(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("longitude", types.Exact(9, 6), nullable=True),
        sa.Column("latitude", types.Exact(9, 6), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('registered', 'office', 'plant', 'delivery', 'invoice')",
            name=op.f("ck_core_address_kind_choice"),
        ),
        sa.CheckConstraint(
            "(longitude IS NULL) = (latitude IS NULL)", name=op.f("ck_core_address_coordinates")
        ),
        sa.CheckConstraint(
            sa.column("latitude", types.Exact(9, 6)) <= Decimal(90),
            name=op.f("ck_core_address_latitude_maximum"),
        ),
        sa.CheckConstraint(
            sa.column("latitude", types.Exact(9, 6)) >= Decimal(-90),
            name=op.f("ck_core_address_latitude_minimum"),
        ),
        sa.CheckConstraint(
            sa.column("longitude", types.Exact(9, 6)) <= Decimal(180),
            name=op.f("ck_core_address_longitude_maximum"),
        ),
        sa.CheckConstraint(
            sa.column("longitude", types.Exact(9, 6)) >= Decimal(-180),
            name=op.f("ck_core_address_longitude_minimum"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_address_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["region_id"],
            ["core_region.id"],
            name=op.f("fk_core_address_region_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_address")),
    )
    op.create_index(
        op.f("ix_core_address_account_id_id"), "core_address", ["account_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_address_region_id_id"), "core_address", ["region_id", "id"], unique=False
    )
    op.create_index(
        "uq_core_address_primary",
        "core_address",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("is_primary"),
        postgresql_where=sa.text("is_primary"),
    )
    op.create_table(
        "core_approval_assignment",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step_id", types.Guid(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=False),
        sa.Column("pending_id", types.Guid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("added_by_id", types.Guid(), nullable=True),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("decided_by_id", types.Guid(), nullable=True),
        sa.Column("decided_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "decision IN ('submit', 'approve', 'reject', 'return', 'hand_on', 'add_signer', 'resubmit', 'withdraw', 'skip', 'escalate', 'block', 'execute', 'lapse')",
            name=op.f("ck_core_approval_assignment_decision_choice"),
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_core_approval_assignment_decided"),
        ),
        sa.CheckConstraint(
            "decision IS NULL OR pending_id IS NULL",
            name=op.f("ck_core_approval_assignment_decided_is_not_open"),
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"],
            ["core_user.id"],
            name=op.f("fk_core_approval_assignment_added_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["core_user.id"],
            name=op.f("fk_core_approval_assignment_decided_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pending_id"],
            ["core_user.id"],
            name=op.f("fk_core_approval_assignment_pending_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["step_id"],
            ["core_approval_step.id"],
            name=op.f("fk_core_approval_assignment_step_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_user.id"],
            name=op.f("fk_core_approval_assignment_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_approval_assignment")),
    )
    op.create_index(
        op.f("ix_core_approval_assignment_added_by_id_id"),
        "core_approval_assignment",
        ["added_by_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_approval_assignment_decided_by_id_id"),
        "core_approval_assignment",
        ["decided_by_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_approval_assignment_pending_id_id"),
        "core_approval_assignment",
        ["pending_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_approval_assignment_step_id_position"),
        "core_approval_assignment",
        ["step_id", "position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_approval_assignment_user_id_id"),
        "core_approval_assignment",
        ["user_id", "id"],
        unique=False,
    )
    op.create_table(
        "core_approval_decision",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("request_id", types.Guid(), nullable=False),
        sa.Column("step_id", types.Guid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=True),
        sa.Column("on_behalf_of_id", types.Guid(), nullable=True),
        sa.Column("target_id", types.Guid(), nullable=True),
        sa.Column("target_step", sa.String(length=60), nullable=True),
        sa.Column("placement", sa.String(length=20), nullable=True),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("comment", sa.String(length=2000), nullable=True),
        sa.Column("evidence", types.Json(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "action IN ('submit', 'approve', 'reject', 'return', 'hand_on', 'add_signer', 'resubmit', 'withdraw', 'skip', 'escalate', 'block', 'execute', 'lapse')",
            name=op.f("ck_core_approval_decision_action_choice"),
        ),
        sa.CheckConstraint(
            "placement IN ('before', 'parallel', 'after')",
            name=op.f("ck_core_approval_decision_placement_choice"),
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_core_approval_decision_number_minimum")),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"],
            ["core_user.id"],
            name=op.f("fk_core_approval_decision_on_behalf_of_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["core_approval_request.id"],
            name=op.f("fk_core_approval_decision_request_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["step_id"],
            ["core_approval_step.id"],
            name=op.f("fk_core_approval_decision_step_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["core_user.id"],
            name=op.f("fk_core_approval_decision_target_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_user.id"],
            name=op.f("fk_core_approval_decision_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_approval_decision")),
        sa.UniqueConstraint(
            "request_id", "number", name=op.f("uq_core_approval_decision_request_id_number")
        ),
    )
    op.create_index(
        op.f("ix_core_approval_decision_on_behalf_of_id_id"),
        "core_approval_decision",
        ["on_behalf_of_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_approval_decision_step_id_id"),
        "core_approval_decision",
        ["step_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_approval_decision_target_id_id"),
        "core_approval_decision",
        ["target_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_approval_decision_user_id_id"),
        "core_approval_decision",
        ["user_id", "id"],
        unique=False,
    )
    op.create_table(
        "core_care_due",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account_id", types.Guid(), nullable=False),
        sa.Column("contact_id", types.Guid(), nullable=True),
        sa.Column("policy_id", types.Guid(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_care_due_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["core_contact.id"],
            name=op.f("fk_core_care_due_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"],
            ["core_care_policy.id"],
            name=op.f("fk_core_care_due_policy_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_care_due")),
        sa.UniqueConstraint(
            "account_id",
            "policy_id",
            "contact_id",
            name=op.f("uq_core_care_due_account_id_policy_id_contact_id"),
        ),
    )
    op.create_index(
        op.f("ix_core_care_due_contact_id_id"), "core_care_due", ["contact_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_care_due_due_on_account_id"),
        "core_care_due",
        ["due_on", "account_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_care_due_policy_id_id"), "core_care_due", ["policy_id", "id"], unique=False
    )
    op.create_index(
        "uq_core_care_due_account",
        "core_care_due",
        ["account_id", "policy_id"],
        unique=True,
        sqlite_where=sa.text("contact_id IS NULL"),
        postgresql_where=sa.text("contact_id IS NULL"),
    )
    op.create_table(
        "core_contact_account",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contact_id", types.Guid(), nullable=False),
        sa.Column("account_id", types.Guid(), nullable=False),
        sa.Column("position", sa.String(length=120), nullable=True),
        sa.Column("department", sa.String(length=120), nullable=True),
        sa.Column("buying_role", sa.String(length=20), nullable=True),
        sa.Column("importance", sa.Integer(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "buying_role IN ('decider', 'approver', 'influencer', 'technical', 'user', 'buyer', 'gatekeeper', 'coach')",
            name=op.f("ck_core_contact_account_buying_role_choice"),
        ),
        sa.CheckConstraint(
            "active OR NOT is_primary", name=op.f("ck_core_contact_account_primary_is_active")
        ),
        sa.CheckConstraint(
            "importance <= 5", name=op.f("ck_core_contact_account_importance_maximum")
        ),
        sa.CheckConstraint(
            "importance >= 1", name=op.f("ck_core_contact_account_importance_minimum")
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_core_contact_account_dates")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_contact_account_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["core_contact.id"],
            name=op.f("fk_core_contact_account_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_contact_account")),
    )
    op.create_index(
        op.f("ix_core_contact_account_account_id_active_contact_id"),
        "core_contact_account",
        ["account_id", "active", "contact_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_contact_account_contact_id_account_id"),
        "core_contact_account",
        ["contact_id", "account_id"],
        unique=False,
    )
    op.create_index(
        "uq_core_contact_account_active",
        "core_contact_account",
        ["contact_id", "account_id"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_index(
        "uq_core_contact_account_primary",
        "core_contact_account",
        ["contact_id"],
        unique=True,
        sqlite_where=sa.text("is_primary"),
        postgresql_where=sa.text("is_primary"),
    )
    op.create_table(
        "core_invoice_profile",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account_id", types.Guid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("tax_number", sa.String(length=40), nullable=True),
        sa.Column("bank", sa.String(length=200), nullable=True),
        sa.Column("bank_account", sa.String(length=60), nullable=True),
        sa.Column("address", sa.String(length=400), nullable=True),
        sa.Column("phone", sa.String(length=60), nullable=True),
        sa.Column("verified_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_invoice_profile_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_invoice_profile")),
        sa.UniqueConstraint("account_id", name=op.f("uq_core_invoice_profile_account_id")),
    )
    op.create_index(
        op.f("ix_core_invoice_profile_tax_number_id"),
        "core_invoice_profile",
        ["tax_number", "id"],
        unique=False,
    )
    op.create_table(
        "core_pool_entry",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pool_id", types.Guid(), nullable=False),
        sa.Column("account_id", types.Guid(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("entered_at", types.UtcDateTime(), nullable=False),
        sa.Column("previous_owner_id", types.Guid(), nullable=True),
        sa.Column("banned_until", types.UtcDateTime(), nullable=True),
        sa.Column("left_at", types.UtcDateTime(), nullable=True),
        sa.Column("claimed_by_id", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('released', 'recycled', 'imported', 'assigned')",
            name=op.f("ck_core_pool_entry_reason_choice"),
        ),
        sa.CheckConstraint(
            "claimed_by_id IS NULL OR left_at IS NOT NULL",
            name=op.f("ck_core_pool_entry_claimed_has_left"),
        ),
        sa.CheckConstraint("entered_at <= left_at", name=op.f("ck_core_pool_entry_times")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_pool_entry_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by_id"],
            ["core_user.id"],
            name=op.f("fk_core_pool_entry_claimed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"],
            ["core_pool.id"],
            name=op.f("fk_core_pool_entry_pool_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["previous_owner_id"],
            ["core_user.id"],
            name=op.f("fk_core_pool_entry_previous_owner_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_pool_entry")),
    )
    op.create_index(
        op.f("ix_core_pool_entry_account_id_id"),
        "core_pool_entry",
        ["account_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_pool_entry_claimed_by_id_left_at"),
        "core_pool_entry",
        ["claimed_by_id", "left_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_pool_entry_pool_id_id"), "core_pool_entry", ["pool_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_core_pool_entry_previous_owner_id_id"),
        "core_pool_entry",
        ["previous_owner_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_core_pool_entry_open",
        "core_pool_entry",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "core_activity_participant",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("activity_id", types.Guid(), nullable=False),
        sa.Column("user_id", types.Guid(), nullable=True),
        sa.Column("contact_id", types.Guid(), nullable=True),
        sa.Column("attended", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (contact_id IS NULL)",
            name=op.f("ck_core_activity_participant_one_person"),
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["core_activity.id"],
            name=op.f("fk_core_activity_participant_activity_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["core_contact.id"],
            name=op.f("fk_core_activity_participant_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_user.id"],
            name=op.f("fk_core_activity_participant_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_activity_participant")),
        sa.UniqueConstraint(
            "activity_id",
            "contact_id",
            name=op.f("uq_core_activity_participant_activity_id_contact_id"),
        ),
        sa.UniqueConstraint(
            "activity_id", "user_id", name=op.f("uq_core_activity_participant_activity_id_user_id")
        ),
    )
    op.create_index(
        op.f("ix_core_activity_participant_contact_id_activity_id"),
        "core_activity_participant",
        ["contact_id", "activity_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_activity_participant_user_id_activity_id"),
        "core_activity_participant",
        ["user_id", "activity_id"],
        unique=False,
    )
    op.create_table(
        "core_activity_subject",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("activity_id", types.Guid(), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("record_id", types.Guid(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["core_activity.id"],
            name=op.f("fk_core_activity_subject_activity_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_activity_subject")),
        sa.UniqueConstraint(
            "activity_id",
            "entity",
            "record_id",
            name=op.f("uq_core_activity_subject_activity_id_entity_record_id"),
        ),
    )
    op.create_index(
        op.f("ix_core_activity_subject_entity_record_id"),
        "core_activity_subject",
        ["entity", "record_id"],
        unique=False,
    )
    op.create_index(
        "ix_core_stored_event_subject_timeline",
        "core_stored_event_subject",
        [
            "entity",
            "record_id",
            sa.literal_column("occurred_at DESC"),
            sa.literal_column("event_id DESC"),
        ],
        unique=False,
    )

    if op.get_context().dialect.name == "postgresql":
        op.create_foreign_key(
            op.f("fk_core_unit_head_id"),
            "core_unit",
            "core_user",
            ["head_id"],
            ["id"],
            ondelete="SET NULL",
        )
    search.create(op.get_bind())


def downgrade() -> None:
    search.drop(op.get_bind())
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint(op.f("fk_core_unit_head_id"), "core_unit")
    op.drop_table("core_activity_subject")
    op.drop_table("core_activity_participant")
    op.drop_table("core_pool_entry")
    op.drop_table("core_invoice_profile")
    op.drop_table("core_contact_account")
    op.drop_table("core_care_due")
    op.drop_table("core_approval_decision")
    op.drop_table("core_approval_assignment")
    op.drop_table("core_address")
    op.drop_table("core_activity")
    op.drop_table("core_webhook_delivery")
    op.drop_table("core_relationship")
    op.drop_table("core_ownership_period")
    op.drop_table("core_mention")
    op.drop_table("core_import_run")
    op.drop_table("core_handover_item")
    op.drop_table("core_document_version")
    op.drop_table("core_document_link")
    op.drop_table("core_contact_channel")
    op.drop_table("core_approval_step")
    op.drop_table("core_account")
    op.drop_table("core_webhook")
    op.drop_table("core_user_role")
    op.drop_table("core_team_member")
    op.drop_table("core_session")
    op.drop_table("core_saved_view")
    op.drop_table("core_repeated_request")
    op.drop_table("core_pool")
    op.drop_table("core_notification")
    op.drop_table("core_import_mapping")
    op.drop_table("core_handover")
    op.drop_table("core_document")
    op.drop_table("core_contact")
    op.drop_table("core_comment")
    op.drop_table("core_approval_request")
    op.drop_table("core_api_token")
    op.drop_table("core_user")
    op.drop_table("core_bom_line")
    op.drop_table("core_unit")
    op.drop_table("core_tier_rule")
    op.drop_table("core_tagging")
    op.drop_table("core_stored_event_subject")
    op.drop_table("core_product")
    op.drop_table("core_grant")
    op.drop_table("core_exchange_rate")
    op.drop_table("core_care_policy")
    op.drop_table("core_calendar_day")
    op.drop_table("core_tier")
    op.drop_table("core_tag")
    op.drop_table("core_stored_event")
    op.drop_table("core_sequence")
    op.drop_table("core_role")
    op.drop_table("core_region")
    op.drop_table("core_product_category")
    op.drop_table("core_plugin_state")
    op.drop_table("core_merge")
    op.drop_table("core_login_attempt")
    op.drop_table("core_label")
    op.drop_table("core_job_run")
    op.drop_table("core_industry")
    op.drop_table("core_epoch")
    op.drop_table("core_duplicate_pair")
    op.drop_table("core_duplicate_key")
    op.drop_table("core_custom_field")
    op.drop_table("core_currency")
    op.drop_table("core_calendar")
    op.drop_table("core_audit_entry")
    op.drop_table("core_audit_block")
    op.drop_table("core_approval_flow")
