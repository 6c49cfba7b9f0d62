"""`depot demo`: a believable small town to try things out in."""

from dataclasses import replace
from typing import Annotated

import typer

from app import wiring
from app.cli import schema
from app.cli.terminal import counting, say
from app.demo.loading import Guide, load
from app.demo.town import town
from app.kernel.clock import TurnableClock
from app.settings import Settings

Seed = Annotated[int, typer.Option(min=0, help="Which town: the same number gives the same one.")]


def demo(seed: Seed = 1) -> None:
    """Fill this instance, which must be empty, with forty people, their organisations, offers, wants and loans.

    Nothing of it is real, and no mail reaches anybody. To look around without touching your database use
    `depot serve --demo`.
    """
    introduce(fill(Settings(), seed=seed))


def fill(settings: Settings, *, seed: int) -> Guide:
    """Bring the town of this seed to life in the database of these settings; refused where people live already."""
    clock = TurnableClock()
    # Nobody gets mails about a past that is made up; what must be heard at once, partners for one, is.
    heard = replace(wiring.hearing(), later={})
    with schema.opened(settings, clock=clock, heard=heard) as instance:
        return load(town(seed), instance.transactions, clock, watch=counting)


def introduce(guide: Guide) -> None:
    """Say whom one can be."""
    say(f"Sign in with the password “{guide.password}” as")
    for email, what in (
        (guide.borrower, "borrows"),
        (guide.lender, "lends"),
        (guide.admin, "looks after the instance"),
    ):
        say(f"  {email}  who {what}")
