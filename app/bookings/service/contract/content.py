"""What a contract says, as data: everything that was agreed, and nothing about how it looks.

The data is what is kept and what the digest is made of; a paper in any language is only a rendering of it. Of several
bookings that were asked for together (T16) those with one provider are parts of one contract.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import PartySummary
from app.bookings import repository
from app.bookings.rules.words import Side
from app.bookings.tables import Booking, BookingRecord
from app.kernel.unit_of_work import Reading
from app.listings import service as listings

FORMAT: Final = 1
NAMELESS: Final = "…"
"""What stands where a name was that had to be forgotten."""

_PRICE: Final = (
    "pricing", "tariff", "billing_unit", "unit_price", "count", "net", "vat", "vat_permille", "total", "deposit",
)  # fmt: skip


def content(
    reading: Reading, holder_id: UUID, bookings: Sequence[Booking], sides: Mapping[str, Any]
) -> dict[str, Any]:
    """The contract over these bookings as it stands now, between the two `sides` that they share."""
    return {
        "format": FORMAT,
        "contract_id": str(holder_id),
        **sides,
        "items": [_item(reading, booking) for booking in bookings],
    }


def sides_of(reading: Reading, booking: Booking) -> dict[str, Any]:
    """The two sides of a booking, as a contract names them."""
    ids = {one for one in (booking.provider_id, booking.borrower_id, booking.requested_by) if one}
    known = accounts.party_summaries(reading, ids)
    return {
        "provider": _provider(reading, booking, known),
        "borrower": _borrower(reading, booking, known),
    }


def digest(data: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of the data: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def without(data: dict[str, Any], *, provider: bool, borrower: bool) -> dict[str, Any]:
    """The same without what tells who one side was: its name, how to reach it, and what it wrote."""
    gone = [side for side, goes in (("provider", provider), ("borrower", borrower)) if goes]
    nameless = {side: {**_party(NAMELESS), "kind": data[side]["kind"]} for side in gone}
    return {**data, **nameless, "items": [_item_without(item, gone) for item in data["items"]]}


def without_asker(
    data: dict[str, Any], records: Collection[tuple[str, str]], *, asked: bool
) -> dict[str, Any]:
    """The same without somebody who acted for a party: their name where they asked, their words in these records.

    Records are named by their booking and their moment.
    """
    borrower = data["borrower"] | ({"represented_by": None} if asked else {})
    items = [
        item
        | {
            "records": [
                record | {"condition": None, "kept_reason": None}
                if (item["booking_id"], record["recorded_at"]) in records
                else record
                for record in item["records"]
            ]
        }
        for item in data["items"]
    ]
    return {**data, "borrower": borrower, "items": items}


def is_nameless(data: dict[str, Any]) -> bool:
    """Whether neither side can be told from it any more."""
    return all(data[side]["name"] == NAMELESS for side in ("provider", "borrower"))


def _item(reading: Reading, booking: Booking) -> dict[str, Any]:
    price, terms = booking.price or {}, booking.terms
    place = listings.exact_place(reading, booking.listing_id)
    return {
        "booking_id": str(booking.id),
        "kind": booking.kind,
        "title": terms["title"],
        "place": {
            "street": place.street,
            "postal_code": place.postal_code,
            "locality": place.locality,
            "note": booking.place_note,
        },
        "zone": terms["zone"],
        "starts_at": instant(booking.starts_at),
        "ends_at": instant(booking.ends_at),
        "units": booking.units,
        "price": {name: price.get(name) for name in _PRICE},
        "terms": terms.get("terms") or "",
        "contract_text": terms.get("contract_text") or "",
        "condition": booking.condition,
        "cancel_until": instant(booking.starts_at - timedelta(hours=booking.cancel_hours or 0)),
        "records": _records(reading, booking.id) if booking.units_handed_over else [],
    }


def _item_without(item: dict[str, Any], gone: Sequence[str]) -> dict[str, Any]:
    if not gone:
        return item
    left = item | {
        "condition": None,
        "place": item["place"] | {"note": None},
        "records": [
            record | {"condition": None, "kept_reason": None} if record["role"] in gone else record
            for record in item["records"]
        ],
    }
    if "provider" not in gone:
        return left
    nowhere = {"street": None, "postal_code": None, "locality": None}
    return left | {"title": NAMELESS, "terms": "", "contract_text": "", "place": left["place"] | nowhere}


_Known = Mapping[UUID, PartySummary]


def _provider(reading: Reading, booking: Booking, known: _Known) -> dict[str, Any]:
    if booking.provider_id is None:
        return _party(booking.remote_name or NAMELESS)
    return _reached(reading, known[booking.provider_id], abroad=booking.side is Side.SUPPLIER)


def _borrower(reading: Reading, booking: Booking, known: _Known) -> dict[str, Any]:
    if booking.side is Side.SUPPLIER:
        told = booking.remote_contact or {}
        return _party(**{"name": booking.remote_name or NAMELESS, **told})
    if booking.borrower_id is None:
        return _party(NAMELESS)
    borrower = _reached(reading, known[booking.borrower_id])
    asker = known.get(booking.requested_by) if booking.requested_by else None
    if asker is not None and asker.id != booking.borrower_id:
        borrower["represented_by"] = asker.name
    return borrower


def _reached(reading: Reading, party: PartySummary, *, abroad: bool = False) -> dict[str, Any]:
    contact = accounts.contact(reading, party.id, own_only=True)
    if abroad:
        contact = contact.one_channel()
    return {**_party(contact.name, email=contact.email, phone=contact.phone), "kind": str(party.kind)}


def _party(
    name: str, *, email: str | None = None, phone: str | None = None, address: str | None = None
) -> dict[str, Any]:
    return {
        "kind": "person",
        "name": name,
        "email": email,
        "phone": phone,
        "address": address,
        "represented_by": None,
    }


def _records(reading: Reading, booking_id: UUID) -> list[dict[str, Any]]:
    """What was written down and not corrected since."""
    rows = repository.records(reading.session, booking_id)
    corrected = {row.corrects_id for row in rows}
    return [_record(row) for row in rows if row.id not in corrected]


def _record(row: BookingRecord) -> dict[str, Any]:
    deposit = row.deposit or {}
    return {
        "kind": str(row.kind),
        "role": str(row.role),
        "units": row.units,
        "condition": row.condition,
        "deposit": {"amount_minor": deposit["amount_minor"], "currency": deposit["currency"]}
        if deposit
        else None,
        "kept_minor": deposit.get("kept_minor") or 0,
        "kept_reason": deposit.get("kept_reason"),
        "photos": len(row.photo_ids),
        "recorded_at": instant(row.recorded_at),
        "acknowledged_at": row.acknowledged_at and instant(row.acknowledged_at),
    }


def instant(moment: datetime) -> str:
    """How instants stand in the data."""
    return moment.isoformat()


def moment(text: str) -> datetime:
    """The inverse."""
    return datetime.fromisoformat(text)
