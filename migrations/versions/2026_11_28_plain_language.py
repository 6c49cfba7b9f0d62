"""People may read Leichte Sprache, a variety of German with a longer name.

Revision ID: plain_language
Revises: search
"""

import sqlalchemy as sa
from alembic import op

revision = "plain_language"
down_revision = "search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("person") as batch:
        batch.alter_column("language", existing_type=sa.String(length=2), type_=sa.String(length=12))


def downgrade() -> None:
    op.execute("UPDATE person SET language = substr(language, 1, 2)")
    with op.batch_alter_table("person") as batch:
        batch.alter_column("language", existing_type=sa.String(length=12), type_=sa.String(length=2))
