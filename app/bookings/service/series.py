"""Asking for several dates at once (T15). Each date has a booking of its own, or the reasons why not."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.accounts.schemas import Standing
from app.bookings import together
from app.bookings.events import SeriesAsked
from app.bookings.problems import NotBookable, StepNotPossible
from app.bookings.rules.series import Answer, Schedule, answer_of, answer_to, schedule
from app.bookings.schemas import BookingCreate, BookingRead, SeriesRead
from app.bookings.service import asking, series_views, views
from app.bookings.service.asking import Wish
from app.bookings.service.judging import asker
from app.bookings.service.reasons import distinct, kept
from app.bookings.service.several import Tried, try_dates
from app.bookings.tables import Booking, BookingSeries, SeriesDate
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.kernel.problems import NotAllowed, NotFound, SignInNeeded
from app.kernel.recurrence import local_date
from app.kernel.text import DEFAULT_LANGUAGE, message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.schemas import Terms


def request(work: UnitOfWork, ask: BookingCreate, *, language: str = DEFAULT_LANGUAGE) -> BookingRead:
    """Ask once, or with a rule on several dates: then the answer is the first booking, with all dates.

    A series is refused as a whole, with NotBookable and every date, only when no date at all can be had.
    """
    if ask.recurrence is None:
        return asking.request(work, ask)
    terms = listings.terms(work, ask.listing_id)
    borrower = asker(work, ask.in_whose_name)
    if borrower is None:
        raise SignInNeeded
    series, planned = _series(work, ask, ask.recurrence, terms, borrower)
    work.session.add(series)
    rows = [
        SeriesDate(
            id=new_id(),
            series_id=series.id,
            date=one.date,
            starts_at=one.span.start,
            ends_at=one.span.end,
            answer=Answer.REFUSED,
            reasons=[],
            tried_at=work.now,
        )
        for one in planned.dates
    ]
    first, *_ = _try(work, series, rows, terms, borrower, again=False)
    if ask.message:
        asking.say(work, first, ask.message)
    return views.read(work, first, language=language)


def retry(work: UnitOfWork, series_id: UUID, *, language: str) -> SeriesRead:
    """Try the dates again that failed and have not passed, on the listing's present terms; per-date answer.

    Refused with StepNotPossible when nothing is left to try, and with NotBookable when again no date can be had.
    """
    series = together.lock_series(work.session, series_id, to=work.actor)
    if series.borrower_id is None or not work.actor.speaks_for(series.borrower_id):
        raise NotAllowed
    tried = {one.id: one for one in together.bookings_of_series(work.session, series.id)}
    failed = [
        row
        for row in together.dates(work.session, series.id)
        if series_views.failed(row, tried) and row.starts_at > work.now
    ]
    if not failed:
        raise StepNotPossible(message("There is no date left that could be tried again."))
    try:
        terms = listings.terms(work, series.listing_id)
    except NotFound as gone:
        raise StepNotPossible(message("This is no longer offered to you.")) from gone
    organisation_id = None if series.borrower_id == work.actor.id else series.borrower_id
    _try(work, series, failed, terms, asker(work, organisation_id), again=True)
    return series_views.read(work, series, language=language)


def _series(
    work: UnitOfWork, ask: BookingCreate, recurrence: str, terms: Terms, borrower: Standing
) -> tuple[BookingSeries, Schedule]:
    first = listings.span_of(work, ask.starts_at, ask.ends_at, names=("/starts_at", "/ends_at"))
    horizon = local_date(work.now, terms.zone) + timedelta(days=terms.horizon_days)
    planned = schedule(first, recurrence, ask.except_on, terms.zone, horizon=horizon)
    series = BookingSeries(
        id=new_id(),
        listing_id=terms.listing_id,
        borrower_id=borrower.party_id,
        requested_by=work.actor.id,
        provider_id=terms.provider_id,
        purpose=ask.purpose,
        starts_at=first.start,
        ends_at=first.end,
        units=ask.units,
        recurrence=recurrence,
        except_on=[day.isoformat() for day in ask.except_on],
        zone=terms.zone.key,
        until=planned.until,
        open_ended=planned.open_ended,
        created_at=work.now,
    )
    return series, planned


def _try(
    work: UnitOfWork,
    series: BookingSeries,
    rows: Sequence[SeriesDate],
    terms: Terms,
    borrower: Standing | None,
    *,
    again: bool,
) -> list[Booking]:
    """Try these dates, keep what came of each, tell it once; answers the bookings made, at least one."""
    work.session.flush()  # the bookings refer to the series
    wishes = [
        Wish(
            listing_id=series.listing_id,
            span=Interval(row.starts_at, row.ends_at),
            units=series.units,
            borrower=borrower,
            purpose=series.purpose,
            series_id=series.id,
        )
        for row in rows
    ]
    tried = try_dates(work, wishes, terms)
    for row, one in zip(rows, tried, strict=True):
        row.booking_id, row.reasons = one.booking.id if one.booking else None, kept(one.reasons)
        row.answer, row.tried_at = _answer(one), work.now
        work.session.add(row)
    made = [one.booking for one in tried if one.booking]
    if not made:
        raise NotBookable(
            message("None of the dates can be had."),
            reasons=distinct(reason for one in tried for reason in one.reasons),
            dates=[_refused(row, one) for row, one in zip(rows, tried, strict=True)],
        )
    answers = [row.answer for row in rows]
    work.record(
        SeriesAsked(
            series_id=series.id,
            listing_id=series.listing_id,
            booking_id=made[0].id,
            confirmed=answers.count(Answer.CONFIRMED),
            requested=answers.count(Answer.REQUESTED),
            failed=len(rows) - len(made),
            again=again,
        )
    )
    return made


def _answer(one: Tried) -> Answer:
    if one.booking is not None:
        return answer_of(one.booking.state)
    codes = [reason.code for reason in one.reasons]
    return answer_to(codes, taken=listings.TAKEN, shut=listings.SHUT)


def _refused(row: SeriesDate, one: Tried) -> dict[str, Any]:
    """A date as the problem tells it; no row of it is stored."""
    starts_at, ends_at = (
        moment.isoformat().replace("+00:00", "Z") for moment in (row.starts_at, row.ends_at)
    )
    return {
        "date": row.date.isoformat(),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "answer": row.answer,
        "reasons": one.reasons,
    }
