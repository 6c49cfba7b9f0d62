"""Series: one ask for several dates.

Revision ID: series
Revises: front
Create Date: 2026-11-25 09:13:36.315265
"""

import sqlalchemy as sa
from alembic import op

revision = "series"
down_revision = "front"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booking_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("borrower_id", sa.Uuid(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(length=500), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("recurrence", sa.String(length=200), nullable=False),
        sa.Column("except_on", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("open_ended", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_booking_series_span")),
        sa.ForeignKeyConstraint(["borrower_id"], ["party.id"], name=op.f("fk_booking_series_borrower_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_booking_series_listing_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["party.id"], name=op.f("fk_booking_series_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_series")),
    )
    with op.batch_alter_table("booking_series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_booking_series_borrower_id"), ["borrower_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_booking_series_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_booking_series_requested_by"), ["requested_by"], unique=False)

    op.create_table(
        "series_date",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "confirmed",
                "requested",
                "clash",
                "closed",
                "refused",
                "cancelled",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_series_date_span")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_series_date_booking_id")),
        sa.ForeignKeyConstraint(["series_id"], ["booking_series.id"], name=op.f("fk_series_date_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_date")),
        sa.UniqueConstraint("series_id", "date", name=op.f("uq_series_date_series_id_date")),
    )
    with op.batch_alter_table("series_date", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_date_booking_id"), ["booking_id"], unique=False)

    op.add_column("booking", sa.Column("series_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_booking_series_id"), "booking", ["series_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_booking_series_id"), table_name="booking")
    op.drop_column("booking", "series_id")

    with op.batch_alter_table("series_date", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_series_date_booking_id"))

    op.drop_table("series_date")
    with op.batch_alter_table("booking_series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_booking_series_requested_by"))
        batch_op.drop_index(batch_op.f("ix_booking_series_provider_id"))
        batch_op.drop_index(batch_op.f("ix_booking_series_borrower_id"))

    op.drop_table("booking_series")
