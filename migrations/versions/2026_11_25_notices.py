"""Letters stand in an inbox and may wait for a digest; people switch what they hear

Revision ID: 0003_notices
Revises: papers_contract
Create Date: 2026-11-25 09:08:44.997244
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_notices"
down_revision = "papers_contract"
branch_labels = None
depends_on = None

_MAIL = ("at_once", "digest", "off")
_WAITING = sa.text("mail = 'digest' AND digest_id IS NULL")


def _mail_when(name: str) -> sa.Enum:
    return sa.Enum(*_MAIL, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "digest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("reader_id", "day", name=op.f("uq_digest_reader_id_day")),
    )
    op.create_index(op.f("ix_digest_created_at"), "digest", ["created_at"])
    op.create_table(
        "notice_switch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("mail", _mail_when("mailwhen"), nullable=False),
        sa.Column(
            "inbox",
            sa.Enum("on", "off", name="inbox", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_switch")),
        sa.UniqueConstraint("person_id", "topic", name=op.f("uq_notice_switch_person_id_topic")),
    )
    with op.batch_alter_table("letter") as letter:
        letter.drop_constraint("uq_letter_event_id_reader_id_topic", type_="unique")
        letter.alter_column("topic", new_column_name="kind", existing_type=sa.String(length=80))
        letter.add_column(sa.Column("party_id", sa.Uuid(), nullable=True))
        letter.add_column(sa.Column("thread_id", sa.Uuid(), nullable=True))
        # Letters of the days before an inbox was there were mailed, and do not turn up in it.
        letter.add_column(
            sa.Column("mail", _mail_when("mailwhen"), nullable=False, server_default=sa.text("'at_once'"))
        )
        letter.add_column(sa.Column("shown", sa.Boolean(), nullable=False, server_default=sa.false()))
        letter.add_column(sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
        letter.add_column(sa.Column("digest_id", sa.Uuid(), nullable=True))
    with op.batch_alter_table("letter") as letter:
        letter.alter_column("mail", server_default=None, existing_type=sa.String(length=40))
        letter.alter_column("shown", server_default=None, existing_type=sa.Boolean())
        letter.create_unique_constraint(
            op.f("uq_letter_event_id_reader_id_kind"), ["event_id", "reader_id", "kind"]
        )
    op.create_index(op.f("ix_letter_digest_id"), "letter", ["digest_id"])
    op.create_index("ix_letter_reader_id_id", "letter", ["reader_id", "id"])
    op.create_index(
        "ix_letter_waiting", "letter", ["reader_id"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )


def downgrade() -> None:
    op.drop_index("ix_letter_waiting", table_name="letter")
    op.drop_index("ix_letter_reader_id_id", table_name="letter")
    op.drop_index(op.f("ix_letter_digest_id"), table_name="letter")
    with op.batch_alter_table("letter") as letter:
        letter.drop_constraint("uq_letter_event_id_reader_id_kind", type_="unique")
        letter.drop_constraint(op.f("ck_letter_mailwhen"), type_="check")
        letter.alter_column("kind", new_column_name="topic", existing_type=sa.String(length=80))
        for column in ("digest_id", "read_at", "shown", "mail", "thread_id", "party_id"):
            letter.drop_column(column)
    with op.batch_alter_table("letter") as letter:
        letter.create_unique_constraint(
            op.f("uq_letter_event_id_reader_id_topic"), ["event_id", "reader_id", "topic"]
        )
    op.drop_table("notice_switch")
    op.drop_table("digest")
