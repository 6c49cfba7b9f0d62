"""Reports and decisions, what the staff accounts for, suspensions that end, texts of the instance

Revision ID: moderation
Revises: plain_language
Create Date: 2026-11-28 14:34:40.705123
"""

import sqlalchemy as sa
from alembic import op

revision = "moderation"
down_revision = "plain_language"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "nobody",
                "person",
                "partner",
                "system",
                name="actorkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("why", sa.String(length=4000), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=True),
        sa.Column("why_digest", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_about_id"), "audit_entry", ["about_id"])
    op.create_index(op.f("ix_audit_entry_actor_id"), "audit_entry", ["actor_id"])
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"])
    op.create_index(op.f("ix_audit_entry_party_id"), "audit_entry", ["party_id"])

    op.create_table(
        "instance_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("texts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_instance_settings_alone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance_settings")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "target",
            sa.Enum(
                "listing",
                "person",
                "organisation",
                "message",
                name="targetkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column(
            "wrong",
            sa.Enum(
                "illegal",
                "dangerous",
                "fraud",
                "harassment",
                "privacy",
                "spam",
                "other",
                name="wrong",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "decided",
                "objected",
                "final",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("objection", sa.Text(), nullable=True),
        sa.Column("objected_by", sa.Uuid(), nullable=True),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["objected_by"], ["person.id"], name=op.f("fk_report_objected_by")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_report_party_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_report_reporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index(op.f("ix_report_decided_at"), "report", ["decided_at"])
    op.create_index(op.f("ix_report_party_id"), "report", ["party_id"])
    op.create_index(op.f("ix_report_reporter_id"), "report", ["reporter_id"])
    op.create_index(op.f("ix_report_state_id"), "report", ["state", "id"])
    op.create_index(op.f("ix_report_target_id"), "report", ["target_id"])

    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "dismiss",
                "warn",
                "hide",
                "close",
                "suspend",
                "uphold",
                "lift",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "ground",
            sa.Enum(
                "law", "house_rules", name="ground", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_decision_decided_by")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_decision_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_report_id"), "decision", ["report_id"])

    op.add_column("listing", sa.Column("review_note", sa.String(length=1000), nullable=True))

    op.add_column("organisation", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("organisation", sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True))

    op.add_column("person", sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "suspended_until")
    op.drop_column("organisation", "suspended_until")
    op.drop_column("organisation", "suspended_at")
    op.drop_column("listing", "review_note")
    for table in ("decision", "report", "instance_settings", "audit_entry"):
        op.drop_table(table)
