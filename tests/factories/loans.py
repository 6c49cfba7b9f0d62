"""A loan between two regions: Ben of Leipzig lends, Hanna of Halle borrows; each speaks to their own instance only.

loan = Loan(regions, units=3)
loan.ask(units=2)
loan.ben_does("accept")
here, there = loan.same_story()
"""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from app.bookings import service as bookings
from app.kernel.actor import SYSTEM
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import offer
from tests.factories.regions import Region, Regions

START, END = datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2026, 12, 2, 9, tzinfo=UTC)
_SAME: Final = (
    "state", "outcome", "standing", "starts_at", "ends_at", "units", "units_out", "price", "net", "vat_permille", "vat",
    "total", "pricing", "tariff", "deposit", "expires_at", "case", "attended", "report", "place_note", "condition",
    "counter", "queue", "change", "events", "purpose",
)  # fmt: skip


class Loan:
    """Something of Ben's, a drill unless the fields say otherwise, and what Hanna does with it."""

    def __init__(self, regions: Regions, **fields: Any) -> None:
        self.regions = regions
        regions.pair()
        self.ben = signed_in_person(regions.leipzig.instance, "Ben")
        self.hanna = signed_in_person(regions.halle.instance, "Hanna")
        fields = {"title": "Bohrmaschine", "federation": "bookable"} | fields
        self.drill = offer(regions.leipzig.instance, self.ben, **fields)
        regions.settle()
        [self.mirrored] = regions.halle.found(fields["title"])

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

    def hanna_does(self, action: str, **body: Any) -> None:
        """In Halle, carried to Leipzig and back."""
        self.act(self.regions.halle, self.hanna, action, **body)
        self.regions.exchange()

    def ben_does(self, action: str, **body: Any) -> dict[str, Any]:
        """In Leipzig, told to Halle."""
        done = self.act(self.regions.leipzig, self.ben, action, **body)
        self.regions.exchange()
        return done

    def promised(self, **fields: Any) -> None:
        """Asked for, and said yes to."""
        self.ask(**fields)
        self.regions.exchange()
        self.ben_does("accept")

    def same_story(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The booking in Halle and in Leipzig, which say the same; and what can be done in Halle is what may be."""
        here, there = self.in_halle(), self.in_leipzig()
        assert {name: here[name] for name in _SAME} == {name: there[name] for name in _SAME}
        assert [_record(one) for one in here["records"]] == [_record(one) for one in there["records"]]
        assert {one["action"] for one in here["allowed_actions"]} == set(self._may(there))
        assert here["exchange"]["status"] == "in_sync"
        return here, there

    def _may(self, there: dict[str, Any]) -> tuple[str, ...]:
        with self.regions.leipzig.instance.transactions.reading(SYSTEM) as reading:
            return bookings.view_for(reading, UUID(there["id"])).allowed


def _record(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says, without the ids of either side."""
    told = {name: value for name, value in record.items() if name not in ("id", "photo_ids")}
    return told | {"corrects_id": record["corrects_id"] is not None}


def story(booking: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(event["action"], event["role"], event["state_after"]) for event in booking["events"]]
