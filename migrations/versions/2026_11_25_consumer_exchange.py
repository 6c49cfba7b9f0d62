"""How the reading of partners' feeds goes, for the people who look into it.

Revision ID: consumer_exchange
Revises: abroad
"""

import sqlalchemy as sa
from alembic import op

revision = "consumer_exchange"
down_revision = "abroad"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_REFUSED = sa.text("refused IS NOT NULL")
_FEED = ("head_told", "etag", "active", "mismatched_since", "held_removals", "changes", "changes_on",
         "churning_since", "over_quota_since", "errors", "failing_since")  # fmt: skip
_ENTRY = ("fingerprint", "refused_what", "refused_since")


def upgrade() -> None:
    with op.batch_alter_table("partner_feed") as batch:
        batch.add_column(sa.Column("head_told", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("etag", sa.String(length=200), nullable=True))
        batch.add_column(sa.Column("active", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("mismatched_since", _MOMENT, nullable=True))
        batch.add_column(sa.Column("held_removals", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(
            sa.Column("changes", sa.JSON(none_as_null=True), nullable=False, server_default="[]")
        )
        batch.add_column(sa.Column("changes_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("churning_since", _MOMENT, nullable=True))
        batch.add_column(sa.Column("over_quota_since", _MOMENT, nullable=True))
        batch.add_column(sa.Column("errors", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("failing_since", _MOMENT, nullable=True))
    with op.batch_alter_table("mirror_entry") as batch:
        batch.add_column(sa.Column("fingerprint", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("refused_what", sa.String(length=200), nullable=True))
        batch.add_column(sa.Column("refused_since", _MOMENT, nullable=True))
        batch.create_index(
            "ix_mirror_entry_refused", ["partner_id"], sqlite_where=_REFUSED, postgresql_where=_REFUSED
        )
    # Counted once; from now on it is kept with every entry.
    op.execute(
        "UPDATE partner_feed SET active = (SELECT count(*) FROM mirror_entry"
        " WHERE mirror_entry.partner_id = partner_feed.partner_id AND mirror_entry.kind = partner_feed.kind"
        " AND mirror_entry.state = 'active')"
    )


def downgrade() -> None:
    with op.batch_alter_table("mirror_entry") as batch:
        batch.drop_index("ix_mirror_entry_refused")
        for name in _ENTRY:
            batch.drop_column(name)
    with op.batch_alter_table("partner_feed") as batch:
        for name in _FEED:
            batch.drop_column(name)
