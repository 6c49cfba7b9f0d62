"""Series: one ask for several dates, answered per date (T15)."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.accounts import service as accounts
from app.kernel.actor import SYSTEM, MemberRole
from app.listings import service as listings
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import START
from tests.factories.listings import DAYS, weekly
from tests.factories.queries import counted

EVENING = (datetime(2026, 11, 30, 17, tzinfo=UTC), datetime(2026, 11, 30, 19, tzinfo=UTC))
"""Monday, 18:00 to 20:00 in Leipzig."""


@pytest.fixture
def series(street):
    """Ask for a series and read it; both must be possible."""

    def ask(listing_id=None, rule="FREQ=WEEKLY;COUNT=3", *, at=EVENING, by=None, **fields):
        answer = street.ask(listing_id or street.offer(), by, at=at, recurrence=rule, **fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["series"]

    return ask


@pytest.fixture
def call(street):
    """Do something with a series; the answer may be a refusal."""

    def post(action, series, by, **body):
        return street.client.post(f"/api/v1/series/{series['id']}/{action}", json=body, headers=by.headers)

    return post


def read(street, series, by):
    answer = street.client.get(f"/api/v1/series/{series['id']}", headers=by.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def answers(series):
    return [one["answer"] for one in series["dates"]]


def days(series):
    return [one["date"] for one in series["dates"]]


def test_t15_every_date_has_a_booking_of_its_own_and_the_first_is_the_answer(street):
    room = street.offer(booking_mode="instant")

    answer = street.ask(
        room, at=EVENING, recurrence="FREQ=WEEKLY;COUNT=3", purpose="Choir", message="Hello Ben!"
    )

    first = answer.json()
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/api/v1/bookings/{first['id']}"
    series = first["series"]
    assert first["series_id"] == series["id"]
    assert days(series) == ["2026-11-30", "2026-12-07", "2026-12-14"]
    assert answers(series) == ["confirmed"] * 3
    assert (series["until"], series["open_ended"], series["zone"]) == ("2026-12-14", False, "Europe/Berlin")
    assert series["dates"][0]["booking_id"] == first["id"]
    assert read(street, series, street.ben)["dates"] == series["dates"]
    mine = street.client.get("/api/v1/bookings", headers=street.anna.headers).json()["items"]
    assert {item["series_id"] for item in mine} == {series["id"]}
    assert len(mine) == 3
    for each in series["dates"]:
        booking = street.read({"id": each["booking_id"]}, street.anna)
        assert (booking["starts_at"], booking["purpose"]) == (each["starts_at"], "Choir")
    talk = street.client.get(f"/api/v1/bookings/{first['id']}/messages", headers=street.ben.headers)
    assert [said["text"] for said in talk.json()["items"]] == ["Hello Ben!"]


def test_t15_weekly_18_00_stays_18_00_in_autumn(street, clock, series):
    clock.turn(datetime(2026, 10, 12, 8, tzinfo=UTC) - clock.now())
    at = datetime(2026, 10, 18, 16, tzinfo=UTC), datetime(2026, 10, 18, 18, tzinfo=UTC)

    asked = series(at=at, rule="FREQ=WEEKLY;COUNT=3")

    assert [one["starts_at"] for one in asked["dates"]] == [
        "2026-10-18T16:00:00Z", "2026-10-25T17:00:00Z", "2026-11-01T17:00:00Z",
    ]  # fmt: skip


def test_t15_weekly_18_00_stays_18_00_in_spring(street, series):
    at = datetime(2027, 3, 21, 17, tzinfo=UTC), datetime(2027, 3, 21, 19, tzinfo=UTC)

    asked = series(at=at, rule="FREQ=WEEKLY;COUNT=2")

    assert [(one["starts_at"], one["ends_at"]) for one in asked["dates"]] == [
        ("2027-03-21T17:00:00Z", "2027-03-21T19:00:00Z"),
        ("2027-03-28T16:00:00Z", "2027-03-28T18:00:00Z"),
    ]


def test_t15_a_time_that_the_clocks_skip_is_shifted_forward(street, series):
    at = datetime(2027, 3, 21, 1, 30, tzinfo=UTC), datetime(2027, 3, 21, 2, tzinfo=UTC)

    asked = series(at=at, rule="FREQ=WEEKLY;COUNT=3")

    assert [(one["starts_at"], one["ends_at"]) for one in asked["dates"]] == [
        ("2027-03-21T01:30:00Z", "2027-03-21T02:00:00Z"),
        ("2027-03-28T01:30:00Z", "2027-03-28T02:00:00Z"),  # 02:30 there is none; 03:30 to 04:00
        ("2027-04-04T00:30:00Z", "2027-04-04T01:00:00Z"),
    ]


def test_t12_a_series_through_a_holiday_is_closed_on_it_where_its_place_keeps_it(street, clock, series):
    clock.turn(datetime(2026, 11, 2, 8, tzinfo=UTC) - clock.now())
    wednesday = datetime(2026, 11, 11, 9, tzinfo=UTC), datetime(2026, 11, 11, 10, tzinfo=UTC)
    hours = {"pick_up": weekly(("09:00", "17:00"))}
    by_exception = hours["pick_up"] | {
        "exceptions": [{"date": "2026-11-18", "windows": [{"opens": "10:00", "closes": "12:00"}]}]
    }
    drills = (
        street.offer(hours=hours, place={"subdivision": "DE-SN"}),
        street.offer(hours=hours, place={"subdivision": "DE-BY"}),
        street.offer(hours={"pick_up": by_exception}, place={"subdivision": "DE-SN"}),
    )

    saxony, bavaria, all_the_same = (series(drill, at=wednesday) for drill in drills)

    assert answers(saxony) == ["requested", "closed", "requested"]
    assert "Buß- und Bettag" in saxony["dates"][1]["reasons"][0]["detail"]
    assert answers(bavaria) == answers(all_the_same) == ["requested"] * 3


def test_t15_a_rule_without_end_stops_at_the_horizon_and_says_so(street, series):
    drill = street.offer(limits={"horizon_days": 30})

    asked = series(drill, rule="FREQ=WEEKLY")

    assert (asked["until"], asked["open_ended"]) == ("2026-12-23", True)
    assert days(asked) == ["2026-11-30", "2026-12-07", "2026-12-14", "2026-12-21"]


def test_t15_what_is_beyond_the_horizon_stays_listed_and_can_be_had_later(street, series, call, clock):
    drill = street.offer(limits={"horizon_days": 10})
    asked = series(drill, rule="FREQ=WEEKLY;COUNT=2")
    assert answers(asked) == ["requested", "refused"]
    assert [one["code"] for one in asked["dates"][1]["reasons"]] == ["too_far_ahead"]
    clock.turn(timedelta(days=5))

    again = call("retry", asked, street.anna)

    assert again.status_code == 200, again.text
    assert answers(again.json()) == ["requested", "requested"]


def test_t15_the_answer_is_per_date_and_never_all_or_nothing_in_silence(street, series):
    hours = {"opening": weekly(("08:00", "22:00"), days=("monday", "tuesday"))}
    room = street.offer(kind="space", booking_mode="instant", hours=hours)
    in_a_week = tuple(moment + timedelta(days=7) for moment in EVENING)
    street.requested(room, by=street.stranger, at=in_a_week)
    close = {
        "starts_at": "2026-12-14T00:00:00+01:00",
        "ends_at": "2026-12-15T00:00:00+01:00",
    }
    made = street.client.post(f"/api/v1/listings/{room}/closures", json=close, headers=street.ben.headers)
    assert made.status_code == 201, made.text

    asked = series(room, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE;UNTIL=20261215")

    assert dict(zip(days(asked), answers(asked), strict=True)) == {
        "2026-11-30": "confirmed",
        "2026-12-01": "confirmed",
        "2026-12-02": "closed",  # Wednesday
        "2026-12-07": "clash",
        "2026-12-08": "confirmed",
        "2026-12-09": "closed",
        "2026-12-14": "closed",
        "2026-12-15": "confirmed",
    }
    clash = asked["dates"][3]
    assert (clash["booking_id"], clash["state"]) == (None, None)
    assert [one["code"] for one in clash["reasons"]] == ["not_enough_units"]
    assert clash["reasons"][0]["detail"]


def test_t15_excepted_dates_are_left_out(street, series):
    asked = series(rule="FREQ=WEEKLY;COUNT=3", except_on=["2026-12-07"])

    assert days(asked) == ["2026-11-30", "2026-12-14"]
    assert asked["except_on"] == ["2026-12-07"]


def test_t15_when_no_date_can_be_had_the_dates_are_told_and_nothing_is_stored(street, instance):
    drill = street.offer()
    street.requested(drill, by=street.stranger, at=EVENING)
    assert street.anna
    before = rows(instance)

    refused = street.ask(drill, at=EVENING, recurrence="FREQ=WEEKLY;COUNT=1")

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "not_bookable")
    assert [one["code"] for one in problem["reasons"]] == ["not_enough_units"]
    [told] = problem["dates"]
    assert (told["date"], told["answer"], told["starts_at"]) == (
        "2026-11-30",
        "clash",
        "2026-11-30T17:00:00Z",
    )
    assert told["reasons"][0]["detail"]
    assert rows(instance) == before


def rows(instance):
    """How many rows the tables of bookings have."""
    with instance.database.engine.connect() as connection:
        return {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            for table in (
                "booking",
                "booking_event",
                "booking_series",
                "series_date",
                "occupancy",
                "event_log",
            )
        }


def test_t15_reasons_are_told_in_the_readers_language(street, series):
    drill = street.offer()
    street.requested(drill, by=street.stranger, at=EVENING)
    asked = series(drill, rule="FREQ=WEEKLY;COUNT=2")

    path, told = f"/api/v1/series/{asked['id']}", {}
    for language in ("de", "en"):
        headers = street.anna.headers | {"Accept-Language": language}
        [reason] = street.client.get(path, headers=headers).json()["dates"][0]["reasons"]
        told[language] = reason["detail"]

    assert told == {
        "de": "So viele Einheiten sind nicht für die ganze Zeit frei.",
        "en": "Not so many are free for the whole time.",
    }


def test_t15_a_date_that_failed_can_be_tried_again_and_the_others_stay(street, series, call):
    drill = street.offer()
    rival = street.requested(drill, by=street.stranger, at=EVENING)
    asked = series(drill, rule="FREQ=WEEKLY;COUNT=2")
    assert answers(asked) == ["clash", "requested"]
    assert call("retry", asked, street.anna).status_code == 409
    street.done("withdraw", rival, street.stranger)

    again = call("retry", asked, street.anna)

    assert again.status_code == 200, again.text
    assert answers(again.json()) == ["requested", "requested"]
    assert again.json()["dates"][1] == asked["dates"][1]
    assert call("retry", asked, street.anna).status_code == 409
    assert call("retry", asked, street.ben).status_code == 403


def test_t15_cancel_one_the_following_or_all(street, series, call):
    asked = series(street.offer(booking_mode="instant"), rule="FREQ=WEEKLY;COUNT=5")
    street.done("cancel", {"id": asked["dates"][1]["booking_id"]}, street.anna)
    assert answers(read(street, asked, street.anna)) == [
        "confirmed", "cancelled", "confirmed", "confirmed", "confirmed",
    ]  # fmt: skip

    following = call("cancel", asked, street.anna, from_date="2026-12-21")
    assert answers(following.json()) == ["confirmed", "cancelled", "confirmed", "cancelled", "cancelled"]

    all_of_it = call("cancel", asked, street.anna)
    assert answers(all_of_it.json()) == ["cancelled"] * 5
    assert call("cancel", asked, street.anna).status_code == 409
    assert all_of_it.json()["allowed_actions"] == []


def test_t15_only_what_can_be_cancelled_is_and_the_rest_stays_and_is_told(street, series, call, clock):
    drill = street.offer(booking_mode="instant")
    asked = series(drill, rule="FREQ=WEEKLY;COUNT=3")
    street.done("hand-over", {"id": asked["dates"][0]["booking_id"]}, street.ben)

    ended = call("cancel", asked, street.anna)

    assert ended.status_code == 200, ended.text
    assert answers(ended.json()) == ["confirmed", "cancelled", "cancelled"]
    assert ended.json()["dates"][0]["state"] == "handed_over"
    assert [one["code"] for one in ended.json()["dates"][0]["reasons"]] == ["step_not_possible"]
    assert read(street, asked, street.anna)["dates"][0]["reasons"] == []


def test_t15_a_provider_calls_off_with_a_reason_only(street, series, call):
    asked = series(rule="FREQ=WEEKLY;COUNT=2")
    street.done("accept", {"id": asked["dates"][0]["booking_id"]}, street.ben)

    assert call("cancel", asked, street.ben).status_code == 422
    ended = call("cancel", asked, street.ben, reason="moving", note="We move house.")

    assert [one["state"] for one in ended.json()["dates"]] == ["cancelled", "declined"]
    booking = street.read({"id": asked["dates"][0]["booking_id"]}, street.anna)
    assert (booking["events"][-1]["reason"], booking["events"][-1]["note"]) == ("moving", "We move house.")


def test_t15_a_provider_accepts_all_that_can_still_be_kept(street, series, call):
    drill = street.offer(request_holds=False)
    asked = series(drill, rule="FREQ=WEEKLY;COUNT=3")
    rival = street.requested(drill, by=street.stranger, at=EVENING)
    street.done("accept", rival, street.ben)
    assert [link["action"] for link in read(street, asked, street.ben)["allowed_actions"]] == [
        "accept", "decline", "cancel",
    ]  # fmt: skip

    answered = call("accept", asked, street.ben)

    assert answered.status_code == 200, answered.text
    assert answers(answered.json()) == ["requested", "confirmed", "confirmed"]
    assert [one["code"] for one in answered.json()["dates"][0]["reasons"]] == ["not_enough_units"]
    refused = call("accept", asked, street.ben)
    assert refused.status_code == 409
    assert [one["code"] for one in refused.json()["reasons"]] == ["not_enough_units"]


def test_t15_a_provider_declines_what_waits_and_keeps_what_is_promised(street, series, call):
    asked = series(rule="FREQ=WEEKLY;COUNT=3")
    street.done("accept", {"id": asked["dates"][1]["booking_id"]}, street.ben)

    answered = call("decline", asked, street.ben, reason="other")

    assert [one["state"] for one in answered.json()["dates"]] == ["declined", "confirmed", "declined"]
    assert answers(answered.json()) == ["refused", "confirmed", "refused"]
    assert call("accept", asked, street.anna).status_code == 403


def test_every_answer_about_a_date_tells_of_its_whole_series(street, series, instance):
    asked = series(street.offer(), rule="FREQ=WEEKLY;COUNT=3")
    second = {"id": asked["dates"][1]["booking_id"]}

    accepted = street.done("accept", second, street.ben, headers={"Accept-Language": "en"})

    assert answers(accepted["series"]) == ["requested", "confirmed", "requested"]
    for who in (street.anna, street.ben):
        assert street.read(second, who)["series"] == read(street, asked, who)
    assert street.read(street.promised(), street.anna)["series"] is None
    many = series(rule="FREQ=WEEKLY;COUNT=20")
    asks = []
    for one in (asked, many):
        with counted(instance) as statements:
            street.read({"id": one["dates"][2]["booking_id"]}, street.anna)
        asks.append(len(statements))
    assert asks[0] == asks[1]


def test_who_looks_at_a_case_about_one_date_sees_that_date_alone(street, series):
    asked = series(street.offer(booking_mode="instant"))
    first = {"id": asked["dates"][0]["booking_id"]}
    street.done("raise-case", first, street.anna, note="The key is missing.")

    seen = street.read(first, street.moderator)

    assert (seen["series_id"], seen["series"]) == (asked["id"], None)


def test_a_series_is_nobody_elses_business(street, series, call):
    asked = series()

    for action in ("retry", "cancel", "accept", "decline"):
        assert call(action, asked, street.stranger).status_code == 404
        assert call(action, asked, street.moderator).status_code == 404
    path = f"/api/v1/series/{asked['id']}"
    assert street.client.get(path, headers=street.stranger.headers).status_code == 404
    assert street.client.get(path).status_code == 401


@pytest.mark.parametrize(
    "fields",
    [
        {"recurrence": "FREQ=HOURLY"},
        {"recurrence": "FREQ=DAILY"},  # 181 dates up to the horizon
        {"recurrence": "FREQ=DAILY;COUNT=101"},
        {"recurrence": "FREQ=WEEKLY;UNTIL=20261101"},
        {"recurrence": "FREQ=DAILY;INTERVAL=7;BYDAY=TU"},  # begins on a Monday
        {"recurrence": "FREQ=WEEKLY;COUNT=2", "at": (START, START + timedelta(days=367))},
        {"except_on": ["2026-12-07"]},
    ],
)
def test_t15_a_rule_that_cannot_be_meant_is_refused(street, fields):
    refused = street.ask(street.offer(), **({"at": EVENING} | fields))

    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["detail"]


def test_a_repeated_ask_for_a_series_with_its_key_is_one_series(street, instance):
    drill = street.offer()
    key = {"Idempotency-Key": "k1"}

    first, second = (
        street.ask(drill, at=EVENING, recurrence="FREQ=WEEKLY;COUNT=2", headers=key) for _ in range(2)
    )

    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.content == first.content
    assert second.headers["Location"] == first.headers["Location"]
    assert rows(instance)["booking"] == 2


def test_a_repeated_step_of_a_series_with_its_key_is_one_step(street, series):
    asked = series()
    path = f"/api/v1/series/{asked['id']}/cancel"
    headers = street.anna.headers | {"Idempotency-Key": "k2"}

    first, second = (street.client.post(path, json={}, headers=headers) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert (second.headers["Idempotency-Replayed"], second.content) == ("true", first.content)


def test_t15_a_series_in_an_organisations_name_is_seen_by_its_members_and_moved_by_who_speaks_for_it(
    street, series, call, instance
):
    founded = street.client.post(
        "/api/v1/organisations", json={"name": "Choir"}, headers=street.anna.headers
    ).json()
    member = street.stranger
    with instance.transactions.writing(SYSTEM) as work:
        accounts.admit(work, UUID(founded["id"]), member.id, MemberRole.MEMBER)
    drill = street.offer(limits={"horizon_days": 10})
    asked = series(drill, rule="FREQ=WEEKLY;COUNT=2", organisation_id=founded["id"])

    seen = read(street, asked, street.stranger)

    assert (seen["borrower"]["name"], seen["allowed_actions"]) == ("Choir", [])
    assert call("retry", asked, street.stranger).status_code == 403
    assert call("cancel", asked, street.stranger).status_code == 403
    assert call("cancel", asked, street.anna).status_code == 200


def test_a_series_and_single_asks_fight_for_the_last_unit_and_each_date_has_one_winner(street):
    drill = street.offer(booking_mode="instant")
    weeks = [tuple(moment + timedelta(weeks=week) for moment in EVENING) for week in range(4)]

    def one(ask):
        return ask()

    asks = [lambda: street.ask(drill, at=EVENING, recurrence="FREQ=WEEKLY;COUNT=4")] * 3
    asks += [lambda at=at: street.ask(drill, by=street.stranger, at=at) for at in weeks * 2]
    with ThreadPoolExecutor(len(asks)) as pool:
        got = list(pool.map(one, asks))

    assert {answer.status_code for answer in got} <= {201, 409}
    starts = []
    for who in (street.anna, street.stranger):
        items = street.client.get("/api/v1/bookings", params={"limit": 100}, headers=who.headers).json()
        starts += [item["starts_at"] for item in items["items"]]
    assert len(starts) == len(set(starts)) == 4


def test_t15_every_date_counts_against_the_quota_as_if_asked_for_alone(street, series):
    drill = street.offer(quota={"active_bookings": 2})

    asked = series(drill, rule="FREQ=WEEKLY;COUNT=3")

    assert answers(asked) == ["requested", "requested", "refused"]
    assert [one["code"] for one in asked["dates"][2]["reasons"]] == ["too_many_of_this"]


@pytest.mark.parametrize("booking_mode", ["instant", "on_request"])
def test_a_series_of_a_hundred_dates_asks_the_database_as_often_as_one_of_three(
    street, instance, series, booking_mode
):
    drill = street.offer(units=9, booking_mode=booking_mode, limits={"horizon_days": 400})

    def statements(count, first):
        at = tuple(moment + timedelta(days=first) for moment in EVENING)
        with counted(instance) as asked:
            made = series(drill, rule=f"FREQ=DAILY;COUNT={count}", at=at)
        assert set(answers(made)) <= {"confirmed", "requested"}
        return len(asked)

    statements(2, 0)
    few, many = statements(3, 1), statements(100, 1)

    assert many - few <= 10, (few, many)  # long lists of rows are written in a few parts
    assert many < 80


@pytest.mark.parametrize(
    ("hours", "units", "thing"),
    [
        (2, 1, {"units": 2, "booking_mode": "instant", "quota": {"active_bookings": 6}}),
        (30, 1, {"units": 2}),  # each date reaches into the next
        (2, 2, {"units": 3, "limits": {"buffer_after_minutes": 24 * 60}, "booking_mode": "instant"}),
        (
            24,
            1,
            {
                "units": 3,
                "request_holds": False,
                "quota": {"days_per_month": 5},
                "limits": {"horizon_days": 14},
                "hours": {"pick_up": weekly(("08:00", "20:00"), days=DAYS[:5])},
            },
        ),
    ],
)
def test_t15_a_series_is_had_as_its_dates_are_when_they_are_asked_for_one_by_one(
    street, instance, hours, units, thing
):
    draw = random.Random(hours)
    together, alone = street.offer(**thing), street.offer(**thing)
    anna, cem, others = (signed_in_person(instance, name) for name in ("Ada", "Cem", "Dora"))
    for _ in range(4):
        start = EVENING[0] + timedelta(days=draw.randrange(14), hours=draw.choice((-4, 0, 1)))
        for listing in (together, alone):
            street.ask(listing, others, at=(start, start + timedelta(hours=30)))
    at = (EVENING[0], EVENING[0] + timedelta(hours=hours))

    def said(answer):
        return [(one["code"], one["detail"]) for one in answer.get("reasons", [])]

    first = street.ask(together, anna, at=at, units=units, recurrence="FREQ=DAILY;COUNT=14").json()
    dates = first["series"]["dates"] if "series" in first else first["dates"]

    for number, date in enumerate(dates):
        day = tuple(moment + timedelta(days=number) for moment in at)
        single = street.ask(alone, cem, at=day, units=units).json()
        assert date.get("state") == single.get("state"), (number, date, single)
        assert said(date) == said(single)
    assert {date["answer"] for date in dates} > {
        "confirmed" if first.get("state") == "confirmed" else "requested"
    }
    within = {"from": at[0].isoformat(), "to": (at[0] + timedelta(days=20)).isoformat()}
    one, other = (
        street.client.get(f"/api/v1/listings/{listing}/calendar", params=within).json()
        for listing in (together, alone)
    )
    assert one == other
    with instance.transactions.reading(SYSTEM) as reading:
        assert listings.calendars_amiss(reading) == []


def test_t21_a_series_does_not_overtake_those_who_wait(street, series):
    drill = street.offer(booking_mode="instant")
    taken = street.requested(drill, at=EVENING, by=street.stranger)
    waits = {"starts_at": EVENING[0].isoformat(), "ends_at": EVENING[1].isoformat()}
    street.client.post(f"/api/v1/listings/{drill}/queue", json=waits, headers=street.ben.headers)
    dora = signed_in_person(street.instance, "Dora")
    joined = street.client.post(f"/api/v1/listings/{drill}/queue", json=waits, headers=dora.headers)
    assert joined.status_code == 201, joined.text
    street.done("cancel", taken, street.stranger)

    assert answers(series(drill, rule="FREQ=WEEKLY;COUNT=2")) == ["clash", "confirmed"]


def test_who_leaves_takes_their_words_and_name_from_a_series(street, series, instance, call):
    asked = series(street.offer(booking_mode="instant"), purpose="Anna's choir")

    gone = street.client.delete("/api/v1/me", headers=street.anna.headers)

    assert gone.status_code in (200, 204), gone.text
    seen = read(street, asked, street.ben)
    assert (seen["borrower"]["id"], seen["borrower"]["name"], seen["purpose"]) == (None, "", None)
    assert answers(seen) == ["cancelled"] * 3
    with instance.database.engine.connect() as connection:
        left = connection.exec_driver_sql(
            "SELECT borrower_id, requested_by, purpose FROM booking_series"
        ).one()
    assert tuple(left) == (None, None, None)


def test_series_can_be_taken_along(street, series):
    asked = series()

    taken = street.client.get("/api/v1/me/export", headers=street.anna.headers).json()["bookings"]

    assert [one["id"] for one in taken["series"]] == [asked["id"]]
    assert len(taken["bookings"]) == 3
