"""A database in which neighbours have promised each other something goes all the way up, and down again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, func, insert, select

from app.kernel.database import Database

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
FIRST = "0001"
START = datetime(2026, 11, 30, 9, tzinfo=UTC)
END = START + timedelta(hours=1)
WORDS = {
    "purpose": "offer", "kind": "equipment", "state": "published", "booking_mode": "instant", "side": "local",
    "audience": "everyone", "federation": "none", "language": "de", "zone": "Europe/Berlin", "tail": "equipment",
    "role": "borrower", "state_after": "requested", "tags": [], "closures": [],
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    opened = Database(server.create() if server else f"sqlite:///{tmp_path / 'empty.db'}")
    yield opened
    opened.close()
    if server:
        server.drop(opened.url.render_as_string(hide_password=False))


class Rows:
    """Rows of tables as they are at this revision."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.sqlite = connection.dialect.name == "sqlite"

    def table(self, name: str) -> Table:
        return Table(name, MetaData(), autoload_with=self.connection)

    def add(self, name: str, **known: Any) -> None:
        """A row with something in every column that must have something."""
        into = self.table(name)
        plain: dict[type, Any] = {int: 1, bool: False, str: "x", datetime: START, dict: {}}
        row = {
            key: value.hex if self.sqlite and isinstance(value, UUID) else value
            for key, value in known.items()
        }
        for column in into.columns:
            if column.name not in row and not column.nullable and column.server_default is None:
                row[column.name] = WORDS.get(column.name, plain.get(column.type.python_type, "x"))
        self.connection.execute(insert(into), row)

    def counts(self) -> dict[str, int]:
        names = ("party", "person", "listing", "booking", "booking_event", "occupancy")
        return {
            name: self.connection.execute(select(func.count()).select_from(self.table(name))).scalar_one()
            for name in names
        }


def migrate(database: Database, to: str, *, down: bool = False) -> None:
    with database.migrating() as session:
        config = Config(toml_file=str(PYPROJECT))
        config.attributes["connection"] = session.connection()
        (command.downgrade if down else command.upgrade)(config, to)


def test_letters_that_stand_in_an_inbox_get_their_positions_there(database: Database) -> None:
    migrate(database, "assisted")
    anna, ben = uuid4(), uuid4()
    with database.migrating() as session:
        rows = Rows(session.connection())
        told = [(anna, True), (ben, True), (anna, False), (anna, True), (ben, False)]
        for number, (reader, shown) in enumerate(told, start=1):
            letter = UUID(int=number)
            rows.add("letter", id=letter, event_id=letter, reader_id=reader, shown=shown, mail="at_once")

    migrate(database, "head")

    with database.reading() as session:
        rows = Rows(session.connection())
        letter, end = rows.table("letter"), rows.table("inbox_end")
        placed = select(letter.c.position).order_by(letter.c.id)
        assert session.connection().execute(placed).scalars().all() == [1, 1, None, 2, None]
        assert sorted(session.connection().execute(select(end.c.position)).scalars()) == [1, 2]


def test_a_filled_database_keeps_its_rows_up_and_down(database: Database) -> None:
    migrate(database, FIRST)
    party, listing, booking, other = (uuid4() for _ in range(4))
    held = {"starts_at": START, "ends_at": END, "busy_until": END, "holder_id": booking}
    with database.migrating() as session:
        rows = Rows(session.connection())
        rows.add("party", id=party, kind="person")
        rows.add("person", id=party)
        rows.add("listing", id=listing, provider_id=party)
        rows.add(
            "booking",
            id=booking,
            listing_id=listing,
            borrower_id=party,
            state="confirmed",
            starts_at=START,
            ends_at=END,
        )
        rows.add("booking_event", id=uuid4(), booking_id=booking)
        rows.add("occupancy", listing_id=listing, **held)
        before = rows.counts()

    migrate(database, "head")
    with database.migrating() as session:
        rows = Rows(session.connection())
        assert rows.counts() == before
        taken = rows.table("occupancy")
        [kept] = session.connection().execute(select(taken.c.derived, taken.c.units)).all()
        assert tuple(kept) == (False, 1)
        rows.add("listing", id=other, provider_id=party)
        rows.add("occupancy", listing_id=other, derived=True, **held)

    migrate(database, FIRST, down=True)
    with database.reading() as session:
        rows = Rows(session.connection())
        assert rows.counts() == before | {"listing": 2}
