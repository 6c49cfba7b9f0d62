"""Bookings as people read them. Composed here, from front doors only, in a fixed number of queries."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import PartySummary
from app.api.schemas import MoneyRead
from app.bookings import policy, repository
from app.bookings.rules.facts import deadline, next_strike
from app.bookings.rules.moves import allowed_actions
from app.bookings.rules.reminders import MODERATOR_AFTER
from app.bookings.rules.states import access_is_open, contact_is_open, standing
from app.bookings.rules.words import CASES, Action, Clock, Exchange, Role, Side, State
from app.bookings.schemas import (
    AllowedAction,
    BookedListing,
    BookingQuery,
    BookingRead,
    BookingsExport,
    BookingSummary,
    CaseRead,
    ChangeRead,
    ContactRead,
    CounterRead,
    EventRead,
    ExchangeRead,
    MessageRead,
    PartyRead,
    RecordRead,
    RefusalRead,
    ReportRead,
)
from app.bookings.service import answering, contract, feeds, group_views, series_views
from app.bookings.service.values import facts_of, parties_of
from app.bookings.service.waiting import place_of
from app.bookings.tables import Booking, BookingEvent
from app.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor, fingerprint
from app.kernel.text import DEFAULT_LANGUAGE
from app.kernel.unit_of_work import Reading
from app.listings import service as listings

NO_ANSWER_AFTER: Final = timedelta(hours=24)


def get(reading: Reading, booking_id: UUID, *, language: str = DEFAULT_LANGUAGE) -> BookingRead:
    """One booking, as whoever asks may see it; NotFound otherwise."""
    found = repository.get_visible(reading.session, booking_id, to=reading.actor)
    return read(reading, found, language=language)


def page(reading: Reading, query: BookingQuery, *, ended: bool | None = None) -> Page[BookingSummary]:
    """One's own bookings and those of one's organisations, newest first; of all, or as they have ended or not."""
    filters = fingerprint((query.role, query.state, query.series_id, query.group_id, ended))
    before = _cursor_id(query.after, filters) if query.after else None
    found = repository.page(
        reading.session,
        of=reading.actor.parties,
        role=Role(query.role) if query.role else None,
        state=query.state,
        ended=ended,
        series_id=query.series_id,
        group_id=query.group_id,
        before=before,
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    more = encode_cursor([str(shown[-1].id)], filters=filters) if len(found) > query.limit else None
    return Page(summaries(reading, shown), more)


def next_clock(reading: Reading, booking_id: UUID) -> tuple[Clock, datetime] | None:
    """What happens to it by itself, and when, if nobody does anything before; None where nothing does."""
    booking = repository.get_visible(reading.session, booking_id, to=reading.actor)
    found = next_strike(booking.tail, booking.state, facts_of(booking))
    return (found[1].clock, found[0]) if found and found[1].clock else None


def export(reading: Reading, person_id: UUID) -> BookingsExport:
    """What this person borrowed, lent and wrote, for them to take along.

    What they asked for in the name of an organisation that they have left is its business, but for their own words.
    """
    found = repository.with_person(reading.session, person_id, reading.actor.parties)
    written = repository.written_by(reading.session, person_id)
    return BookingsExport(
        bookings=[_alone(reading, booking) for booking in found],
        series=series_views.export(reading, person_id),
        groups=group_views.export(reading, person_id),
        messages=[MessageRead.model_validate(message) for message in written],
        contracts=contract.export(
            reading, [one for one in found if person_id in (one.borrower_id, one.provider_id)]
        ),
        calendar_feeds=feeds.of_person(reading, person_id),
    )


def summaries(reading: Reading, bookings: Sequence[Booking]) -> list[BookingSummary]:
    """Bookings in a list, in a fixed number of queries."""
    parties, at_risk = _parties(reading, bookings), answering.at_risk(reading, bookings)
    return [
        BookingSummary(**_summary(reading, booking, parties, in_conflict=booking.id in at_risk))
        for booking in bookings
    ]


def read(reading: Reading, booking: Booking, *, language: str = DEFAULT_LANGUAGE) -> BookingRead:
    """The whole booking, for one of its sides or for staff; of a series with all its dates, for its sides."""
    series = series_views.of_booking(reading, booking, language=language)
    return _alone(reading, booking).model_copy(update={"series": series})


def _alone(reading: Reading, booking: Booking) -> BookingRead:
    roles = policy.roles_of(reading.actor, parties_of(booking))
    events = repository.events(reading.session, booking.id)
    in_conflict = bool(answering.at_risk(reading, [booking]))
    summary = _summary(reading, booking, _parties(reading, [booking]), in_conflict=in_conflict)
    return BookingRead(
        **summary,
        contact=_contact(reading, booking, roles),
        hand_over_code=booking.hand_over_code if Role.BORROWER in roles else None,
        access=access_of(reading, booking, roles),
        terms=booking.terms["terms"],
        answers=answering.answers(reading, booking, roles, summary["standing"]),
        ways_out=answering.ways_out(reading, booking, roles, summary["standing"]),
        case=_case(booking),
        attended=booking.attended,
        report=_report(booking, events),
        place_note=booking.place_note,
        condition=booking.condition,
        counter=_counter(booking),
        queue=place_of(reading, booking),
        change=_change(booking),
        events=[EventRead.model_validate(event) for event in events],
        records=[
            RecordRead.model_validate(record) for record in repository.records(reading.session, booking.id)
        ],
        photos=listings.photos_of_booking(reading, booking.id),
        series=None,
    )


def _case(booking: Booking) -> CaseRead | None:
    settles_at = deadline(Clock.SETTLEMENT, facts_of(booking))
    if booking.state not in CASES or settles_at is None:
        return None
    moderator_at = booking.since + MODERATOR_AFTER
    return CaseRead(
        since=booking.since, agreed_by=booking.spoke, moderator_at=moderator_at, settles_at=settles_at
    )


def _report(booking: Booking, events: Sequence[BookingEvent]) -> ReportRead | None:
    said = next((event for event in reversed(events) if event.action == Action.REPORT), None)
    if said is None or booking.minutes is None:
        return None
    open_still = booking.state is State.REPORTED
    agrees_at = deadline(Clock.AGREEMENT, facts_of(booking)) if open_still else None
    return ReportRead(minutes=booking.minutes, by=said.role, at=said.at, agrees_at=agrees_at)


def _parties(reading: Reading, bookings: Sequence[Booking]) -> Mapping[UUID, PartySummary]:
    ids = {party for booking in bookings for party in (booking.borrower_id, booking.provider_id) if party}
    return accounts.party_summaries(reading, ids)


def _summary(
    reading: Reading, booking: Booking, parties: Mapping[UUID, PartySummary], *, in_conflict: bool
) -> dict[str, Any]:
    facts, roles = facts_of(booking), policy.roles_of(reading.actor, parties_of(booking))
    price = booking.price or {}
    return {
        "id": booking.id,
        "listing": BookedListing(
            id=booking.listing_id,
            title=booking.terms["title"],
            kind=booking.kind,
            url=booking.terms["url"],
        ),
        "kind": booking.kind,
        "state": booking.state,
        "outcome": booking.outcome,
        "standing": standing(booking.state, facts, reading.now, in_conflict=in_conflict),
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
        "units": booking.units,
        "units_out": booking.units_out,
        "borrower": _party(booking, booking.borrower_id, parties, far=booking.side is Side.SUPPLIER),
        "provider": _party(booking, booking.provider_id, parties, far=booking.side is Side.REQUESTER),
        "want_id": booking.want_id,
        "purpose": booking.purpose,
        "series_id": booking.series_id,
        "group_id": booking.group_id,
        "price": _money(price.get("total")),
        "net": _money(price.get("net") or price.get("total")),
        "vat_permille": price.get("vat_permille"),
        "vat": _money(price.get("vat")),
        "total": _money(price.get("total")),
        "pricing": price.get("pricing", "by_arrangement"),
        "tariff": price.get("tariff"),
        "deposit": _money(price.get("deposit")),
        "expires_at": booking.expires_at,
        "exchange": exchange(booking, reading.now),
        "allowed_actions": _allowed(reading, booking, roles),
        "version": booking.version,
        "created_at": booking.created_at,
    }


def _money(amount: Mapping[str, Any] | None) -> MoneyRead | None:
    return MoneyRead(**amount) if amount else None


def _party(
    booking: Booking, party_id: UUID | None, parties: Mapping[UUID, PartySummary], *, far: bool
) -> PartyRead:
    """A side; somebody at a partner is known by the partner's name only, somebody erased by none."""
    known = parties.get(party_id) if party_id else None
    if known is None:
        name = (booking.remote_name or "") if far else ""
        return PartyRead(id=None, kind="person", name=name, recognised=False)
    return PartyRead(id=known.id, kind=known.kind, name=known.name, recognised=known.recognised)


