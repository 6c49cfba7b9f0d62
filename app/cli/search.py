"""`depot search`: the index by which listings are found."""

import typer

from app.cli.schema import opened
from app.cli.terminal import say, watching
from app.kernel.actor import SYSTEM
from app.listings import service as listings

search = typer.Typer(help="The index by which listings are found.", no_args_is_help=True)


@search.callback()
def _noun() -> None:
    """One command so far, and it is still called by its name."""


@search.command("rebuild")
def rebuild() -> None:
    """Make the index anew from the listings, a few hundred at a time. Everybody can go on searching and changing."""
    with opened() as instance:
        with instance.transactions.reading(SYSTEM) as reading:
            total = listings.count_all(reading)
        with watching("Indexing listings", total) as more:
            for done in listings.rebuild_index(instance.transactions):
                more(done)
    say(f"Indexed {total} listings.")
