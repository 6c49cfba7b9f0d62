"""Drafts of an import become listings: what is new, what would be refused, and entering it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import repository
from app.listings.importing.drafting import ListingDraft
from app.listings.rules.lifecycle import CloseReason
from app.listings.schemas.commands import ListingCreate
from app.listings.service import life, writing


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do: what is new, how many are here already, and which lines are refused, and why."""

    new: tuple[ListingDraft, ...]
    known: int
    refused: tuple[tuple[int, str], ...]


def plan_import(reading: Reading, drafts: Sequence[ListingDraft]) -> ImportPlan:
    """What of these drafts is new, and what could not be a listing here."""
    there = repository.by_external_refs(reading.session, [reference(draft) for draft in drafts])
    fresh = [draft for draft in drafts if reference(draft) not in there]
    wrong = {draft.line: said for draft in fresh if (said := _wrong_with(draft))}
    new = tuple(draft for draft in fresh if draft.line not in wrong)
    return ImportPlan(new, len(drafts) - len(fresh), tuple(sorted(wrong.items())))


def enter(
    work: UnitOfWork,
    draft: ListingDraft,
    *,
    provider_id: UUID | None = None,
    organisation_id: UUID | None = None,
) -> UUID:
    """One draft becomes a listing, in the state it asks for; `provider_id` only where the house acts."""
    command = _command(draft, organisation_id)
    made = writing.create(work, command, provider_id=provider_id, external_ref=reference(draft))
    for step in _STEPS[draft.state]:
        step(work, made.id)
    return made.id


def reference(draft: ListingDraft) -> str:
    """What makes a row the same row next time."""
    return f"{draft.external.source}:{draft.external.id}"


def _command(draft: ListingDraft, organisation_id: UUID | None = None) -> ListingCreate:
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
            "organisation_id": organisation_id,
        }
    )


def _wrong_with(draft: ListingDraft) -> str:
    try:
        _command(draft)
    except ValidationError as error:
        return "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in error.errors())
    return ""


def _close(work: UnitOfWork, listing_id: UUID) -> None:
    life.close(work, listing_id, reason=CloseReason.OTHER)


_STEPS: Final[Mapping[str, Sequence[Callable[[UnitOfWork, UUID], object]]]] = {
    "draft": (),
    "published": (life.publish,),
    "paused": (life.publish, life.pause),
    "closed": (_close,),
}
"""How a new listing, which is a draft, comes into each state a row can ask for."""
