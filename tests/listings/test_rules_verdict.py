"""Whether somebody can have something: every ground on its own, then all of them together."""

# ruff: noqa: DTZ001 - wall-clock times are naive

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from app.kernel.intervals import Interval
from app.kernel.recurrence import DayWindow, Timetable, WeeklyWindow, instant
from app.listings.rules.capacity import Buffers, Closure, Occupancy
from app.listings.rules.eligibility import Asker, Audience
from app.listings.rules.hours import Hours
from app.listings.rules.kinds import DEFAULTS, Kind, Limits, Purpose
from app.listings.rules.lifecycle import State
from app.listings.rules.reasons import Ground, reason
from app.listings.rules.verdict import Ask, Offer, judge, request_expires_at

BERLIN = ZoneInfo("Europe/Berlin")
MORNING, AFTERNOON = DayWindow.of("09:00", "12:00"), DayWindow.of("14:00", "18:00")


def local(*when: int) -> datetime:
    return instant(datetime(*when), BERLIN)  # type: ignore[arg-type]


NOW = local(2026, 5, 20, 12)


def weekly(*windows: DayWindow, days: str = "0123456") -> Timetable:
    return Timetable(tuple(WeeklyWindow(int(day), window) for day in days for window in windows))


def june(day: int, hour: int, minute: int = 0) -> datetime:
    return local(2026, 6, day, hour, minute)


def grounds(
    offer: Offer,
    start: datetime,
    end: datetime,
    *taken: Occupancy,
    units: int = 1,
    asker: Asker | None = None,
) -> list[str]:
    verdict = judge(offer, Ask(Interval(start, end), units, asker or Asker()), taken, NOW)
    assert verdict.bookable is not bool(verdict.reasons)
    return [one.code for one in verdict.reasons]


def offer(kind: Kind = Kind.EQUIPMENT, **fields: object) -> Offer:
    hours = fields.pop("hours", Hours(BERLIN))
    return Offer(kind=kind, hours=hours, limits=fields.pop("limits", DEFAULTS[kind].limits), **fields)  # type: ignore[arg-type]


def test_an_offer_without_hours_can_be_had_at_any_time() -> None:
    assert grounds(offer(), june(1, 3), june(1, 5)) == []


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.DRAFT, "not_published"),
        (State.IN_REVIEW, "not_published"),
        (State.PAUSED, "paused"),
        (State.EXPIRED, "expired"),
        (State.CLOSED, "withdrawn"),
    ],
)
def test_only_a_published_offer_can_be_booked(state: State, code: str) -> None:
    assert grounds(offer(state=state), june(1, 10), june(1, 12)) == [code]


def test_a_want_cannot_be_booked() -> None:
    assert grounds(offer(purpose=Purpose.WANT), june(1, 10), june(1, 12)) == ["not_an_offer"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((9, 0), (18, 0), []),
        ((12, 0), (14, 0), []),
        ((12, 15), (14, 0), ["outside_pick_up_hours"]),
        ((10, 0), (13, 45), ["outside_return_hours"]),
        ((8, 45), (18, 15), ["outside_pick_up_hours", "outside_return_hours"]),
    ],
)
def test_t07_equipment_changes_hands_inside_windows_with_both_ends_included(
    start: tuple[int, int], end: tuple[int, int], expected: list[str]
) -> None:
    drill = offer(hours=Hours(BERLIN, pick_up=weekly(MORNING, AFTERNOON)))

    assert grounds(drill, june(1, *start), june(1, *end)) == expected


def test_t07_return_windows_of_their_own_replace_the_pick_up_windows() -> None:
    drill = offer(hours=Hours(BERLIN, pick_up=weekly(MORNING), returns=weekly(AFTERNOON)))

    assert grounds(drill, june(1, 9), june(1, 14)) == []
    assert grounds(drill, june(1, 9), june(2, 9)) == ["outside_return_hours"]


@pytest.mark.parametrize(("allowed", "expected"), [(True, []), (False, ["closed_days_between"])])
def test_t07_closed_days_in_between_are_a_setting(allowed: bool, expected: list[str]) -> None:
    weekdays = weekly(MORNING, days="01234")
    drill = offer(hours=Hours(BERLIN, pick_up=weekdays, closed_days_between=allowed))

    assert grounds(drill, june(5, 9), june(8, 9)) == expected
    assert grounds(drill, june(1, 9), june(3, 9)) == []


@pytest.mark.parametrize("kind", [Kind.SPACE, Kind.TIME, Kind.KNOW_HOW])
def test_t07_the_whole_of_everything_else_lies_in_opening_hours(kind: Kind) -> None:
    room = offer(kind, hours=Hours(BERLIN, opening=weekly(MORNING, AFTERNOON)))

    assert grounds(room, june(1, 9), june(1, 12)) == []
    assert grounds(room, june(1, 11), june(1, 15)) == ["outside_opening_hours"]


