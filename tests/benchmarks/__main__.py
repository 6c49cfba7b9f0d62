"""`python -m tests.benchmarks`: the workloads of performance.md, each beside its ceiling, as a table. No test: nothing fails
because a machine is slow.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tests import postgres
from tests.benchmarks import booking, catalogue, crowds, federation, plot, table, weighing
from tests.benchmarks.measuring import wait_until_quiet
from tests.benchmarks.setting import Line, Setting
from tests.conftest import migrate

ROOMS = (catalogue, booking, federation, crowds, weighing)
WORKLOADS = {name: run for room in ROOMS for name, run in room.WORKLOADS.items()}


class Kind(StrEnum):
    """The databases."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def main(
    workloads: Annotated[
        list[str] | None, typer.Argument(help=f"Which of {', '.join(WORKLOADS)}; all.")
    ] = None,
    size: Annotated[
        list[int] | None, typer.Option(min=100, help="How many listings, 10000; can be said repeatedly.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each takes its two turns.")] = 5,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="How long a turn takes, where it can be chosen.")
    ] = 3.0,
    seed: Annotated[int, typer.Option(help="The town to be made.")] = 1,
    database: Annotated[
        list[Kind] | None, typer.Option(help="On what, sqlite; can be said repeatedly.")
    ] = None,
    patience: Annotated[
        float, typer.Option(help="How many seconds to wait, before each workload, until nobody else is busy.")
    ] = 20.0,
    drawn: Annotated[Path | None, typer.Option("--plot", help="Draw cost against size, as SVG.")] = None,
    kept: Annotated[
        Path | None, typer.Option("--keep", help="Keep towns on SQLite in this folder for the next time.")
    ] = None,
) -> None:
    """Measure, and print a table in Markdown."""
    unknown = set(workloads or ()) - set(WORKLOADS)
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: there are {', '.join(WORKLOADS)}.")
    lines: list[Line] = []
    for kind in database or [Kind.SQLITE]:
        for many in size or [10_000]:
            with _setting(kind, many, rounds, seconds, seed, kept) as setting:
                base = setting.folder
                for name in workloads or WORKLOADS:
                    _say(f"{name}, {many:_} listings on {kind}")
                    if not wait_until_quiet(patience):
                        _say("Others are busy on this machine.")
                    setting.folder = base / name
                    setting.folder.mkdir()
                    measured = [one.on(kind) for one in WORKLOADS[name](setting)]
                    for line in measured:  # whoever stops it keeps what is known
                        _say(table.row(line))
                    lines += measured
    typer.echo(table.markdown(lines))
    if drawn is not None:
        drawn.write_text(plot.svg(lines))


@contextmanager
def _setting(
    kind: Kind, size: int, rounds: int, seconds: float, seed: int, kept: Path | None
) -> Iterator[Setting]:
    """A folder, and a way to make databases in it, for all workloads of this size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made: list[Path] = []

        def new_file() -> str:
            made.append(folder / f"{len(made)}.db")
            migrate(f"sqlite:///{made[-1]}")
            return f"sqlite:///{made[-1]}"

        if kind is Kind.SQLITE:
            yield Setting(size, rounds, seed, folder, new_file, _say, seconds, kept=kept)
            return
        with postgres.serving(folder / "postgres", durable=True) as server:

            def new_one() -> str:
                url = server.create()
                migrate(url)
                return url

            yield Setting(size, rounds, seed, folder, new_one, _say, seconds, _processes(server))


def _processes(server: postgres.Server) -> tuple[int, ...]:
    """The process that is the parent of all of a server's, where it is ours."""
    note = Path(str(server.base.query.get("host", ""))) / "data" / "postmaster.pid"
    return (int(note.read_text().split()[0]),) if note.is_file() else ()


def _say(text: str) -> None:
    typer.echo(text, err=True)


if __name__ == "__main__":
    typer.run(main)
