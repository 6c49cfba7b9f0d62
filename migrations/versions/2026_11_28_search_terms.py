"""the words of the index of search

Revision ID: search_terms
Revises: saved_searches
Create Date: 2026-11-28 15:45:00
"""

import sqlalchemy as sa
from alembic import op

revision = "search_terms"
down_revision = "saved_searches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_term",
        sa.Column("term", sa.String(length=40, collation=None if is_sqlite else "C"), nullable=False),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_search_term")),
        sqlite_with_rowid=False,
    )
    op.execute("DELETE FROM search_state")  # the index is made anew, with its words


def downgrade() -> None:
    op.drop_table("search_term")
