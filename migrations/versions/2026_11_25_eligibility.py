"""dates of birth, rules set aside

Revision ID: eligibility_1
Revises: papers_feeds
Create Date: 2026-11-25 09:25:00
"""

import sqlalchemy as sa
from alembic import op

revision = "eligibility_1"
down_revision = "papers_feeds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("born_on", sa.Date(), nullable=True))
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.add_column(sa.Column("override_reason", sa.String(length=500), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.drop_column("override_reason")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("born_on")