def test_t07_a_space_that_stays_overnight_only_begins_and_ends_in_opening_hours() -> None:
    limits = replace(DEFAULTS[Kind.SPACE].limits, max_minutes=2 * 1440)
    hours = Hours(BERLIN, opening=weekly(MORNING, AFTERNOON))

    assert grounds(offer(Kind.SPACE, hours=hours, limits=limits), june(1, 17), june(2, 10)) == [
        "outside_opening_hours"
    ]
    overnight = replace(hours, overnight=True)
    assert grounds(offer(Kind.SPACE, hours=overnight, limits=limits), june(1, 17), june(2, 10)) == []
    assert grounds(offer(Kind.SPACE, hours=overnight, limits=limits), june(1, 17), june(2, 13)) == [
        "outside_opening_hours"
    ]


def test_t07_opening_hours_that_meet_at_midnight_are_one_opening() -> None:
    club = offer(Kind.SPACE, hours=Hours(BERLIN, opening=weekly(DayWindow.of("00:00", "24:00"))))

    assert grounds(club, june(1, 22), june(2, 2)) == []


def test_t07_a_timetable_without_windows_is_never_open() -> None:
    assert grounds(offer(Kind.SPACE, hours=Hours(BERLIN, opening=Timetable())), june(1, 9), june(1, 10)) == [
        "outside_opening_hours"
    ]


def test_t07_an_exception_closes_its_day() -> None:
    hours = Hours(BERLIN, opening=Timetable(weekly(MORNING).weekly, {date(2026, 6, 1): ()}))

    assert grounds(offer(Kind.SPACE, hours=hours), june(1, 9), june(1, 10)) == ["outside_opening_hours"]


@pytest.mark.parametrize("day", [local(2026, 3, 29), local(2026, 10, 25)])
def test_t13_on_the_days_the_clocks_change_the_hours_are_those_on_the_clock(day: datetime) -> None:
    room = offer(Kind.SPACE, hours=Hours(BERLIN, opening=weekly(MORNING)))
    nine, noon = (day.astimezone(BERLIN).replace(hour=hour) for hour in (9, 12))

    verdict = judge(room, Ask(Interval(nine, noon)), (), day - timedelta(days=1))

    assert verdict.bookable


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(30, ["too_short"]), (60, []), (180, []), (240, ["too_long"]), (75, ["off_grid"])],
)
def test_t08_length_has_a_minimum_a_maximum_and_a_step(minutes: int, expected: list[str]) -> None:
    limits = Limits(min_minutes=60, max_minutes=180, step_minutes=30)

    assert grounds(offer(limits=limits), june(1, 9), june(1, 9) + timedelta(minutes=minutes)) == expected


@pytest.mark.parametrize(("minute", "expected"), [(5, []), (35, []), (20, ["off_grid"]), (0, ["off_grid"])])
def test_t08_the_grid_of_starts_begins_when_the_window_opens(minute: int, expected: list[str]) -> None:
    hours = Hours(BERLIN, opening=weekly(DayWindow.of("08:05", "20:00")))
    room = offer(Kind.SPACE, hours=hours, limits=Limits(step_minutes=30))

    assert grounds(room, june(1, 9, minute), june(1, 9, minute) + timedelta(hours=1)) == expected


@pytest.mark.parametrize(("days", "expected"), [(14, []), (15, ["too_long"])])
def test_t08_a_fortnight_through_the_change_of_clocks_is_a_fortnight(days: int, expected: list[str]) -> None:
    start = datetime(2026, 10, 18, 18)
    drill = offer(limits=Limits(min_minutes=1440, max_minutes=14 * 1440, step_minutes=60))

    found = grounds(drill, instant(start, BERLIN), instant(start + timedelta(days=days), BERLIN))

    assert found == expected


@pytest.mark.parametrize(("hours", "expected"), [(12, ["off_grid"]), (23, ["off_grid"]), (25, [])])
def test_t08_a_step_of_a_day_is_a_day_on_the_clock(hours: int, expected: list[str]) -> None:
    midnight = local(2026, 10, 25)

    found = grounds(offer(limits=Limits(step_minutes=1440)), midnight, midnight + timedelta(hours=hours))

    assert found == expected


def test_t09_starts_in_the_past_too_soon_and_too_far_ahead_are_told_apart() -> None:
    drill = offer(limits=Limits(lead_minutes=24 * 60, horizon_days=30))
    an_hour = timedelta(hours=1)

    starts = [NOW - an_hour, NOW + 23 * an_hour, NOW + 24 * an_hour, june(19, 23), june(20, 0)]

    assert [grounds(drill, start, start + an_hour) for start in starts] == [
        ["in_the_past"], ["too_soon"], [], [], ["too_far_ahead"],
    ]  # fmt: skip


