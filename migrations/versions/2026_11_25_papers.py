"""Contracts of promises, version by version.

Revision ID: papers_contract
Revises: tails
Create Date: 2026-11-25 09:10:00
"""

import sqlalchemy as sa
from alembic import op

revision = "papers_contract"
down_revision = "tails"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booking_contract",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("anonymised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nameless", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_booking_contract_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_contract")),
        sa.UniqueConstraint("booking_id", "version", name=op.f("uq_booking_contract_booking_id_version")),
    )


def downgrade() -> None:
    op.drop_table("booking_contract")
