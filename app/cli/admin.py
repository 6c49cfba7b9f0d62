"""`depot admin`: who is entrusted with the instance."""

from typing import Annotated

import typer

from app.accounts import service as accounts
from app.cli.schema import opened
from app.cli.terminal import say
from app.kernel.actor import SYSTEM, StaffRole

admin = typer.Typer(help="Say who is entrusted with this instance.", no_args_is_help=True)

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


def _entrust(who: str, role: StaffRole | None, became: str) -> None:
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        person = accounts.find_person(work, who)
        accounts.appoint(work, person.id, role)
    say(f"{person.name} {became.format(role=role)}.")
