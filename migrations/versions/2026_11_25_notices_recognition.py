"""Organisations are told before their recognition ends

Revision ID: notices_recognition
Revises: eligibility_2
Create Date: 2026-11-25 09:55:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "notices_recognition"
down_revision = "eligibility_2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recognition", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("recognition") as recognition:
        recognition.drop_column("reminded_at")
