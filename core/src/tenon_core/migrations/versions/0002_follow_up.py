"""What large imports leave for later."""

import sqlalchemy as sa
from alembic import op

from tenon_sdk import types

revision = "0002"
down_revision: str | None = "0001"
needs: dict[str, str] = {}


def upgrade() -> None:
    op.create_table(
        "core_follow_up",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("source", types.Guid(), nullable=True),
        sa.Column("first_id", types.Guid(), nullable=False),
        sa.Column("last_id", types.Guid(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("records", types.Json(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("size >= 1", name=op.f("ck_core_follow_up_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_follow_up")),
    )
    op.create_index(
        op.f("ix_core_follow_up_kind_entity_first_id"),
        "core_follow_up",
        ["kind", "entity", "first_id"],
        unique=False,
    )
    op.create_index(op.f("ix_core_follow_up_source"), "core_follow_up", ["source"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_core_follow_up_source"), table_name="core_follow_up")
    op.drop_index(op.f("ix_core_follow_up_kind_entity_first_id"), table_name="core_follow_up")
    op.drop_table("core_follow_up")
