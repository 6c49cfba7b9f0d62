"""Hand-over windows and opening hours (T7), duration, steps and chains (T8), lead and horizon (T9), and the two nights
on which the clocks change (T13), sentence by sentence.
"""

# ruff: noqa: DTZ001 - wall-clock times are naive

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.intervals import Interval
from app.kernel.recurrence import DayWindow, Timetable, WeeklyWindow, entered_instant, instant
from app.kernel.rrule import Recurring, parse_rule
from app.listings.rules.eligibility import Tally
from app.listings.rules.hours import Hours, chain_of
from app.listings.rules.kinds import DEFAULTS, Kind, Limits
from app.listings.rules.verdict import Ask, Offer, judge

BERLIN = ZoneInfo("Europe/Berlin")
NOW = instant(datetime(2026, 2, 1), BERLIN)
FREELY = Limits(min_minutes=1, max_minutes=60 * 1440, step_minutes=1, horizon_days=400)
HOUR = timedelta(hours=1)


def local(*when: int) -> datetime:
    return instant(datetime(*when), BERLIN)  # type: ignore[arg-type]


def june(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of June 2026, which begins on a Monday."""
    return local(2026, 6, day, hour, minute)


def windows(*texts: str, days: str = "0123456", **fields: object) -> Timetable:
    """`windows("09:00-12:00", "14:00-18:00", days="01234")`."""
    parsed = [DayWindow.of(*text.split("-")) for text in texts]
    return Timetable(tuple(WeeklyWindow(int(day), window) for day in days for window in parsed), **fields)  # type: ignore[arg-type]


def judged(
    hours: Hours,
    start: datetime,
    end: datetime,
    kind: Kind = Kind.EQUIPMENT,
    *,
    limits: Limits = FREELY,
    history: tuple[Interval, ...] = (),
    now: datetime = NOW,
):
    ask = Ask(Interval(start, end), tally=Tally(used=history))
    return judge(Offer(kind=kind, hours=hours, limits=limits), ask, (), now).reasons


def codes(*args: object, **fields: object) -> list[str]:
    return [one.code for one in judged(*args, **fields)]  # type: ignore[arg-type]


# T7: hand-over windows.

SHOP = Hours(BERLIN, pick_up=windows("09:00-12:00", "14:00-18:00", days="01234"))


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ((1, 9), []),
        ((1, 12), []),
        ((1, 12, 1), ["outside_pick_up_hours"]),
        ((1, 13), ["outside_pick_up_hours"]),
        ((1, 14), []),
        ((1, 18), []),
        ((1, 8, 59), ["outside_pick_up_hours"]),
        ((1, 18, 1), ["outside_pick_up_hours"]),
    ],
)
def test_t07_the_start_lies_in_a_window_with_both_its_ends_and_never_in_the_lunch_break(
    start: tuple[int, ...], expected: list[str]
) -> None:
    assert codes(SHOP, june(*start), june(3, 10)) == expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ((3, 9), []),
        ((3, 12), []),
        ((3, 12, 1), ["outside_return_hours"]),
        ((3, 18), []),
        ((3, 18, 1), ["outside_return_hours"]),
        ((6, 10), ["outside_return_hours"]),
    ],
)
def test_t07_the_end_lies_in_a_window_with_both_its_ends(end: tuple[int, ...], expected: list[str]) -> None:
    assert codes(SHOP, june(1, 9), june(*end)) == expected


def test_t07_nobody_asks_whether_equipment_is_used_in_the_lunch_break_or_at_night() -> None:
    assert codes(SHOP, june(1, 11), june(1, 15)) == []
    assert codes(SHOP, june(1, 18), june(2, 9)) == []


def test_t07_pick_up_and_return_have_tables_of_their_own() -> None:
    apart = replace(SHOP, returns=windows("20:00-21:00", days="6"))

    assert codes(apart, june(1, 9), june(7, 20)) == []
    assert codes(apart, june(1, 9), june(2, 9)) == ["outside_return_hours"]
    assert codes(apart, june(7, 20), june(7, 21)) == ["outside_pick_up_hours"]


def test_t07_only_return_hours_leave_the_pick_up_free() -> None:
    only = Hours(BERLIN, returns=windows("20:00-21:00"))

    assert codes(only, june(1, 3), june(1, 20)) == []
    assert codes(only, june(1, 3), june(1, 4)) == ["outside_return_hours"]


def test_t07_an_exception_by_date_opens_and_closes() -> None:
    shop = replace(
        SHOP,
        pick_up=windows(
            "09:00-12:00",
            days="01234",
            exceptions={date(2026, 6, 6): (DayWindow.of("15:00", "16:00"),), date(2026, 6, 8): ()},
        ),
    )

    assert codes(shop, june(6, 15), june(9, 9)) == []
    assert codes(shop, june(8, 9), june(9, 9)) == ["outside_pick_up_hours"]
    assert codes(shop, june(6, 9), june(9, 9)) == ["outside_pick_up_hours"]


def test_t07_a_window_holds_on_the_first_and_the_last_day_of_its_validity_only() -> None:
    nine = DayWindow.of("09:00", "10:00")
    summer = tuple(WeeklyWindow(day, nine, date(2026, 6, 2), date(2026, 6, 4)) for day in range(7))
    hours = Hours(BERLIN, pick_up=Timetable(summer), returns=windows("00:00-24:00"))

    found = [codes(hours, june(day, 9), june(day, 10)) for day in (1, 2, 4, 5)]

    assert found == [["outside_pick_up_hours"], [], [], ["outside_pick_up_hours"]]


def test_t07_closed_days_in_between_are_named_where_they_are_not_allowed() -> None:
    strict = replace(SHOP, closed_days_between=False)

    [found] = judged(strict, june(5, 9), june(8, 9))

    assert (found.code, found.facts) == ("closed_days_between", {"days": ["2026-06-06", "2026-06-07"]})
    assert codes(SHOP, june(5, 9), june(8, 9)) == []
    assert codes(strict, june(1, 9), june(4, 9)) == []


def test_t07_a_day_on_which_things_only_come_back_is_no_closed_day() -> None:
    strict = replace(SHOP, returns=windows("09:00-10:00", days="56"), closed_days_between=False)

    assert codes(strict, june(5, 9), june(7, 9)) == []


def test_t07_the_reason_tells_the_day_and_its_windows() -> None:
    [found] = judged(SHOP, june(1, 13), june(2, 9))

    assert found.facts == {
        "date": "2026-06-01",
        "windows": [
            {"starts_at": "2026-06-01T07:00:00Z", "ends_at": "2026-06-01T10:00:00Z"},
            {"starts_at": "2026-06-01T12:00:00Z", "ends_at": "2026-06-01T16:00:00Z"},
        ],
        "holiday": None,
    }


@pytest.mark.parametrize("kind", [Kind.SPACE, Kind.TIME, Kind.KNOW_HOW])
def test_t07_the_whole_of_everything_else_lies_in_the_opening_hours(kind: Kind) -> None:
    open_twice = Hours(BERLIN, opening=windows("09:00-12:00", "14:00-18:00"))

    assert codes(open_twice, june(1, 9), june(1, 12), kind) == []
    assert codes(open_twice, june(1, 14), june(1, 18), kind) == []
    assert codes(open_twice, june(1, 11), june(1, 15), kind) == ["outside_opening_hours"]
    assert codes(open_twice, june(1, 12), june(1, 14), kind) == ["outside_opening_hours"]
    assert codes(open_twice, june(1, 8), june(1, 10), kind) == ["outside_opening_hours"]


def test_t07_windows_that_meet_at_midnight_are_one_opening() -> None:
    club = Hours(BERLIN, opening=windows("18:00-24:00", "00:00-02:00"))

    assert codes(club, june(1, 22), june(2, 2), Kind.SPACE) == []
    assert codes(club, june(1, 22), june(2, 3), Kind.SPACE) == ["outside_opening_hours"]


def test_t07_a_window_past_midnight_belongs_to_the_evening_it_opens() -> None:
    fridays = Hours(BERLIN, opening=windows("20:00-03:00", days="4"))

    assert codes(fridays, june(5, 20), june(6, 3), Kind.SPACE) == []
    assert codes(fridays, june(6, 1), june(6, 2), Kind.SPACE) == []
    assert codes(fridays, june(5, 1), june(5, 2), Kind.SPACE) == ["outside_opening_hours"]


def test_t07_a_window_to_24_00_takes_things_back_at_the_stroke_of_midnight() -> None:
    late = Hours(BERLIN, pick_up=windows("18:00-24:00", days="0"))

    assert codes(late, june(1, 18), june(2, 0)) == []
    assert codes(late, june(1, 18), june(2, 0, 1)) == ["outside_return_hours"]


def test_t07_overnight_asks_for_the_two_ends_only() -> None:
    day = Hours(BERLIN, opening=windows("09:00-18:00"), overnight=True)

    assert codes(day, june(1, 17), june(2, 10), Kind.SPACE) == []
    assert codes(day, june(1, 19), june(2, 10), Kind.SPACE) == ["outside_opening_hours"]
    assert codes(day, june(1, 17), june(2, 19), Kind.SPACE) == ["outside_opening_hours"]


def test_t07_overnight_over_closed_days_needs_that_they_are_allowed() -> None:
    weekdays = windows("09:00-18:00", days="01234")
    hut = Hours(BERLIN, opening=weekdays, overnight=True)

    assert codes(hut, june(5, 17), june(8, 10), Kind.SPACE) == []
    assert codes(replace(hut, closed_days_between=False), june(5, 17), june(8, 10), Kind.SPACE) == [
        "closed_days_between"
    ]


def test_t07_a_timetable_without_windows_is_never_open_and_none_is_always_open() -> None:
    for kind, field, code in [
        (Kind.EQUIPMENT, "pick_up", ["outside_pick_up_hours", "outside_return_hours"]),
        (Kind.SPACE, "opening", ["outside_opening_hours"]),
    ]:
        assert codes(Hours(BERLIN, **{field: Timetable()}), june(1, 9), june(1, 10), kind) == code
        assert codes(Hours(BERLIN), june(1, 3), june(1, 4), kind) == []


# T8: duration.


@pytest.mark.parametrize(
    ("minutes", "expected"), [(59, ["too_short"]), (60, []), (180, []), (181, ["too_long"])]
)
def test_t08_the_shortest_and_the_longest_time_are_allowed(minutes: int, expected: list[str]) -> None:
    limits = replace(FREELY, min_minutes=60, max_minutes=180)

    assert (
        codes(Hours(BERLIN), june(1, 9), june(1, 9) + timedelta(minutes=minutes), limits=limits) == expected
    )


def test_t08_the_reason_says_when_it_had_to_end() -> None:
    [found] = judged(Hours(BERLIN), june(1, 9), june(3, 9), limits=replace(FREELY, max_minutes=1440))

    assert found.facts == {"max_minutes": 1440, "latest_end": "2026-06-02T07:00:00Z"}


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [((9, 5), 30, []), ((9, 35), 60, []), ((9, 0), 30, ["off_grid"]), ((9, 5), 45, ["off_grid"])],
)
def test_t08_the_grid_is_anchored_at_the_opening_of_the_window(
    start: tuple[int, int], minutes: int, expected: list[str]
) -> None:
    room = Hours(BERLIN, opening=windows("08:05-20:00"))
    begins = june(1, *start)

    found = codes(
        room, begins, begins + timedelta(minutes=minutes), Kind.SPACE, limits=replace(FREELY, step_minutes=30)
    )

    assert found == expected


def test_t08_each_window_has_a_grid_of_its_own_and_the_reason_names_it() -> None:
    room = Hours(BERLIN, opening=windows("09:00-12:00", "14:20-18:00"))
    hourly = replace(FREELY, step_minutes=60)

    assert codes(room, june(1, 10), june(1, 11), Kind.SPACE, limits=hourly) == []
    assert codes(room, june(1, 15, 20), june(1, 16, 20), Kind.SPACE, limits=hourly) == []
    [found] = judged(room, june(1, 15), june(1, 16), Kind.SPACE, limits=hourly)
    assert found.facts == {"step_minutes": 60, "grid_starts_at": ["2026-06-01T12:20:00Z"]}


def test_t08_without_hours_the_grid_begins_at_midnight() -> None:
    hourly = replace(FREELY, step_minutes=60)

    assert codes(Hours(BERLIN), june(1, 9), june(1, 10), limits=hourly) == []
    assert codes(Hours(BERLIN), june(1, 9, 30), june(1, 10, 30), limits=hourly) == ["off_grid"]


@pytest.mark.parametrize(
    ("counted", "end", "expected"),
    [
        (None, 8, []),
        (None, 9, ["too_long"]),  # Friday to Tuesday: all closed days count
        (1, 9, []),  # the first closed day counts, the second does not
        (1, 10, ["too_long"]),
        (0, 10, []),  # no closed day counts
        (0, 11, ["too_long"]),
        (7, 9, ["too_long"]),  # there are only two, and both count
    ],
)
def test_t08_closed_days_count_towards_the_maximum_all_or_none_or_only_the_first_n(
    counted: int | None, end: int, expected: list[str]
) -> None:
    three_days = replace(FREELY, max_minutes=3 * 1440, closed_days_counted=counted)

    assert codes(SHOP, june(5, 9), june(end, 9), limits=three_days) == expected


def test_t08_closed_days_are_days_in_between_without_any_window() -> None:
    none = replace(FREELY, max_minutes=1440, closed_days_counted=0)
    daily = Hours(BERLIN, pick_up=windows("09:00-12:00"))
    sundays_off = replace(
        SHOP,
        pick_up=windows("09:00-12:00", exceptions={date(2026, 6, 2): ()}),
        returns=windows("09:00-10:00", days="0"),
    )

    assert codes(daily, june(1, 9), june(3, 9), limits=none) == ["too_long"]
    assert codes(sundays_off, june(1, 9), june(8, 9), limits=none) == ["too_long"]
    assert codes(Hours(BERLIN), june(1, 9), june(3, 9), limits=none) == ["too_long"]


def test_t08_a_holiday_is_a_closed_day_where_holidays_close() -> None:
    from app.listings.rules.holidays import Holidays

    saxony = Holidays("DE-SN")
    none = replace(FREELY, max_minutes=1440, closed_days_counted=0)
    shut = Hours(BERLIN, pick_up=windows("09:00-12:00", closed_on=saxony), holidays=saxony)
    monday_to_wednesday = (local(2026, 11, 17, 9), local(2026, 11, 19, 9))

    assert codes(shut, *monday_to_wednesday, limits=none) == []
    assert codes(replace(shut, pick_up=windows("09:00-12:00")), *monday_to_wednesday, limits=none) == [
        "too_long"
    ]


# T8: chains.

CHAINED = replace(FREELY, max_minutes=3 * 1440, chain_gap_minutes=1440)


def days(first: int, last: int) -> Interval:
    return Interval(june(first, 9), june(last, 9))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], []),
        ([(8, 9)], []),  # together three days
        ([(7, 9)], ["chain_too_long"]),
        ([(6, 8)], []),  # a whole day lies between: no chain
        ([(12, 14)], []),
        ([(11, 14)], ["chain_too_long"]),
        ([(8, 9), (11, 12)], ["chain_too_long"]),  # before and after
        ([(1, 2), (20, 21)], []),
    ],
)
def test_t08_bookings_of_one_person_closer_than_the_gap_count_as_one(
    history: list[tuple[int, int]], expected: list[str]
) -> None:
    past = tuple(days(*one) for one in history)

    found = codes(Hours(BERLIN), june(9, 9), june(11, 9), limits=CHAINED, history=past)

    assert found == expected


def test_t08_a_chain_is_made_of_links() -> None:
    links = (days(1, 2), Interval(june(2, 20), june(3, 20)))

    assert chain_of(Interval(june(4, 9), june(5, 9)), links, timedelta(days=1)) == Interval(
        june(1, 9), june(5, 9)
    )


def test_t08_without_a_gap_there_are_no_chains() -> None:
    off = replace(CHAINED, chain_gap_minutes=0)

    assert codes(Hours(BERLIN), june(9, 9), june(11, 9), limits=off, history=(days(7, 9), days(11, 14))) == []


def test_t08_exactly_the_gap_apart_is_far_enough() -> None:
    gap = timedelta(days=1)
    here = days(9, 11)

    assert chain_of(here, [Interval(here.end + gap, here.end + 2 * gap)], gap) == here
    assert chain_of(here, [Interval(here.end + gap - timedelta(minutes=1), here.end + 2 * gap)], gap) != here


def test_t08_the_reason_says_how_far_the_chain_reaches() -> None:
    [found] = judged(Hours(BERLIN), june(9, 9), june(11, 9), limits=CHAINED, history=(days(7, 9),))

    assert found.facts == {
        "max_minutes": 3 * 1440,
        "chain_gap_minutes": 1440,
        "chain_starts_at": "2026-06-07T07:00:00Z",
        "chain_ends_at": "2026-06-11T07:00:00Z",
    }


def test_t08_what_is_too_long_by_itself_is_said_once() -> None:
    assert codes(Hours(BERLIN), june(9, 9), june(13, 9), limits=CHAINED, history=(days(7, 9),)) == [
        "too_long"
    ]


def test_t08_closed_days_count_in_chains_as_they_do_alone() -> None:
    none = replace(CHAINED, closed_days_counted=0, max_minutes=2 * 1440)

    # Thursday to Friday, then Monday to Tuesday; Saturday and Sunday are closed and do not count.
    past = (Interval(june(4, 9), june(5, 18)),)
    assert codes(SHOP, june(6, 9), june(9, 9), limits=none, history=past)[-1:] == ["outside_pick_up_hours"]
    assert "chain_too_long" in codes(SHOP, june(6, 9), june(9, 9), limits=none, history=past)
    assert "chain_too_long" not in codes(
        SHOP, june(6, 9), june(9, 9), limits=replace(none, max_minutes=3 * 1440), history=past
    )


HOURS_OF_A_MONTH = st.builds(
    lambda start, length: Interval(june(1) + start * HOUR, june(1) + (start + length) * HOUR),
    st.integers(0, 400),
    st.integers(1, 40),
)


@settings(max_examples=60, deadline=None)
@given(HOURS_OF_A_MONTH, st.lists(HOURS_OF_A_MONTH, max_size=6), st.integers(1, 30))
def test_t08_a_chain_is_what_grows_together_hour_by_hour(
    span: Interval, others: list[Interval], gap: int
) -> None:
    """The slow way: mark every hour that is taken, and walk from the span until so many hours in a row are not."""
    taken = {
        june(1) + number * HOUR
        for number in range(500)
        if any(one.contains(june(1) + number * HOUR) for one in (span, *others))
    }

    def walk(moment: datetime, step: timedelta) -> datetime:
        """The last taken hour in this direction."""
        last, idle = moment, 0
        while idle < gap:
            moment += step
            idle = 0 if moment in taken else idle + 1
            last = moment if moment in taken else last
        return last

    slowly = Interval(walk(span.start, -HOUR), walk(span.end - HOUR, HOUR) + HOUR)

    assert chain_of(span, others, gap * HOUR) == slowly


# T9: lead and horizon, besides working days (test_holidays.py).


def test_t09_a_start_in_the_past_is_refused_and_one_at_this_very_moment_is_not() -> None:
    now = june(1, 9)

    assert codes(Hours(BERLIN), now - timedelta(minutes=1), now + HOUR, now=now, limits=FREELY) == [
        "in_the_past"
    ]
    assert codes(Hours(BERLIN), now, now + HOUR, now=now, limits=FREELY) == []


def test_t09_lead_time_is_real_time_even_when_the_clocks_change() -> None:
    now = local(2026, 3, 28, 18)
    a_day = replace(FREELY, lead_minutes=24 * 60)
    six_o_clock = local(2026, 3, 29, 18)  # 23 hours later

    assert codes(Hours(BERLIN), six_o_clock, six_o_clock + HOUR, now=now, limits=a_day) == ["too_soon"]
    assert codes(Hours(BERLIN), six_o_clock + HOUR, six_o_clock + 2 * HOUR, now=now, limits=a_day) == []


def test_t09_the_last_day_of_the_horizon_counts_as_a_whole() -> None:
    now, ten_days = june(1, 9), replace(FREELY, horizon_days=10)

    assert codes(Hours(BERLIN), june(11, 23), june(12, 1), now=now, limits=ten_days) == []
    [found] = judged(Hours(BERLIN), june(12, 0), june(12, 1), now=now, limits=ten_days)
    assert (found.code, found.facts) == ("too_far_ahead", {"horizon_days": 10, "last_day": "2026-06-11"})


# T13: 29 March 2026 has no half past two, 25 October 2026 has two of them.

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
FIRST_HALF_PAST_TWO = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
SECOND_HALF_PAST_TWO = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def recurring(start: datetime, length: timedelta, rule: str = "FREQ=DAILY") -> Recurring:
    """From a moment that somebody entered, as closures are."""
    wall_start, wall_end = (
        moment.astimezone(BERLIN).replace(tzinfo=None) for moment in (start, start + length)
    )
    return Recurring(wall_start, wall_end, parse_rule(rule), BERLIN)


def test_t13_a_time_that_does_not_exist_is_refused_on_direct_entry() -> None:
    with pytest.raises(ValueError, match="02:30"):
        entered_instant(datetime(2026, 3, 29, 2, 30), BERLIN)


def test_t13_a_time_that_does_not_exist_is_shifted_forward_in_a_series() -> None:
    nightly = recurring(local(2026, 3, 28, 2, 30), HOUR)

    found = list(nightly.occurrences(Interval(local(2026, 3, 29), local(2026, 3, 31))))

    assert [one.start for one in found] == [local(2026, 3, 29, 3, 30), local(2026, 3, 30, 2, 30)]


def test_t13_a_time_that_comes_twice_is_the_first_in_a_series_and_on_entry() -> None:
    nightly = recurring(local(2026, 10, 24, 2, 30), HOUR)

    found = list(nightly.occurrences(Interval(local(2026, 10, 25), local(2026, 10, 26))))

    assert [one.start for one in found] == [FIRST_HALF_PAST_TWO]
    assert entered_instant(datetime(2026, 10, 25, 2, 30), BERLIN) == FIRST_HALF_PAST_TWO


def test_t13_a_time_that_comes_twice_is_the_one_its_offset_says() -> None:
    nightly = recurring(SECOND_HALF_PAST_TWO, HOUR)

    found = list(nightly.occurrences(Interval(FIRST_HALF_PAST_TWO, local(2026, 10, 27))))

    assert [one.start for one in found] == [SECOND_HALF_PAST_TWO, local(2026, 10, 26, 2, 30)]
    assert [one.duration for one in found] == [HOUR, HOUR]


@pytest.mark.parametrize(("around", "utc_hours"), [(SPRING, [17, 16]), (AUTUMN, [16, 17])])
def test_t13_weekly_six_in_the_evening_stays_six_in_the_evening(around: date, utc_hours: list[int]) -> None:
    before = local(around.year, around.month, around.day, 18) - timedelta(days=7)
    choir = recurring(before.replace(hour=utc_hours[0]), 2 * HOUR, "FREQ=WEEKLY")

    found = list(choir.occurrences(Interval(before - 2 * HOUR, before + timedelta(days=8))))

    assert [one.start.astimezone(BERLIN).hour for one in found] == [18, 18]
    assert [one.start.hour for one in found] == utc_hours


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_t13_opening_hours_are_those_on_the_clock(day: date) -> None:
    hall = Hours(BERLIN, opening=windows("09:00-12:00"))
    at = (day.year, day.month, day.day)

    assert codes(hall, local(*at, 9), local(*at, 12), Kind.SPACE) == []
    assert codes(hall, local(*at, 8, 59), local(*at, 12), Kind.SPACE) == ["outside_opening_hours"]


def test_t13_opening_hours_through_the_night_last_an_hour_less_or_more() -> None:
    club = Hours(BERLIN, opening=windows("22:00-06:00"))

    for start, end, real in [
        (local(2026, 3, 28, 22), local(2026, 3, 29, 6), 7),
        (local(2026, 10, 24, 22), local(2026, 10, 25, 6), 9),
    ]:
        assert (end - start) == real * HOUR
        assert codes(club, start, end, Kind.SPACE) == []


def test_t13_a_window_in_the_skipped_hour_does_not_open_and_in_the_repeated_one_lasts_two() -> None:
    two_to_three = DayWindow.of("02:00", "03:00")
    autumn = two_to_three.on(AUTUMN, BERLIN)

    assert two_to_three.on(SPRING, BERLIN) is None
    assert autumn is not None
    assert autumn.duration == 2 * HOUR
    hall = Hours(BERLIN, opening=Timetable(exceptions={SPRING: (two_to_three,)}))
    assert codes(hall, local(2026, 3, 29, 1, 30), local(2026, 3, 29, 4), Kind.SPACE) == [
        "outside_opening_hours"
    ]


def test_t13_a_window_from_the_skipped_hour_opens_when_the_clocks_have_jumped() -> None:
    window = DayWindow.of("02:30", "05:00").on(SPRING, BERLIN)

    assert window == Interval(local(2026, 3, 29, 3, 30), local(2026, 3, 29, 5))


@pytest.mark.parametrize(("start", "real"), [((2026, 3, 28, 18), 23), ((2026, 10, 24, 18), 25)])
def test_t13_a_day_at_most_is_from_six_to_six_whatever_the_clocks_do(
    start: tuple[int, ...], real: int
) -> None:
    a_day = replace(DEFAULTS[Kind.EQUIPMENT].limits, max_minutes=1440, min_minutes=1440, horizon_days=400)
    begins, ends = local(*start), local(*start[:2], start[2] + 1, *start[3:])

    assert ends - begins == real * HOUR
    assert codes(Hours(BERLIN), begins, ends, limits=a_day) == []
    assert codes(Hours(BERLIN), begins, ends + timedelta(minutes=15), limits=a_day) == ["too_long"]
    assert codes(Hours(BERLIN), begins, ends - timedelta(minutes=15), limits=a_day) == ["too_short"]


def test_t07_what_has_no_hours_is_open_all_the_time() -> None:
    month = Interval(june(1), june(30))

    assert Hours(BERLIN).open_windows(Kind.SPACE, month) == [month]
    assert Hours(BERLIN, returns=windows("09:00-10:00")).open_windows(Kind.EQUIPMENT, month) == [month]
    assert len(SHOP.open_windows(Kind.EQUIPMENT, Interval(june(1), june(2)))) == 4