def _allowed(reading: Reading, booking: Booking, roles: Collection[Role]) -> list[AllowedAction]:
    if booking.side is Side.REQUESTER:
        roles = {Role.BORROWER} & set(roles)  # the other roles are played where the provider is
    actions = allowed_actions(booking.tail, booking.state, roles, facts=facts_of(booking), now=reading.now)
    told = (booking.outlook or {}).get("allowed")
    if told is not None:  # a partner that keeps the facts to itself says what can be done
        actions = [action for action in actions if action in told]
    return [
        AllowedAction(action=action, href=f"/api/v1/bookings/{booking.id}/{action}", method="POST")
        for action in actions
    ]


def _counter(booking: Booking) -> CounterRead | None:
    if booking.counter is None:
        return None
    return CounterRead.model_validate(booking.counter | {"lapses_at": booking.expires_at})


def _change(booking: Booking) -> ChangeRead | None:
    if booking.change is None:
        return None
    lapses_at = deadline(Clock.CHANGE, facts_of(booking))
    return ChangeRead.model_validate(booking.change | {"lapses_at": lapses_at})


def exchange(booking: Booking, now: datetime) -> ExchangeRead | None:
    """How far we and the partner agree; a day after its time an unanswered question counts as not answered."""
    if booking.exchange_status is None:
        return None
    waited_until = (booking.expires_at or booking.starts_at) + NO_ANSWER_AFTER
    silent = booking.exchange_status is Exchange.SENDING and now > waited_until
    return ExchangeRead(
        status=Exchange.NO_ANSWER if silent else booking.exchange_status,
        as_of=booking.exchange_as_of,
        refused=RefusalRead.model_validate(booking.refusal) if booking.refusal else None,
    )


