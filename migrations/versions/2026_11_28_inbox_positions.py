"""Letters in an inbox have a position there, for those who listen to what comes.

Revision ID: inbox_positions
Revises: assisted
"""

import sqlalchemy as sa
from alembic import op

revision = "inbox_positions"
down_revision = "assisted"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox_end",
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("reader_id", name=op.f("pk_inbox_end")),
    )
    with op.batch_alter_table("letter") as letter:
        letter.add_column(sa.Column("position", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE letter SET position = numbered.position FROM ("
        "SELECT id, row_number() OVER (PARTITION BY reader_id ORDER BY id) AS position FROM letter WHERE shown"
        ") AS numbered WHERE numbered.id = letter.id"
    )
    op.execute(
        "INSERT INTO inbox_end (reader_id, position) "
        "SELECT reader_id, max(position) FROM letter WHERE shown GROUP BY reader_id"
    )
    op.create_index("ix_letter_reader_id_position", "letter", ["reader_id", "position"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_letter_reader_id_position", table_name="letter")
    with op.batch_alter_table("letter") as letter:
        letter.drop_column("position")
    op.drop_table("inbox_end")
