"""Who may have something, and how much of it (T18). Pure: what is known of the asker, and what they have already."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.kernel.intervals import Interval
from app.kernel.problems import Reason
from app.kernel.recurrence import local_date
from app.listings.rules.kinds import NO_QUOTA, Quota
from app.listings.rules.reasons import Ground, reason

_INSTANT: Final = timedelta(microseconds=1)
_WEEK: Final = timedelta(days=7)
_WEEKS_AHEAD: Final = 10


class Audience(StrEnum):
    """Whom an offer is for (T18)."""

    EVERYONE = "everyone"
    RECOGNISED_ORGANISATIONS = "recognised_organisations"
    ORGANISATIONS = "organisations"
    MEMBERS_OF = "members_of"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a person or an organisation, or None for a visitor or somebody at a partner.

    `organisations` are those the asker belongs to; an organisation belongs to itself. `born_on` is that of the person
    who acts, None where nobody knows.
    """

    party_id: UUID | None = None
    is_organisation: bool = False
    organisations: frozenset[UUID] = frozenset()
    recognised: bool = False
    suspended: bool = False
    born_on: date | None = None


VISITOR: Final = Asker()


def in_public(asker: Asker) -> Asker:
    """What everybody may know of this asker: not their age, not where they belong, not whether they are suspended."""
    own = {asker.party_id} if asker.is_organisation and asker.party_id else ()
    return replace(asker, organisations=frozenset(own), suspended=False, born_on=None)


@dataclass(frozen=True, slots=True)
class Tally:
    """What counts already, the booking that is judged left out.

    `active` is how many bookings the asker has under way everywhere, `here` when those of this listing are; `used`
    is when the asker has or had it, those that are over included; `asked_for` is when anybody's asks for it start.
    """

    active: int = 0
    here: tuple[Interval, ...] = ()
    used: tuple[Interval, ...] = ()
    asked_for: tuple[datetime, ...] = ()


NOTHING: Final = Tally()


@dataclass(frozen=True, slots=True)
class House:
    """The instance's own policies: who may borrow at all, and how much at a time; None is any number."""

    borrowers: Audience = Audience.EVERYONE
    active_bookings: int | None = None


EVERYBODY: Final = House()


@dataclass(frozen=True, slots=True)
class Door:
    """Whom a listing is for and how much they may have of it; the rest of an offer does not matter here."""

    zone: ZoneInfo
    audience: Audience = Audience.EVERYONE
    audience_id: UUID | None = None  # the organisation of `members_of`
    provider_id: UUID | None = None
    min_age: int | None = None
    quota: Quota = NO_QUOTA
    asks_per_week: int | None = None


def eligibility_reasons(door: Door, asker: Asker, span: Interval, house: House) -> Iterator[Reason]:
    """Whether it is meant for this asker at all."""
    if not welcome(house.borrowers, asker):
        yield reason(Ground.INSTANCE_POLICY, audience=house.borrowers.value)
    if asker.suspended:
        yield reason(Ground.SUSPENDED)
    if door.provider_id is not None and asker.party_id == door.provider_id:
        yield reason(Ground.OWN_LISTING)
    if not welcome(door.audience, asker, door.audience_id):
        yield reason(Ground.AUDIENCE, audience=door.audience.value)
    if door.min_age is not None:
        if asker.born_on is None:
            yield reason(Ground.AGE_UNKNOWN, min_age=door.min_age)
        elif age(asker.born_on, on=local_date(span.start, door.zone)) < door.min_age:
            yield reason(Ground.TOO_YOUNG, min_age=door.min_age)


def welcome(audience: Audience, asker: Asker, organisation_id: UUID | None = None) -> bool:
    """Whether the audience takes in this asker; `organisation_id` is the one of `members_of`."""
    match audience:
        case Audience.EVERYONE:
            return True
        case Audience.ORGANISATIONS:
            return asker.is_organisation
        case Audience.RECOGNISED_ORGANISATIONS:
            return asker.is_organisation and asker.recognised
        case Audience.MEMBERS_OF:
            return organisation_id in asker.organisations


def age(born_on: date, *, on: date) -> int:
    """In whole years; whoever was born on 29 February turns a year older on 1 March (§ 188 BGB)."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def quota_reasons(door: Door, span: Interval, tally: Tally, house: House) -> Iterator[Reason]:
    """Whether the asker would have too much, or the provider too many asks in that week."""
    if house.active_bookings is not None and tally.active >= house.active_bookings:
        yield reason(Ground.TOO_MANY_BOOKINGS, active_bookings=house.active_bookings)
    if door.quota.active_bookings is not None and len(tally.here) >= door.quota.active_bookings:
        yield reason(Ground.TOO_MANY_OF_THIS, active_bookings=door.quota.active_bookings)
    if door.quota.days_per_month is not None:
        yield from _days_reasons(door.zone, door.quota.days_per_month, span, tally)
    if door.asks_per_week is not None:
        yield from _asks_reasons(door.zone, door.asks_per_week, span, tally)


def _days_reasons(zone: ZoneInfo, most: int, span: Interval, tally: Tally) -> Iterator[Reason]:
    """Days on the calendar of the place, each counted once however often it was had on it."""
    wanted, used = _days(span, zone), {day for one in tally.used for day in _days(one, zone)}
    for month in sorted({(day.year, day.month) for day in wanted}):
        days = {day for day in wanted | used if (day.year, day.month) == month}
        if len(days) > most:
            yield reason(Ground.TOO_MANY_DAYS, month="{}-{:02}".format(*month), days_per_month=most)


def _days(span: Interval, zone: ZoneInfo) -> set[date]:
    first, last = local_date(span.start, zone), local_date(span.end - _INSTANT, zone)
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}


def _asks_reasons(zone: ZoneInfo, most: int, span: Interval, tally: Tally) -> Iterator[Reason]:
    """Weeks from Monday to Sunday (ISO 8601) on the calendar of the place."""
    weeks = [_monday(moment, zone) for moment in tally.asked_for]
    monday = _monday(span.start, zone)
    if weeks.count(monday) < most:
        return
    later = (monday + _WEEK * number for number in range(1, _WEEKS_AHEAD))
    free = next((week for week in later if weeks.count(week) < most), None)
    yield reason(
        Ground.ENOUGH_ASKS_THIS_WEEK, asks_per_week=most, next_free_week=free.isoformat() if free else None
    )


def _monday(moment: datetime, zone: ZoneInfo) -> date:
    day = local_date(moment, zone)
    return day - timedelta(days=day.weekday())
