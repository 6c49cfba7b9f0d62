"""Loans between regions whole: what the partner's calendar says, what it refused, and how many commands a minute.

Revision ID: abroad
Revises: notices_recognition
"""

import sqlalchemy as sa
from alembic import op

revision = "abroad"
down_revision = "notices_recognition"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("booking") as batch:
        batch.add_column(sa.Column("outlook", sa.JSON(none_as_null=True), nullable=True))
        batch.add_column(sa.Column("refusal", sa.JSON(none_as_null=True), nullable=True))
    op.create_index("ix_partner_answer_created", "partner_answer", ["partner_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_partner_answer_created", "partner_answer")
    with op.batch_alter_table("booking") as batch:
        batch.drop_column("refusal")
        batch.drop_column("outlook")
