"""Public holidays of the place (T12): they close hand-over, not use; and working days before a start (T9)."""

# ruff: noqa: DTZ001 - wall-clock times are naive

import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.kernel.intervals import Interval
from app.kernel.recurrence import DayWindow, Timetable, WeeklyWindow, instant
from app.listings.rules.holidays import NO_HOLIDAYS, Holidays, is_known
from app.listings.rules.hours import Hours
from app.listings.rules.kinds import DEFAULTS, Kind, Limits
from app.listings.rules.verdict import Ask, Offer, judge
from app.settings import Settings
from tests.factories.accounts import signed_in_person
from tests.factories.listings import mirrored, offer, weekly

BERLIN = ZoneInfo("Europe/Berlin")
SAXONY, BAVARIA = Holidays("DE-SN"), Holidays("DE-BY")
BUSS_UND_BETTAG = date(2026, 11, 18)
REFORMATION, CORPUS_CHRISTI = date(2026, 10, 31), date(2026, 6, 4)
GERMAN_STATES = [
    "BB",
    "BE",
    "BW",
    "BY",
    "HB",
    "HE",
    "HH",
    "MV",
    "NI",
    "NW",
    "RP",
    "SH",
    "SL",
    "SN",
    "ST",
    "TH",
]
DAYTIME = DayWindow.of("09:00", "17:00")


def local(*when: int) -> datetime:
    return instant(datetime(*when), BERLIN)  # type: ignore[arg-type]


def timetable(*windows: DayWindow, closed_on: Holidays = NO_HOLIDAYS, **fields: object) -> Timetable:
    weekly_windows = tuple(WeeklyWindow(day, window) for day in range(7) for window in windows or (DAYTIME,))
    return Timetable(weekly_windows, closed_on=closed_on, **fields)  # type: ignore[arg-type]


def judged(hours: Hours, start: datetime, end: datetime, kind: Kind = Kind.EQUIPMENT):
    limits = replace(DEFAULTS[kind].limits, max_minutes=14 * 1440)
    verdict = judge(
        Offer(kind=kind, hours=hours, limits=limits), Ask(Interval(start, end)), (), local(2026, 10, 1)
    )
    return verdict.reasons


def drill(closed_on: Holidays, **fields: object) -> Hours:
    return Hours(BERLIN, pick_up=timetable(closed_on=closed_on, **fields), holidays=closed_on)


def test_t12_buss_und_bettag_is_a_holiday_in_saxony_only() -> None:
    assert [state for state in GERMAN_STATES if BUSS_UND_BETTAG in Holidays(f"DE-{state}")] == ["SN"]


def test_t12_what_only_some_communities_keep_is_no_holiday_of_the_state() -> None:
    assert REFORMATION in SAXONY
    assert CORPUS_CHRISTI not in SAXONY
    assert CORPUS_CHRISTI in BAVARIA


def test_t12_on_buss_und_bettag_nothing_is_handed_over_in_saxony_only() -> None:
    start, end = local(2026, 11, 18, 10), local(2026, 11, 19, 10)

    assert [one.code for one in judged(drill(SAXONY), start, end)] == ["outside_pick_up_hours"]
    assert judged(drill(BAVARIA), start, end) == ()


def test_t12_nothing_is_taken_back_on_a_holiday_either() -> None:
    found = judged(drill(SAXONY), local(2026, 11, 17, 10), local(2026, 11, 18, 10))

    assert [one.code for one in found] == ["outside_return_hours"]


def test_t12_a_holiday_closes_hand_over_and_not_use() -> None:
    assert judged(drill(SAXONY), local(2026, 11, 17, 10), local(2026, 11, 19, 10)) == ()


def test_t12_the_reason_names_the_holiday_in_german_and_in_english() -> None:
    [found] = judged(drill(SAXONY), local(2026, 11, 18, 10), local(2026, 11, 19, 10))

    assert found.facts["holiday"] == {
        "date": "2026-11-18", "de": "Buß- und Bettag", "en": "Repentance and Prayer Day",
    }  # fmt: skip
    assert "Buß- und Bettag" in str(found.detail)
    assert found.facts["windows"] == []


