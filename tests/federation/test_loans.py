"""A loan across regions: a resident of Halle borrows in Leipzig, and both sides tell the same story."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdf
import pytest
from sqlalchemy import text

from app.federation.service import partners
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading
from app.listings import service as listings
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.loans import END, START, Loan, story
from tests.factories.regions import Region, Regions


@pytest.fixture
def loan(regions: Regions) -> Loan:
    return Loan(regions)


def test_a_request_waits_for_the_partner_and_occupies_nothing_before(loan: Loan) -> None:
    asked = loan.ask()

    assert (asked["state"], asked["exchange"]["status"]) == ("requested", "sending")
    nobody_asked = loan.regions.leipzig.client.get("/api/v1/bookings", headers=loan.ben.headers)
    assert nobody_asked.json()["items"] == []


def test_a_resident_of_halle_borrows_in_leipzig_and_brings_it_back(loan: Loan) -> None:
    regions = loan.regions
    loan.ask(message="Für das Straßenfest")
    regions.settle()
    assert (loan.in_halle()["state"], loan.in_halle()["exchange"]["status"]) == ("requested", "in_sync")

    loan.act(regions.leipzig, loan.ben, "accept")
    regions.settle()
    assert loan.in_halle()["state"] == "confirmed"
    assert loan.in_halle()["contact"]["email"] == loan.ben.email
    assert loan.in_leipzig()["contact"]["email"] == loan.hanna.email

    loan.act(regions.leipzig, loan.ben, "hand-over", code=loan.in_halle()["hand_over_code"])
    regions.settle()
    assert loan.in_halle()["state"] == "handed_over"

    loan.act(regions.halle, loan.hanna, "report-return")
    regions.settle()
    loan.act(regions.leipzig, loan.ben, "take-back")
    regions.settle()
    loan.act(regions.halle, loan.hanna, "complete")
    regions.settle()

    here, there = loan.in_halle(), loan.in_leipzig()
    assert (
        (here["state"], here["outcome"]) == (there["state"], there["outcome"]) == ("completed", "fulfilled")
    )
    assert story(here) == story(there)
    assert here["exchange"]["status"] == "in_sync"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_the_provider_declines_is_declined_on_both_sides(loan: Loan) -> None:
    loan.ask()
    loan.regions.settle()

    loan.act(loan.regions.leipzig, loan.ben, "decline", reason="away", note="Wir sind verreist.")
    loan.regions.settle()

    assert loan.in_halle()["state"] == loan.in_leipzig()["state"] == "declined"
    assert story(loan.in_halle()) == story(loan.in_leipzig())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_borrower_withdraws_a_request(loan: Loan) -> None:
    loan.ask()
    loan.regions.settle()

    sending = loan.act(loan.regions.halle, loan.hanna, "withdraw")
    assert (sending["state"], sending["exchange"]["status"]) == ("requested", "sending")
    loan.regions.settle()

    assert loan.in_halle()["state"] == loan.in_leipzig()["state"] == "withdrawn"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_request_withdrawn_before_it_was_sent_is_withdrawn_there_as_well(loan: Loan) -> None:
    loan.ask()
    loan.act(loan.regions.halle, loan.hanna, "withdraw")

    loan.regions.settle()

    assert loan.in_halle()["state"] == loan.in_leipzig()["state"] == "withdrawn"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", ["borrower", "provider"])
def test_either_side_cancels_a_promise(loan: Loan, who: str) -> None:
    loan.ask()
    loan.regions.settle()
    loan.act(loan.regions.leipzig, loan.ben, "accept")
    loan.regions.settle()

    if who == "borrower":
        loan.act(loan.regions.halle, loan.hanna, "cancel")
    else:
        loan.act(loan.regions.leipzig, loan.ben, "cancel", reason="broken")
    loan.regions.settle()

    here, there = loan.in_halle(), loan.in_leipzig()
    assert (
        (here["state"], here["outcome"])
        == (there["state"], there["outcome"])
        == ("cancelled", "cancelled_early")
    )


def test_when_cancel_and_hand_over_cross_both_show_what_the_provider_did(loan: Loan) -> None:
    loan.ask()
    loan.regions.settle()
    loan.act(loan.regions.leipzig, loan.ben, "accept")
    loan.regions.settle()

    loan.act(loan.regions.halle, loan.hanna, "cancel")
    loan.act(loan.regions.leipzig, loan.ben, "hand-over")
    loan.regions.settle()

    assert loan.in_halle()["state"] == loan.in_leipzig()["state"] == "handed_over"
    assert loan.in_halle()["exchange"]["status"] == "in_sync"
    assert story(loan.in_halle()) == story(loan.in_leipzig())


def test_the_last_unit_goes_to_whoever_was_first_and_the_other_hears_why(loan: Loan) -> None:
    anna = signed_in_person(loan.regions.leipzig.instance, "Anna")
    loan.ask()
    taken = loan.regions.leipzig.client.post(
        "/api/v1/bookings",
        json={
            "listing_id": str(loan.drill.id),
            "starts_at": START.isoformat(),
            "ends_at": END.isoformat(),
        },
        headers=anna.headers,
    )
    assert taken.status_code == 201, taken.text

    loan.regions.settle()

    refused = loan.in_halle()
    assert refused["state"] == "declined"
    assert refused["exchange"]["status"] == "in_sync"
    assert refused["events"][-1]["reason"] in ("not_bookable", "slot_taken")


def test_messages_reach_the_other_side_once(loan: Loan) -> None:
    loan.ask(message="Für das Straßenfest")
    loan.regions.settle()
    path = f"/api/v1/bookings/{loan.in_leipzig()['id']}/messages"
    loan.regions.leipzig.client.post(
        path, json={"text": "Gern, Bohrer sind dabei."}, headers=loan.ben.headers
    )
    loan.regions.settle()

    def said(region: Region, who: Neighbour, booking: dict[str, Any]) -> list[tuple[str, str]]:
        items = region.client.get(f"/api/v1/bookings/{booking['id']}/messages", headers=who.headers).json()[
            "items"
        ]
        return [(item["role"], item["text"]) for item in items]

    expected = [("borrower", "Für das Straßenfest"), ("provider", "Gern, Bohrer sind dabei.")]
    assert said(loan.regions.leipzig, loan.ben, loan.in_leipzig()) == expected
    assert said(loan.regions.halle, loan.hanna, loan.in_halle()) == expected


def test_every_answer_lost_once_changes_nothing_in_the_end(loan: Loan) -> None:
    lost: set[tuple[str, str]] = set()

    def first_time(method: str, url: str) -> bool:
        news = (method, url) not in lost and "/requests/" in url
        lost.add((method, url))
        return news

    loan.regions.line.lose = first_time
    loan.ask(message="Für das Straßenfest")
    settle_for_long(loan)
    loan.act(loan.regions.leipzig, loan.ben, "accept")
    settle_for_long(loan)
    loan.act(loan.regions.leipzig, loan.ben, "hand-over")
    settle_for_long(loan)
    lost.clear()
    loan.act(loan.regions.halle, loan.hanna, "report-return")
    settle_for_long(loan)

    there = loan.in_leipzig()
    assert [event["action"] for event in there["events"]] == [
        "request",
        "accept",
        "hand-over",
        "report-return",
    ]
    assert story(loan.in_halle()) == story(there)


def settle_for_long(loan: Loan) -> None:
    """Until what failed has been tried again."""
    for _ in range(3):
        loan.regions.settle()


def test_while_the_partner_is_down_a_request_waits_and_is_sent_when_it_is_back(loan: Loan) -> None:
    leipzig = loan.regions.line.regions.pop("https://leipzig.example")
    loan.ask()
    loan.regions.settle()
    waiting = loan.in_halle()
    assert (waiting["state"], waiting["exchange"]["status"]) == ("requested", "sending")

    loan.regions.line.regions["https://leipzig.example"] = leipzig
    loan.regions.clock.turn(timedelta(hours=8))  # who was silent is tried again ever more rarely
    settle_for_long(loan)

    assert loan.in_halle()["exchange"]["status"] == "in_sync"
    assert loan.in_leipzig()["state"] == "requested"


def test_a_partner_not_heard_of_for_two_days_cannot_be_asked(loan: Loan) -> None:
    loan.regions.line.regions.pop("https://leipzig.example")
    loan.regions.clock.turn(timedelta(hours=49))
    hanna = signed_in_person(loan.regions.halle.instance, "Hilde")

    answer = loan.regions.halle.client.post(
        "/api/v1/bookings",
        json={"listing_id": loan.mirrored["id"], "starts_at": START.isoformat(), "ends_at": END.isoformat()},
        headers=hanna.headers,
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "partner_unavailable")


def test_a_listing_withdrawn_during_a_loan_does_not_stop_the_exchange(loan: Loan) -> None:
    loan.ask()
    loan.regions.settle()
    loan.act(loan.regions.leipzig, loan.ben, "accept")
    loan.regions.settle()
    with loan.regions.leipzig.instance.transactions.writing(
        loan.ben.actor_in(loan.regions.leipzig.instance)
    ) as work:
        listings.pause(work, loan.drill.id)
    loan.regions.settle()

    assert loan.regions.halle.found("bohrmaschine") == []
    loan.act(loan.regions.leipzig, loan.ben, "hand-over")
    loan.regions.settle()
    assert loan.in_halle()["state"] == "handed_over"
    assert loan.in_halle()["listing"]["title"] == "Bohrmaschine"


def test_a_loan_goes_on_when_the_partnership_has_ended(loan: Loan) -> None:
    loan.ask()
    loan.regions.settle()
    loan.act(loan.regions.leipzig, loan.ben, "accept")
    loan.act(loan.regions.leipzig, loan.ben, "hand-over")
    loan.regions.settle()
    with loan.regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        partners.end(work, loan.regions.leipzig.partner().id)
    loan.regions.settle()

    loan.act(loan.regions.halle, loan.hanna, "report-return")
    loan.regions.settle()
    loan.act(loan.regions.leipzig, loan.ben, "take-back")
    loan.regions.clock.turn(timedelta(minutes=10))
    loan.regions.settle()

    assert loan.in_halle()["state"] == loan.in_leipzig()["state"] == "returned"


def test_both_hold_the_same_contract_with_the_same_digests_and_put_it_on_paper(loan: Loan) -> None:
    regions = loan.regions
    loan.ask()
    regions.settle()
    loan.act(regions.leipzig, loan.ben, "accept")
    regions.settle()

    def held(region: Region, who: Neighbour, booking: dict[str, Any]) -> tuple[list[Any], str]:
        path = f"/api/v1/bookings/{booking['id']}"
        versions = region.client.get(f"{path}/contracts", headers=who.headers).json()["items"]
        paper = region.client.get(f"{path}/contract.pdf?language=de", headers=who.headers)
        said = pypdf.PdfReader(BytesIO(paper.content)).pages[0].extract_text()
        return [(one["version"], one["digest"], one["form"]) for one in versions], said

    here = held(regions.leipzig, loan.ben, loan.in_leipzig())
    there = held(regions.halle, loan.hanna, loan.in_halle())

    assert here[0] == there[0]
    assert here[0]
    for _, said in (here, there):
        assert "Ben" in said
        assert "Hanna" in said
        assert loan.hanna.email in said


def test_two_weeks_after_the_end_no_feed_and_no_booking_keeps_the_others_address(loan: Loan) -> None:
    regions = loan.regions
    loan.ask(message="Für das Straßenfest")
    regions.settle()
    loan.act(regions.leipzig, loan.ben, "accept")
    regions.settle()
    loan.act(regions.halle, loan.hanna, "cancel", note="Regen")
    regions.settle()
    assert loan.in_halle()["contact"]["email"] == loan.ben.email

    regions.clock.turn(timedelta(days=14))
    regions.settle()

    for region, far in ((regions.leipzig, loan.hanna), (regions.halle, loan.ben)):
        with region.instance.transactions.reading(SYSTEM) as reading:
            for table in ("booking", "booking_contract", "feed_entry", "partner_ask", "event_log"):
                rows = _rows(reading, table)
                assert far.email not in rows, table
                assert table in ("booking", "booking_contract") or loan.ben.email not in rows, table
                assert table != "event_log" or "Regen" not in rows

    regions.clock.turn(timedelta(days=91))
    regions.settle()
    for region in (regions.leipzig, regions.halle):
        with region.instance.transactions.reading(SYSTEM) as reading:
            assert _rows(reading, "partner_answer") == _rows(reading, "partner_ask") == "[]"


def _rows(reading: Reading, table: str) -> str:
    """A whole table as text."""
    return str(reading.session.connection().execute(text(f'SELECT * FROM "{table}"')).all())
