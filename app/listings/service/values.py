"""From rows to the values that rules judge and other rooms freeze."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from app.accounts.schemas import Standing
from app.accounts.service import PartyKind
from app.kernel.intervals import Interval
from app.kernel.money import Money
from app.kernel.recurrence import DayWindow, Timetable, WeeklyWindow
from app.kernel.rrule import Recurring, parse_rule
from app.listings import snapshots
from app.listings.rules.capacity import Buffers, Closure, Occupancy
from app.listings.rules.eligibility import Asker, Audience, House
from app.listings.rules.holidays import NO_HOLIDAYS, Holidays
from app.listings.rules.hours import Hours
from app.listings.rules.kinds import DEFAULTS, Form, Kind, Limits, Quota, Reach
from app.listings.rules.price import BillingUnit, Tariff, TariffName
from app.listings.rules.sessions import Session
from app.listings.rules.verdict import Offer
from app.listings.schemas.calendar import ClosureRead, HoursBody, TimetableBody, Weekday
from app.listings.schemas.values import Terms
from app.listings.snapshots import Snapshot
from app.listings.tables import Listing, Origin
from app.listings.tables import Occupancy as OccupancyRow
from app.settings import Settings

_WEEKDAYS: Final = list(Weekday)
_MOST_BUFFER: Final = timedelta(days=7)  # what an older promise may have been given at most


def zone_of(row: Listing) -> ZoneInfo:
    return ZoneInfo(row.zone)


def limits_of(row: Listing) -> Limits:
    return Limits(**row.limits)


def tariffs_of(row: Listing) -> tuple[Tariff, ...] | None:
    if row.tariffs is None:
        return None
    return tuple(
        Tariff(
            TariffName(tariff["tariff"]),
            BillingUnit(tariff["billing_unit"]),
            Money(tariff["amount_minor"], tariff["currency"]),
        )
        for tariff in row.tariffs
    )


def deposit_of(row: Listing) -> Money | None:
    if row.deposit_minor is None or row.deposit_currency is None:
        return None
    return Money(row.deposit_minor, row.deposit_currency)


def form_of(row: Listing) -> Form | None:
    if row.kind is not Kind.KNOW_HOW:
        return None
    return Form((row.details or {}).get("form", Form.ONE_TO_ONE))


def sessions_of(row: Listing) -> tuple[Session, ...]:
    """The sessions of a course; none where know-how is passed on otherwise. A partner's have ids made of their time."""
    if form_of(row) is not Form.GROUP:
        return ()
    return tuple(
        Session(
            UUID(one["id"]) if one.get("id") else uuid5(row.id, one["starts_at"]),
            session_interval(one),
            one.get("cancelled", False),
        )
        for one in (row.details or {}).get("sessions", ())
    )


def session_interval(said: Mapping[str, Any]) -> Interval:
    return Interval(datetime.fromisoformat(said["starts_at"]), datetime.fromisoformat(said["ends_at"]))


def session_document(session: Session) -> dict[str, Any]:
    """As it is stored and told."""
    interval = session.interval
    return {
        "id": str(session.id),
        "starts_at": interval.start.isoformat().replace("+00:00", "Z"),
        "ends_at": interval.end.isoformat().replace("+00:00", "Z"),
        "cancelled": session.cancelled,
    }


def holidays_of(row: Listing, region: str) -> Holidays:
    """The public holidays of the place; where it names no state, ours those of the region, a partner's none."""
    return Holidays(row.subdivision or (None if row.origin_id else region))


def hours_of(row: Listing, region: str) -> Hours:
    """The listing's hours; where it says nothing of its own, what is usual for its kind."""
    return _hours(json.dumps(row.hours), row.kind, row.zone, holidays_of(row, region))


