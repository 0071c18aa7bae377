"""paint."""

import sqlalchemy as sa
from alembic import op

from tenon_sdk import types

revision = "0001"
down_revision: str | None = None
needs: dict[str, str] = {"paint": "0001", "press": "0001"}


def upgrade() -> None:
    op.create_table(
        "press_coat",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("machine_id", types.Guid(), nullable=False),
        sa.Column("colour_id", types.Guid(), nullable=False),
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.Column("mixed", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.CheckConstraint("mixed >= 0", name=op.f("ck_press_coat_mixed_minimum")),
        sa.ForeignKeyConstraint(
            ["colour_id"],
            ["paint_colour.id"],
            name=op.f("fk_press_coat_colour_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["machine_id"],
            ["press_machine.id"],
            name=op.f("fk_press_coat_machine_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_press_coat")),
        sa.UniqueConstraint(
            "machine_id", "colour_id", name=op.f("uq_press_coat_machine_id_colour_id")
        ),
    )
    op.create_index(
        op.f("ix_press_coat_colour_id_id"), "press_coat", ["colour_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_press_coat_machine_id_id"), "press_coat", ["machine_id", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("press_coat")
