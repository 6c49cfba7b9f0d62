"""Groups: several listings in one ask.

Revision ID: groups
Revises: eligibility_1
Create Date: 2026-11-25 09:28:35.244853
"""

import sqlalchemy as sa
from alembic import op

revision = "groups"
down_revision = "eligibility_1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booking_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("borrower_id", sa.Uuid(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(length=500), nullable=True),
        sa.Column(
            "mode",
            sa.Enum(
                "all_or_nothing",
                "best_effort",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["party.id"], name=op.f("fk_booking_group_borrower_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_group")),
    )
    with op.batch_alter_table("booking_group", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_booking_group_borrower_id"), ["borrower_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_booking_group_requested_by"), ["requested_by"], unique=False)

    op.create_table(
        "group_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
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
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_group_item_span")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_group_item_booking_id")),
        sa.ForeignKeyConstraint(["group_id"], ["booking_group.id"], name=op.f("fk_group_item_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_item")),
        sa.UniqueConstraint("group_id", "position", name=op.f("uq_group_item_group_id_position")),
    )
    with op.batch_alter_table("group_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_item_booking_id"), ["booking_id"], unique=False)

    op.add_column("booking", sa.Column("group_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_booking_group_id"), "booking", ["group_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_booking_group_id"), table_name="booking")
    op.drop_column("booking", "group_id")

    with op.batch_alter_table("group_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_group_item_booking_id"))

    op.drop_table("group_item")
    with op.batch_alter_table("booking_group", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_booking_group_requested_by"))
        batch_op.drop_index(batch_op.f("ix_booking_group_borrower_id"))

    op.drop_table("booking_group")