@lru_cache(maxsize=20_000)
def _hours(said: str, kind: Kind, zone: str, holidays: Holidays) -> Hours:
    """Read once: a search looks at the same few timetables again and again."""
    body, usual = HoursBody.model_validate_json(said), DEFAULTS[kind]
    closed_on = holidays if _or_usual(body.closed_on_holidays, usual.closed_on_holidays) else NO_HOLIDAYS
    return Hours(
        zone=ZoneInfo(zone),
        pick_up=_timetable(body.pick_up, closed_on),
        returns=_timetable(body.returns, closed_on),
        opening=_timetable(body.opening, closed_on),
        holidays=holidays,
        closed_days_between=_or_usual(body.closed_days_between, usual.closed_days_between),
        overnight=_or_usual(body.overnight, usual.overnight),
    )


def _or_usual(own: bool | None, usual: bool) -> bool:
    return usual if own is None else own


def _timetable(body: TimetableBody | None, closed_on: Holidays) -> Timetable | None:
    if body is None:
        return None
    weekly = tuple(
        WeeklyWindow(
            _WEEKDAYS.index(entry.weekday),
            DayWindow.of(entry.opens, entry.closes),
            entry.valid_from,
            entry.valid_until,
        )
        for entry in body.weekly
    )
    exceptions = {
        day.date: tuple(DayWindow.of(window.opens, window.closes) for window in day.windows)
        for day in body.exceptions
    }
    return Timetable(weekly, exceptions, closed_on)


def buffers_of(row: Listing) -> Buffers:
    limits = limits_of(row)
    return Buffers(
        timedelta(minutes=limits.buffer_before_minutes), timedelta(minutes=limits.buffer_after_minutes)
    )


def closures_of(row: Listing) -> list[ClosureRead]:
    """Its own closures, for those who look at them."""
    return [ClosureRead.model_validate(closure) for closure in row.closures]


def all_closures_of(row: Listing) -> list[ClosureRead]:
    """Its own and those of what it is a part of, and of its parts, as far as they close it (T17)."""
    around = row.closures_around or []
    return closures_of(row) + [ClosureRead.model_validate(closure) for closure in around]


def closed_within(closures: Iterable[ClosureRead], zone: ZoneInfo, within: Interval) -> tuple[Closure, ...]:
    """Every time within the stretch at which something is closed, recurring closures expanded (T11)."""
    return tuple(
        Closure(interval, closure.units)
        for closure in closures
        for interval in _occurrences(closure, zone, within)
    )


def busy_elsewhere(row: Listing, within: Interval) -> tuple[Closure, ...]:
    """What external calendars close within the stretch, its own and those of its relatives: all units."""
    first, last = within.start.timestamp(), within.end.timestamp()
    return tuple(
        Closure(Interval(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)))
        for start, end in (*row.external_busy, *(row.busy_around or ()))
        if start < last and end > first
    )


def _occurrences(closure: ClosureRead, zone: ZoneInfo, within: Interval) -> Iterable[Interval]:
    once = Interval(closure.starts_at, closure.ends_at)
    if closure.recurrence is None:
        return [once] if once.overlaps(within) else []
    start, end = (moment.astimezone(zone).replace(tzinfo=None) for moment in (once.start, once.end))
    if end <= start:  # within the hour that comes twice
        end = start + once.duration
    except_on = frozenset[date](closure.except_on)
    return Recurring(start, end, parse_rule(closure.recurrence), zone, except_on).occurrences(within)


def offer_of(row: Listing, within: Interval, *, region: str, from_afar: bool = False) -> Offer:
    """What must be known to judge an ask within this stretch; `from_afar` for one that comes from a partner.

    `region` is the instance's own state, whose holidays count where the place names none.
    """
    offer = _offer_of_snapshot if isinstance(row, Snapshot) else _offer
    found = offer(
        row, region, (from_afar or row.origin_id is not None) and row.federation is not Reach.BOOKABLE
    )
    if not (row.closures or row.closures_around or row.external_busy or row.busy_around):
        return found
    closed = closed_within(all_closures_of(row), zone_of(row), within)
    return replace(found, closures=(*closed, *busy_elsewhere(row, within)))


