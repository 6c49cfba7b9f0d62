"""Bookings in people's own calendars: files, feeds, and who reads what in them. Read by a program not our own."""

import logging
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import structlog
import vobject
from sqlalchemy import event as sql_event

from app.accounts import service as accounts
from app.kernel.actor import MemberRole
from tests.factories.bookings import END, START


def entries(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = vobject.readOne(answer.text)
    return {event.uid.value: event for event in calendar.contents.get("vevent", [])}


def calendar_of(street, booking, by):
    path = f"/api/v1/bookings/{booking['id']}/calendar.ics"
    return street.client.get(path, headers=by.headers)


def feed(street, by, **of):
    answer = street.client.post("/api/v1/me/calendar-feeds", json=of, headers=by.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def read(street, made, **headers):
    return street.client.get(urlsplit(made["url"]).path, headers=headers)


def times(entry):
    return entry.dtstart.value.astimezone(UTC), entry.dtend.value.astimezone(UTC)


def test_a_booking_is_one_entry_that_moves_and_is_called_off_under_one_uid(street):
    request = street.requested(street.offer(title="Säge, groß; \\ neu"))
    [tentative] = entries(calendar_of(street, request, street.anna)).values()
    street.done("accept", request, street.ben)
    [confirmed] = entries(calendar_of(street, request, street.anna)).values()
    street.done("cancel", request, street.anna)
    [cancelled] = entries(calendar_of(street, request, street.anna)).values()

    told = calendar_of(street, request, street.anna).headers["content-disposition"]
    assert 'filename="Saege-gross-neu-2026-11-30.ics"' in told
    seen = [tentative, confirmed, cancelled]
    assert {one.uid.value for one in seen} == {f"{request['id']}@testserver"}
    assert [one.status.value for one in seen] == ["TENTATIVE", "CONFIRMED", "CANCELLED"]
    assert [int(one.sequence.value) for one in seen] == [1, 2, 3]
    assert [times(one) for one in seen] == [(START, END)] * 3
    assert confirmed.summary.value == "Säge, groß; \\ neu"
    assert confirmed.dtstart.params["X-VOBJ-ORIGINAL-TZID"] == ["Europe/Berlin"]
    assert "Mit Ben" in confirmed.description.value


def test_where_exactly_stands_there_only_while_contact_is_open(street):
    listing = street.offer(place={"street": "Gasse 3", "locality": "Leipzig", "district": "Plagwitz"})
    request = street.requested(listing)
    [before] = entries(calendar_of(street, request, street.anna)).values()
    street.done("accept", request, street.ben)
    [open_now] = entries(calendar_of(street, request, street.anna)).values()

    assert before.location.value == "Plagwitz, Leipzig"
    assert open_now.location.value == "Gasse 3, Leipzig"


def test_a_stranger_finds_no_calendar(street):
    assert calendar_of(street, street.promised(), street.stranger).status_code == 404


def test_t13_an_entry_across_the_end_of_summer_time_keeps_its_instants(street, clock):
    clock.set(datetime(2026, 10, 20, 8, tzinfo=UTC))
    before, after = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    listing = street.offer(units=9)
    spans = [(before, after), (after, after + timedelta(hours=3)), (before - timedelta(hours=8), after)]
    booked = [street.promised(listing, at=span) for span in spans]

    shown = entries(read(street, feed(street, street.anna)))

    assert [times(shown[f"{one['id']}@testserver"]) for one in booked] == spans


def test_a_feed_shows_its_own_and_the_token_is_told_once(street):
    lent, foreign = street.promised(), street.promised(by=street.moderator)
    made = feed(street, street.anna)

    shown = entries(read(street, made))
    listed = street.client.get("/api/v1/me/calendar-feeds", headers=street.anna.headers)

    assert set(shown) == {f"{lent['id']}@testserver"}
    assert foreign["id"] not in str(shown)
    [one] = listed.json()["items"]
    assert (one["id"], one["name"]) == (made["id"], "Anna")
    assert urlsplit(made["url"]).path.rpartition("/")[2].removesuffix(".ics") not in listed.text


def test_a_feed_may_be_kept_by_its_reader_only_and_is_sent_once(street):
    made = feed(street, street.anna)

    first = read(street, made)
    again = read(street, made, **{"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"].startswith("private")
    assert first.headers["referrer-policy"] == "no-referrer"
    assert (again.status_code, again.content) == (304, b"")


def test_a_revoked_feed_leads_nowhere_and_nobody_revokes_another_ones(street):
    made = feed(street, street.anna)
    path = f"/api/v1/me/calendar-feeds/{made['id']}"

    by_another = street.client.delete(path, headers=street.ben.headers)
    still = read(street, made)
    revoked = street.client.delete(path, headers=street.anna.headers)

    assert [by_another.status_code, still.status_code, revoked.status_code] == [404, 200, 204]
    assert read(street, made).status_code == 404


def test_who_has_gone_reads_nothing(street):
    made = feed(street, street.anna)
    assert street.client.delete("/api/v1/me", headers=street.anna.headers).status_code == 204

    assert read(street, made).status_code == 404


def test_what_was_called_off_stays_as_cancelled_for_sixty_days(street, clock):
    at = (START + timedelta(days=80), END + timedelta(days=80))
    booking = street.promised(at=at)
    street.done("cancel", booking, street.ben, reason="broken")
    made = feed(street, street.anna)

    [told] = entries(read(street, made)).values()
    clock.turn(timedelta(days=61))

    assert (told.status.value, told.summary.value) == ("CANCELLED", "Called off: Cordless drill")
    assert entries(read(street, made)) == {}


def test_a_listings_feed_tells_its_provider_who_comes_and_nobody_else_gets_one(street):
    listing = street.offer()
    booking = street.promised(listing)
    path = "/api/v1/me/calendar-feeds"

    [shown] = entries(read(street, feed(street, street.ben, listing_id=str(listing)))).values()
    refused = street.client.post(path, json={"listing_id": str(listing)}, headers=street.anna.headers)

    assert shown.summary.value == "Cordless drill (Anna)"
    assert shown.transp.value == "OPAQUE"
    assert refused.status_code == 403
    assert booking["id"] in shown.uid.value


def test_a_draft_can_be_thrown_away_although_a_calendar_of_it_is_read(street):
    made = street.client.post(
        "/api/v1/listings", json={"kind": "equipment", "title": "Draft"}, headers=street.ben.headers
    ).json()
    kept = feed(street, street.ben, listing_id=made["id"])

    gone = street.client.delete(
        f"/api/v1/listings/{made['id']}", headers=street.ben.headers | {"If-Match": "*"}
    )

    assert gone.status_code == 204
    assert read(street, kept).status_code == 404


def test_who_leaves_an_organisation_reads_its_calendar_no_more(street, instance):
    organisation = street.client.post(
        "/api/v1/organisations", json={"name": "Repair café"}, headers=street.ben.headers
    ).json()
    anna, ben = street.anna, street.ben.actor_in(instance)
    with instance.transactions.writing(ben) as work:
        accounts.admit(work, UUID(organisation["id"]), anna.id, MemberRole.MEMBER)
    made = feed(street, street.anna, organisation_id=organisation["id"])
    booking = street.ask(street.offer(), by=street.ben, organisation_id=organisation["id"]).json()
    [shown] = entries(read(street, made))
    members = f"/api/v1/organisations/{organisation['id']}/members/{street.anna.id}"

    left = street.client.delete(members, headers=street.anna.headers | {"If-Match": "*"})

    assert booking["id"] in shown
    assert left.status_code == 204
    assert read(street, made).status_code == 404


def test_a_feed_costs_the_same_number_of_queries_for_one_booking_and_for_ten(street, instance):
    made = feed(street, street.anna)

    def queries():
        seen = []
        listening = (instance.database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        sql_event.listen(*listening)
        assert read(street, made).status_code == 200
        sql_event.remove(*listening)
        return len(seen)

    street.promised()
    of_one = queries()
    for day in range(1, 10):
        street.promised(at=(START + timedelta(days=7 * day), END + timedelta(days=7 * day)))

    assert queries() == of_one <= 10


def test_the_token_of_a_feed_stands_in_no_log(street):
    made = feed(street, street.anna)
    token = urlsplit(made["url"]).path.rpartition("/")[2].removesuffix(".ics")

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    with structlog.testing.capture_logs() as logged:
        read(street, made)
        street.client.get(f"/api/v1/calendars/{token}x.ics")
        street.client.get(f"/api/v1/calendars/{token}/more.ics")

    assert next(line["path"] for line in logged if line["event"] == "request") == "/api/v1/calendars/…"
    assert token not in str(logged)
