"""The served part of RRULE: same answers as counting from the first day, cheap after decades, honest about the rest."""

# ruff: noqa: DTZ001 - wall-clock times are naive

import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.intervals import Interval
from app.kernel.recurrence import instant
from app.kernel.rrule import Recurring, parse_rule

BERLIN = ZoneInfo("Europe/Berlin")


def recurring(text: str, start: datetime, hours: float = 2, *except_on: date) -> Recurring:
    return Recurring(start, start + timedelta(hours=hours), parse_rule(text), BERLIN, frozenset(except_on))


def local_starts(series: Recurring, first: date, last: date) -> list[str]:
    within = Interval(
        instant(datetime.combine(first, datetime.min.time()), BERLIN),
        instant(datetime.combine(last, datetime.min.time()), BERLIN),
    )
    return [f"{found.start.astimezone(BERLIN):%d.%m. %H:%M}" for found in series.occurrences(within)]


def test_t13_every_second_sunday_stays_at_its_clock_time_through_the_change_of_clocks() -> None:
    series = recurring("FREQ=WEEKLY;INTERVAL=2", datetime(2026, 3, 15, 18))

    assert local_starts(series, date(2026, 3, 1), date(2026, 5, 1)) == [
        "15.03. 18:00", "29.03. 18:00", "12.04. 18:00", "26.04. 18:00",
    ]  # fmt: skip


def test_t13_a_skipped_clock_time_is_shifted_and_comes_back_the_next_day() -> None:
    series = recurring("FREQ=DAILY", datetime(2026, 3, 27, 2, 30), 0.25)

    assert local_starts(series, date(2026, 3, 28), date(2026, 3, 31)) == [
        "28.03. 02:30", "29.03. 03:30", "30.03. 02:30",
    ]  # fmt: skip


def test_t01_a_whole_weekend_ends_at_midnight_even_when_it_lasts_an_hour_longer() -> None:
    weekend = Recurring(datetime(2026, 1, 3), datetime(2026, 1, 5), parse_rule("FREQ=WEEKLY"), BERLIN)
    within = Interval(datetime(2026, 10, 25, 12, tzinfo=UTC), datetime(2026, 10, 25, 13, tzinfo=UTC))

    (found,) = weekend.occurrences(within)

    assert found.duration == timedelta(hours=49)
    assert found.end == instant(datetime(2026, 10, 26), BERLIN)


def test_weekdays_counted_in_a_month_and_days_that_some_months_lack() -> None:
    counted = recurring("FREQ=MONTHLY;BYDAY=1MO,-1FR", datetime(2026, 1, 5, 9))
    last_day = recurring("FREQ=MONTHLY", datetime(2024, 1, 31, 9))

    assert local_starts(counted, date(2026, 9, 1), date(2026, 10, 1)) == ["07.09. 09:00", "25.09. 09:00"]
    assert local_starts(last_day, date(2026, 1, 1), date(2026, 6, 1)) == [
        "31.01. 09:00", "31.03. 09:00", "31.05. 09:00",
    ]  # fmt: skip


def test_t11_an_excepted_date_is_left_out_but_still_counts() -> None:
    series = recurring("FREQ=DAILY;COUNT=3", datetime(2026, 6, 1, 9), 1, date(2026, 6, 2))

    assert local_starts(series, date(2026, 5, 1), date(2026, 7, 1)) == ["01.06. 09:00", "03.06. 09:00"]


@pytest.mark.parametrize("until", ["20260603", "20260603T070000Z", "20260603T090000"])
def test_until_includes_its_own_moment(until: str) -> None:
    series = recurring(f"FREQ=DAILY;UNTIL={until}", datetime(2026, 6, 1, 9))

    assert local_starts(series, date(2026, 5, 1), date(2026, 7, 1))[-1] == "03.06. 09:00"


@pytest.mark.parametrize(("until", "count"), [("99991231T235959Z", 30), ("00010101T000000Z", 0)])
def test_a_rule_may_end_in_the_last_hours_that_a_calendar_knows(until: str, count: int) -> None:
    series = recurring(f"FREQ=DAILY;UNTIL={until}", datetime(2026, 6, 1, 9))

    assert len(local_starts(series, date(2026, 6, 1), date(2026, 7, 1))) == count


@pytest.mark.parametrize("frequency", ["DAILY", "WEEKLY;BYDAY=MO,WE", "MONTHLY;BYDAY=-1SU", "MONTHLY"])
def test_a_rule_begun_in_1900_is_as_cheap_as_one_begun_today(frequency: str) -> None:
    series = recurring(f"FREQ={frequency}", datetime(1900, 1, 1, 9))
    week = Interval(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 7, tzinfo=UTC))

    began = time.process_time()
    found = list(series.occurrences(week))

    assert found
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("FREQ=HOURLY", "HOURLY"),
        ("FREQ=MINUTELY", "MINUTELY"),
        ("FREQ=SECONDLY", "SECONDLY"),
        ("FREQ=YEARLY", "YEARLY"),
        ("INTERVAL=2", "FREQ"),
        ("", "cannot be read"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1001", "INTERVAL"),
        ("FREQ=DAILY;COUNT=1001", "COUNT"),
        ("FREQ=DAILY;COUNT=-1", "COUNT"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20260101", "exclude"),
        ("FREQ=DAILY;UNTIL=20261301", "UNTIL"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=2MO", "2MO"),
        ("FREQ=MONTHLY;BYDAY=6MO", "6MO"),
        ("FREQ=WEEKLY;BYDAY=", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=MONDAY", "MONDAY"),
    ],
)
def test_what_is_not_served_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse_rule(text)


@given(
    st.sampled_from(
        ["DAILY", "WEEKLY", "WEEKLY;BYDAY=TU,SA", "MONTHLY", "MONTHLY;BYDAY=2WE,-1SU", "MONTHLY;BYDAY=FR"]
    ),
    st.integers(1, 7),
    st.datetimes(datetime(2019, 1, 1), datetime(2026, 12, 31)).map(lambda day: day.replace(microsecond=0)),
    st.integers(0, 400),
    st.integers(1, 72),
)
def test_moving_the_start_forward_changes_nothing(
    frequency: str, interval: int, start: datetime, days: int, hours: int
) -> None:
    text = f"FREQ={frequency};INTERVAL={interval}"
    within = Interval(
        (start + timedelta(days=days)).replace(tzinfo=UTC),
        (start + timedelta(days=days + 90)).replace(tzinfo=UTC),
    )

    found = list(recurring(text, start, hours).occurrences(within))

    walls = rrulestr(text, dtstart=start).between(start, start + timedelta(days=600), inc=True)
    ends = [(instant(wall, BERLIN), instant(wall + timedelta(hours=hours), BERLIN)) for wall in walls]
    # What the clocks skip wholly takes place when they have jumped.
    every = [
        Interval(begin, max(end, begin + timedelta(hours=hours * (end <= begin)))) for begin, end in ends
    ]
    assert found == [one for one in every if one.overlaps(within)]
    assert all(one.start < other.start for one, other in pairwise(found))


@pytest.mark.parametrize("length", [timedelta(), timedelta(hours=-1), timedelta(days=367)])
def test_what_recurs_has_a_length_and_no_more_than_a_year(length: timedelta) -> None:
    with pytest.raises(ValueError):
        Recurring(datetime(2026, 1, 1), datetime(2026, 1, 1) + length, parse_rule("FREQ=DAILY"), BERLIN)
