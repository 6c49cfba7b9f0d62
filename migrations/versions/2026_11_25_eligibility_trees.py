"""wholes and their parts in the calendar

Revision ID: eligibility_2
Revises: papers_external
Create Date: 2026-11-25 09:45:00
"""

import sqlalchemy as sa
from alembic import op

revision = "eligibility_2"
down_revision = "papers_external"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tree_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("closures_around", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("busy_around", sa.JSON(none_as_null=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_listing_tree_id"), ["tree_id"], unique=False)
    # What is there is what somebody promised; before this there were no trees to derive anything from.
    with op.batch_alter_table("occupancy", schema=None) as batch_op:
        batch_op.add_column(sa.Column("derived", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.drop_constraint("pk_occupancy", type_="primary")
        batch_op.create_primary_key("pk_occupancy", ["holder_id", "listing_id"])


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM occupancy WHERE derived"))
    with op.batch_alter_table("occupancy", schema=None) as batch_op:
        batch_op.drop_constraint("pk_occupancy", type_="primary")
        batch_op.create_primary_key("pk_occupancy", ["holder_id"])
        batch_op.drop_column("derived")
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_listing_tree_id"))
        batch_op.drop_column("busy_around")
        batch_op.drop_column("closures_around")
        batch_op.drop_column("tree_id")
