"""People without e-mail, and the organisations that act for them.

Revision ID: assisted
Revises: conflicts_told
"""

import sqlalchemy as sa
from alembic import op

revision = "assisted"
down_revision = "conflicts_told"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("assisted_by", sa.Uuid(), nullable=True))
        table.create_index("ix_person_assisted_by", ["assisted_by"])


def downgrade() -> None:
    with op.batch_alter_table("person") as table:
        table.drop_index("ix_person_assisted_by")
        table.drop_column("assisted_by")
