"""the newest are found in an index that holds what conditions ask for

Revision ID: search_newest
Revises: inbox_positions
Create Date: 2026-11-29 02:20:00
"""

from alembic import op

revision = "search_newest"
down_revision = "inbox_positions"
branch_labels = None
depends_on = None

_ORDER = ["created_at", "listing_id"]
_ASKED = [
    "kind", "purpose", "category", "language", "audience", "audience_id", "provider_id", "origin_id", "units",
    "price_minor", "reduced_minor",
]  # fmt: skip


def upgrade() -> None:
    op.drop_index(op.f("ix_search_entry_created_at_listing_id"), "search_entry")
    op.create_index("ix_search_entry_newest", "search_entry", [*_ORDER, *_ASKED])


def downgrade() -> None:
    op.drop_index("ix_search_entry_newest", "search_entry")
    op.create_index(op.f("ix_search_entry_created_at_listing_id"), "search_entry", _ORDER)
