"""What tables are made of: the base row, names of constraints, enums as text, JSON.

SQLModel stores enums by name and as native types unless told otherwise, and does not validate rows: rows are built
by services from checked values, and CHECK constraints are the net below.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Enum, Executable, MetaData, Table
from sqlmodel import Field, Session, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

SQLModel.metadata.naming_convention = NAMING
metadata: MetaData = SQLModel.metadata


class Row(SQLModel):
    """Base of every table with an id of its own (UUIDv7, made by `kernel.ids.new_id`)."""

    id: UUID = Field(primary_key=True)


def text_enum(enum: type[StrEnum], name: str | None = None) -> Any:
    """A column type that stores the enum's value as text with a CHECK, and refuses unknown strings.

    Give a `name` where one table has two columns of one enum: it names the CHECK.
    """
    return Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        name=name or enum.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


JsonColumn = JSON(none_as_null=True)


def table_of(kind: type[SQLModel]) -> Table:
    """The table behind a class, for queries over plain values."""
    return SQLModel.metadata.tables[str(kind.__tablename__)]


def plain_rows(session: Session, statement: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
    """What a statement over columns finds, as rows with their names; what was changed before is written first.

    A session asked for columns costs three times as much, for it is ready to make objects of them.
    """
    session.flush()
    return session.connection().execute(statement, values).all()
