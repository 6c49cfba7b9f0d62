"""Partnerships as both sides see them: probes, alarms, promised hours; what an invite grants.

Revision ID: trust_pairing
Revises: consumer_exchange
"""

import sqlalchemy as sa
from alembic import op

revision = "trust_pairing"
down_revision = "consumer_exchange"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_EVERYTHING = '["listing.read", "request.create"]'


def upgrade() -> None:
    with op.batch_alter_table("partner") as batch:
        batch.add_column(sa.Column("purge_hours", sa.Integer(), nullable=False, server_default="24"))
        batch.add_column(sa.Column("their_state", sa.String(length=20), nullable=True))
        batch.add_column(sa.Column("probe_at", _MOMENT, nullable=True))
        batch.add_column(sa.Column("probed_at", _MOMENT, nullable=True))
        batch.add_column(sa.Column("alarm", sa.String(length=40), nullable=True))
    with op.batch_alter_table("partner_invite") as batch:
        batch.add_column(sa.Column("grants", sa.JSON(), nullable=False, server_default=_EVERYTHING))
        batch.add_column(sa.Column("review", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("partner_invite") as batch:
        for name in ("review", "grants"):
            batch.drop_column(name)
    with op.batch_alter_table("partner") as batch:
        for name in ("alarm", "probed_at", "probe_at", "their_state", "purge_hours"):
            batch.drop_column(name)
