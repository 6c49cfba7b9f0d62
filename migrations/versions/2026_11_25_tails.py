"""How promises are kept: minutes, attendance, access, codes, sealed records.

Revision ID: tails
Revises: photos
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "tails"
down_revision = "photos"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_SEALED_AFTER = timedelta(hours=48)
_BOOKING = sa.table(
    "booking", sa.column("id", sa.Uuid()), sa.column("seals_at", _MOMENT), sa.column("due_at", _MOMENT)
)
_RECORD = sa.table(
    "booking_record",
    sa.column("id", sa.Uuid()),
    sa.column("booking_id", sa.Uuid()),
    sa.column("recorded_at", _MOMENT),
    sa.column("seals_at", _MOMENT),
)


def upgrade() -> None:
    with op.batch_alter_table("booking") as batch:
        batch.add_column(sa.Column("release_after_minutes", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("access_at_once", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("wrong_codes", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("codes_refused_until", _MOMENT, nullable=True))
        batch.add_column(sa.Column("minutes", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("attended", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("access_given_at", _MOMENT, nullable=True))
        batch.add_column(sa.Column("seals_at", _MOMENT, nullable=True))
    with op.batch_alter_table("booking_record") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("corrects_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("seals_at", _MOMENT, nullable=True))
        batch.add_column(sa.Column("digest", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("wiped_at", _MOMENT, nullable=True))
        batch.create_foreign_key(
            op.f("fk_booking_record_corrects_id"), "booking_record", ["corrects_id"], ["id"]
        )
    _seal_what_there_is()
    with op.batch_alter_table("booking_record") as batch:
        batch.alter_column("seals_at", existing_type=_MOMENT, nullable=False)


def _seal_what_there_is() -> None:
    """The clock seals what was recorded before as if it had always done so."""
    connection = op.get_bind()
    found = connection.execute(sa.select(_RECORD.c.id, _RECORD.c.booking_id, _RECORD.c.recorded_at)).all()
    for record_id, booking_id, recorded_at in found:
        seals_at = recorded_at + _SEALED_AFTER
        record = sa.update(_RECORD).where(_RECORD.c.id == record_id)
        connection.execute(record.values(seals_at=seals_at))
        booking = sa.update(_BOOKING).where(_BOOKING.c.id == booking_id)
        earlier = sa.or_(_BOOKING.c.seals_at.is_(None), _BOOKING.c.seals_at > seals_at)
        connection.execute(booking.where(earlier).values(seals_at=seals_at))
        due = sa.or_(_BOOKING.c.due_at.is_(None), _BOOKING.c.due_at > seals_at)
        connection.execute(booking.where(due).values(due_at=seals_at))


def downgrade() -> None:
    with op.batch_alter_table("booking_record") as batch:
        batch.drop_constraint(op.f("fk_booking_record_corrects_id"), type_="foreignkey")
        for name in ("wiped_at", "digest", "seals_at", "corrects_id", "version"):
            batch.drop_column(name)
    with op.batch_alter_table("booking") as batch:
        for name in (
            "seals_at", "access_given_at", "attended", "minutes", "codes_refused_until", "wrong_codes",
            "access_at_once", "release_after_minutes",
        ):  # fmt: skip
            batch.drop_column(name)
