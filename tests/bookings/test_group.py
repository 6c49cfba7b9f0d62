"""A course: sessions with seats, booked, moved, cancelled, attended."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.factories.bookings import START, actions_of, story_of
from tests.factories.listings import weekly

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
FIRST = (START, START + 2 * HOUR)
SECOND = (START + 7 * DAY, START + 7 * DAY + 2 * HOUR)


def session(span, **more):
    return {"starts_at": span[0].isoformat(), "ends_at": span[1].isoformat(), **more}


def course(street, *spans, **fields):
    know_how = {"form": "group", "sessions": [session(span) for span in spans]}
    return street.offer(kind="know_how", title="Mending bicycles", units=8, know_how=know_how, **fields)


@pytest.fixture
def course_id(street):
    return course(street, FIRST, SECOND)


@pytest.fixture
def sessions(street):
    """The sessions as everybody sees them."""

    def look(listing_id):
        answer = street.client.get(f"/api/v1/listings/{listing_id}", headers=street.ben.headers)
        return answer.json()["know_how"]["sessions"]

    return look


@pytest.fixture
def patch(street):
    def patch(listing_id, sessions, **more):
        change = {"know_how": {"sessions": sessions, **more}}
        headers = street.ben.headers | {"If-Match": "*"}
        return street.client.patch(f"/api/v1/listings/{listing_id}", json=change, headers=headers)

    return patch


@pytest.fixture
def cancel(street):
    def cancel(listing_id, session_id, by=None, **body):
        path = f"/api/v1/listings/{listing_id}/sessions/{session_id}/cancel"
        return street.client.post(path, json=body, headers=(by or street.ben).headers)

    return cancel


def test_a_session_from_the_promise_to_the_end(street, course_id, clock):
    seats = street.promised(course_id, at=FIRST, units=3)
    assert actions_of(street.read(seats, street.ben)) >= {"record-attendance"}
    clock.set(FIRST[1])

    over = street.done("record-attendance", seats, street.ben, attended=2, absent=1)

    assert (over["state"], over["outcome"], over["attended"]) == ("completed", "partly_fulfilled", 2)
    assert story_of(over) == ["request", "accept", "record-attendance"]
    assert street.act("record-attendance", seats, street.anna).status_code == 403


@pytest.mark.parametrize(
    ("body", "outcome"),
    [({}, "fulfilled"), ({"absent": 3}, "no_show_borrower"), ({"attended": 0}, "no_show_borrower")],
)
def test_who_was_there_decides_the_outcome(street, course_id, body, outcome):
    seats = street.promised(course_id, at=FIRST, units=3)

    assert street.done("record-attendance", seats, street.ben, **body)["outcome"] == outcome


def test_more_than_were_booked_were_not_there(street, course_id):
    seats = street.promised(course_id, at=FIRST, units=3)

    assert street.act("record-attendance", seats, street.ben, attended=4).status_code == 422
    assert street.act("record-attendance", seats, street.ben, attended=2, absent=2).status_code == 422


def test_seats_are_taken_per_session(street, course_id):
    street.promised(course_id, at=FIRST, units=6)

    full = street.ask(course_id, by=street.stranger, at=FIRST, units=3)

    assert (full.status_code, full.json()["free_units"]) == (409, 2)
    assert street.ask(course_id, by=street.stranger, at=SECOND, units=8).status_code == 201


@pytest.mark.parametrize("shift", [HOUR, -DAY])
def test_only_a_session_can_be_booked_and_the_next_ones_are_named(street, course_id, shift):
    refused = street.ask(course_id, at=(START + shift, START + shift + 2 * HOUR)).json()

    assert [reason["code"] for reason in refused["reasons"]] == ["not_a_session"]
    told = [one["starts_at"] for one in refused["reasons"][0]["sessions"]]
    assert told == [moment.isoformat().replace("+00:00", "Z") for moment in (FIRST[0], SECOND[0])]


def test_who_finds_a_session_full_is_shown_the_next_one(street, course_id):
    street.promised(course_id, at=FIRST, units=8)

    refused = street.ask(course_id, by=street.stranger, at=FIRST).json()

    way = next(one for one in refused["ways_out"] if one["way"] == "next_free")
    assert way["starts_at"] == SECOND[0].isoformat().replace("+00:00", "Z")


def test_hours_length_and_buffers_do_not_apply_to_sessions(street):
    night = (START + 12 * HOUR, START + 30 * HOUR)
    next_night = (night[1], night[1] + HOUR)
    limits = {"max_minutes": 60, "buffer_after_minutes": 120}
    hours = {"opening": weekly(("10:00", "11:00"))}
    listing = course(street, night, next_night, limits=limits, hours=hours)

    assert street.ask(listing, at=night, units=8).status_code == 201
    assert street.ask(listing, at=next_night, units=8).status_code == 201


def test_lead_and_horizon_do_apply(street):
    listing = course(street, FIRST, SECOND, limits={"lead_minutes": 60 * 24 * 10, "horizon_days": 10})

    codes = [[one["code"] for one in street.ask(listing, at=at).json()["reasons"]] for at in (FIRST, SECOND)]

    assert codes == [["too_soon"], ["too_far_ahead"]]


def test_the_calendar_is_open_when_a_session_takes_place(street, course_id):
    params = {"from": START.isoformat(), "to": (START + DAY).isoformat()}
    steps = street.client.get(f"/api/v1/listings/{course_id}/calendar", params=params).json()["steps"]

    assert [step["open"] for step in steps] == [True, False]


@pytest.mark.parametrize(
    "sessions",
    [
        [session((FIRST[1], FIRST[0]))],
        [session(FIRST), session((FIRST[0] + HOUR, FIRST[1] + HOUR))],
        [session(FIRST, id=str(UUID(int=7))), session(SECOND, id=str(UUID(int=7)))],
    ],
)
def test_sessions_run_forward_do_not_overlap_and_have_ids_of_their_own(street, course_id, patch, sessions):
    assert patch(course_id, sessions).status_code == 422


def test_a_session_keeps_its_id_through_edits(street, course_id, patch, sessions):
    [first, second] = sessions(course_id)
    later = (SECOND[0] + DAY, SECOND[1] + DAY)

    edited = patch(course_id, [session(FIRST), session(later, id=second["id"]), session(SECOND)])

    assert edited.status_code == 200, edited.text
    ids = [one["id"] for one in sessions(course_id)]
    assert ids[:2] == [first["id"], second["id"]]
    assert ids[2] not in ids[:2]


def test_what_was_read_can_be_sent_back(street, course_id, patch, sessions):
    before = sessions(course_id)

    assert patch(course_id, before).status_code == 200
    assert sessions(course_id) == before


@pytest.mark.parametrize("edit", ["remove", "move", "mark", "form"])
def test_a_promised_session_is_not_edited_away(street, course_id, patch, sessions, edit):
    seat = street.promised(course_id, at=FIRST)
    [first, second] = sessions(course_id)
    changed = {
        "remove": [second],
        "move": [first | session((FIRST[0] + HOUR, FIRST[1] + HOUR)), second],
        "mark": [first | {"cancelled": True}, second],
        "form": [first, second],
    }[edit]

    refused = patch(course_id, changed, **({"form": "one_to_one"} if edit == "form" else {}))

    assert (refused.status_code, refused.json()["code"]) == (409, "session_promised")
    assert refused.json()["booking_ids"] == [seat["id"]]
    assert sessions(course_id) == [first, second]
    assert patch(course_id, [first]).status_code == 200


def test_a_cancelled_session_cancels_its_bookings_and_tells_why(street, course_id, cancel, sessions):
    promised = street.promised(course_id, at=FIRST, units=2)
    asked = street.requested(course_id, at=FIRST, by=street.stranger)
    other = street.promised(course_id, at=SECOND)
    first = sessions(course_id)[0]

    done = cancel(course_id, first["id"], reason="ill", note="I have the flu.")

    assert done.status_code == 200, done.text
    assert [one["cancelled"] for one in done.json()["know_how"]["sessions"]] == [True, False]
    gone = street.read(promised, street.anna)
    assert (gone["state"], gone["outcome"], gone["events"][-1]["note"]) == (
        "cancelled",
        "cancelled_early",
        "I have the flu.",
    )
    assert (gone["events"][-1]["role"], gone["events"][-1]["reason"]) == ("provider", "ill")
    assert street.read(asked, street.stranger)["state"] == "declined"
    assert street.read(other, street.anna)["state"] == "confirmed"


def test_everybody_who_booked_hears_of_the_cancelled_session(street, course_id, cancel, sessions, run_jobs):
    street.promised(course_id, at=FIRST)
    street.done("accept", street.requested(course_id, at=FIRST, by=street.stranger), street.ben)

    cancel(course_id, sessions(course_id)[0]["id"], reason="ill")
    with street.instance.database.reading() as session_:
        told = session_.connection().exec_driver_sql(
            "SELECT payload FROM event_log WHERE name = 'booking.moved'"
        )
        steps = [str(row[0]) for row in told]

    assert sum("cancel" in step for step in steps) == 2


def test_a_session_that_is_cancelled_while_many_ask_and_are_promised_ends_them_all(
    street, course_id, cancel, patch, sessions
):
    """Whoever is overtaken begins anew: nobody hears of a lock, and nobody is left with a seat."""

    def one_round(number):
        span = tuple(moment + number * DAY for moment in FIRST)
        patch(course_id, [session(span)]).raise_for_status()
        [found] = [one for one in sessions(course_id) if one["starts_at"].startswith(f"{span[0]:%Y-%m-%d}")]

        def ask(seat):
            asked = street.ask(course_id, at=span)
            if asked.status_code != 201:
                return [asked]
            return [asked, street.act("accept", asked.json(), street.ben)]

        with ThreadPoolExecutor(5) as pool:
            seats = [pool.submit(ask, seat) for seat in range(6)]
            done = pool.submit(cancel, course_id, found["id"], reason="ill").result()
            answers = [one for seat in seats for one in seat.result()]
        assert done.status_code == 200, done.text
        assert {one.status_code for one in answers} <= {200, 201, 409}, [one.text for one in answers]

    for number in range(4):
        one_round(number)

    seen = street.client.get("/api/v1/bookings", params={"limit": 100}, headers=street.anna.headers).json()
    assert {one["state"] for one in seen["items"]} <= {"declined", "cancelled"}


def test_a_cancelled_session_is_not_booked_any_more(street, course_id, cancel, sessions, patch):
    asked = street.requested(course_id, at=FIRST)
    first = sessions(course_id)[0]
    cancel(course_id, first["id"], reason="ill")

    refused = street.ask(course_id, by=street.stranger, at=FIRST).json()

    assert [reason["code"] for reason in refused["reasons"]] == ["session_cancelled"]
    assert street.read(asked, street.anna)["state"] == "declined"
    again = cancel(course_id, first["id"], reason="ill")
    assert (again.status_code, sessions(course_id)[0]["cancelled"]) == (200, True)
    assert patch(course_id, [session(FIRST), session(SECOND)]).status_code == 200
    assert sessions(course_id)[0]["cancelled"], "an edit calls nobody back"


def test_who_cancels_a_session_says_why_and_speaks_for_it(street, course_id, cancel, sessions, clock):
    first = sessions(course_id)[0]["id"]

    silent = cancel(course_id, first)
    foreign = cancel(course_id, first, by=street.anna, reason="x")
    unknown = cancel(course_id, uuid4(), reason="x")
    clock.set(FIRST[1])
    late = cancel(course_id, first, reason="x")

    assert [one.status_code for one in (silent, foreign, unknown, late)] == [422, 403, 404, 409]
    assert late.json()["code"] == "session_over"
    assert not any(one["cancelled"] for one in sessions(course_id))


def test_a_request_for_a_session_that_was_moved_is_not_confirmed(street, patch, sessions):
    listing = course(street, FIRST, request_holds=False)
    asked = street.requested(listing, at=FIRST)
    assert patch(listing, [session(SECOND)]).status_code == 200

    refused = street.act("accept", asked, street.ben)

    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "not_a_session")


def test_the_provider_is_asked_who_was_there(street, course_id, at, told):
    seats = street.promised(course_id, at=FIRST)

    at(FIRST[1])
    asked = told()[-1]
    at(FIRST[1] + 14 * DAY)

    assert asked == ("attendance_due", ["provider"])
    assert street.read(seats, street.anna)["outcome"] == "unreported"
