"""`depot import`: what others keep in a table becomes listings and organisations here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from app.accounts import service as accounts
from app.cli.schema import opened
from app.cli.terminal import Refused, counting, remark, say
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings
from app.listings.importing.drafting import Draft, Drafts, ListingDraft, OrganisationDraft, draft_file
from app.listings.importing.mapping import load_mapping, named_mappings

_LARGEST_FILE: Final = 32 * 2**20
"""Bytes; a file is read whole, several times its size in memory."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do."""

    new: tuple[Draft, ...]
    known: int
    refused: tuple[tuple[int, str], ...]
    notices: tuple[str, ...]


def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file.", exists=True, dir_okay=False)],
    *,
    mapping: Annotated[
        str, typer.Option(help=f"What its columns mean: {', '.join(named_mappings())}, or a TOML file.")
    ],
    owner: Annotated[
        str, typer.Option(help="Who offers the listings or owns the organisations: e-mail, name or id.")
    ] = "",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="The same in every row, such as kind=know_how."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would happen.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take all rows or none.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before doing it.")] = False,
) -> None:
    """Import a CSV file: show what it would do, then do it, all in one transaction.

    Every row that cannot come in is named with its line and its reason. A row that came in before is left alone, so
    importing a file twice changes nothing.
    """
    if file.stat().st_size > _LARGEST_FILE:
        raise Refused(f"{file} is larger than {_LARGEST_FILE // 2**20} MiB; split it.")
    drafts = draft_file(file.read_bytes(), load_mapping(mapping, settings=_settings(settings or [])))
    with opened() as instance:
        with instance.transactions.reading(SYSTEM) as reading:
            owner_id = _owner(reading, owner, drafts)
            plan = plan_for(reading, drafts)
        _show(plan, file)
        if strict and plan.refused:
            raise Refused(f"Nothing was imported: --strict, and {len(plan.refused)} rows are refused.")
        if dry_run or not plan.new:
            return
        if not yes and _somebody_is_there():
            typer.confirm("Import them?", abort=True, err=True)
        with instance.transactions.writing(SYSTEM) as work:
            for draft in counting(plan.new, "Importing"):
                enter(work, draft, owner_id)
    say(f"{len(plan.new)} imported.")


def plan_for(reading: Reading, drafts: Drafts) -> Plan:
    """What of these drafts is new, and what the rooms they go to would refuse."""
    offers = [draft for draft in drafts.ready if isinstance(draft, ListingDraft)]
    people = [draft for draft in drafts.ready if isinstance(draft, OrganisationDraft)]
    known = accounts.organisations_from(reading, [_ref(draft) for draft in people])
    planned = listings.plan_import(reading, offers)
    founded = [draft for draft in people if _ref(draft) not in known]
    notices = [str(notice) for notice in drafts.notices]
    if placed := sum(draft.point is not None for draft in founded):
        notices.append(f"{placed} organisations have a place; only their listings can, so it is left out.")
    refused = [*((row.line, str(row.reason.detail)) for row in drafts.refused), *planned.refused]
    new: tuple[Draft, ...] = (*planned.new, *founded)
    return Plan(new, planned.known + len(known), tuple(sorted(refused)), tuple(notices))


def enter(work: UnitOfWork, draft: Draft, owner_id: UUID | None) -> None:
    """One draft becomes what it describes, in the state it asks for."""
    if isinstance(draft, ListingDraft):
        listings.enter_import(work, draft, provider_id=owner_id)
        return
    accounts.found_organisation(
        work,
        name=draft.name,
        description=draft.description,
        owner_id=owner_id,
        external_ref=_ref(draft),
    )


def _ref(draft: Draft) -> str:
    return f"{draft.external.source}:{draft.external.id}"


def _settings(pairs: Sequence[str]) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    if wrong := [pair for pair, (_, equals, _) in zip(pairs, split, strict=True) if not equals]:
        raise Refused(f"--set takes field=value, not {wrong[0]}.")
    return {field.strip(): value.strip() for field, _, value in split}


def _owner(reading: Reading, owner: str, drafts: Drafts) -> UUID | None:
    """Listings need somebody who offers them; an organisation can wait for its owner, who must be a person."""
    offers = any(isinstance(draft, ListingDraft) for draft in drafts.ready)
    if not owner:
        if offers:
            raise Refused("Say with --owner who offers these listings: an e-mail address or an organisation.")
        return None
    found = accounts.find_party(reading, owner)
    if not offers and found.kind is not accounts.PartyKind.PERSON:
        raise Refused(f"{found.name} is no person, and only people own organisations.")
    return found.id


def _show(plan: Plan, file: Path) -> None:
    say(f"{file.name}: {len(plan.new)} new, {plan.known} already here, {len(plan.refused)} refused.")
    for notice in plan.notices:
        remark(f"  note: {notice}")
    for line, why in plan.refused:
        remark(f"  line {line}: {why}")


def _somebody_is_there() -> bool:
    return typer.get_text_stream("stdin").isatty()
