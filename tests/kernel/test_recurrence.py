"""Opening hours in wall-clock time, through both nights on which the clocks change."""

# ruff: noqa: DTZ001 - wall-clock times are naive

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.intervals import Interval
from app.kernel.recurrence import (
    DayWindow,
    Timetable,
    WeeklyWindow,
    days_later,
    entered_instant,
    instant,
)

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)


def local(*when: int) -> datetime:
    return instant(datetime(*when), BERLIN)  # type: ignore[arg-type]


def daily(*windows: DayWindow) -> Timetable:
    return Timetable(tuple(WeeklyWindow(weekday, window) for weekday in range(7) for window in windows))


def test_t13_weekly_six_in_the_evening_stays_six_in_the_evening() -> None:
    sundays = Timetable((WeeklyWindow(6, DayWindow.of("18:00", "20:00")),))

    found = sundays.windows(Interval(local(2026, 3, 20), local(2026, 4, 6)), BERLIN)

    assert [window.start.astimezone(BERLIN).hour for window in found] == [18, 18, 18]
    assert [window.start.hour for window in found] == [17, 16, 16]


def test_t13_a_time_the_clocks_skip_is_shifted_forward_when_it_recurs_and_refused_when_entered() -> None:
    skipped = datetime(2026, 3, 29, 2, 30)

    assert instant(skipped, BERLIN).astimezone(BERLIN).strftime("%H:%M") == "03:30"
    with pytest.raises(ValueError, match="02:30"):
        entered_instant(skipped, BERLIN)


def test_t13_a_time_that_happens_twice_means_the_first() -> None:
    twice = datetime(2026, 10, 25, 2, 30)

    assert instant(twice, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert entered_instant(twice, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_t13_a_window_wholly_inside_the_skipped_hour_does_not_open() -> None:
    assert DayWindow.of("02:00", "03:00").on(SPRING, BERLIN) is None


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 6, 1), 24)])
def test_t01_a_whole_day_lasts_as_long_as_the_day(day: date, hours: int) -> None:
    window = DayWindow.of("00:00", "24:00").on(day, BERLIN)

    assert window is not None
    assert window.duration == timedelta(hours=hours)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (date(2026, 10, 24), 25)])
def test_t01_a_day_later_shows_the_same_clock_time(day: date, hours: int) -> None:
    noon_before = (
        local(day.year, day.month, day.day) - timedelta(hours=6)
        if day == SPRING
        else local(day.year, day.month, day.day, 18)
    )

    assert days_later(noon_before, 1, BERLIN) - noon_before == timedelta(hours=hours)


def test_t07_a_window_past_midnight_belongs_to_the_day_it_opens() -> None:
    fridays = Timetable((WeeklyWindow(4, DayWindow.of("22:00", "02:00")),))

    assert fridays.windows_at(local(2026, 6, 6, 1, 30), BERLIN) == [
        Interval(local(2026, 6, 5, 22), local(2026, 6, 6, 2))
    ]
    assert fridays.windows_at(local(2026, 6, 5, 1, 30), BERLIN) == []


def test_t07_a_lunch_break_is_closed_and_both_ends_of_a_window_are_open() -> None:
    hours = daily(DayWindow.of("09:00", "12:00"), DayWindow.of("14:00", "18:00"))

    for hour, minute, is_open in [
        (9, 0, True),
        (12, 0, True),
        (12, 1, False),
        (13, 59, False),
        (14, 0, True),
    ]:
        assert bool(hours.windows_at(local(2026, 6, 1, hour, minute), BERLIN)) is is_open


def test_t07_an_exception_replaces_the_windows_of_its_date_only() -> None:
    christmas, short_day = date(2026, 12, 24), date(2026, 12, 31)
    hours = Timetable(
        daily(DayWindow.of("09:00", "17:00")).weekly,
        {christmas: (), short_day: (DayWindow.of("09:00", "12:00"),)},
    )

    assert hours.windows_of(christmas) == ()
    assert hours.windows_of(short_day) == (DayWindow.of("09:00", "12:00"),)
    assert hours.windows_of(date(2026, 12, 23)) == (DayWindow.of("09:00", "17:00"),)


def test_t07_a_window_holds_from_the_first_to_the_last_day_of_its_validity() -> None:
    summer = WeeklyWindow(0, DayWindow.of("09:00", "17:00"), date(2026, 6, 1), date(2026, 6, 29))
    mondays = [date(2026, 5, 25), date(2026, 6, 1), date(2026, 6, 29), date(2026, 7, 6)]

    assert [summer.holds_on(monday) for monday in mondays] == [False, True, True, False]


@pytest.mark.parametrize(
    "text", ["9:00", "24:01", "25:00", "12:60", "noon", "", "１２:00", "12:00:00", "-1:00"]
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        DayWindow.of(text, "23:00")


def test_a_window_cannot_open_at_the_end_of_the_day() -> None:
    with pytest.raises(ValueError):
        DayWindow.of("24:00", "02:00")


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_clock_times_give_back_the_window(opens: int, length: int) -> None:
    window = DayWindow(opens, opens + length)

    assert DayWindow.of(*window.clock_times()) == window


@given(
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.datetimes(datetime(2026, 3, 25), datetime(2026, 4, 2))
    | st.datetimes(datetime(2026, 10, 21), datetime(2026, 10, 29)),
    st.integers(1, 60),
)
def test_expansion_finds_exactly_the_days_whose_window_touches(
    opens: int, length: int, begin: datetime, hours: int
) -> None:
    window = DayWindow(opens, opens + length)
    within = Interval(begin.replace(tzinfo=UTC), begin.replace(tzinfo=UTC) + timedelta(hours=hours))

    found = daily(window).windows(within, BERLIN)

    every = [window.on(begin.date() + timedelta(days=offset), BERLIN) for offset in range(-5, 9)]
    assert found == [one for one in every if one and one.start <= within.end and within.start <= one.end]
