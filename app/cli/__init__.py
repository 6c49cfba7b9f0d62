"""The command line for operators: one module per noun, the same services as every other door.

A refusal is one sentence and exit code 1, without a traceback; `DEPOT_LOG_LEVEL=debug` shows where a surprise came
from.
"""

from collections.abc import Sequence

import typer

from app.cli import api_document, backup, check, conformance, demo, importing, partner_keys, serving
from app.cli.admin import admin
from app.cli.feeds import feeds
from app.cli.partners import partners
from app.cli.search import search
from app.cli.terminal import in_one_sentence

cli = typer.Typer(
    name="depot",
    help="depot keeps what a neighbourhood shares: things, rooms, know-how and time.",
    epilog="Settings come from the environment (DEPOT_NAME, DEPOT_PUBLIC_URL, DEPOT_DATABASE_URL …) or a file .env.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cli.command("serve")(serving.serve)
cli.command("worker")(serving.worker)
cli.command("demo")(demo.demo)
cli.command("import")(importing.import_)
cli.add_typer(admin, name="admin")
cli.add_typer(partners, name="partners")
partners.command("keys")(partner_keys.keys)
partners.command("rotate")(partner_keys.rotate)
partners.command("revoke")(partner_keys.revoke)
cli.add_typer(feeds, name="feeds")
cli.add_typer(search, name="search")
cli.command("check")(check.check)
cli.command("backup")(backup.backup)
cli.command("restore")(backup.restore)
cli.command("openapi")(api_document.openapi)
cli.command("conformance")(conformance.conformance)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; ends the process."""
    with in_one_sentence():
        cli(args=arguments)
