"""What the origin of a feed has to know: where and what an entry is, when tombstones were purged, photos' digests.

Revision ID: feed_origin
Revises: consumer_pictures
"""

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "feed_origin"
down_revision = "consumer_pictures"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_ENTRY = sa.table(
    "feed_entry",
    sa.column("feed", sa.String()),
    sa.column("item_id", sa.String()),
    sa.column("body", sa.Text()),
    sa.column("category", sa.String()),
    sa.column("lat", sa.Float()),
    sa.column("lon", sa.Float()),
    sa.column("listed_at", _MOMENT),
)


def upgrade() -> None:
    with op.batch_alter_table("feed") as batch:
        batch.add_column(sa.Column("purged_at", _MOMENT, nullable=True))
    with op.batch_alter_table("photo") as batch:
        batch.add_column(sa.Column("large_digest", sa.String(length=64), nullable=True))
    with op.batch_alter_table("feed_entry") as batch:
        batch.add_column(sa.Column("category", sa.String(length=60), nullable=True))
        batch.add_column(sa.Column("lat", sa.Float(), nullable=True))
        batch.add_column(sa.Column("lon", sa.Float(), nullable=True))
        batch.add_column(sa.Column("listed_at", _MOMENT, nullable=True))
        batch.create_index(op.f("ix_feed_entry_feed_listed_at"), ["feed", "listed_at"])
    _tell_what_entries_say()


def _tell_what_entries_say() -> None:
    connection = op.get_bind()
    listed = sa.select(_ENTRY.c.item_id, _ENTRY.c.body).where(
        _ENTRY.c.feed == "listing", _ENTRY.c.body.is_not(None)
    )
    for item_id, body in connection.execute(listed).all():
        data = json.loads(body)
        place = data.get("place") or {}
        connection.execute(
            sa.update(_ENTRY)
            .where(_ENTRY.c.feed == "listing", _ENTRY.c.item_id == item_id)
            .values(
                category=data.get("category"),
                lat=place.get("lat"),
                lon=place.get("lon"),
                listed_at=datetime.fromisoformat(data["created_at"]),
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("feed_entry") as batch:
        batch.drop_index(op.f("ix_feed_entry_feed_listed_at"))
        for name in ("listed_at", "lon", "lat", "category"):
            batch.drop_column(name)
    with op.batch_alter_table("photo") as batch:
        batch.drop_column("large_digest")
    with op.batch_alter_table("feed") as batch:
        batch.drop_column("purged_at")
