"""initial."""

import sqlalchemy as sa
from alembic import op

from tenon_sdk import types

revision = "0001"
down_revision: str | None = None
needs: dict[str, str] = {}


def upgrade() -> None:
    op.create_table(
        "paint_colour",
        sa.Column("id", types.Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("created_by", types.Guid(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_by", types.Guid(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paint_colour")),
        sa.UniqueConstraint("code", name=op.f("uq_paint_colour_code")),
    )


def downgrade() -> None:
    op.drop_table("paint_colour")
