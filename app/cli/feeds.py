"""`depot feeds`: what this instance publishes for its partners."""

from typing import Annotated

import typer

from app.cli.schema import opened
from app.cli.terminal import remark, say
from app.federation.service import feeds as service
from app.federation.service import publishing
from app.kernel.actor import SYSTEM

feeds = typer.Typer(help="What is published for partners and harvesters.", no_args_is_help=True)


@feeds.command("list")
def list_() -> None:
    """Show every feed: its epoch, its last number, and from which number on nothing was purged."""
    with opened() as instance, instance.transactions.reading(SYSTEM) as reading:
        for name, position in service.positions(reading).items():
            say(f"{name}  epoch {position.epoch}, head {position.head}, floor {position.floor}")


@feeds.command("recheck")
def recheck() -> None:
    """Look at everything that is shared and publish what looks different now; partners hear of nothing else."""
    with opened() as instance:
        with instance.transactions.writing(SYSTEM) as work:
            count = publishing.mark_everything(work)
        publishing.publish(instance.transactions)
    say(f"Looked at {count} listings.")


@feeds.command("rotate-epoch")
def rotate_epoch(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before doing it.")] = False,
) -> None:
    """Have every partner read everything again.

    For after the database was brought back, or copied, by other means than `depot restore`; nothing is lost by it.
    """
    if not yes:
        typer.confirm("Have every partner read everything again?", abort=True, err=True)
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        count = publishing.rotate_epochs(work)
    say(f"Feeds that begin anew: {count}.")
    remark("Partners notice at their next poll.")
