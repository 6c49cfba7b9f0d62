"""`depot backup`: one file from which an instance can be brought back."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.cli.terminal import Refused, say
from app.federation.service import generation
from app.kernel.database import Database
from app.settings import Settings


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
) -> None:
    """Write the database into one file while the instance goes on serving.

    SQLite: a database file; put it in the place of the old one to come back. PostgreSQL: an archive of pg_dump;
    `pg_restore --clean --create` brings it back. Photos are not in it: copy their folder, or bucket, as well.
    Partners then read everything again. The file holds everything residents entrusted to you: keep it safe.
    """
    instance = wiring.open_instance(Settings())
    try:
        # Exclusive and private from the first byte: nobody's earlier backup is lost, nobody else reads this one.
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise Refused(f"{file} exists already; a backup overwrites nothing.") from None
    try:
        _copy(instance.database, file)
        generation.copied(instance.transactions)
    except BaseException:
        file.unlink(missing_ok=True)  # half a backup is worse than none
        raise
    finally:
        instance.database.close()
    say(f"Written: {file} ({file.stat().st_size // 1024} KiB)")
    say(f"Photos are kept beside it, in {instance.files.place}: copy that as well.")


def _copy(database: Database, file: Path) -> None:
    if database.is_sqlite:
        _copy_sqlite(Path(database.url.database or ""), file)
    else:
        address = database.url.set(drivername="postgresql", password=None).render_as_string()
        _dump_postgres(address, str(database.url.password or ""), file)


def _copy_sqlite(source: Path, file: Path) -> None:
    if not source.is_file():
        raise Refused(f"There is no database at {source}.")
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as live,
        closing(sqlite3.connect(file)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without the two that WAL keeps beside it
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise Refused(f"The copy of {source} is damaged; the database itself may be. Nothing was kept.")


def _dump_postgres(address: str, password: str, file: Path) -> None:
    environment = {"PGPASSWORD": password} if password else {}  # a command line is there for all to read
    try:
        done = subprocess.run(  # noqa: S603 - our own words only
            ["pg_dump", "--format=custom", f"--file={file}", f"--dbname={address}"],  # noqa: S607 - wherever the machine has it
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise Refused(
            "A backup of PostgreSQL needs its program pg_dump, which is not installed here."
        ) from None
    if done.returncode:
        raise Refused(f"pg_dump refused: {done.stderr.strip()}")