def test_t12_an_ordinary_closed_day_is_not_said_to_be_a_holiday() -> None:
    closed = drill(SAXONY, exceptions={date(2026, 11, 18): ()})

    [found] = judged(closed, local(2026, 11, 18, 10), local(2026, 11, 19, 10))

    assert found.facts["holiday"] is None


def test_t12_an_exception_by_date_wins_over_the_holiday() -> None:
    open_anyway = drill(SAXONY, exceptions={BUSS_UND_BETTAG: (DAYTIME,)})

    assert judged(open_anyway, local(2026, 11, 18, 10), local(2026, 11, 19, 10)) == ()


def test_t12_without_a_timetable_any_time_is_any_time() -> None:
    assert judged(Hours(BERLIN, holidays=SAXONY), local(2026, 11, 18, 10), local(2026, 11, 18, 12)) == ()


def test_t12_a_holiday_in_between_is_a_closed_day_in_between() -> None:
    strict = replace(drill(SAXONY), closed_days_between=False)

    [found] = judged(strict, local(2026, 11, 17, 10), local(2026, 11, 19, 10))

    assert (found.code, found.facts) == ("closed_days_between", {"days": ["2026-11-18"]})


@pytest.mark.parametrize("overnight", [False, True])
def test_t12_a_space_that_holidays_close_is_closed_on_them(overnight: bool) -> None:
    hall = Hours(BERLIN, opening=timetable(closed_on=SAXONY), holidays=SAXONY, overnight=overnight)

    found = judged(hall, local(2026, 11, 18, 10), local(2026, 11, 18, 12), Kind.SPACE)

    assert [one.code for one in found] == ["outside_opening_hours"]
    assert "Buß- und Bettag" in str(found[0].detail)


def test_t12_a_holiday_closes_what_opens_on_it_not_what_opened_the_evening_before() -> None:
    bar = timetable(DayWindow.of("20:00", "02:00"), closed_on=SAXONY)

    assert bar.windows_at(local(2026, 11, 18, 1), BERLIN)
    assert not bar.windows_at(local(2026, 11, 18, 21), BERLIN)


@pytest.mark.parametrize("code", ["DE-XX", "XX", "XX-YY"])
def test_t12_a_state_that_nobody_knows_has_no_holidays(code: str) -> None:
    assert not is_known(code)
    assert date(2026, 12, 25) not in Holidays(code)


def test_t12_a_country_without_states_has_its_holidays() -> None:
    assert date(2026, 11, 11) in Holidays("PL")
    assert "yesterday" not in Holidays("PL")


def test_t12_holidays_are_looked_up_late_so_that_a_server_starts_fast() -> None:
    code = "import sys, app.main; print('holidays' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "False"


def test_t12_an_instance_lies_in_a_state_with_holidays() -> None:
    assert Settings().subdivision == "DE-SN"
    assert Settings(subdivision="DE-BY").subdivision == "DE-BY"
    for unknown in ("DE-XX", "XX", "Sachsen"):
        with pytest.raises(ValueError):
            Settings(subdivision=unknown)


# Working days.


@pytest.mark.parametrize(
    ("asked", "days", "over"),
    [
        (local(2026, 11, 9, 15), 1, local(2026, 11, 10, 15)),  # Monday: Tuesday
        (local(2026, 11, 13, 15), 1, local(2026, 11, 16, 15)),  # Friday: Monday
        (local(2026, 11, 14, 12), 1, local(2026, 11, 17)),  # Saturday noon: when Monday is over
        (local(2026, 11, 15, 23), 1, local(2026, 11, 17)),  # Sunday night: the same
        (local(2026, 11, 17, 9), 1, local(2026, 11, 19, 9)),  # over Buß- und Bettag
        (local(2026, 11, 18, 9), 1, local(2026, 11, 20)),  # on Buß- und Bettag
        (local(2026, 12, 23, 9), 2, local(2026, 12, 28, 9)),  # over Christmas
        (local(2026, 10, 23, 9), 1, local(2026, 10, 26, 9)),  # over the night of 25 hours
        (local(2026, 11, 9, 15), 0, local(2026, 11, 9, 15)),
    ],
)
def test_t09_working_days_run_from_monday_to_friday_and_stand_still_on_holidays(
    asked: datetime, days: int, over: datetime
) -> None:
    assert SAXONY.working_days_later(asked, days, BERLIN) == over


