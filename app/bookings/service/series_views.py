"""Series as people read them, in a fixed number of queries whatever their length."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import PartySummary
from app.bookings import policy, together
from app.bookings.policy import Parties
from app.bookings.rules.moves import allowed_actions
from app.bookings.rules.series import FAILED, answer_of
from app.bookings.rules.words import Action, Role, Side, State
from app.bookings.schemas import BookedListing, PartyRead, SeriesDateRead, SeriesLink, SeriesRead
from app.bookings.service.reasons import kept as stored
from app.bookings.service.reasons import told
from app.bookings.service.values import facts_of
from app.bookings.tables import Booking, BookingSeries, SeriesDate
from app.kernel.problems import Reason
from app.kernel.unit_of_work import Reading

_ENDINGS: Final = frozenset({Action.WITHDRAW, Action.DECLINE, Action.CANCEL})


def get(reading: Reading, series_id: UUID, *, language: str) -> SeriesRead:
    """One series, for its two sides; NotFound otherwise."""
    return read(reading, together.get_series(reading.session, series_id, to=reading.actor), language=language)


def of_booking(reading: Reading, booking: Booking, *, language: str) -> SeriesRead | None:
    """The series that this booking is a date of, for its two sides; None where it is none, and for others."""
    if booking.series_id is None:
        return None
    series = together.find_series(reading.session, booking.series_id, to=reading.actor)
    return read(reading, series, language=language) if series else None


def export(reading: Reading, person_id: UUID) -> list[SeriesRead]:
    """What this person borrows or lends in series, for them to take along."""
    return [
        read(reading, series, language=reading.settings.language)
        for series in together.series_with_person(reading.session, person_id, reading.actor.parties)
    ]


def read(
    reading: Reading,
    series: BookingSeries,
    *,
    kept: Mapping[date, Sequence[Reason]] | None = None,
    language: str,
) -> SeriesRead:
    """The series with what became of each date by now; `kept` says why a date did not follow just now."""
    rows = together.dates(reading.session, series.id)
    bookings = {one.id: one for one in together.bookings_of_series(reading.session, series.id)}
    parties = accounts.party_summaries(
        reading, {party for party in (series.borrower_id, series.provider_id) if party}
    )
    first = next(iter(bookings.values()))
    return SeriesRead(
        id=series.id,
        listing=BookedListing(
            id=series.listing_id, title=first.terms["title"], kind=first.kind, url=first.terms["url"]
        ),
        recurrence=series.recurrence,
        except_on=[date.fromisoformat(day) for day in series.except_on],
        zone=series.zone,
        starts_at=series.starts_at,
        ends_at=series.ends_at,
        units=series.units,
        purpose=series.purpose,
        until=series.until,
        open_ended=series.open_ended,
        borrower=party_read(series.borrower_id, parties),
        provider=party_read(series.provider_id, parties, far=first.remote_name),
        dates=[
            _date(row, bookings.get(row.booking_id) if row.booking_id else None, kept or {}, language)
            for row in rows
        ],
        allowed_actions=[
            SeriesLink(action=action, href=f"/api/v1/series/{series.id}/{action}", method="POST")
            for action in _possible(reading, series, rows, list(bookings.values()))
        ],
        created_at=series.created_at,
    )


def failed(row: SeriesDate, bookings: Mapping[UUID, Booking]) -> bool:
    """Whether this date could not be had: nothing came of the ask for it, here or at the partner it went to."""
    asked = bookings.get(row.booking_id) if row.booking_id else None
    return row.answer in FAILED and (asked is None or never_began(asked))


def never_began(booking: Booking) -> bool:
    """Whether the partner refused this at once, so that nothing of it stands there."""
    return booking.side is Side.REQUESTER and booking.remote_rev is None and booking.state is State.DECLINED


def party_read(
    party_id: UUID | None, parties: Mapping[UUID, PartySummary], *, far: str | None = None
) -> PartyRead:
    """A side by its name, at a partner by the partner's; somebody erased has none."""
    known = parties.get(party_id) if party_id else None
    if known is None:
        return PartyRead(id=None, kind="person", name=far or "", recognised=False)
    return PartyRead(id=known.id, kind=known.kind, name=known.name, recognised=known.recognised)


def _date(
    row: SeriesDate, booking: Booking | None, kept: Mapping[date, Sequence[Reason]], language: str
) -> SeriesDateRead:
    reasons = stored(kept[row.date]) if row.date in kept else row.reasons
    return SeriesDateRead.model_validate(
        {
            "date": row.date,
            "starts_at": booking.starts_at if booking else row.starts_at,
            "ends_at": booking.ends_at if booking else row.ends_at,
            "answer": answer_of(booking.state) if booking and not never_began(booking) else row.answer,
            "state": booking and booking.state,
            "booking_id": row.booking_id,
            "reasons": told(reasons, language),
        }
    )


def _possible(
    reading: Reading, series: BookingSeries, rows: Sequence[SeriesDate], bookings: Sequence[Booking]
) -> Iterator[str]:
    """What whoever reads can do now with the whole of it."""
    by_id = {one.id: one for one in bookings}
    roles = policy.roles_of(
        reading.actor, Parties(borrower_id=series.borrower_id, provider_id=series.provider_id)
    )
    actions = {
        action
        for booking in bookings
        for action in allowed_actions(
            booking.tail, booking.state, roles, facts=facts_of(booking), now=reading.now
        )
    }
    if Action.ACCEPT in actions:
        yield "accept"
    if Action.DECLINE in actions:
        yield "decline"
    if Role.BORROWER in roles and any(failed(row, by_id) and row.starts_at > reading.now for row in rows):
        yield "retry"
    if actions & _ENDINGS:
        yield "cancel"
