"""Everything a borrower can do, between two regions: each test is one loan, and at every step both tell the same."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.kernel.event_log import LoggedEvent
from tests.factories.accounts import signed_in_person
from tests.factories.loans import END, START, Loan
from tests.factories.regions import Region, Regions

DAY = timedelta(days=1)
PRICED = {
    "tariffs": [
        {"tariff": "regular", "billing_unit": "started_24h", "amount_minor": 1000, "currency": "EUR"}
    ],
    "vat_permille": 190,
    "deposit": {"amount_minor": 5000, "currency": "EUR"},
}


def test_drills_are_bargained_for_moved_kept_longer_and_brought_back_in_parts(regions: Regions) -> None:
    # The number stays here; that it was not read there hinders nobody.
    loan = Loan(regions, units=3, terms="Bitte sauber zurück. Fragen: 0341 2345678", **PRICED)
    asked = loan.ask(units=3, purpose="Straßenfest", message="Geht das?")
    regions.exchange()
    assert asked["total"] == loan.same_story()[0]["total"] == {"amount_minor": 7140, "currency": "EUR"}
    loan.ben_does("counter", amount_minor=4500, place_note="Werkstatt", condition="Mit Handschuhen")
    here, _ = loan.same_story()
    assert (here["counter"]["by"], here["total"]["amount_minor"], here["vat_permille"]) == (
        "provider",
        4500,
        190,
    )
    loan.hanna_does("counter", units=2, note="Zwei reichen.")
    here, _ = loan.same_story()
    assert (here["state"], here["units"], here["counter"]["by"]) == ("requested", 2, "borrower")
    loan.ben_does("accept")

    later = (END + DAY).isoformat()
    loan.hanna_does("propose-change", ends_at=later)
    here, there = loan.same_story()
    assert (here["change"]["by"], here["ends_at"]) == ("borrower", there["ends_at"])
    loan.ben_does("accept-change")
    loan.ben_does("propose-change", starts_at=(START + timedelta(hours=1)).isoformat())
    loan.hanna_does("decline-change")
    here, _ = loan.same_story()
    assert (here["ends_at"], here["change"]) == ("2026-12-03T09:00:00Z", None)

    regions.clock.set(START)
    loan.ben_does("hand-over", condition="Ein Kratzer", deposit={"amount_minor": 10000, "currency": "EUR"})
    loan.hanna_does("hand-over")
    here, there = loan.same_story()
    assert here["records"][0]["acknowledged_at"]
    assert here["records"][0]["deposit"]["amount_minor"] == 10000
    regions.leipzig.client.post(
        f"/api/v1/bookings/{there['id']}/records/{there['records'][0]['id']}/corrections",
        json={"condition": "Zwei Kratzer"},
        headers=loan.ben.headers,
    )
    regions.exchange()
    here, _ = loan.same_story()
    assert here["records"][1]["corrects_id"] == here["records"][0]["id"]
    loan.hanna_does("hand-over")

    regions.clock.set(END + DAY + timedelta(hours=1))
    regions.exchange()
    here, _ = loan.same_story()
    assert here["standing"] == "overdue"
    assert [(told["reminder"], told["whom"]) for told in reminders(regions.halle)][-1] == (
        "overdue",
        ["borrower"],
    )
    answers = {one["answer"]: one for one in here["answers"]}
    assert set(answers) == {"brought_back", "need_longer", "problem"}
    loan.hanna_does(answers["need_longer"]["action"], **answers["need_longer"]["body"])
    loan.ben_does("accept-change")
    loan.hanna_does("report-return", note="Steht in der Werkstatt.")
    loan.ben_does("take-back", units=1)
    here, _ = loan.same_story()
    assert (here["state"], here["units_out"]) == ("handed_over", 1)
    loan.ben_does("take-back", deposit={"amount_minor": 10000, "currency": "EUR"})
    loan.hanna_does("complete")
    here, _ = loan.same_story()

    assert (here["state"], here["outcome"]) == ("completed", "fulfilled")
    assert contracts(regions.halle, loan.hanna, here) == contracts(
        regions.leipzig, loan.ben, loan.in_leipzig()
    )


def reminders(region: Region) -> list[dict[str, Any]]:
    """What was said in time to those who live there."""
    with region.instance.database.reading() as session:
        rows = session.exec(select(LoggedEvent).where(LoggedEvent.name == "booking.reminded")).all()
        return [dict(row.payload) for row in sorted(rows, key=lambda row: row.id)]


def contracts(region: Region, who: Any, booking: dict[str, Any]) -> list[tuple[int, str]]:
    got = region.client.get(f"/api/v1/bookings/{booking['id']}/contracts", headers=who.headers)
    return [(one["version"], one["digest"]) for one in got.json()["items"]]


def test_a_room_is_entered_and_left_and_its_door_code_is_shown_around_the_time_alone(
    regions: Regions,
) -> None:
    loan = Loan(regions, kind="space", title="Saal", space={"access_notes": "Code 4711"})
    span = {"starts_at": START.isoformat(), "ends_at": (START + timedelta(hours=2)).isoformat()}
    loan.promised(**span)
    assert loan.same_story()[0]["access"] is None
    assert "4711" not in dump(regions.halle)

    regions.clock.set(START - timedelta(hours=23))
    regions.exchange()
    assert loan.same_story()[0]["access"] == "Code 4711"
    loan.hanna_does("check-in")
    loan.hanna_does("check-out")
    regions.clock.set(START + timedelta(hours=5))
    regions.exchange()
    here, _ = loan.same_story()
    assert here["access"] is None
    assert "4711" not in dump(regions.halle)
    loan.hanna_does("raise-case", note="Heizung kalt")
    here, _ = loan.same_story()
    assert here["case"]
    loan.hanna_does("settle")
    loan.ben_does("settle")
    here, _ = loan.same_story()
    assert (here["state"], here["outcome"]) == ("completed", "settled")


def dump(region: Region) -> str:
    """All tables of bookings and of the exchange, as text."""
    from sqlalchemy import text

    names = (
        "booking",
        "booking_event",
        "booking_message",
        "booking_record",
        "booking_contract",
        "feed_entry",
    )
    with region.instance.database.reading() as session:
        return "".join(
            str(session.connection().execute(text(f'SELECT * FROM "{name}"')).all())
            for name in (*names, "partner_ask", "partner_answer", "event_log", "job")
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_hour_is_begun_reported_differed_from_and_settled(regions: Regions) -> None:
    loan = Loan(regions, kind="time", title="Nachhilfe")
    loan.promised(starts_at=START.isoformat(), ends_at=(START + timedelta(hours=1)).isoformat())
    regions.clock.set(START)
    loan.hanna_does("start")
    loan.hanna_does("report", minutes=45)
    here, _ = loan.same_story()
    assert (here["report"]["minutes"], here["report"]["by"]) == (45, "borrower")
    loan.ben_does("differ", note="Es waren 60.")
    here, _ = loan.same_story()
    assert here["state"] == "unresolved"
    loan.ben_does("settle")
    loan.hanna_does("settle")
    assert loan.same_story()[0]["outcome"] == "settled"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_came_of_it_and_both_tell_their_side(regions: Regions) -> None:
    loan = Loan(regions, kind="time", title="Nachhilfe")
    loan.promised(starts_at=START.isoformat(), ends_at=(START + timedelta(hours=1)).isoformat())
    regions.clock.set(START)
    loan.hanna_does("did-not-happen", outcome="no_show_provider", note="Niemand da.")
    loan.ben_does("add-account", note="Ich war da.")
    here, _ = loan.same_story()
    assert (here["state"], here["outcome"]) == ("completed", "no_show_provider")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_seats_in_a_session_are_counted_and_a_recording_is_opened(regions: Regions) -> None:
    span = {"starts_at": START.isoformat(), "ends_at": (START + timedelta(hours=2)).isoformat()}
    course = Loan(
        regions,
        kind="know_how",
        title="Kurs",
        units=5,
        know_how={"form": "group", "sessions": [span]},
    )
    course.promised(**span, units=3)
    regions.clock.set(START + timedelta(hours=3))
    course.ben_does("record-attendance", attended=2, absent=1)
    here, _ = course.same_story()
    assert (here["attended"], here["outcome"]) == (2, "partly_fulfilled")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_recording_is_opened(regions: Regions) -> None:
    span = {"starts_at": START.isoformat(), "ends_at": (START + timedelta(hours=2)).isoformat()}
    link = "https://example.org/film"
    loan = Loan(regions, kind="know_how", title="Film", know_how={"form": "recorded", "access": link})
    loan.promised(**span)
    assert loan.same_story()[0]["access"] is None
    loan.ben_does("give-access")
    here, _ = loan.same_story()
    assert (here["access"], here["state"]) == (link, "completed")


def test_somebody_waits_passes_once_takes_the_next_turn_and_is_asked_by_the_other_region(
    regions: Regions,
) -> None:
    loan = Loan(regions)
    anna = signed_in_person(regions.leipzig.instance, "Anna")
    span = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}

    def anna_has_it() -> str:
        body = {"listing_id": str(loan.drill.id), **span}
        asked = regions.leipzig.client.post("/api/v1/bookings", json=body, headers=anna.headers)
        return str(asked.json()["id"])

    held = anna_has_it()
    path = f"/api/v1/listings/{loan.mirrored['id']}/queue"
    joined = regions.halle.client.post(path, json=span, headers=loan.hanna.headers)
    assert joined.status_code == 201, joined.text
    regions.exchange()
    waiting = loan.in_halle()
    assert (waiting["state"], waiting["queue"]["position"]) == ("waitlisted", 1)
    again = regions.halle.client.post(path, json=span, headers=loan.hanna.headers)
    assert again.json()["code"] == "already_waiting"

    for answer in ("pass", "take"):
        regions.leipzig.client.post(f"/api/v1/bookings/{held}/withdraw", headers=anna.headers)
        regions.exchange()
        assert loan.in_halle()["state"] == "offered"
        loan.hanna_does(answer)
        if answer == "pass":
            assert loan.in_halle()["state"] == "waitlisted"
            held = anna_has_it()
    assert loan.in_halle()["state"] == "requested"
    [theirs] = [
        one
        for one in regions.leipzig.client.get("/api/v1/bookings", headers=loan.ben.headers).json()["items"]
        if one["state"] == "requested"
    ]
    regions.leipzig.client.post(f"/api/v1/bookings/{theirs['id']}/accept", headers=loan.ben.headers)
    regions.exchange()
    assert loan.in_halle()["state"] == "confirmed"
