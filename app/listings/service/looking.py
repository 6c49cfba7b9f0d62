"""Looking at one listing: itself, its calendar, its judgement on an ask."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import PartySummary, Standing
from app.accounts.service import PartyKind
from app.api.schemas import MoneyRead
from app.kernel.actor import ActorKind
from app.kernel.intervals import Interval, interval_or_none
from app.kernel.languages import translate
from app.kernel.money import Money
from app.kernel.problems import FieldError, Invalid, NotAllowed, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import Reading
from app.listings import policy, repository
from app.listings.rules import price as rules
from app.listings.rules.capacity import calendar_steps, capacity
from app.listings.rules.kinds import Kind, Purpose, Reach
from app.listings.rules.lifecycle import State
from app.listings.rules.verdict import Ask, Audience, Verdict, next_free
from app.listings.rules.verdict import judge as judge_ask
from app.listings.schemas.calendar import (
    CalendarRead,
    ClosureRead,
    FreeWindow,
    HoursBody,
    HoursRead,
    ListingHours,
    QuoteAsk,
    QuoteRead,
    StepRead,
    Visibility,
)
from app.listings.schemas.parts import Cancellation, KnowHow, Limits, Space, Tariff, Time
from app.listings.schemas.values import ExactPlace, ListingSummary, Terms
from app.listings.schemas.views import (
    ListingRead,
    OriginRead,
    PlaceRead,
    ProviderRead,
    WantedRead,
)
from app.listings.service import values
from app.listings.tables import Listing, Origin

FARTHEST: Final = timedelta(days=3_660)
LONGEST: Final = timedelta(days=400)
_LOOK_AHEAD_DAYS: Final = 60


def find(reading: Reading, listing_id: UUID) -> Listing:
    """The row, where the actor may see it; else NotFound."""
    row = repository.find_visible(reading.session, listing_id, to=reading.actor)
    if row is None:
        raise NotFound
    return row


def _known(reading: Reading, listing_id: UUID) -> Listing:
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
    [shown] = describe(reading, [find(reading, listing_id)])
    return shown


def terms(reading: Reading, listing_id: UUID) -> Terms:
    """What a booking freezes of a listing; NotFound unless the actor may see it."""
    row = find(reading, listing_id)
    return values.terms_of(row, reading.session.get(Origin, row.origin_id) if row.origin_id else None)


def judge(
    reading: Reading,
    listing_id: UUID,
    *,
    span: Interval,
    units: int,
    borrower: Standing | None,
    holder_id: UUID | None = None,
) -> Verdict:
    """Everything that speaks against this ask, what is free for it, and its price (quote and request alike).

    `borrower` is None for a visitor or somebody at a partner. What `holder_id` already holds is not counted, and
    whoever has something to do with the listing already is judged even when they cannot see it any more.
    """
    row = find(reading, listing_id) if holder_id is None else _known(reading, listing_id)
    offer = values.offer_of(row, span, from_afar=reading.actor.kind is ActorKind.PARTNER)
    others = repository.occupancies(reading.session, row.id, values.around(span, offer.limits))
    taken = values.taken(other for other in others if other.holder_id != holder_id)
    return judge_ask(offer, Ask(span, units, values.asker_of(borrower)), taken, reading.now)


def quote(reading: Reading, listing_id: UUID, ask: QuoteAsk, *, language: str) -> QuoteRead:
    """Could the actor have it, what would it cost, why not, and when else. Visitors may ask, too."""
    row = find(reading, listing_id)
    span = span_of(reading, ask.starts_at, ask.ends_at, names=("/starts_at", "/ends_at"))
    ahead = Interval(span.start, span.end + timedelta(days=_LOOK_AHEAD_DAYS + 1))
    offer = values.offer_of(row, ahead)
    taken = values.taken(repository.occupancies(reading.session, row.id, values.around(ahead, offer.limits)))
    wish = Ask(span, ask.units, values.asker_of(_borrower(reading, ask.organisation_id)))
    verdict = judge_ask(offer, wish, taken, reading.now)
    other_day = (
        None if verdict.bookable else next_free(offer, wish, taken, reading.now, days=_LOOK_AHEAD_DAYS)
    )
    price = verdict.price
    return QuoteRead.model_validate(
        {
            "bookable": verdict.bookable,
            "free_units": verdict.free_units,
            "pricing": price.pricing,
            "price": _money(price.total),
            "tariff": price.tariff and _tariff(price.tariff),
            "billing_count": price.count,
            "deposit": _money(price.deposit),
            "reasons": [
                {"code": one.code, "detail": translate(one.detail, language)} for one in verdict.reasons
            ],
            "next_free": other_day and FreeWindow(starts_at=other_day.start, ends_at=other_day.end),
        }
    )


def _borrower(reading: Reading, organisation_id: UUID | None) -> Standing | None:
    actor = reading.actor
    if organisation_id is not None and not actor.belongs_to(organisation_id):
        raise NotAllowed(message("You can only ask in the name of an organisation you belong to."))
    party_id = organisation_id or (actor.id if actor.kind is ActorKind.PERSON else None)
    return accounts.standing_of_asker(reading, party_id) if party_id else None


def calendar(reading: Reading, listing_id: UUID, starts_at: datetime, ends_at: datetime) -> CalendarRead:
    """The range as the fewest steps: free units, and whether the hours allow it. Two queries, whatever the range."""
    row = find(reading, listing_id)
    within = span_of(reading, starts_at, ends_at, names=("from", "to"))
    offer = values.offer_of(row, within)
    busy = [
        (segment.interval, segment.used) for segment in repository.segments(reading.session, row.id, within)
    ]
    steps = calendar_steps(
        capacity(offer.units, offer.closures), busy, offer.hours.open_windows(row.kind, within), within
    )
    return CalendarRead(
        steps=[
            StepRead(
                starts_at=step.interval.start,
                ends_at=step.interval.end,
                free_units=step.free_units,
                open=step.open,
            )
            for step in steps
        ]
    )


def hours(reading: Reading, listing_id: UUID) -> ListingHours:
    """The hours by themselves."""
    row = find(reading, listing_id)
    return ListingHours(**hours_read(row).model_dump(), version=row.version)


def closures(reading: Reading, listing_id: UUID) -> list[ClosureRead]:
    """The closures, with reasons only for those who may see them."""
    row = find(reading, listing_id)
    return closures_read(row, private=policy.may_see_private(reading.actor, row.provider_id))


def exact_place(reading: Reading, listing_id: UUID) -> ExactPlace:
    """Where it really is. Asked only after a promise, or by the provider; nothing here checks that."""
    row = _known(reading, listing_id)
    return ExactPlace(
        street=row.street,
        postal_code=row.postal_code,
        locality=row.locality,
        district=row.district,
        lat=row.exact_lat,
        lon=row.exact_lon,
    )


def summaries(reading: Reading, listing_ids: Collection[UUID]) -> dict[UUID, ListingSummary]:
    """Listings in a line each, visible or not: for those who have to do with them already."""
    rows = repository.by_ids(reading.session, listing_ids)
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


def shared_ids(reading: Reading) -> Sequence[UUID]:
    """Our listings that partners may see."""
    return repository.shared_ids(reading.session)


def public_view(reading: Reading, listing_id: UUID) -> ListingRead | None:
    """What partners may see of one of our listings, or None: unpublished, kept at home, or reserved for some."""
    row = reading.session.get(Listing, listing_id)
    if (
        row is None
        or row.origin_id is not None
        or row.state is not State.PUBLISHED
        or row.federation is Reach.NONE
        or row.audience is not Audience.EVERYONE
    ):
        return None
    [shown] = describe(reading, [row], private=False)
    return shown


def describe(reading: Reading, rows: Sequence[Listing], *, private: bool | None = None) -> list[ListingRead]:
    """Rows as their readers see them; what providers alone see follows from the actor unless `private` says so."""
    parties = accounts.party_summaries(reading, {row.provider_id for row in rows if row.provider_id})
    origins = repository.origins(reading.session, {row.origin_id for row in rows if row.origin_id})
    return [
        ListingRead(
            **_plain(row),
            place=PlaceRead.model_validate(row),
            photos=[],
            tariffs=None if row.tariffs is None else [Tariff(**tariff) for tariff in row.tariffs],
            deposit=_money(values.deposit_of(row)),
            limits=Limits(**row.limits),
            hours=hours_read(row),
            closures=closures_read(
                row,
                private=policy.may_see_private(reading.actor, row.provider_id)
                if private is None
                else private,
            ),
            cancellation=Cancellation(hours_before=row.cancellation_hours),
            audience_organisation_id=row.audience_id,
            wanted=_wanted(row),
            origin=_origin(reading, row, origins),
            provider=_provider(row, parties),
        )
        for row in rows
    ]


_PLAIN: Final = (
    "id", "purpose", "kind", "title", "description", "language", "category", "tags", "units", "min_units",
    "booking_mode", "request_holds", "audience", "terms", "answer_hours", "federation", "state", "close_reason",
    "version", "created_at", "updated_at", "expires_at",
)  # fmt: skip
_DETAILS: Final = {Kind.SPACE: Space, Kind.KNOW_HOW: KnowHow, Kind.TIME: Time}


def _plain(row: Listing) -> dict[str, object]:
    details = {kind.value: None for kind in _DETAILS} | {
        kind.value: model(**row.details)
        for kind, model in _DETAILS.items()
        if kind is row.kind and row.details is not None
    }
    return {name: getattr(row, name) for name in _PLAIN} | details


def hours_read(row: Listing) -> HoursRead:
    """The hours with their zone."""
    return HoursRead(**HoursBody.model_validate(row.hours).model_dump(), zone=row.zone)


def closures_read(row: Listing, *, private: bool) -> list[ClosureRead]:
    """The closures; their reasons only where they are public or the reader may know."""
    return [
        closure
        if private or closure.visibility is Visibility.PUBLIC
        else closure.model_copy(update={"reason": None})
        for closure in values.closures_of(row)
    ]


def _money(money: Money | None) -> MoneyRead | None:
    return MoneyRead(amount_minor=money.amount_minor, currency=money.currency) if money else None


def _tariff(tariff: rules.Tariff) -> Tariff:
    return Tariff(
        tariff=tariff.name,
        billing_unit=tariff.billing_unit,
        amount_minor=tariff.price.amount_minor,
        currency=tariff.price.currency,
    )


def _wanted(row: Listing) -> WantedRead | None:
    if row.purpose is not Purpose.WANT or row.wanted_starts_at is None or row.wanted_ends_at is None:
        return None
    return WantedRead(
        starts_at=row.wanted_starts_at,
        ends_at=row.wanted_ends_at,
        units=row.units,
        filled_units=row.filled_units or 0,
    )


def _origin(reading: Reading, row: Listing, origins: dict[UUID, Origin]) -> OriginRead:
    if row.origin_id is None:
        base = reading.settings.public_url
        return OriginRead(
            instance=urlsplit(base).netloc, url=f"{base}/api/v1/listings/{row.id}", fresh_at=None
        )
    origin = origins[row.origin_id]
    return OriginRead(instance=origin.instance, url=row.origin_url or origin.url, fresh_at=origin.fresh_at)


def _provider(row: Listing, parties: dict[UUID, PartySummary]) -> ProviderRead:
    if row.provider_id is None:
        return ProviderRead.model_validate(row.provider_there)
    party = parties[row.provider_id]
    return ProviderRead(kind=PartyKind(party.kind), name=party.name, recognised=party.recognised)
