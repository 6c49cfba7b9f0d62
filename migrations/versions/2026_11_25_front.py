"""counter-offers, amendments, the queue, offers that answer a want

Revision ID: front
Revises: 0003_notices
Create Date: 2026-11-25 09:10:00
"""

import sqlalchemy as sa
from alembic import op

revision = "front"
down_revision = "0003_notices"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'waitlisted'")


def upgrade() -> None:
    json = sa.JSON(none_as_null=True)
    with op.batch_alter_table("booking") as booking:
        booking.add_column(sa.Column("turn_hours", sa.Integer(), nullable=False, server_default="48"))
        booking.add_column(sa.Column("counters", sa.Integer(), nullable=False, server_default="0"))
        booking.add_column(sa.Column("counter", json, nullable=True))
        booking.add_column(sa.Column("change", json, nullable=True))
        booking.add_column(sa.Column("place_note", sa.String(length=500), nullable=True))
        booking.add_column(sa.Column("condition", sa.String(length=2_000), nullable=True))
        booking.add_column(sa.Column("passes", sa.Integer(), nullable=False, server_default="0"))
        booking.add_column(sa.Column("passed_at_version", sa.Integer(), nullable=True))
        booking.add_column(sa.Column("want_id", sa.Uuid(), nullable=True))
        booking.create_foreign_key(op.f("fk_booking_want_id"), "listing", ["want_id"], ["id"])
        booking.create_index(op.f("ix_booking_want_id"), ["want_id"])
        booking.create_index(
            "ix_booking_waiting",
            ["listing_id", "created_at"],
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        )
    with op.batch_alter_table("booking_event") as event:
        event.add_column(sa.Column("terms", json, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("booking_event") as event:
        event.drop_column("terms")
    with op.batch_alter_table("booking") as booking:
        booking.drop_index("ix_booking_waiting", sqlite_where=WAITING, postgresql_where=WAITING)
        booking.drop_index(op.f("ix_booking_want_id"))
        booking.drop_constraint(op.f("fk_booking_want_id"), type_="foreignkey")
        for column in (
            "want_id", "passed_at_version", "passes", "condition", "place_note", "change", "counter", "counters",
            "turn_hours",
        ):  # fmt: skip
            booking.drop_column(column)
