"""settings of a listing

Revision ID: rules_1
Revises: 0002_witness
Create Date: 2026-11-25 09:05:00
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "rules_1"
down_revision = "0002_witness"
branch_labels = None
depends_on = None

_COLUMNS: dict[str, Any] = {
    "subdivision": sa.String(length=6),
    "vat_permille": sa.Integer(),
    "min_age": sa.Integer(),
    "quota": sa.JSON(none_as_null=True),
    "part_of": sa.Uuid(),
}


def upgrade() -> None:
    with op.batch_alter_table("listing", schema=None) as batch_op:
        for name, kind in _COLUMNS.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
        # The server's defaults are for the rows that are there.
        batch_op.add_column(sa.Column("contract_text", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("queue_turn_hours", sa.Integer(), nullable=False, server_default="48"))
        batch_op.add_column(
            sa.Column("overdue_margin_hours", sa.Integer(), nullable=False, server_default="24")
        )
        batch_op.create_index(batch_op.f("ix_listing_part_of"), ["part_of"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_listing_part_of"))
        for name in ("overdue_margin_hours", "queue_turn_hours", "contract_text", *_COLUMNS):
            batch_op.drop_column(name)
