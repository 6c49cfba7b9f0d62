"""`depot admin`: who is entrusted with the instance, and what an operator has to decide in their place."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.accounts import service as accounts
from app.cli.schema import opened
from app.cli.terminal import remark, say
from app.kernel.actor import SYSTEM, StaffRole
from app.moderation import service as moderation

admin = typer.Typer(help="Say who is entrusted with this instance, and help them out.", no_args_is_help=True)

Party = Annotated[
    str, typer.Argument(help="E-mail address of a person, name of an organisation, or the id of either.")
]
Reason = Annotated[str, typer.Option(help="Why; they are told.")]
Who = Annotated[str, typer.Argument(help="E-mail address of a registered person, or their id.")]


@admin.command()
def token() -> None:
    """Print a token that makes one person an admin: the one who shows it, signed in, within 24 hours.

    For the first admin of a new instance: register, sign in, then send {"token": "…"} to POST /api/v1/me/staff-role.
    """
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        made = accounts.first_admin_token(work)
    say(made)


@admin.command()
def appoint(
    who: Who,
    role: Annotated[StaffRole, typer.Option(help="What to entrust them with.")] = StaffRole.ADMIN,
) -> None:
    """Make somebody admin or moderator."""
    _entrust(who, role, "is now {role}")


@admin.command()
def dismiss(who: Who) -> None:
    """Take every staff role from somebody; they stay a resident like all others."""
    _entrust(who, None, "has no staff role any more")


@admin.command()
def suspend(
    party: Party,
    reason: Reason,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Until this day (UTC); else until it is lifted."),
    ] = None,
) -> None:
    """Let a person or an organisation neither offer nor borrow. They can sign in, and promises stand."""
    ends = until.replace(tzinfo=UTC) if until else None
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        found = accounts.find_party(work, party)
        moderation.suspend(work, found.id, until=ends, statement=reason)
    say(f"{found.name} is suspended{f' until {ends.date()}' if ends else ''}.")


@admin.command()
def lift(party: Party, reason: Reason) -> None:
    """Lift a suspension."""
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        found = accounts.find_party(work, party)
        moderation.lift(work, found.id, statement=reason)
    say(f"{found.name} may offer and borrow again.")


@admin.command()
def reports() -> None:
    """List the reports and objections that wait for the staff, the longest waiting first."""
    with opened() as instance, instance.transactions.reading(SYSTEM) as reading:
        waiting = moderation.waiting(reading)
    for case in waiting:
        about = f"{case.target} {case.title}" + (f" ({case.concerned.name})" if case.concerned else "")
        say(f"{case.created_at:%Y-%m-%d}  {case.state:8}  {case.wrong:10}  {about}  {case.id}")
    if not waiting:
        remark("Nothing waits.")


def _entrust(who: str, role: StaffRole | None, became: str) -> None:
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        person = accounts.find_person(work, who)
        accounts.appoint(work, person.id, role)
    say(f"{person.name} {became.format(role=role)}.")
