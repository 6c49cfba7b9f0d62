"""Steps of bookings keep the version of the calendar that they made.

Revision ID: 0002_witness
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_witness"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking_event", sa.Column("calendar_version", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("booking_event", "calendar_version")
