"""Who may have something, and how much of it (T18): every rule on its own, without a database."""

# ruff: noqa: DTZ001 - wall-clock times are naive

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.kernel.intervals import Interval
from app.kernel.recurrence import instant
from app.listings.rules.eligibility import (
    Asker,
    Audience,
    Door,
    House,
    Tally,
    age,
    eligibility_reasons,
    quota_reasons,
)
from app.listings.rules.kinds import Quota

BERLIN = ZoneInfo("Europe/Berlin")


def span(first: tuple[int, ...], last: tuple[int, ...]) -> Interval:
    start, end = (instant(datetime(*when), BERLIN) for when in (first, last))  # type: ignore[arg-type]
    return Interval(start, end)


JUNE = span((2026, 6, 1, 10), (2026, 6, 1, 12))


def codes(reasons: object) -> list[str]:
    return [one.code for one in reasons]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("on", "years"), [((2026, 2, 28), 17), ((2026, 3, 1), 18), ((2028, 2, 29), 20), ((2008, 2, 29), 0)]
)
def test_t18_a_child_of_29_february_turns_a_year_older_on_1_march(on: tuple[int, ...], years: int) -> None:
    assert age(date(2008, 2, 29), on=date(*on)) == years


@pytest.mark.parametrize(
    ("born_on", "expected"),
    [
        (None, ["age_unknown"]),
        (date(2008, 6, 2), ["too_young"]),
        (date(2008, 6, 1), []),
        (date(1950, 1, 1), []),
    ],
)
def test_t18_whoever_is_old_enough_on_the_day_it_starts_may_have_it(
    born_on: date | None, expected: list[str]
) -> None:
    door = Door(BERLIN, min_age=18)

    assert codes(eligibility_reasons(door, Asker(born_on=born_on), JUNE, House())) == expected


@pytest.mark.parametrize(
    ("audience", "welcome"),
    [
        (Audience.EVERYONE, {"visitor", "organisation", "recognised"}),
        (Audience.ORGANISATIONS, {"organisation", "recognised"}),
        (Audience.RECOGNISED_ORGANISATIONS, {"recognised"}),
    ],
)
def test_t18_the_instance_decides_who_may_borrow_at_all(audience: Audience, welcome: set[str]) -> None:
    askers = {
        "visitor": Asker(),
        "organisation": Asker(is_organisation=True),
        "recognised": Asker(is_organisation=True, recognised=True),
    }

    let_in = {
        name
        for name, asker in askers.items()
        if not codes(eligibility_reasons(Door(BERLIN), asker, JUNE, House(borrowers=audience)))
    }

    assert let_in == welcome


def test_t18_quotas_count_what_is_under_way_everywhere_and_here() -> None:
    tally = Tally(active=3, here=(JUNE, JUNE))

    assert codes(quota_reasons(Door(BERLIN), JUNE, tally, House(active_bookings=4))) == []
    assert codes(quota_reasons(Door(BERLIN), JUNE, tally, House(active_bookings=3))) == ["too_many_bookings"]
    assert codes(quota_reasons(Door(BERLIN, quota=Quota(3)), JUNE, tally, House())) == []
    assert codes(quota_reasons(Door(BERLIN, quota=Quota(2)), JUNE, tally, House())) == ["too_many_of_this"]


def test_t18_days_of_a_month_are_days_on_the_calendar_and_count_once() -> None:
    door = Door(BERLIN, quota=Quota(days_per_month=3))
    used = (span((2026, 6, 10, 10), (2026, 6, 11, 0)), span((2026, 6, 10, 18), (2026, 6, 11, 9)))

    def asked(first: tuple[int, ...], last: tuple[int, ...]) -> list[str]:
        return codes(quota_reasons(door, span(first, last), Tally(used=used), House()))

    assert asked((2026, 6, 20, 10), (2026, 6, 20, 12)) == []
    assert asked((2026, 6, 20, 10), (2026, 6, 21, 12)) == ["too_many_days"]
    assert asked((2026, 6, 10, 12), (2026, 6, 12, 0)) == []
    assert asked((2026, 6, 30, 18), (2026, 7, 3, 0)) == []
    assert asked((2026, 6, 30, 18), (2026, 7, 4, 9)) == ["too_many_days"]


def test_t18_the_month_of_which_there_would_be_too_much_is_named() -> None:
    door = Door(BERLIN, quota=Quota(days_per_month=1))

    found = list(quota_reasons(door, span((2026, 6, 29, 9), (2026, 7, 2, 9)), Tally(), House()))

    assert [one.facts["month"] for one in found] == ["2026-06", "2026-07"]


def test_t18_a_week_goes_from_monday_to_sunday_at_the_place_and_the_next_free_one_is_named() -> None:
    door = Door(BERLIN, asks_per_week=2)
    sunday, next_monday = instant(datetime(2026, 6, 7, 23), BERLIN), instant(datetime(2026, 6, 8, 0), BERLIN)
    tally = Tally(asked_for=(JUNE.start, sunday, next_monday, next_monday + timedelta(days=1)))

    def asked(start: datetime) -> list[str | None]:
        reasons = quota_reasons(door, Interval(start, start + timedelta(hours=1)), tally, House())
        return [one.facts["next_free_week"] for one in reasons]

    assert asked(sunday) == ["2026-06-15"]
    assert asked(next_monday) == ["2026-06-15"]
    assert asked(next_monday + timedelta(days=7)) == []