def test_t09_a_lead_of_working_days_is_one_of_the_place() -> None:
    two_days = Offer(
        kind=Kind.EQUIPMENT, hours=Hours(BERLIN, holidays=SAXONY), limits=Limits(lead_working_days=2)
    )
    elsewhere = replace(two_days, hours=Hours(BERLIN, holidays=BAVARIA))
    asked, hour = local(2026, 11, 16, 10), timedelta(hours=1)
    thursday, wednesday = local(2026, 11, 19, 10), local(2026, 11, 18, 10)

    def grounds(offered: Offer, start: datetime) -> list[str]:
        return [one.code for one in judge(offered, Ask(Interval(start, start + hour)), (), asked).reasons]

    assert grounds(two_days, thursday) == []
    assert grounds(two_days, thursday - timedelta(minutes=15)) == ["too_soon"]
    assert grounds(elsewhere, wednesday) == []


def test_t09_of_hours_and_working_days_the_later_counts() -> None:
    asked = local(2026, 11, 9, 10)
    both = Limits(lead_minutes=72 * 60, lead_working_days=1)
    start = asked + timedelta(hours=71)

    [found] = judge(
        Offer(kind=Kind.EQUIPMENT, hours=Hours(BERLIN, holidays=SAXONY), limits=both),
        Ask(Interval(start, start + timedelta(hours=1))),
        (),
        asked,
    ).reasons

    assert found.facts == {
        "lead_minutes": 72 * 60, "lead_working_days": 1, "earliest_start": "2026-11-12T09:00:00Z",
    }  # fmt: skip


# Through the front door. It is Monday, 23 November 2026.


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna")


