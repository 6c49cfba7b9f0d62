"""`depot partners`: the other instances that listings are exchanged with."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer

from app.cli import partner_words
from app.cli.schema import opened
from app.cli.terminal import Refused, counting, remark, say
from app.federation.client import PartnerRefused
from app.federation.schemas import PartnerRead
from app.federation.service import Grant, consuming, following, pairing
from app.federation.service import partners as service
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.outbound.http import OutboundRefused, Unreachable
from app.wiring import Instance

partners = typer.Typer(help="Exchange listings with other instances of depot.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="Name or id of a partner, as `depot partners list` shows them.")]
Granted = Annotated[
    list[Grant] | None,
    typer.Option("--grant", help="What they may do here; once for each. Without it: both."),
]


@partners.command()
def invite(
    hours: Annotated[int, typer.Option(min=1, max=168, help="How long it can be answered.")] = 72,
    grant: Granted = None,
    review: Annotated[
        bool, typer.Option("--review", help="Exchange nothing before `depot partners confirm`.")
    ] = False,
) -> None:
    """Print an invite for the operator of one other instance; send it by a way you trust. It works once.

    They answer it with `depot partners accept`. This instance must be serving meanwhile.
    """
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        made = pairing.invite(work, life=timedelta(hours=hours), grants=_or_all(grant), review=review)
    say(made.invite)
    remark(f"It can be answered once, until {partner_words.moment(made.expires_at)}.")


@partners.command()
def accept(
    invitation: Annotated[str, typer.Argument(metavar="INVITE", help="What the other operator sent you.")],
    grant: Granted = None,
    want: Annotated[
        list[Grant] | None, typer.Option("--want", help="What we want to do there. Without it: both.")
    ] = None,
) -> None:
    """Answer an invite: from then on listings are exchanged as far as each side grants it."""
    with opened() as instance, _in_conversation():
        partner = pairing.accept(
            instance.transactions, instance.http, invitation, grants=_or_all(grant), wants=_or_all(want)
        )
    if partner.state == "pending":
        say(f"{partner.name} ({partner.base}) has to confirm it; we look again by ourselves.")
    else:
        say(f"{partner.name} ({partner.base}) is now a partner.")


@partners.command("list")
def list_() -> None:
    """Show all partners and how the exchange with each goes."""
    with opened() as instance, instance.transactions.reading(SYSTEM) as reading:
        known = service.all_partners(reading).items
    for partner in known:
        _glance(partner)
    if not known:
        remark("There are no partners yet. `depot partners invite` begins.")


@partners.command()
def show(which: Which) -> None:
    """Show all that is known of how the exchange with one partner goes."""
    with opened() as instance, instance.transactions.reading(SYSTEM) as reading:
        partner = _find(reading, which)
    _say_all(partner_words.in_full(partner))


@partners.command()
def quarantine(which: Annotated[str, typer.Argument(help="Only this partner.")] = "") -> None:
    """List the entries of partners that were put aside instead of shown, and why."""
    with opened() as instance:
        known = _chosen(instance, which)
    for partner in known:
        for exchange in partner.exchanges:
            _say_all(f"{partner.name}  {line}" for line in partner_words.put_aside(exchange))
    if not any(exchange.quarantined for partner in known for exchange in partner.exchanges):
        remark("Nothing was put aside.")


@partners.command()
def poll(which: Annotated[str, typer.Argument(help="Only this partner.")] = "") -> None:
    """Ask partners for news now instead of at their next turn."""
    with opened() as instance:
        for partner in counting(_chosen(instance, which), "Asking"):
            consuming.pull(instance.transactions, instance.http, partner.id)
        for partner in _chosen(instance, which):
            _glance(partner)


@partners.command()
def confirm(which: Which) -> None:
    """Begin the exchange with somebody who answered an invite that was made with --review."""
    with _changing(which) as (work, partner_id):
        _glance(pairing.confirm(work, partner_id))


@partners.command()
def grants(
    which: Which,
    grant: Annotated[
        list[Grant] | None, typer.Option("--grant", help="What they may; once for each.")
    ] = None,
) -> None:
    """Say anew what a partner may do here; without --grant: nothing. Loans under way go on."""
    with _changing(which) as (work, partner_id):
        _say_all(partner_words.in_full(service.let(work, partner_id, grant or [])))


@partners.command()
def release(which: Which) -> None:
    """Carry out a removal that was held back because it is suspiciously large."""
    with _changing(which) as (work, partner_id):
        consuming.release_removals(work, partner_id)
        _glance(service.get(work, partner_id))


@partners.command("read-again")
def read_again(which: Which) -> None:
    """Have all entries of a partner read again, those put aside included."""
    with _changing(which) as (work, partner_id):
        consuming.read_again(work, partner_id)
    say("They are read again by the running instance, or by `depot partners poll`.")


@partners.command("meet-at")
def meet_at(which: Which, address: Annotated[str, typer.Argument(help="https://new.example")]) -> None:
    """Find a partner at a new address when its old one is lost; its keys have to prove that it is the same."""
    with opened() as instance:
        with instance.transactions.reading(SYSTEM) as reading:
            partner = _find(reading, which)
        with _in_conversation():
            _glance(following.meet_at(instance.transactions, instance.http, partner.id, address))


@partners.command()
def suspend(which: Which) -> None:
    """Stop the exchange for now: their listings are hidden here, loans under way go on."""
    with _changing(which) as (work, partner_id):
        _glance(service.suspend(work, partner_id))


@partners.command()
def resume(which: Which) -> None:
    """Go on after a suspension."""
    with _changing(which) as (work, partner_id):
        _glance(service.resume(work, partner_id))


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
            _glance(service.end(work, partner.id))


def _chosen(instance: Instance, which: str) -> list[PartnerRead]:
    with instance.transactions.reading(SYSTEM) as reading:
        return [_find(reading, which)] if which else service.all_partners(reading).items


def _find(reading: Reading, which: str) -> PartnerRead:
    found = [it for it in service.all_partners(reading).items if which in {it.name, str(it.id)}]
    if len(found) != 1:
        raise Refused(f"{'Several partners are' if found else 'No partner is'} known as {which}.")
    return found[0]


def _or_all(grants: list[Grant] | None) -> list[Grant]:
    return grants or list(Grant)


def _glance(partner: PartnerRead) -> None:
    _say_all(partner_words.at_a_glance(partner))


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


@contextmanager
def _changing(which: str) -> Iterator[tuple[UnitOfWork, UUID]]:
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        yield work, _find(work, which).id


@contextmanager
def _in_conversation() -> Iterator[None]:
    try:
        yield
    except (Unreachable, OutboundRefused) as error:
        raise Refused(f"The other instance could not be reached: {error}") from error
    except PartnerRefused as error:
        raise Refused(f"The other instance said no: {error}") from error
