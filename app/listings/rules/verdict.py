"""Whether somebody can have something, and every reason why not. Quote and request ask the same function."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.kernel.intervals import Capacity, Interval
from app.kernel.money import Money
from app.kernel.problems import Reason
from app.kernel.recurrence import local_date
from app.kernel.text import utc_text
from app.listings.rules.capacity import Buffers, Closure, Occupancy, capacity, free_amid, free_for
from app.listings.rules.eligibility import (
    EVERYBODY,
    NOTHING,
    VISITOR,
    Asker,
    Audience,
    Door,
    House,
    Tally,
    eligibility_reasons,
    quota_reasons,
)
from app.listings.rules.hours import Hours, hours_reasons, length_reasons
from app.listings.rules.kinds import NO_QUOTA, STANDARD_LIMITS, Form, Kind, Limits, Purpose, Quota
from app.listings.rules.lifecycle import State
from app.listings.rules.price import Price, Tariff, price
from app.listings.rules.reasons import Ground, reason
from app.listings.rules.sessions import Session, session_reasons


@dataclass(frozen=True, slots=True)
class Offer:
    """What must be known about a listing to judge an ask for it."""

    kind: Kind
    hours: Hours
    purpose: Purpose = Purpose.OFFER
    state: State = State.PUBLISHED
    units: int = 1
    min_units: int = 1
    limits: Limits = STANDARD_LIMITS
    closures: tuple[Closure, ...] = ()
    audience: Audience = Audience.EVERYONE
    audience_id: UUID | None = None  # the organisation of `members_of`
    tariffs: tuple[Tariff, ...] | None = ()
    deposit: Money | None = None
    vat_permille: int | None = None
    provider_id: UUID | None = None
    form: Form | None = None  # of know-how
    sessions: tuple[Session, ...] = ()  # of know-how passed on in a group
    min_age: int | None = None
    quota: Quota = NO_QUOTA
    asks_per_week: int | None = None
    only_at_origin: bool = False  # a partner's listing that may be seen but not booked from here

    @property
    def buffers(self) -> Buffers:
        if self.form is Form.GROUP:
            return (
                Buffers()
            )  # a seat needs no setting-up; the timetable of the course leaves the room it needs
        return Buffers(
            timedelta(minutes=self.limits.buffer_before_minutes),
            timedelta(minutes=self.limits.buffer_after_minutes),
        )

    def open_windows(self, within: Interval) -> list[Interval]:
        """When the hours, or the sessions of a course, allow it within this stretch."""
        if self.form is not Form.GROUP:
            return self.hours.open_windows(self.kind, within)
        held = (session.interval.intersection(within) for session in self.sessions if not session.cancelled)
        return sorted((part for part in held if part), key=lambda part: part.start)

    @property
    def door(self) -> Door:
        return Door(
            zone=self.hours.zone,
            audience=self.audience,
            audience_id=self.audience_id,
            provider_id=self.provider_id,
            min_age=self.min_age,
            quota=self.quota,
            asks_per_week=self.asks_per_week,
        )


@dataclass(frozen=True, slots=True)
class Ask:
    """For when, how many, and who, with what they have already and under which policies of the instance."""

    interval: Interval
    units: int = 1
    asker: Asker = VISITOR
    tally: Tally = NOTHING
    house: House = EVERYBODY
    overriding: bool = False  # by the provider or staff, who say why
    buffers: Buffers | None = None  # those frozen in a booking that moves; None: the listing's of today


@dataclass(frozen=True, slots=True)
class Verdict:
    """Bookable when there is no reason against it. The price is told either way.

    `calendar_version` is that of the calendar on which it was decided, for those who check afterwards.
    """

    reasons: tuple[Reason, ...]
    free_units: int
    price: Price
    calendar_version: int | None = None

    @property
    def bookable(self) -> bool:
        return not self.reasons


def judge(offer: Offer, ask: Ask, taken: Iterable[Occupancy], now: datetime) -> Verdict:
    """All that speaks against the ask, how many units are free for it, and what it costs."""
    newcomer = occupancy_of(offer, ask)
    all_units, taken = capacity(offer.units, offer.closures), list(taken)
    free = free_for(newcomer, all_units, taken)
    if offer.form is Form.RECORDED:
        free = max(offer.units, ask.units)  # what is recorded is there for everybody
    reasons = (
        *_state_reasons(offer),
        *asker_reasons(offer, ask),
        *quota_reasons(offer.door, ask.interval, ask.tally, ask.house),
        *_time_reasons(offer, ask, free, now, scarcity(newcomer, all_units, taken, free)),
    )
    if ask.overriding:
        reasons = tuple(one for one in reasons if not _overridden(one, offer, ask, now))
    cost = price(
        offer.tariffs,
        offer.deposit,
        ask.interval,
        ask.units,
        zone=offer.hours.zone,
        recognised=ask.asker.recognised,
        vat_permille=offer.vat_permille,
    )
    return Verdict(reasons, free, cost)


def could_be_had(offer: Offer, ask: Ask, use: Sequence[tuple[Interval, int]], now: datetime) -> bool:
    """Whether nothing speaks against the time and the units, whoever asks, where only segments of use are known."""
    free = free_amid(occupancy_of(offer, ask), capacity(offer.units, offer.closures), use)
    scarce = reason(Ground.NOT_ENOUGH_UNITS, free_units=free)
    return next(_time_reasons(offer, ask, free, now, scarce), None) is None


def _time_reasons(offer: Offer, ask: Ask, free: int, now: datetime, scarce: Reason) -> Iterator[Reason]:
    if offer.form is Form.RECORDED:
        if ask.interval.end <= now:
            yield reason(Ground.IN_THE_PAST)
        return
    yield from _when_reasons(offer, ask.interval, now)
    if offer.form is Form.GROUP:
        yield from session_reasons(offer.sessions, ask.interval, now)
        yield from _unit_reasons(offer, ask, free, scarce)
        return
    yield from length_reasons(offer.limits, offer.hours, offer.kind, ask.interval, ask.tally.used)
    yield from hours_reasons(offer.hours, offer.kind, ask.interval)
    yield from _unit_reasons(offer, ask, free, scarce)


def occupancy_of(offer: Offer, ask: Ask) -> Occupancy:
    """What the ask would take, with the buffers of today frozen in it unless it has been given others before (T10)."""
    return Occupancy(ask.interval, ask.units, offer.buffers if ask.buffers is None else ask.buffers)


ELIGIBILITY: Final = frozenset(
    {
        Ground.AGE_UNKNOWN,
        Ground.AUDIENCE,
        Ground.ENOUGH_ASKS_THIS_WEEK,
        Ground.INSTANCE_POLICY,
        Ground.OWN_LISTING,
        Ground.SUSPENDED,
        Ground.TOO_MANY_BOOKINGS,
        Ground.TOO_MANY_DAYS,
        Ground.TOO_MANY_OF_THIS,
        Ground.TOO_YOUNG,
    }
)
"""What lies in who asks, not in the time; looked at again when a request is confirmed (T18)."""

SCARCITY: Final = frozenset({Ground.CLOSED, Ground.NOT_ENOUGH_UNITS, Ground.RELATED_TAKEN})
"""What lies in the units; looked at again for each new promise (T4, T6)."""

SESSIONS: Final = frozenset({Ground.NOT_A_SESSION, Ground.SESSION_CANCELLED})
"""What lies in the timetable of a course; looked at again when a request is confirmed."""


OF_THE_START: Final = frozenset(
    {Ground.IN_THE_PAST, Ground.TOO_SOON, Ground.TOO_FAR_AHEAD, Ground.OUTSIDE_PICK_UP_HOURS}
)
"""What lies in the start alone; where other terms leave the start as it was, it is not asked again."""

OVERRIDABLE: Final = frozenset(
    {
        Ground.CHAIN_TOO_LONG,
        Ground.CLOSED_DAYS_BETWEEN,
        Ground.ENOUGH_ASKS_THIS_WEEK,
        Ground.OFF_GRID,
        Ground.OUTSIDE_OPENING_HOURS,
        Ground.OUTSIDE_PICK_UP_HOURS,
        Ground.OUTSIDE_RETURN_HOURS,
        Ground.OWN_LISTING,
        Ground.TOO_FAR_AHEAD,
        Ground.TOO_LONG,
        Ground.TOO_MANY_BOOKINGS,
        Ground.TOO_MANY_DAYS,
        Ground.TOO_MANY_OF_THIS,
        Ground.TOO_SHORT,
        Ground.TOO_SOON,
    }
)
"""What the provider or staff may set aside, saying why (T9); never what is closed, taken, or not allowed at all."""


def _overridden(one: Reason, offer: Offer, ask: Ask, now: datetime) -> bool:
    zone = offer.hours.zone
    today = local_date(ask.interval.start, zone) == local_date(now, zone)
    return one.code in OVERRIDABLE or (one.code == Ground.IN_THE_PAST and today and ask.interval.end > now)


def request_expires_at(now: datetime, answer_hours: int, start: datetime) -> datetime:
    """When an unanswered request lapses: after the answer time, or at its own start (T20)."""
    return min(now + timedelta(hours=answer_hours), start)


_STATE_GROUNDS: Final[Mapping[State, Ground]] = MappingProxyType(
    {
        State.DRAFT: Ground.NOT_PUBLISHED,
        State.IN_REVIEW: Ground.NOT_PUBLISHED,
        State.PAUSED: Ground.PAUSED,
        State.EXPIRED: Ground.EXPIRED,
        State.CLOSED: Ground.WITHDRAWN,
    }
)


UNAVAILABLE: Final = frozenset({*_STATE_GROUNDS.values(), Ground.NOT_AN_OFFER, Ground.ONLY_AT_ORIGIN})
"""What lies in the listing itself: it takes nothing new, but what is under way goes on."""

BINDING_OFFERS: Final = ELIGIBILITY | SESSIONS | UNAVAILABLE | {Ground.IN_THE_PAST}
"""What binds a provider who offers something to somebody who is looking.

