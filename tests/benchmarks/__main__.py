"""`python -m tests.benchmarks`: the workloads of performance.md, each beside its ceiling, as a table. No test: nothing fails
because a machine is slow.
"""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from tests import postgres
from tests.benchmarks.federation import WORKLOADS, Line, Setting
from tests.conftest import migrate


def main(
    workloads: Annotated[
        list[str] | None, typer.Argument(help=f"Which of {', '.join(WORKLOADS)}; all.")
    ] = None,
    size: Annotated[int, typer.Option(min=100, help="How many listings.")] = 10_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each takes its two turns.")] = 5,
    seed: Annotated[int, typer.Option(help="The town to be made.")] = 1,
    database: Annotated[str, typer.Option(help="sqlite or postgresql.")] = "sqlite",
) -> None:
    """Measure, and print a table in Markdown."""
    unknown = set(workloads or ()) - set(WORKLOADS)
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: there are {', '.join(WORKLOADS)}.")
    lines: list[Line] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = (
            stack.enter_context(postgres.serving(folder / "postgres", durable=True))
            if database == "postgresql"
            else None
        )
        made: list[Path] = []

        def new_database() -> str:
            made.append(folder / f"{len(made)}.db")
            url = server.create() if server else f"sqlite:///{made[-1]}"
            migrate(url)
            return url

        for name in workloads or WORKLOADS:
            typer.echo(f"{name}, {size:_} listings on {database}", err=True)
            own = folder / name
            own.mkdir()
            setting = Setting(size, rounds, seed, own, new_database, lambda text: typer.echo(text, err=True))
            lines += WORKLOADS[name](setting)
    typer.echo("| workload | listings | depot | held against | spread |\n| --- | --- | --- | --- | --- |")
    for line in lines:
        typer.echo(f"| {line.workload} | {line.size:_} | {line.figure} | {line.against} | {line.spread} |")


if __name__ == "__main__":
    sys.exit(typer.run(main))
