"""What a booking costs, as the quote said it and as the booking keeps it (T14)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.wiring import Instance
from tests.factories.bookings import END, START, Street

DAILY = [{"billing_unit": "started_24h", "amount_minor": 555}]
FIGURES = ("price", "net", "vat_permille", "vat", "total", "pricing", "deposit")


@pytest.fixture
def street(instance: Instance, client: TestClient) -> Street:
    return Street(instance, client)


def quoted(street: Street, listing_id: Any, **ask: Any) -> dict[str, Any]:
    body = {"starts_at": START.isoformat(), "ends_at": END.isoformat(), **ask}
    answer = street.client.post(
        f"/api/v1/listings/{listing_id}/quote", json=body, headers=street.anna.headers
    )
    return dict(answer.json())


def euros(minor: int) -> dict[str, Any]:
    return {"amount_minor": minor, "currency": "EUR"}


def test_t14_quote_and_booking_show_the_same_net_price_tax_and_total(street: Street) -> None:
    listing_id = street.offer(tariffs=DAILY, vat_permille=190, deposit={"amount_minor": 2000}, units=3)

    quote = quoted(street, listing_id, units=3)
    booking = street.requested(listing_id, units=3)

    assert [quote[name] for name in FIGURES] == [
        euros(3963), euros(3330), 190, euros(633), euros(3963), "tariff", euros(6000),
    ]  # fmt: skip
    assert [booking[name] for name in FIGURES] == [quote[name] for name in FIGURES]


@pytest.mark.parametrize(("tariffs", "pricing"), [([], "free"), (None, "by_arrangement")])
def test_t14_free_and_by_arrangement_have_neither_price_nor_tax(
    street: Street, tariffs: Any, pricing: str
) -> None:
    listing_id = street.offer(tariffs=tariffs, vat_permille=190)

    for told in (quoted(street, listing_id), street.requested(listing_id)):
        assert [told[name] for name in FIGURES] == [None, None, None, None, None, pricing, None]


def test_t14_the_tariff_is_frozen_in_the_booking(street: Street) -> None:
    listing_id = street.offer(tariffs=DAILY, vat_permille=190)
    before = street.requested(listing_id)
    changes = {"tariffs": [{"billing_unit": "per_booking", "amount_minor": 9900}], "vat_permille": 70}

    street.client.patch(
        f"/api/v1/listings/{listing_id}", json=changes, headers={**street.ben.headers, "if-match": "*"}
    )
    after = street.done("accept", before, street.ben)

    assert [after[name] for name in FIGURES] == [before[name] for name in FIGURES]
    assert quoted(street, listing_id)["total"] == euros(10_593)