def test_units_are_enough_or_too_few_or_fewer_than_given_out() -> None:
    chairs = offer(units=40, min_units=10)
    promised = Occupancy(Interval(june(1, 9), june(1, 12)), 25)

    assert grounds(chairs, june(1, 9), june(1, 12), promised, units=15) == []
    assert grounds(chairs, june(1, 9), june(1, 12), promised, units=16) == ["not_enough_units"]
    assert grounds(chairs, june(1, 12), june(1, 13), promised, units=9) == ["below_min_units"]
    assert grounds(chairs, june(1, 12), june(1, 13), promised, units=41) == ["not_enough_units"]


def test_t11_closed_is_said_of_closures_not_of_other_bookings() -> None:
    span = Interval(june(1, 9), june(1, 12))

    assert grounds(offer(closures=(Closure(span),)), june(1, 9), june(1, 12)) == ["closed"]
    assert grounds(offer(), june(1, 9), june(1, 12), Occupancy(span, 1)) == ["not_enough_units"]


def test_the_verdict_tells_what_is_free_even_when_it_refuses() -> None:
    verdict = judge(
        offer(units=5),
        Ask(Interval(june(1, 9), june(5, 9)), units=3),
        [Occupancy(Interval(june(1, 9), june(2, 9)), 3), Occupancy(Interval(june(4, 9), june(5, 9)), 3)],
        NOW,
    )

    assert (verdict.bookable, verdict.free_units) == (False, 2)
    assert verdict.reasons == (reason(Ground.NOT_ENOUGH_UNITS, free_units=2),)


def test_t10_the_buffers_of_today_keep_a_newcomer_away_from_old_promises() -> None:
    room = offer(Kind.SPACE, limits=Limits(buffer_before_minutes=60))
    old = Occupancy(Interval(june(1, 9), june(1, 12)), 1, Buffers())

    assert grounds(room, june(1, 12, 30), june(1, 14), old) == ["not_enough_units"]
    assert grounds(room, june(1, 13), june(1, 14), old) == []


CLUB = uuid4()
ASKERS = {
    "visitor": Asker(),
    "resident": Asker(uuid4()),
    "member": Asker(uuid4(), organisations=frozenset({CLUB, uuid4()})),
    "organisation": Asker(uuid4(), is_organisation=True),
    "recognised": Asker(uuid4(), is_organisation=True, recognised=True),
}
WELCOME = {
    Audience.EVERYONE: set(ASKERS),
    Audience.ORGANISATIONS: {"organisation", "recognised"},
    Audience.RECOGNISED_ORGANISATIONS: {"recognised"},
    Audience.MEMBERS_OF: {"member"},
}


@pytest.mark.parametrize(("audience", "who"), list(product(Audience, ASKERS)))
def test_an_audience_admits_those_it_names_and_nobody_else(audience: Audience, who: str) -> None:
    reserved = offer(audience=audience, audience_id=CLUB)

    expected = [] if who in WELCOME[audience] else ["audience"]
    assert grounds(reserved, june(1, 9), june(1, 10), asker=ASKERS[who]) == expected


def test_nobody_borrows_from_themself_and_the_suspended_do_not_borrow_at_all() -> None:
    provider = uuid4()
    own = offer(provider_id=provider)

    assert grounds(own, june(1, 9), june(1, 10), asker=Asker(provider)) == ["own_listing"]
    assert grounds(own, june(1, 9), june(1, 10), asker=Asker(uuid4(), suspended=True)) == ["suspended"]


def test_what_a_partner_only_shows_is_booked_there() -> None:
    assert grounds(offer(only_at_origin=True), june(1, 9), june(1, 10)) == ["only_at_origin"]


def test_all_reasons_are_told_at_once() -> None:
    room = offer(
        Kind.SPACE,
        state=State.PAUSED,
        audience=Audience.ORGANISATIONS,
        min_units=2,
        units=2,
        limits=Limits(min_minutes=60, horizon_days=5),
        hours=Hours(BERLIN, opening=weekly(MORNING)),
    )
    span = Interval(june(1, 9, 5), june(1, 9, 10))

    found = grounds(room, span.start, span.end, Occupancy(span, 2))

    assert found == [
        "paused", "audience", "too_far_ahead", "too_short", "off_grid", "below_min_units", "not_enough_units",
    ]  # fmt: skip


def test_every_ground_has_a_sentence() -> None:
    assert all(str(reason(ground).detail).endswith(".") for ground in Ground)


def test_t20_a_request_lapses_after_the_answer_time_or_at_its_own_start() -> None:
    assert request_expires_at(NOW, 144, NOW + timedelta(days=30)) == NOW + timedelta(days=6)
    assert request_expires_at(NOW, 144, NOW + timedelta(hours=2)) == NOW + timedelta(hours=2)
