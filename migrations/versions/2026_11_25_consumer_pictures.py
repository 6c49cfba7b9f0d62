"""Pictures of partners' listings: those that are kept, and those that are still to be fetched.

Revision ID: consumer_pictures
Revises: trust_pairing
"""

import sqlalchemy as sa
from alembic import op

revision = "consumer_pictures"
down_revision = "trust_pairing"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "partner_picture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_picture")),
        sa.UniqueConstraint("digest", name=op.f("uq_partner_picture_digest")),
    )
    op.create_table(
        "wanted_picture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("origin_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("refused", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_wanted_picture_listing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wanted_picture")),
        sa.UniqueConstraint("listing_id", "mark", name=op.f("uq_wanted_picture_listing_id_mark")),
    )
    with op.batch_alter_table("wanted_picture") as batch:
        batch.create_index("ix_wanted_picture_due", ["origin_id", "due_at"])
    with op.batch_alter_table("photo") as batch:
        batch.add_column(sa.Column("picture_id", sa.Uuid(), nullable=True))
        batch.create_index(batch.f("ix_photo_picture_id"), ["picture_id"])


def downgrade() -> None:
    op.execute("DELETE FROM photo WHERE picture_id IS NOT NULL")
    with op.batch_alter_table("photo") as batch:
        batch.drop_index(batch.f("ix_photo_picture_id"))
        batch.drop_column("picture_id")
    op.drop_table("wanted_picture")
    op.drop_table("partner_picture")
