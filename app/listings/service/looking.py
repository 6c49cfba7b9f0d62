"""Looking at one listing: itself, its calendar, its judgement on an ask."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.kernel.intervals import Interval, interval_or_none
from app.kernel.problems import FieldError, Invalid, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import Reading
from app.listings import policy, repository
from app.listings.rules.capacity import calendar_steps, capacity
from app.listings.rules.eligibility import Audience
from app.listings.rules.kinds import Reach
from app.listings.rules.lifecycle import State
from app.listings.schemas.calendar import (
    CalendarRead,
    ClosuresRead,
    ListingHours,
    StepRead,
)
from app.listings.schemas.values import ExactPlace, ListingSummary, Terms
from app.listings.schemas.views import (
    ListingRead,
)
from app.listings.service import describing, values
from app.listings.tables import Listing, Origin

FARTHEST: Final = timedelta(days=3_660)
LONGEST: Final = timedelta(days=400)


def find(reading: Reading, listing_id: UUID) -> Listing:
    """The row, where the actor may see it; else NotFound."""
    row = repository.find_visible(reading.session, listing_id, to=reading.actor)
    if row is None:
        raise NotFound
    return row


def known(reading: Reading, listing_id: UUID) -> Listing:
    row = reading.session.get(Listing, listing_id)
    if row is None:
        raise NotFound
    return row


def span_of(reading: Reading, starts_at: datetime, ends_at: datetime, *, names: tuple[str, str]) -> Interval:
    """A stretch somebody asks about; Invalid when reversed, longer than 400 days or ten years off."""
    span = interval_or_none(starts_at, ends_at)
    if span is None:
        raise Invalid(FieldError(names[1], message("The end must lie after the start.")))
    if span.duration > LONGEST:
        raise Invalid(FieldError(names[1], message("That is longer than 400 days.")))
    if not (reading.now - FARTHEST < span.start and span.end < reading.now + FARTHEST):
        raise Invalid(FieldError(names[0], message("That is more than ten years away.")))
    return span


def read(reading: Reading, listing_id: UUID) -> ListingRead:
    """One listing as the actor may see it."""
    [shown] = describing.describe(reading, [find(reading, listing_id)])
    return shown


def terms(reading: Reading, listing_id: UUID) -> Terms:
    """What a booking freezes of a listing; NotFound unless the actor may see it."""
    row = find(reading, listing_id)
    return values.terms_of(row, reading.session.get(Origin, row.origin_id) if row.origin_id else None)


def calendar(reading: Reading, listing_id: UUID, starts_at: datetime, ends_at: datetime) -> CalendarRead:
    """The range as the fewest steps: free units, and whether the hours allow it. Two queries, whatever the range."""
    row = find(reading, listing_id)
    within = span_of(reading, starts_at, ends_at, names=("from", "to"))
    offer = values.offer_of(row, within, region=reading.settings.subdivision)
    busy = [
        (segment.interval, segment.used) for segment in repository.segments(reading.session, row.id, within)
    ]
    steps = calendar_steps(capacity(offer.units, offer.closures), busy, offer.open_windows(within), within)
    return CalendarRead(
        steps=[
            StepRead.of_checked(
                {
                    "starts_at": step.interval.start,
                    "ends_at": step.interval.end,
                    "free_units": step.free_units,
                    "open": step.open,
                }
            )
            for step in steps
        ]
    )


def hours(reading: Reading, listing_id: UUID) -> ListingHours:
    """The hours by themselves."""
    row = find(reading, listing_id)
    return ListingHours(
        **describing.hours_read(row, reading.settings.subdivision).model_dump(), version=row.version
    )


def closures(reading: Reading, listing_id: UUID) -> ClosuresRead:
    """The closures, with reasons only for those who may see them."""
    row = find(reading, listing_id)
    private = policy.may_see_private(reading.actor, row.provider_id)
    return ClosuresRead(items=describing.closures_read(row, private=private))


def exact_place(reading: Reading, listing_id: UUID) -> ExactPlace:
    """Where it really is. Asked only after a promise, or by the provider; nothing here checks that."""
    return _place(known(reading, listing_id))


def exact_places(reading: Reading, listing_ids: Collection[UUID]) -> dict[UUID, ExactPlace]:
    """The same for many."""
    return {row.id: _place(row) for row in repository.by_ids(reading.session, listing_ids)}


def _place(row: Listing) -> ExactPlace:
    return ExactPlace(
        street=row.street,
        postal_code=row.postal_code,
        locality=row.locality,
        district=row.district,
        lat=row.exact_lat,
        lon=row.exact_lon,
    )


def may_edit(reading: Reading, listing_id: UUID) -> bool:
    """Whether the actor speaks for the listing."""
    row = known(reading, listing_id)
    return row.origin_id is None and policy.may_edit(reading.actor, row.provider_id)


def access(reading: Reading, listing_id: UUID) -> str | None:
    """How to get in, where the listing says it. Asked only after a promise, in its time; nothing here checks that."""
    details = known(reading, listing_id).details or {}
    return details.get("access_notes") or details.get("access")


def visible_summaries(reading: Reading, listing_ids: Collection[UUID]) -> dict[UUID, ListingSummary]:
    """Listings in a line each, as far as the actor may see them now."""
    return _summarised(reading, repository.visible_of(reading.session, listing_ids, to=reading.actor))


def summaries(reading: Reading, listing_ids: Collection[UUID]) -> dict[UUID, ListingSummary]:
    """Listings in a line each, visible or not: for those who have to do with them already."""
    return _summarised(reading, repository.by_ids(reading.session, listing_ids))


def _summarised(reading: Reading, rows: Sequence[Listing]) -> dict[UUID, ListingSummary]:
    origins = repository.origins(reading.session, {row.origin_id for row in rows if row.origin_id})
    return {
        row.id: ListingSummary(
            id=row.id,
            title=row.title,
            kind=row.kind,
            provider_id=row.provider_id,
            origin=origins[row.origin_id].name if row.origin_id else None,
        )
        for row in rows
    }


def by_external_refs(reading: Reading, refs: Collection[str]) -> dict[str, UUID]:
    """Which of these came in by an import before."""
    return repository.by_external_refs(reading.session, refs)


def shared_ids(reading: Reading, *, provider_id: UUID | None = None) -> Sequence[UUID]:
    """Our listings that partners may see; with `provider_id`, those of this party."""
    return repository.shared_ids(reading.session, provider_id=provider_id)


def ids_of(reading: Reading, provider_id: UUID) -> Sequence[UUID]:
    """All that a party offers or seeks, in every state."""
    return [row.id for row in repository.of_provider(reading.session, provider_id)]


class Unshared(StrEnum):
    """Why partners do not see a listing, or no longer."""

    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Shared:
    """One of our listings as partners may see it, the digests of its photos' large files as far as known, and the
    street that its words must not tell.
    """

    view: ListingRead
    photo_digests: Mapping[UUID, str | None]
    street: str | None


def shared(reading: Reading, listing_ids: Collection[UUID]) -> dict[UUID, Shared | Unshared]:
    """What partners may see of each of these; else why not: unpublished, kept at home, reserved for some, gone."""
    rows = {row.id: row for row in repository.by_ids(reading.session, listing_ids)}
    why = {listing_id: _why_not(rows.get(listing_id)) for listing_id in listing_ids}
    told = [rows[listing_id] for listing_id, reason in why.items() if reason is None]
    views = {view.id: view for view in describing.describe(reading, told, private=False)}
    digests: defaultdict[UUID | None, dict[UUID, str | None]] = defaultdict(dict)
    for photo in repository.photos(reading.session, listing_ids=list(views)):
        digests[photo.listing_id][photo.id] = photo.large_digest
    return {
        listing_id: reason
        or Shared(views[listing_id], digests[listing_id], describing.private_street(rows[listing_id]))
        for listing_id, reason in why.items()
    }


def _why_not(row: Listing | None) -> Unshared | None:
    """A draft alone is deleted by its provider, and nobody has seen it: what is not here was erased, and so was a
    shell without a title.
    """
    if row is None or not row.title:
        return Unshared.ERASED
    if row.state is State.EXPIRED:
        return Unshared.EXPIRED
    travels = row.federation is not Reach.NONE and row.audience is Audience.EVERYONE
    ours_and_public = row.origin_id is None and row.state is State.PUBLISHED
    return None if ours_and_public and travels else Unshared.WITHDRAWN