They may go beyond the hours and limits of their own listing.
"""


def _state_reasons(offer: Offer) -> Iterator[Reason]:
    if offer.purpose is not Purpose.OFFER:
        yield reason(Ground.NOT_AN_OFFER)
    if ground := _STATE_GROUNDS.get(offer.state):
        yield reason(ground)
    if offer.only_at_origin:
        yield reason(Ground.ONLY_AT_ORIGIN)


def asker_reasons(offer: Offer, ask: Ask) -> Iterator[Reason]:
    """Whether the offer is meant for this asker at that time (T18)."""
    return eligibility_reasons(offer.door, ask.asker, ask.interval, ask.house)


def _when_reasons(offer: Offer, span: Interval, now: datetime) -> Iterator[Reason]:
    """Past, lead time and horizon (T9); the last day of the horizon counts as a whole.

    The lead time is in hours of real time and in working days of the place; the later of the two counts.
    """
    limits, zone = offer.limits, offer.hours.zone
    earliest = max(
        now + timedelta(minutes=limits.lead_minutes),
        offer.hours.holidays.working_days_later(now, limits.lead_working_days, zone)
        if limits.lead_working_days
        else now,
    )
    last_day = local_date(now, zone) + timedelta(days=limits.horizon_days)
    if span.start < now:
        yield reason(Ground.IN_THE_PAST)
    elif span.start < earliest:
        yield reason(
            Ground.TOO_SOON,
            lead_minutes=limits.lead_minutes,
            lead_working_days=limits.lead_working_days,
            earliest_start=utc_text(earliest),
        )
    if local_date(span.start, zone) > last_day:
        yield reason(Ground.TOO_FAR_AHEAD, horizon_days=limits.horizon_days, last_day=last_day.isoformat())


def _unit_reasons(offer: Offer, ask: Ask, free: int, scarce: Reason) -> Iterator[Reason]:
    if ask.units < offer.min_units:
        yield reason(Ground.BELOW_MIN_UNITS, min_units=offer.min_units)
    if not capacity(offer.units, offer.closures).smallest(ask.interval):
        yield reason(Ground.CLOSED)
    elif free < ask.units:
        yield scarce


def scarcity(newcomer: Occupancy, all_units: Capacity, taken: Sequence[Occupancy], free: int) -> Reason:
    """Why there is not enough: others have it, or only what it is a part of, or a part of it (T17)."""
    own = [one for one in taken if not one.derived]
    if len(own) < len(taken) and free_for(newcomer, all_units, own) >= newcomer.units:
        return reason(Ground.RELATED_TAKEN)
    return reason(Ground.NOT_ENOUGH_UNITS, free_units=free)
