"""initial."""

import sqlalchemy as sa
from alembic import op

from tenon_sdk import types

revision = "0001"
down_revision: str | None = None
needs: dict[str, str] = {"core": "0001"}


def upgrade() -> None:
    op.create_table(
        "press_customer",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("segment", sa.String(length=20), nullable=True),
        sa.Column("presses", sa.Integer(), nullable=False),
        sa.Column("budget", types.Exact(18, 2), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint(
            "segment IN ('automotive', 'appliance')", name=op.f("ck_press_customer_segment_choice")
        ),
        sa.CheckConstraint("presses >= 0", name=op.f("ck_press_customer_presses_minimum")),
        sa.ForeignKeyConstraint(
            ["id"], ["core_account.id"], name=op.f("fk_press_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_press_customer")),
    )
    op.create_table(
        "press_machine",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("account_id", types.Guid(), nullable=True),
        sa.Column("tonnes", sa.Integer(), nullable=False),
        sa.Column("price", types.Exact(18, 2), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("substate", sa.String(length=60), nullable=True),
        sa.Column("owner_id", types.Guid(), nullable=True),
        sa.Column("unit_id", types.Guid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint("tonnes >= 1", name=op.f("ck_press_machine_tonnes_minimum")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_press_machine_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["core_user.id"],
            name=op.f("fk_press_machine_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["core_unit.id"],
            name=op.f("fk_press_machine_unit_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_press_machine")),
        sa.UniqueConstraint("number", name=op.f("uq_press_machine_number")),
    )
    op.create_index(
        op.f("ix_press_machine_account_id_id"), "press_machine", ["account_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_press_machine_owner_id_id"), "press_machine", ["owner_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_press_machine_state_id"), "press_machine", ["state", "id"], unique=False
    )
    op.create_index(
        op.f("ix_press_machine_unit_id_id"), "press_machine", ["unit_id", "id"], unique=False
    )
    op.create_table(
        "press_part",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("machine_id", types.Guid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["machine_id"],
            ["press_machine.id"],
            name=op.f("fk_press_part_machine_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_press_part")),
        sa.UniqueConstraint("machine_id", "name", name=op.f("uq_press_part_machine_id_name")),
    )
    op.create_index(
        op.f("ix_press_part_machine_id_id"), "press_part", ["machine_id", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("press_part")
    op.drop_table("press_machine")
    op.drop_table("press_customer")