def _contact(reading: Reading, booking: Booking, roles: Collection[Role]) -> ContactRead | None:
    """How to reach the other side, while it is open to both (domain.md §6); staff reach both by themselves."""
    if not contact_is_open(booking.state, facts_of(booking), reading.now):
        return None
    if Role.BORROWER in roles:
        return _far(booking) if booking.side is Side.REQUESTER else _near_provider(reading, booking)
    if Role.PROVIDER not in roles:
        return None
    if booking.side is Side.SUPPLIER:
        return _far(booking)
    if booking.borrower_id is None:
        return None
    contact = accounts.contact(reading, booking.borrower_id)
    return ContactRead(name=contact.name, email=contact.email, phone=contact.phone, address=None)


def access_of(reading: Reading, booking: Booking, roles: Collection[Role]) -> str | None:
    """How to get in: as the provider says now, or did at the request, for a new door code is one for old promises."""
    opened = access_is_open(booking.tail, booking.state, facts_of(booking), reading.now)
    if Role.PROVIDER in roles or (Role.BORROWER in roles and opened):
        return listings.access(reading, booking.listing_id) or booking.terms.get("access")
    return None


def _near_provider(reading: Reading, booking: Booking) -> ContactRead | None:
    if booking.provider_id is None:
        return None
    contact = accounts.contact(reading, booking.provider_id)
    address = address_of(reading, booking)
    return ContactRead(name=contact.name, email=contact.email, phone=contact.phone, address=address)


def address_of(reading: Reading, booking: Booking) -> str | None:
    """The exact address in one line, for who has been promised something there."""
    place = listings.exact_place(reading, booking.listing_id)
    town = " ".join(part for part in (place.postal_code, place.locality) if part)
    return ", ".join(part for part in (place.street, town) if part) or None


def _far(booking: Booking) -> ContactRead | None:
    return ContactRead(**booking.remote_contact) if booking.remote_contact else None


def _cursor_id(cursor: str, filters: str) -> UUID:
    (last,) = decode_cursor(cursor, filters=filters, length=1)
    return cursor_uuid(last)


def cursor_uuid(value: Any) -> UUID:
    """The id in a cursor; a cursor that holds none is not ours."""
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor from error
