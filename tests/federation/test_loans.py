"""A loan across regions: a resident of Halle borrows in Leipzig, and both sides tell the same story."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import offer
from tests.factories.regions import Region, Regions

START, END = datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2026, 12, 2, 9, tzinfo=UTC)


class Loan:
    """Ben of Leipzig lends a drill, Hanna of Halle borrows it; each speaks to their own instance only."""

    def __init__(self, regions: Regions, **fields: Any) -> None:
        self.regions = regions
        regions.pair()
        self.ben = signed_in_person(regions.leipzig.instance, "Ben")
        self.hanna = signed_in_person(regions.halle.instance, "Hanna")
        self.drill = offer(
            regions.leipzig.instance, self.ben, title="Bohrmaschine", federation="bookable", **fields
        )
        regions.settle()
        [self.mirrored] = regions.halle.found("bohrmaschine")

    def ask(self, **fields: Any) -> dict[str, Any]:
        body = {
            "listing_id": self.mirrored["id"],
            "starts_at": START.isoformat(),
            "ends_at": END.isoformat(),
            **fields,
        }
        answer = self.regions.halle.client.post("/api/v1/bookings", json=body, headers=self.hanna.headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def in_halle(self) -> dict[str, Any]:
        return self._only(self.regions.halle, self.hanna)

    def in_leipzig(self) -> dict[str, Any]:
        return self._only(self.regions.leipzig, self.ben)

    def act(self, region: Region, who: Neighbour, action: str, **body: Any) -> dict[str, Any]:
        booking = self._only(region, who)
        answer = region.client.post(
            f"/api/v1/bookings/{booking['id']}/{action}", json=body, headers=who.headers
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def _only(self, region: Region, who: Neighbour) -> dict[str, Any]:
        [summary] = region.client.get("/api/v1/bookings", headers=who.headers).json()["items"]
        answer = region.client.get(f"/api/v1/bookings/{summary['id']}", headers=who.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
def loan(regions: Regions) -> Loan:
    return Loan(regions)


def story(booking: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(event["action"], event["role"], event["state_after"]) for event in booking["events"]]


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
    assert (here["state"], here["outcome"]) == (there["state"], there["outcome"]) == ("completed", "fulfilled")
    assert story(here) == story(there)
    assert here["exchange"]["status"] == "in_sync"
