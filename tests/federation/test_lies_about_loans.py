"""What the borrower's instance does not believe: the partner writes the state of its loans, and of nothing else."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from app.outbound.http import Answer
from tests.factories.listings import offer
from tests.factories.loans import Loan, story
from tests.factories.regions import Line, Region, Regions

EVENT = {
    "version": 77,
    "action": "accept",
    "role": "provider",
    "state_after": "confirmed",
    "at": "2026-11-23T08:00:00Z",
}
LIES: Mapping[str, dict[str, Any]] = {
    "more units than can be counted": {"units": 2**40},
    "more out than was handed over": {"units_out": 5},
    "an end before the start": {"ends_at": "2026-11-01T10:00:00Z"},
    "a time no calendar shows": {"starts_at": "0001-01-01T00:00:00+01:00"},
    "a state of another version": {"state": "from_the_future"},
    "half a character in the price": {"price": {"tariff": "\ud800"}},
    "a price that is none": {"price": {"total": {"amount_minor": "a lot"}}},
    "an endless code": {"hand_over_code": "9" * 200},
    "an endless reason": {"events": [{**EVENT, "reason": "r" * 200}]},
    "a step of no number": {"events": [{**EVENT, "version": 2**40}]},
    "one step twice": {"events": [EVENT, EVENT]},
}


class Liar(Line):
    """A line on which Leipzig says something else about its loans than it means."""

    lie: Mapping[str, Any] | None = None

    def request(self, method: str, url: str, **rest: Any) -> Answer:
        got = super().request(method, url, **rest)
        if self.lie is None or "leipzig" not in url or got.status >= 400:
            return got
        told = json.loads(got.body) if got.body else {}
        for item in told.get("items", []) if "/feeds/request" in url else []:
            item["data"] |= self.lie
        if "/requests/" in url:
            told |= self.lie
        return Answer(got.status, got.headers, json.dumps(told).encode())


@pytest.fixture
def line() -> Liar:
    return Liar()


def is_shown(region: Region, loan: Loan) -> bool:
    """Whether the borrower still sees their bookings."""
    return region.client.get("/api/v1/bookings", headers=loan.hanna.headers).status_code == 200


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_an_impossible_state_is_put_aside_and_everything_else_goes_on(
    regions: Regions, line: Liar, lie: dict[str, Any]
) -> None:
    loan = Loan(regions)
    loan.ask()
    regions.settle()
    loan.act(regions.leipzig, loan.ben, "accept")
    line.lie = lie

    offer(regions.leipzig.instance, loan.ben, title="Leiter")
    regions.settle()

    assert is_shown(regions.halle, loan)
    assert regions.halle.found("leiter"), "the catalogue is read although a loan is told wrongly"
    assert [exchange.failures for exchange in regions.halle.partner().exchanges] == [0, 0]
    assert loan.in_halle()["state"] == "requested"

    line.lie = None
    loan.act(regions.leipzig, loan.ben, "hand-over")
    regions.settle()
    assert story(loan.in_halle()) == story(loan.in_leipzig())


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_an_impossible_answer_is_no_answer_and_the_request_is_repeated(
    regions: Regions, line: Liar, lie: dict[str, Any]
) -> None:
    loan = Loan(regions)
    line.lie = lie
    loan.ask()
    regions.settle()
    assert is_shown(regions.halle, loan)
    assert loan.in_halle()["exchange"]["status"] == "sending"

    line.lie = None
    regions.clock.turn(timedelta(hours=1))
    regions.settle()

    assert loan.in_halle()["exchange"]["status"] == "in_sync"
    assert story(loan.in_halle()) == story(loan.in_leipzig())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_could_not_be_understood_is_read_again_every_day_for_depot_may_have_learnt_it(
    regions: Regions, line: Liar
) -> None:
    loan = Loan(regions)
    loan.promised()
    line.lie = {"state": "from_the_future"}
    loan.ben_does("make-ready")
    line.lie = None
    regions.settle()
    assert loan.in_halle()["state"] == "confirmed"

    regions.clock.turn(timedelta(days=1))
    regions.settle()
    assert loan.in_halle()["state"] == "ready"
