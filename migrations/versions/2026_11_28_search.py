"""the index of search

Revision ID: search
Revises: heard_again
Create Date: 2026-11-28 14:30:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "search"
down_revision = "heard_again"
branch_labels = None
depends_on = None

_TEXT = """
CREATE VIRTUAL TABLE search_text USING fts5(
    words, content='search_entry', content_rowid='number', detail='none', columnsize=0,
    tokenize="ascii tokenchars '.'"
)
"""
_TRIGGERS = {
    "insert": "AFTER INSERT ON search_entry BEGIN {add} END",
    "delete": "AFTER DELETE ON search_entry BEGIN {remove} END",
    "update": "AFTER UPDATE OF number, words ON search_entry BEGIN {remove} {add} END",
}
_ADD = "INSERT INTO search_text(rowid, words) VALUES (new.number, new.words);"
_REMOVE = "INSERT INTO search_text(search_text, rowid, words) VALUES ('delete', old.number, old.words);"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_entry",
        sa.Column(
            "number", sa.Integer() if is_sqlite else sa.BigInteger(), autoincrement=False, nullable=False
        ),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("x", sa.Float(), nullable=True),
        sa.Column("y", sa.Float(), nullable=True),
        sa.Column("z", sa.Float(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("audience_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("origin_id", sa.Uuid(), nullable=True),
        sa.Column("federation", sa.String(length=40), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=True),
        sa.Column("reduced_minor", sa.Integer(), nullable=True),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text() if is_sqlite else TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_search_entry_listing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("listing_id", name=op.f("uq_search_entry_listing_id")),
    )
    op.create_index(
        op.f("ix_search_entry_created_at_listing_id"), "search_entry", ["created_at", "listing_id"]
    )
    op.create_index(op.f("ix_search_entry_category_number"), "search_entry", ["category", "number"])
    op.create_table(
        "search_spelling",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("shown", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("key", "shown", name=op.f("pk_search_spelling")),
    )
    op.create_table(
        "search_state",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_search_state")),
    )
    if is_sqlite:
        op.execute(_TEXT)
        for name, body in _TRIGGERS.items():
            op.execute(f"CREATE TRIGGER search_entry_{name} {body.format(add=_ADD, remove=_REMOVE)}")
    else:
        op.create_index("ix_search_entry_words", "search_entry", ["words"], postgresql_using="gin")
    with op.batch_alter_table("listing") as listing:
        listing.drop_column("search_title")
        listing.drop_column("search_text")


def downgrade() -> None:
    with op.batch_alter_table("listing") as listing:
        listing.add_column(sa.Column("search_title", sa.Text(), nullable=False, server_default=""))
        listing.add_column(sa.Column("search_text", sa.Text(), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "sqlite":
        for name in _TRIGGERS:
            op.execute(f"DROP TRIGGER search_entry_{name}")
        op.execute("DROP TABLE search_text")
    for table in ("search_state", "search_spelling", "search_entry"):
        op.drop_table(table)