def _offer(row: Listing, region: str, only_at_origin: bool) -> Offer:
    return Offer(
        kind=row.kind,
        hours=hours_of(row, region),
        purpose=row.purpose,
        state=row.state,
        units=row.units,
        min_units=row.min_units,
        limits=limits_of(row),
        audience=row.audience,
        audience_id=row.audience_id,
        tariffs=tariffs_of(row),
        deposit=deposit_of(row),
        vat_permille=row.vat_permille,
        provider_id=row.provider_id,
        form=form_of(row),
        sessions=sessions_of(row),
        min_age=row.min_age,
        quota=quota_of(row) or Quota(),
        asks_per_week=asks_per_week_of(row),
        only_at_origin=only_at_origin,
    )


_offer_of_snapshot: Final = lru_cache(maxsize=snapshots.MOST)(_offer)


def asker_of(borrower: Standing | None) -> Asker:
    """What rules look at in a borrower; None is a visitor, or somebody at a partner."""
    if borrower is None:
        return Asker()
    return Asker(
        party_id=borrower.party_id,
        is_organisation=borrower.kind is PartyKind.ORGANISATION,
        organisations=borrower.member_of,
        recognised=borrower.recognised,
        suspended=borrower.suspended,
        born_on=borrower.born_on,
    )


def house_of(settings: Settings) -> House:
    """The policies of the instance that rules look at."""
    return House(
        borrowers=Audience(settings.who_may_borrow),
        active_bookings=settings.max_active_bookings or None,
    )


def asks_per_week_of(row: Listing) -> int | None:
    """How many asks a week the provider of time or know-how wants (Zeitschutz)."""
    asks: int | None = (row.details or {}).get("asks_per_week")
    return asks


def taken(rows: Iterable[OccupancyRow]) -> list[Occupancy]:
    return [
        Occupancy(
            Interval(row.starts_at, row.ends_at),
            row.units,
            frozen_buffers(row),
            derived=row.derived,
        )
        for row in rows
    ]


def frozen_buffers(row: OccupancyRow) -> Buffers:
    """The buffers it was promised with: they stay, whatever the listing asks for today (T10)."""
    return Buffers(timedelta(minutes=row.buffer_before_minutes), timedelta(minutes=row.buffer_after_minutes))


def around(span: Interval, limits: Limits) -> Interval:
    """Where to look for what could collide with the span, its own buffers included."""
    room = timedelta(minutes=max(limits.buffer_before_minutes, limits.buffer_after_minutes))
    return Interval(span.start - room, span.end + room + _MOST_BUFFER)


def quota_of(row: Listing) -> Quota | None:
    return Quota(**row.quota) if row.quota else None


def terms_of(row: Listing, origin: Origin | None) -> Terms:
    limits, details = limits_of(row), row.details or {}
    return Terms(
        listing_id=row.id,
        version=row.version,
        title=row.title,
        units=row.units,
        kind=row.kind,
        form=form_of(row),
        purpose=row.purpose,
        state=row.state,
        provider_id=row.provider_id,
        origin_id=row.origin_id,
        origin_listing_id=row.origin_listing_id,
        origin_name=origin.name if origin else None,
        origin_url=row.origin_url or (origin.url if origin else None),
        federation=row.federation,
        booking_mode=row.booking_mode,
        request_holds=row.request_holds,
        answer_hours=row.answer_hours,
        cancellation_hours=row.cancellation_hours,
        overdue_margin_hours=row.overdue_margin_hours,
        queue_turn_hours=row.queue_turn_hours,
        min_age=row.min_age,
        quota=quota_of(row),
        asks_per_week=asks_per_week_of(row),
        part_of=row.part_of,
        horizon_days=limits.horizon_days,
        release_after_minutes=details.get("release_after_minutes"),
        access_notes=details.get("access_notes"),
        access=details.get("access"),
        access_at_once=details.get("access_at_once", False),
        zone=zone_of(row),
        buffer_before_minutes=limits.buffer_before_minutes,
        buffer_after_minutes=limits.buffer_after_minutes,
        tariffs=tariffs_of(row),
        deposit=deposit_of(row),
        vat_permille=row.vat_permille,
        text=row.terms,
        contract_text=row.contract_text,
    )
