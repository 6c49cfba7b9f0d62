"""Which promises were in conflict when somebody last looked.

Revision ID: conflicts_told
Revises: search_terms
"""

import sqlalchemy as sa
from alembic import op

revision = "conflicts_told"
down_revision = "search_terms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("listing") as table:
        table.add_column(sa.Column("conflicts_told", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("listing") as table:
        table.drop_column("conflicts_told")
