"""The dates of a series, against a naive expansion day by day (T15)."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bookings.rules.series import MOST_DATES, Answer, answer_of, answer_to, schedule
from app.bookings.rules.words import State
from app.kernel.intervals import Interval
from app.kernel.problems import Invalid

BERLIN: Final = ZoneInfo("Europe/Berlin")
DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKDAYS = st.sets(st.sampled_from(DAYS), max_size=3).map(sorted)
ENDS = st.one_of(
    st.integers(1, 30).map(lambda count: f";COUNT={count}"),
    st.integers(0, 400).map(lambda days: f";UNTIL={date(2026, 9, 1) + timedelta(days):%Y%m%d}"),
    st.just(""),
)
HORIZON: Final = date(2027, 4, 30)


def matches(day: date, first: date, frequency: str, interval: int, weekdays: list[str]) -> bool:
    """Whether a rule without ordinals falls on this day, read from RFC 5545 word by word."""
    if frequency == "DAILY":
        in_phase = (day - first).days % interval == 0
        return in_phase and (not weekdays or DAYS[day.weekday()] in weekdays)
    if frequency == "WEEKLY":
        monday = first - timedelta(first.weekday())
        in_phase = (day - monday).days // 7 % interval == 0
        return in_phase and DAYS[day.weekday()] in (weekdays or [DAYS[first.weekday()]])
    in_phase = ((day.year - first.year) * 12 + day.month - first.month) % interval == 0
    return in_phase and (DAYS[day.weekday()] in weekdays if weekdays else day.day == first.day)


def by_days(first: date, frequency: str, interval: int, weekdays: list[str], ends: str) -> list[date]:
    """Every day up to ten years on, asked one by one."""
    days = [first + timedelta(number) for number in range(3_651)]
    found = [day for day in days if matches(day, first, frequency, interval, weekdays)]
    name, _, value = ends.removeprefix(";").partition("=")
    if name == "COUNT":
        return found[: int(value)]
    last = date.fromisoformat(value) if name else max(HORIZON, first)
    return [day for day in found if day <= last]


@settings(max_examples=150, deadline=None)
@given(
    frequency=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    interval=st.integers(1, 4),
    weekdays=WEEKDAYS,
    ends=ENDS,
    day=st.dates(date(2026, 9, 1), date(2027, 3, 31)),
    hour=st.integers(0, 23),
    minutes=st.integers(15, 3 * 24 * 60),
    excepted=st.sets(st.integers(0, 60), max_size=5),
)
def test_t15_the_dates_of_a_series_are_those_of_a_naive_expansion_day_by_day(
    frequency, interval, weekdays, ends, day, hour, minutes, excepted
):
    start = datetime(day.year, day.month, day.day, hour, 30, tzinfo=BERLIN).astimezone(UTC)
    first = Interval(start, start + timedelta(minutes=minutes))
    wall = start.astimezone(BERLIN).replace(tzinfo=None)  # where the clocks skipped it
    except_on = {wall.date() + timedelta(number) for number in excepted}
    rule = f"FREQ={frequency};INTERVAL={interval}{ends}" + (
        f";BYDAY={','.join(weekdays)}" if weekdays else ""
    )
    naive = [one for one in by_days(wall.date(), frequency, interval, weekdays, ends) if one not in except_on]

    if not 1 <= len(naive) <= MOST_DATES:
        with pytest.raises(Invalid):
            schedule(first, rule, except_on, BERLIN, horizon=HORIZON)
        return
    made = schedule(first, rule, except_on, BERLIN, horizon=HORIZON)

    assert [one.date for one in made.dates] == naive
    assert made.until == (naive[-1] if ends else HORIZON)
    assert made.open_ended == (not ends)
    for one in made.dates:
        shown = one.span.start.astimezone(BERLIN).replace(tzinfo=None)
        skipped = one.date == date(2027, 3, 28) and wall.hour == 2
        assert shown == datetime.combine(one.date, wall.time()) + timedelta(hours=1 if skipped else 0)


def test_t15_an_ambiguous_first_time_is_the_one_its_offset_says_and_the_next_one_is_plain():
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 for the second time

    made = schedule(
        Interval(second, second + timedelta(hours=2)), "FREQ=WEEKLY;COUNT=2", (), BERLIN, horizon=HORIZON
    )

    assert [one.span.start for one in made.dates] == [second, datetime(2026, 11, 1, 1, 30, tzinfo=UTC)]


def test_t15_what_the_clocks_swallow_whole_keeps_its_length_an_hour_later():
    start = datetime(2027, 3, 21, 1, 15, tzinfo=UTC)  # 02:15 to 03:00; on the 28th 02:15 is 03:15

    made = schedule(
        Interval(start, start + timedelta(minutes=45)), "FREQ=WEEKLY;COUNT=2", (), BERLIN, horizon=HORIZON
    )

    skipped = datetime(2027, 3, 28, 1, 15, tzinfo=UTC)
    assert made.dates[1].span == Interval(skipped, skipped + timedelta(minutes=45))


def test_a_rule_that_never_matches_is_found_out_quickly():
    start = datetime(2026, 11, 30, 9, tzinfo=UTC)

    with pytest.raises(Invalid):
        schedule(
            Interval(start, start + timedelta(hours=1)),
            "FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=3",
            (),
            BERLIN,
            horizon=HORIZON,
        )


@pytest.mark.parametrize(
    ("reasons", "answer"),
    [
        (["not_enough_units"], Answer.CLASH),
        (["closed"], Answer.CLOSED),
        (["not_enough_units", "closed"], Answer.CLOSED),
        (["audience", "closed"], Answer.REFUSED),
        (["something_new"], Answer.REFUSED),
    ],
)
def test_reasons_are_summed_up(reasons, answer):
    assert answer_to(reasons, taken={"not_enough_units"}, shut={"closed"}) is answer


@pytest.mark.parametrize("state", list(State))
def test_every_state_of_a_booking_is_an_answer(state):
    expected = {
        State.DECLINED: Answer.REFUSED,
        State.WITHDRAWN: Answer.CANCELLED,
        State.EXPIRED: Answer.CANCELLED,
        State.CANCELLED: Answer.CANCELLED,
        State.REQUESTED: Answer.REQUESTED,
        State.COUNTERED: Answer.REQUESTED,
        State.WAITLISTED: Answer.REQUESTED,
        State.OFFERED: Answer.REQUESTED,
    }
    assert answer_of(state) is expected.get(state, Answer.CONFIRMED)
