"""Searches that somebody keeps, what was found for whom, and since when the public sees a listing.

Revision ID: saved_searches
Revises: search
"""

import sqlalchemy as sa
from alembic import op

revision = "saved_searches"
down_revision = "moderation"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("alert", sa.Boolean(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("kind", _word("kind", "equipment", "space", "know_how", "time"), nullable=True),
        sa.Column("purpose", _word("purpose", "offer", "want"), nullable=True),
        sa.Column("category", sa.String(length=60), nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("south", sa.Float(), nullable=True),
        sa.Column("west", sa.Float(), nullable=True),
        sa.Column("north", sa.Float(), nullable=True),
        sa.Column("east", sa.Float(), nullable=True),
        sa.Column("until", _MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["party.id"], name=op.f("fk_saved_search_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
    )
    op.create_index("ix_saved_search_candidates", "saved_search", ["alert", "kind", "category"])
    op.create_index(op.f("ix_saved_search_person_id"), "saved_search", ["person_id"])
    op.create_table(
        "search_find",
        sa.Column("finder_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_search_find_listing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("finder_id", "listing_id", name=op.f("pk_search_find")),
    )
    op.create_index(op.f("ix_search_find_listing_id"), "search_find", ["listing_id"])
    # What is here already appeared before anybody could wait for it: it has no moment.
    op.add_column("listing", sa.Column("appeared_at", _MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("listing", "appeared_at")
    op.drop_table("search_find")
    op.drop_table("saved_search")
