"""`depot partners`: the other instances that listings are exchanged with."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer

from app.cli.schema import opened
from app.cli.terminal import Refused, counting, remark, say
from app.federation.client import PartnerRefused
from app.federation.schemas import PartnerRead
from app.federation.service import consuming, pairing
from app.federation.service import partners as service
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading
from app.outbound.http import OutboundRefused, Unreachable
from app.wiring import Instance

partners = typer.Typer(help="Exchange listings with other instances of depot.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="Name or id of a partner, as `depot partners list` shows them.")]


@partners.command()
def invite(
    hours: Annotated[int, typer.Option(min=1, max=168, help="How long it can be answered.")] = 72,
) -> None:
    """Print an invite for the operator of one other instance; send it by a way you trust. It works once.

    They answer it with `depot partners accept`. This instance must be serving meanwhile.
    """
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        made = pairing.invite(work, life=timedelta(hours=hours))
    say(made.invite)
    remark(f"It can be answered once, until {made.expires_at:%Y-%m-%d %H:%M} UTC.")


@partners.command()
def accept(
    invitation: Annotated[str, typer.Argument(metavar="INVITE", help="What the other operator sent you.")],
) -> None:
    """Answer an invite: from then on listings are exchanged in both directions."""
    with opened() as instance, _in_conversation():
        partner = pairing.accept(instance.transactions, instance.http, invitation)
    say(f"{partner.name} ({partner.base}) is now a partner.")


@partners.command("list")
def list_() -> None:
    """Show all partners and how the exchange with each goes."""
    with opened() as instance, instance.transactions.reading(SYSTEM) as reading:
        known = service.all_partners(reading).items
    for partner in known:
        _show(partner)
    if not known:
        remark("There are no partners yet. `depot partners invite` begins.")


@partners.command()
def poll(which: Annotated[str, typer.Argument(help="Only this partner.")] = "") -> None:
    """Ask partners for news now instead of at their next turn."""
    with opened() as instance:
        for partner in counting(_chosen(instance, which), "Asking"):
            consuming.pull(instance.transactions, instance.http, partner.id)
        for partner in _chosen(instance, which):
            _show(partner)


@partners.command()
def suspend(which: Which) -> None:
    """Stop the exchange for now: their listings are hidden here, loans under way go on."""
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        _show(service.suspend(work, _find(work, which).id))


@partners.command()
def resume(which: Which) -> None:
    """Go on after a suspension."""
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        _show(service.resume(work, _find(work, which).id))


@partners.command()
def end(
    which: Which, yes: Annotated[bool, typer.Option("--yes", help="Do not ask before doing it.")] = False
) -> None:
    """End a partnership for good: their listings are removed here, ours there; loans under way end first."""
    with opened() as instance:
        with instance.transactions.reading(SYSTEM) as reading:
            partner = _find(reading, which)
        if not yes:
            typer.confirm(f"End the partnership with {partner.name} for good?", abort=True, err=True)
        with instance.transactions.writing(SYSTEM) as work:
            _show(service.end(work, partner.id))


def _chosen(instance: Instance, which: str) -> list[PartnerRead]:
    with instance.transactions.reading(SYSTEM) as reading:
        return [_find(reading, which)] if which else service.all_partners(reading).items


def _find(reading: Reading, which: str) -> PartnerRead:
    found = [it for it in service.all_partners(reading).items if which in {it.name, str(it.id)}]
    if len(found) != 1:
        raise Refused(f"{'Several partners are' if found else 'No partner is'} known as {which}.")
    return found[0]


def _show(partner: PartnerRead) -> None:
    say(f"{partner.name}  {partner.state}, {partner.freshness}  {partner.base}  {partner.id}")
    for exchange in partner.exchanges:
        read = f"read {exchange.read_at:%Y-%m-%d %H:%M} UTC" if exchange.read_at else "never read"
        trouble = f", {exchange.failures} failures: {exchange.last_error}" if exchange.failures else ""
        say(f"  {exchange.kind}: {exchange.entries} known, {read}{trouble}")


@contextmanager
def _in_conversation() -> Iterator[None]:
    try:
        yield
    except (Unreachable, OutboundRefused) as error:
        raise Refused(f"The other instance could not be reached: {error}") from error
    except PartnerRefused as error:
        raise Refused(f"The other instance said no: {error}") from error
