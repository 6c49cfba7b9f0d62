"""`depot partners keys …`: the keys by which partners know this instance."""

from typing import Annotated

import typer

from app.cli.schema import opened
from app.cli.terminal import remark, say
from app.federation.schemas import OwnKeysRead
from app.federation.service import own_keys
from app.kernel.actor import SYSTEM


def keys() -> None:
    """Show the keys by which partners know this instance, and which is in use."""
    with opened() as instance, instance.transactions.reading(SYSTEM) as reading:
        _show(own_keys.read(reading))


def rotate() -> None:
    """Publish a new key now, to be used in two days. It happens by itself in good time."""
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        _show(own_keys.rotate(work))
    remark("Partners are told now; whoever misses it reads it within a day.")


def revoke(
    kid: Annotated[str, typer.Argument(help="Name of the key, as `depot partners keys` shows it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before doing it.")] = False,
) -> None:
    """Have nobody believe a key any more, as after a theft; another takes its place at once."""
    if not yes:
        typer.confirm(f"Revoke the key {kid} for good?", abort=True, err=True)
    with opened() as instance, instance.transactions.writing(SYSTEM) as work:
        _show(own_keys.revoke(work, kid))
    remark("Partners are told by the jobs of the running instance, or by `depot worker`.")


def _show(known: OwnKeysRead) -> None:
    say(f"{known.instance}  document {known.version}  {known.base}")
    say(f"  {', '.join(known.control)}: signs key documents")
    for key in known.keys:
        use = "in use" if key.in_use else "listed"
        say(
            f"  {key.kid}: {use}, from {key.valid_from:%Y-%m-%d %H:%M} to {key.valid_until:%Y-%m-%d %H:%M} UTC"
        )
    for kid in known.revoked:
        say(f"  {kid}: revoked")
