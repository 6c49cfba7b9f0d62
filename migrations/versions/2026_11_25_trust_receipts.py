"""How far partners have read, and what they signed to have forgotten.

Revision ID: trust_receipts
Revises: feed_origin
"""

import sqlalchemy as sa
from alembic import op

revision = "trust_receipts"
down_revision = "feed_origin"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "feed_receipt",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_feed_receipt_partner_id")),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_feed_receipt")),
    )
    op.create_table(
        "erasure_receipt",
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", _MOMENT, nullable=False),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.Column("alarms", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_erasure_receipt_partner_id")),
        sa.PrimaryKeyConstraint("item_id", "partner_id", name=op.f("pk_erasure_receipt")),
    )
    op.create_index("ix_erasure_receipt_open", "erasure_receipt", ["confirmed_at", "erased_at"])


def downgrade() -> None:
    op.drop_index("ix_erasure_receipt_open", "erasure_receipt")
    op.drop_table("erasure_receipt")
    op.drop_table("feed_receipt")