def quote(client, listing_id, start: str, end: str, language: str = "de"):
    answer = client.post(
        f"/api/v1/listings/{listing_id}/quote",
        json={"starts_at": start, "ends_at": end},
        headers={"accept-language": language},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


CHRISTMAS = ("2026-12-25T10:00:00+01:00", "2026-12-28T10:00:00+01:00")
OVER_CHRISTMAS = ("2026-12-24T10:00:00+01:00", "2026-12-28T10:00:00+01:00")
HOURS = {"pick_up": weekly(("09:00", "17:00"))}


def codes(quoted) -> list[str]:
    return [reason["code"] for reason in quoted["reasons"]]


def test_t12_equipment_is_not_handed_over_at_christmas_unless_its_provider_says_so(client, instance, anna):
    usual = offer(instance, anna, hours=HOURS)
    always = offer(instance, anna, hours={**HOURS, "closed_on_holidays": False})

    assert codes(quote(client, usual.id, *CHRISTMAS)) == ["outside_pick_up_hours"]
    assert codes(quote(client, usual.id, *OVER_CHRISTMAS)) == []
    assert codes(quote(client, always.id, *CHRISTMAS)) == []


def test_t12_a_space_opens_at_christmas_unless_its_provider_says_otherwise(client, instance, anna):
    opening = {"opening": weekly(("09:00", "17:00"))}
    usual = offer(instance, anna, kind="space", hours=opening)
    shut = offer(instance, anna, kind="space", hours={**opening, "closed_on_holidays": True})
    span = ("2026-12-25T10:00:00+01:00", "2026-12-25T12:00:00+01:00")

    assert codes(quote(client, usual.id, *span)) == []
    assert codes(quote(client, shut.id, *span)) == ["outside_opening_hours"]


def test_t12_the_sentence_names_the_holiday_in_the_readers_language(client, instance, anna):
    drill = offer(instance, anna, hours=HOURS)

    [said] = quote(client, drill.id, *CHRISTMAS)["reasons"]

    assert said["detail"].endswith(": Es ist Feiertag (Erster Weihnachtstag).")


def test_t12_a_refused_request_names_the_holiday_for_programs(client, instance, anna):
    drill, bela = offer(instance, anna, hours=HOURS), signed_in_person(instance, "Bela")
    body = {"listing_id": str(drill.id), "starts_at": CHRISTMAS[0], "ends_at": CHRISTMAS[1]}

    refused = client.post("/api/v1/bookings", json=body, headers=bela.headers)

    assert refused.status_code == 409
    assert refused.json()["reasons"][0]["holiday"]["en"] == "Christmas Day"


def test_t12_the_state_of_the_place_decides(client, instance, anna):
    epiphany = ("2027-01-06T10:00:00+01:00", "2027-01-07T10:00:00+01:00")
    here = offer(instance, anna, hours=HOURS)
    there = offer(instance, anna, hours=HOURS, place={"subdivision": "DE-BY"})

    assert codes(quote(client, here.id, *epiphany)) == []
    assert codes(quote(client, there.id, *epiphany)) == ["outside_pick_up_hours"]


def test_t12_the_calendar_is_not_open_on_holidays(client, instance, anna):
    drill = offer(instance, anna, hours=HOURS)

    answer = client.get(
        f"/api/v1/listings/{drill.id}/calendar",
        params={"from": "2026-12-24T00:00:00+01:00", "to": "2026-12-29T00:00:00+01:00"},
    )

    opened = {step["starts_at"][:10] for step in answer.json()["steps"] if step["open"]}
    assert opened == {"2026-12-24", "2026-12-27", "2026-12-28"}


def test_t12_the_search_does_not_find_what_nobody_hands_over_that_day(client, instance, anna):
    offer(instance, anna, title="Bohrer", hours=HOURS)
    offer(instance, anna, title="Beamer", hours={**HOURS, "closed_on_holidays": False})

    found = client.get(
        "/api/v1/listings", params={"free_from": CHRISTMAS[0], "free_until": CHRISTMAS[1]}
    ).json()

    assert [one["title"] for one in found["items"]] == ["Beamer"]


def test_t12_the_hours_say_whose_holidays_count(client, instance, anna):
    here, there = offer(instance, anna), offer(instance, anna, place={"subdivision": "DE-BY"})

    for listing, state in ((here, "DE-SN"), (there, "DE-BY")):
        assert client.get(f"/api/v1/listings/{listing.id}/hours").json()["subdivision"] == state


def test_t12_a_state_without_known_holidays_is_refused(client, anna):
    body = {"kind": "equipment", "title": "Beamer", "place": {"subdivision": "DE-XX"}}

    refused = client.post("/api/v1/listings", json=body, headers=anna.headers)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/place/subdivision")


@pytest.mark.parametrize(
    ("told", "expected"), [("DE-BY", ["outside_pick_up_hours"]), ("DE-SN", []), (None, []), ("XX-9", [])]
)
def test_t12_holidays_at_a_partner_are_those_the_partner_tells(client, instance, told, expected):
    from app.kernel.ids import new_id

    there = mirrored(
        instance,
        new_id(),
        federation="bookable",
        hours={**HOURS, "closed_on_holidays": True, "zone": "Europe/Berlin", "subdivision": told},
    )

    quoted = quote(client, there, "2027-01-06T10:00:00+01:00", "2027-01-07T10:00:00+01:00")

    assert codes(quoted) == expected


def test_t12_partners_are_told_whose_holidays_count(instance, anna):
    from app.federation.service.rendering import listing_data
    from app.kernel.actor import SYSTEM

    drill = offer(instance, anna, hours={**HOURS, "closed_on_holidays": True})

    with instance.transactions.reading(SYSTEM) as reading:
        told = listing_data(reading, drill.id)
    assert (told.hours["closed_on_holidays"], told.hours["subdivision"]) == (True, "DE-SN")


def test_t09_working_days_are_kept_by_requests(client, instance, anna):
    drill = offer(instance, anna, limits={"lead_working_days": 2})

    assert codes(quote(client, drill.id, "2026-11-24T18:00:00+01:00", "2026-11-25T18:00:00+01:00")) == [
        "too_soon"
    ]
    assert codes(quote(client, drill.id, "2026-11-25T09:15:00+01:00", "2026-11-26T09:15:00+01:00")) == []


def test_t12_a_date_is_looked_up_once_a_year_and_state() -> None:
    from app.listings.rules.holidays import _of_year

    before = _of_year.cache_info().misses
    for day in range(365):
        assert (date(2031, 1, 1) + timedelta(days=day) in Holidays("DE-TH")) in (True, False)

    assert _of_year.cache_info().misses - before <= 1
