"""A partner that was not reached, and when it was heard from since.

Revision ID: heard_again
Revises: trust_receipts
"""

import sqlalchemy as sa
from alembic import op

revision = "heard_again"
down_revision = "trust_receipts"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("partner") as table:
        table.add_column(sa.Column("unreached_since", _MOMENT, nullable=True))
        table.add_column(sa.Column("heard_at", _MOMENT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("partner") as table:
        table.drop_column("heard_at")
        table.drop_column("unreached_since")
