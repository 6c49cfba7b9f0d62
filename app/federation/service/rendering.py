"""Things as partners may see them: the text of an entry, rendered once, when it is published (federation.md §2.8).

No personal data leaves with the catalogue: a person is "Privat", the point is the public one, and passages that tell
an address, a number or an account are withheld. What is too long for an entry is shortened; the whole is at `url`.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from app.federation.protocol import v1
from app.federation.protocol.listing import ListingData
from app.federation.protocol.v1 import Gone, Kind
from app.federation.service import loans
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading
from app.listings import service as listings

LISTINGS: Final = Kind.LISTING.value
PRIVATE_PERSON: Final = "Privat"
MOST_SESSIONS: Final = 60
_ROOM: Final = v1.ENTRY_BYTES - 512
"""For the data of an entry; the rest is for its number, id and dates."""
_CUT: Final = "…"

log = structlog.get_logger("depot.federation")


@dataclass(frozen=True, slots=True)
class Rendering:
    """A thing as partners may see it; without a `body` not at all, for the reason `gone`."""

    item_id: str
    body: str | None = None
    fingerprint: str = ""
    gone: Gone = Gone.WITHDRAWN
    category: str | None = None
    lat: float | None = None
    lon: float | None = None
    listed_at: datetime | None = None


def render(reading: Reading, feed: str, ids: Collection[UUID]) -> list[Rendering]:
    """These things of a feed as its readers may see them now, in this order."""
    if feed == LISTINGS:
        found = listings.shared(reading, ids)
        return [_listing(reading, listing_id, found[listing_id]) for listing_id in ids]
    return [_loan(reading, booking_id) for booking_id in ids]


def listing_data(reading: Reading, listing_id: UUID) -> ListingData | None:
    """A listing as partners may see it; None if it is not shared."""
    found = listings.shared(reading, [listing_id])[listing_id]
    return _data(reading, listing_id, found) if isinstance(found, listings.Shared) else None


def terms_told(reading: Reading, listing_id: UUID) -> str | None:
    """The terms of a listing as partners read them now; None if it is not shared."""
    [rendering] = render(reading, LISTINGS, [listing_id])
    return None if rendering.body is None else str(json.loads(rendering.body)["terms"])


def compact(data: dict[str, Any]) -> str:
    """JSON in which the same data is always the same text."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _listing(reading: Reading, listing_id: UUID, found: listings.Shared | listings.Unshared) -> Rendering:
    if isinstance(found, listings.Unshared):
        return Rendering(str(listing_id), gone=Gone(found.value))
    try:
        data = _data(reading, listing_id, found)
    except ValidationError as error:
        # Whatever it is, it keeps no other listing from being published.
        wrong = [".".join(map(str, one["loc"])) for one in error.errors(include_input=False)]
        log.error("listing_cannot_travel", listing=str(listing_id), wrong=wrong)  # noqa: TRY400 - the text is private
        return Rendering(str(listing_id))
    place, body = data.place, _fitting(data.to_json())
    return Rendering(
        str(listing_id),
        body,
        _fingerprint(body),
        category=data.category,
        lat=place.lat,
        lon=place.lon,
        listed_at=data.created_at,
    )


def _loan(reading: Reading, booking_id: UUID) -> Rendering:
    try:
        state = loans.entry_of(reading, booking_id)
    except NotFound:
        return Rendering(str(booking_id))
    body = compact(state.to_json())
    return Rendering(str(state.rid), body, _fingerprint(body))


def _fingerprint(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _data(reading: Reading, listing_id: UUID, found: listings.Shared) -> ListingData:
    base = reading.settings.public_url
    data = found.view.model_dump(mode="json")
    if data["provider"]["kind"] == "person":
        data["provider"]["name"] = PRIVATE_PERSON
    if data["know_how"]:
        coming = [one for one in data["know_how"]["sessions"] if not one["cancelled"]]
        data["know_how"]["sessions"] = coming[-MOST_SESSIONS:]
    data["photos"] = [
        {
            "url": f"{base}{photo.url}",
            "sha256": photo.id and found.photo_digests.get(photo.id),
            "width": photo.width,
            "height": photo.height,
            "alt": photo.alt,
        }
        for photo in found.view.photos
    ]
    listings.withhold(data, street=found.street)
    return ListingData.model_validate(data | {"url": f"{base}/listings/{listing_id}"})


def _fitting(data: dict[str, Any]) -> str:
    """The data as text of at most the size of an entry: the longest words are cut, then special days left out."""
    text = compact(data)
    for name in ("terms", "description"):
        over = len(text.encode()) - _ROOM
        if over > 0:
            kept = data[name].encode()[: max(0, len(data[name].encode()) - over - len(_CUT.encode()))]
            data[name] = kept.decode(errors="ignore").rstrip() + _CUT if kept else ""
            text = compact(data)
    if len(text.encode()) > _ROOM and data["hours"]:
        data["hours"] = None  # partners ask us before they promise anything
        text = compact(data)
    return text
