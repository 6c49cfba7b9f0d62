"""`depot backup` and `depot restore`: one file from which an instance can be brought back."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.cli.schema import opened
from app.cli.terminal import Refused, say
from app.federation.service import generation, publishing
from app.kernel.actor import SYSTEM
from app.kernel.clock import SystemClock
from app.kernel.database import Database
from app.settings import Settings


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
) -> None:
    """Write the database into one file while the instance goes on serving.

    SQLite: a database file. PostgreSQL: an archive of pg_dump. `depot restore` brings either back. Photos are not in
    it: copy their folder, or bucket, as well. The file holds everything residents entrusted to you: keep it safe.
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


def restore(
    file: Annotated[
        Path, typer.Argument(help="A file that `depot backup` wrote.", exists=True, dir_okay=False)
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before doing it.")] = False,
) -> None:
    """Bring the database back as it was when the backup was made. Stop every server and worker first.

    What happened since is gone from this instance, and partners read everything again; but who was erased since is
    erased again before anybody is served, and keys changed since go on. What is there now is kept: for SQLite beside
    the database, for PostgreSQL, which needs pg_restore, in DEPOT_DATA_DIR.
    """
    settings = Settings()
    if not yes:
        typer.confirm(f"Put {file} in the place of the present database?", abort=True, err=True)
    database = Database(settings.resolved_database_url)
    now = f"before-restore-{SystemClock().now():%Y%m%dT%H%M%S}"
    if database.is_sqlite:
        target = Path(database.url.database or "")
        kept = target.with_name(f"{target.name}.{now}")
        _restore_sqlite(file, target, kept=kept)
    else:
        kept = settings.data_dir / f"{now}.pgdump"
        _restore_postgres(database, file, kept=kept)
    database.close()
    with opened(settings) as instance, instance.transactions.writing(SYSTEM) as work:
        count = publishing.rotate_epochs(work)
    say(f"Restored from {file}. Feeds that begin anew: {count}. Partners read everything again.")
    if kept.exists():
        say(f"What was there before is kept in {kept}.")


def _restore_sqlite(file: Path, target: Path, *, kept: Path) -> None:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as copy:
        try:
            sound = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            ours = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'instance_secret'").fetchone()
        except sqlite3.DatabaseError:
            sound, ours = False, None
    if not sound or ours is None:
        raise Refused(f"{file} is no whole database of depot; nothing was changed.")
    if target.is_file():
        _leave_alone(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.restoring")
    fresh.unlink(missing_ok=True)  # of a restore that was broken off
    with closing(sqlite3.connect(file)) as copy, closing(sqlite3.connect(fresh)) as restored:
        copy.backup(restored)
    if target.is_file():
        target.replace(kept)
    for leftover in ("-wal", "-shm"):
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    fresh.replace(target)


def _leave_alone(present: Path) -> None:
    """Only who is alone with a database may put it back into one file: a server that runs would notice nothing."""
    with closing(sqlite3.connect(present, timeout=1)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise Refused("The instance is still running. Stop it first; nothing was changed.") from None


def _restore_postgres(database: Database, file: Path, *, kept: Path) -> None:
    address = database.url.set(drivername="postgresql", password=None).render_as_string()
    password = str(database.url.password or "")
    # What cannot be read replaces nothing.
    _run_postgres(["pg_restore", "--list", str(file)], password=password)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.touch(mode=0o600)
    _dump_postgres(address, password, kept)
    # Emptied whole: tables younger than the backup would stand in the way of the migrations that follow it.
    with database.migrating() as session:
        session.connection().exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    restoring = ["pg_restore", "--no-owner", "--single-transaction", f"--dbname={address}", str(file)]
    _run_postgres(restoring, password=password)


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
    _run_postgres(["pg_dump", "--format=custom", f"--file={file}", f"--dbname={address}"], password=password)


def _run_postgres(command: list[str], *, password: str) -> None:
    environment = {"PGPASSWORD": password} if password else {}  # a command line is there for all to read
    program = command[0]
    try:
        done = subprocess.run(  # noqa: S603 - our own words only
            command, env=os.environ | environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise Refused(f"This needs PostgreSQL's program {program}, which is not installed here.") from None
    if done.returncode:
        raise Refused(f"{program} refused: {done.stderr.strip()}")
