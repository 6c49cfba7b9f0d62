"""Calendars kept elsewhere close a listing: read from a real server that has good days and bad ones."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.listings.reading_calendars import Question, Unreadable, busy_times
from app.listings.service.reading import CannotRead, busy_in
from app.settings import Settings
from tests.factories.bookings import END, START, Street

QUESTION = Question("2026-10-20T00:00:00+00:00", "2027-01-31T00:00:00+00:00", "Europe/Berlin", "@testserver")


class Elsewhere:
    """A server that has one calendar."""

    def __init__(self):
        self.answer = (200, {"Content-Type": "text/calendar"}, calendar())
        self.seen = []
        self.url = ""


@pytest.fixture(scope="module")
def server():
    """One server for all tests of this file."""
    here = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            here.seen.append(dict(self.headers))
            status, headers, body = here.answer
            if headers.get("ETag") and headers["ETag"] == self.headers.get("If-None-Match"):
                status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            """A client that hangs up is what some of these tests are about."""

    listening = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    here.url = f"http://127.0.0.1:{listening.server_address[1]}/room.ics"
    yield here
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture
def elsewhere(server):
    server.answer = (200, {"Content-Type": "text/calendar"}, calendar())
    server.seen.clear()
    return server


@pytest.fixture
def settings(settings: Settings, server) -> Settings:
    """This instance may call the second server, although it lives on this machine."""
    return settings.model_copy(update={"outbound_allow": [server.url.split("/")[2]]})


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


def calendar(*events, head=""):
    parts = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{head}{parts}END:VCALENDAR\r\n".encode()


def event(uid, starts_at, ends_at, *more):
    times = (f"DTSTART:{starts_at:%Y%m%dT%H%M%SZ}", f"DTEND:{ends_at:%Y%m%dT%H%M%SZ}")
    return "\r\n".join((f"UID:{uid}", *times, *more))


def linked(street, listing, url, by=None):
    path = f"/api/v1/listings/{listing}/external-calendars"
    return street.client.post(path, json={"url": url}, headers=(by or street.ben).headers)


def state(street, listing):
    path = f"/api/v1/listings/{listing}/external-calendars"
    [one] = street.client.get(path, headers=street.ben.headers | {"Accept-Language": "en"}).json()["items"]
    return one


def free(street, listing, start=START, end=END):
    span = {"from": start.isoformat(), "to": end.isoformat()}
    steps = street.client.get(f"/api/v1/listings/{listing}/calendar", params=span).json()["steps"]
    return [(one["starts_at"], one["free_units"]) for one in steps]


def test_what_is_busy_elsewhere_closes_all_units_and_says_no_more(street, elsewhere, run_jobs):
    listing = street.offer(units=5)
    busy = (START + timedelta(hours=2), START + timedelta(hours=3))
    elsewhere.answer = (
        200,
        {"Content-Type": "text/calendar"},
        calendar(event("1", *busy, "SUMMARY:Zahnarzt")),
    )

    made = linked(street, listing, elsewhere.url)
    run_jobs()
    asked = street.ask(listing)

    assert made.status_code == 201
    assert [units for _, units in free(street, listing)] == [5, 0, 5]
    assert asked.status_code == 409
    assert state(street, listing)["busy_stretches"] == 1
    assert state(street, listing)["last_error"] is None
    assert "Zahnarzt" not in street.client.get(f"/api/v1/listings/{listing}").text


def test_it_is_read_again_every_hour_and_costs_nothing_when_it_is_the_same(
    street, elsewhere, run_jobs, clock
):
    listing = street.offer()
    elsewhere.answer = (
        200,
        {"Content-Type": "text/calendar", "ETag": '"1"'},
        calendar(event("1", START, END)),
    )
    linked(street, listing, elsewhere.url)
    run_jobs()

    clock.turn(timedelta(hours=1, minutes=6))
    run_jobs()
    unchanged = free(street, listing)
    elsewhere.answer = (200, {"Content-Type": "text/calendar", "ETag": '"2"'}, calendar())
    clock.turn(timedelta(hours=1, minutes=6))
    run_jobs()

    assert [seen.get("If-None-Match") for seen in elsewhere.seen] == [None, '"1"', '"1"']
    assert [units for _, units in unchanged] == [0]
    assert [units for _, units in free(street, listing)] == [1]


def test_what_cannot_be_read_keeps_the_last_state_and_says_since_when(street, elsewhere, run_jobs, clock):
    listing = street.offer()
    elsewhere.answer = (200, {"Content-Type": "text/calendar"}, calendar(event("1", START, END)))
    linked(street, listing, elsewhere.url)
    run_jobs()
    good = state(street, listing)
    large = calendar(event("1", START, END)) + b"X" * 3 * 1024 * 1024
    troubles = {
        "too_large": (200, {"Content-Type": "text/calendar"}, large),
        "redirected": (302, {"Location": "http://127.0.0.1/other.ics"}, b""),
        "not_a_calendar": (200, {"Content-Type": "text/calendar"}, b"BEGIN:VCALENDAR\r\n\x00\xff garbage"),
        "no_such": (404, {}, b""),
    }

    heard = []
    for answer in (*troubles.values(), (200, {"Content-Type": "text/html"}, b"<html>")):
        elsewhere.answer = answer
        clock.turn(timedelta(hours=1, minutes=6))
        run_jobs()
        heard.append(state(street, listing))

    assert [one["last_error"]["code"] for one in heard] == [*troubles, "not_a_calendar"]
    assert len({one["failing_since"] for one in heard}) == 1
    assert {one["last_success_at"] for one in heard} == {good["last_success_at"]}
    assert [units for _, units in free(street, listing)] == [0]


def test_promises_made_before_stay_and_become_conflicts(street, elsewhere, run_jobs):
    listing = street.offer()
    booking = street.promised(listing)
    elsewhere.answer = (200, {"Content-Type": "text/calendar"}, calendar(event("1", START, END)))

    linked(street, listing, elsewhere.url)
    run_jobs()
    conflicts = street.client.get(f"/api/v1/listings/{listing}/conflicts", headers=street.ben.headers)

    assert [one["booking_ids"] for one in conflicts.json()["items"]] == [[booking["id"]]]
    assert street.read(booking, street.anna)["state"] == "confirmed"


def test_our_own_bookings_come_back_by_a_detour_and_close_nothing(street, elsewhere, run_jobs):
    listing = street.offer(units=2)
    booking = street.promised(listing)
    own = street.client.get(f"/api/v1/bookings/{booking['id']}/calendar.ics", headers=street.ben.headers)
    opaque = own.content.replace(b"TRANSP:TRANSPARENT", b"TRANSP:OPAQUE")
    elsewhere.answer = (200, {"Content-Type": "text/calendar"}, opaque)

    linked(street, listing, elsewhere.url)
    run_jobs()

    assert [units for _, units in free(street, listing)] == [1]


def test_taken_away_it_opens_again_and_only_its_provider_sees_it(street, elsewhere, run_jobs):
    listing = street.offer()
    elsewhere.answer = (200, {"Content-Type": "text/calendar"}, calendar(event("1", START, END)))
    made = linked(street, listing, elsewhere.url).json()
    run_jobs()
    path = f"/api/v1/listings/{listing}/external-calendars"

    seen = [street.client.get(path, headers=one.headers).status_code for one in (street.anna, street.ben)]
    by_another = street.client.delete(f"{path}/{made['id']}", headers=street.anna.headers)
    taken = street.client.delete(f"{path}/{made['id']}", headers=street.ben.headers)

    assert seen == [403, 200]
    assert [by_another.status_code, taken.status_code] == [403, 204]
    assert [units for _, units in free(street, listing)] == [1]


@pytest.mark.parametrize(
    "url",
    ["http://calendar.example/x.ics", "https://me:secret@calendar.example/x.ics", "https://calendar.example:8443/x",
     "ftp://calendar.example/x.ics", "https://[::1/x.ics"],
)  # fmt: skip
def test_only_plain_https_is_taken(street, url):
    answer = linked(street, street.offer(), url)

    assert answer.status_code == 422
    assert "secret" not in answer.text


def test_an_address_inside_our_house_is_never_called(street, run_jobs):
    listing = street.offer()
    linked(street, listing, "webcal://127.0.0.1/room.ics")
    run_jobs()

    shown = state(street, listing)
    assert shown["url"] == "https://127.0.0.1/room.ics"
    assert shown["last_error"]["code"] == "refused"


def test_a_calendar_is_read_once_and_there_are_five_at_most(street, elsewhere):
    listing = street.offer()
    answers = [linked(street, listing, elsewhere.url).status_code for _ in range(2)]
    answers += [
        linked(street, listing, f"https://calendar.example/{number}").status_code for number in range(5)
    ]

    assert answers == [201, 409, 201, 201, 201, 201, 409]


# What a file says: pure.


def utc(*spans):
    return [tuple(int(datetime(*moment, tzinfo=UTC).timestamp()) for moment in span) for span in spans]


def test_t13_a_weekly_entry_keeps_its_wall_time_across_the_end_of_summer_time_with_its_exceptions():
    series = "UID:1\r\nDTSTART;TZID=Europe/Berlin:20261018T180000\r\nDTEND;TZID=Europe/Berlin:20261018T200000\r\nRRULE:FREQ=WEEKLY;COUNT=6\r\nEXDATE;TZID=Europe/Berlin:20261101T180000"
    moved = "UID:1\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261108T180000\r\nDTSTART;TZID=Europe/Berlin:20261109T090000\r\nDTEND;TZID=Europe/Berlin:20261109T100000"
    cancelled = "UID:1\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261115T180000\r\nDTSTART;TZID=Europe/Berlin:20261115T180000\r\nDTEND;TZID=Europe/Berlin:20261115T200000\r\nSTATUS:CANCELLED"

    assert busy_times(calendar(series, moved, cancelled), QUESTION) == utc(
        ((2026, 10, 25, 17), (2026, 10, 25, 19)),  # on 18 October it was still before the stretch asked about
        ((2026, 11, 9, 8), (2026, 11, 9, 9)),
        ((2026, 11, 22, 17), (2026, 11, 22, 19)),
    )


def test_t13_a_whole_day_lasts_twenty_five_hours_when_the_clocks_go_back():
    assert busy_times(calendar("UID:1\r\nDTSTART;VALUE=DATE:20261025"), QUESTION) == utc(
        ((2026, 10, 24, 22), (2026, 10, 25, 23))
    )


def test_who_is_free_all_the_same_or_called_it_off_closes_nothing():
    at = (datetime(2026, 11, 1, 9, tzinfo=UTC), datetime(2026, 11, 1, 10, tzinfo=UTC))
    free_anyway = ("TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE")
    events = [event(str(number), *at, word) for number, word in enumerate(free_anyway)]
    ours = event("0197aaaa@testserver", *at)

    assert busy_times(calendar(*events, ours), QUESTION) == []


def test_floating_times_are_those_of_the_place_and_one_broken_entry_hides_no_other():
    floating = "UID:1\r\nDTSTART:20261101T100000\r\nDURATION:PT2H"
    touching = "UID:2\r\nDTSTART;TZID=W. Europe Standard Time:20261101T120000\r\nDTEND;TZID=W. Europe Standard Time:20261101T130000"

    assert busy_times(calendar("UID:0\r\nSUMMARY:when?", floating, touching), QUESTION) == utc(
        ((2026, 11, 1, 9), (2026, 11, 1, 12))
    )


@pytest.mark.parametrize(
    "rule", ["SECONDLY", "MINUTELY", "DAILY;BYHOUR=1,2,3;BYMINUTE=" + ",".join(map(str, range(60)))]
)
def test_floods_are_refused(rule):
    with pytest.raises(Unreadable, match="too_many"):
        busy_times(calendar(f"UID:1\r\nDTSTART:20261101T100000Z\r\nRRULE:FREQ={rule}"), QUESTION)


def test_what_costs_too_much_to_read_is_stopped():
    endless = calendar("UID:1\r\nDTSTART:19000101T100000Z\r\nDURATION:PT1M\r\nRRULE:FREQ=HOURLY")

    with pytest.raises(CannotRead, match="too_expensive"):
        busy_in(endless, QUESTION, patience_seconds=0.4)
