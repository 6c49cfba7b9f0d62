"""A peer: Datasette, which publishes a SQLite database over HTTP; asked with SQL that is written for the question."""

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy.engine import make_url

from tests.benchmarks.replaying import Statements
from tests.benchmarks.servers import running
from tests.serving import free_port

NAME = "Datasette"
_SETTINGS = {
    "sql_time_limit_ms": 20_000,
    "num_sql_threads": 2,
    "allow_download": "off",
    "suggest_facets": "off",
}


def is_here() -> bool:
    """Whether it is installed: `pip install -e '.[benchmarks]'`."""
    return importlib.util.find_spec("datasette") is not None


@contextmanager
def serving(database_url: str) -> Iterator[tuple[str, int]]:
    """Datasette over this database; yields its address and its process."""
    port = free_port()
    settings = [word for name, value in _SETTINGS.items() for word in ("--setting", name, str(value))]
    command = [
        sys.executable,
        "-m",
        "datasette",
        "serve",
        str(_file(database_url)),
        "--port",
        str(port),
        *settings,
    ]
    with running(command, dict(os.environ), port, silent=True) as pid:
        yield f"http://127.0.0.1:{port}", pid


def paths(database_url: str, visits: Sequence[Statements]) -> list[list[str]]:
    """How these statements are asked of it."""
    return [[_path(database_url, *one) for one in statements] for statements in visits]


def _path(database_url: str, statement: str, parameters: Sequence[object]) -> str:
    first, *others = statement.split("?")
    named = first + "".join(f":p{number}{rest}" for number, rest in enumerate(others))
    told = {f"p{number}": value for number, value in enumerate(parameters)}
    return f"/{_file(database_url).stem}.json?{urlencode({'sql': named, '_shape': 'array'} | told)}"


def _file(database_url: str) -> Path:
    return Path(make_url(database_url).database or "")
