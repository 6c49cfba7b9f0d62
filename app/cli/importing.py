"""`depot import`: what others keep in a table becomes listings and organisations here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer
from pydantic import ValidationError

from app.accounts import service as accounts
from app.cli.schema import opened
from app.cli.terminal import Refused, counting, remark, say
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings
from app.listings.importing.drafting import Draft, Drafts, ListingDraft, OrganisationDraft, draft_file
from app.listings.importing.mapping import load_mapping, named_mappings
from app.listings.schemas import ListingClose, ListingCreate

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
    refs = [_ref(draft) for draft in drafts.ready]
    known = accounts.organisations_from(reading, refs) | listings.by_external_refs(reading, refs).keys()
    refused = [(row.line, str(row.reason.detail)) for row in drafts.refused]
    new: list[Draft] = []
    for draft in drafts.ready:
        if _ref(draft) in known:
            continue
        if wrong := _wrong_with(draft):
            refused.append((draft.line, wrong))
        else:
            new.append(draft)
    notices = [str(notice) for notice in drafts.notices]
    if placed := sum(isinstance(draft, OrganisationDraft) and draft.point is not None for draft in new):
        notices.append(f"{placed} organisations have a place; only their listings can, so it is left out.")
    return Plan(tuple(new), len(known), tuple(sorted(refused)), tuple(notices))


def enter(work: UnitOfWork, draft: Draft, owner_id: UUID | None) -> None:
    """One draft becomes what it describes, in the state it asks for."""
    if isinstance(draft, OrganisationDraft):
        accounts.found_organisation(
            work,
            name=draft.name,
            description=draft.description,
            owner_id=owner_id,
            external_ref=_ref(draft),
        )
        return
    made = listings.create(work, command_for(draft), provider_id=owner_id, external_ref=_ref(draft))
    for step in _STEPS[draft.state]:
        step(work, made.id)


def command_for(draft: ListingDraft) -> ListingCreate:
    """The listing a draft describes. Without a price it is by arrangement, unless the file says it is free."""
    return ListingCreate.model_validate(
        {
            "purpose": draft.purpose,
            "kind": draft.kind,
            "title": draft.title,
            "description": draft.description,
            "language": draft.language,
            "category": draft.category,
            "tags": list(draft.tags),
            "units": draft.units,
            "place": {
                "district": draft.district,
                "lat": draft.point and draft.point.lat,
                "lon": draft.point and draft.point.lon,
            },
            "tariffs": [] if draft.free_of_charge else None,
            "federation": draft.federation,
        }
    )


def _close(work: UnitOfWork, listing_id: UUID) -> None:
    ended = ListingClose.model_validate({"reason": "other"})
    listings.close(work, listing_id, reason=ended.reason)


_STEPS: Final[Mapping[str, Sequence[Callable[[UnitOfWork, UUID], object]]]] = {
    "draft": (),
    "published": (listings.publish,),
    "paused": (listings.publish, listings.pause),
    "closed": (_close,),
}
"""How a new listing, which is a draft, comes into each state a row can ask for."""


def _wrong_with(draft: Draft) -> str:
    if isinstance(draft, OrganisationDraft):
        return ""
    try:
        command_for(draft)
    except ValidationError as error:
        return "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in error.errors())
    return ""


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
