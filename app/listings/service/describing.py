"""Rows as their readers see them."""

import json
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import PartySummary
from app.accounts.service import PartyKind
from app.api.schemas import MoneyRead
from app.kernel.money import Money
from app.kernel.unit_of_work import Reading
from app.listings import policy, repository, snapshots
from app.listings.rules.eligibility import Audience
from app.listings.rules.kinds import Kind, Purpose, Reach
from app.listings.schemas.calendar import (
    ClosureRead,
    HoursBody,
    HoursRead,
    Visibility,
)
from app.listings.schemas.parts import Cancellation, KnowHow, Limits, Quota, Space, Tariff, Time
from app.listings.schemas.views import (
    ListingRead,
    OriginRead,
    PhotoRead,
    PlaceRead,
    ProviderRead,
    WantedRead,
    WithheldRead,
)
from app.listings.service import disclosing, values
from app.listings.snapshots import Snapshot
from app.listings.tables import Listing, Origin, Photo


def describe(reading: Reading, rows: Sequence[Listing], *, private: bool | None = None) -> list[ListingRead]:
    """Rows as their readers see them; what providers alone see follows from the actor unless `private` says so."""
    parties = accounts.party_summaries(reading, {row.provider_id for row in rows if row.provider_id})
    origins = repository.origins(reading.session, {row.origin_id for row in rows if row.origin_id})
    photos: defaultdict[UUID | None, list[PhotoRead]] = defaultdict(list)
    for photo in repository.photos_seen(reading.session, [row.id for row in rows]):
        photos[photo.listing_id].append(photo_read(photo))
    region = reading.settings.subdivision
    return [
        ListingRead.of_checked(
            {
                **_written(row, region, sees_private),
                "photos": photos[row.id],
                "origin": _origin(reading, row, origins),
                "provider": _provider(row, parties),
                "withheld": _withheld(row, photos[row.id]) if sees_private else [],
            }
        )
        for row in rows
        for sees_private in [
            policy.may_see_private(reading.actor, row.provider_id) if private is None else private
        ]
    ]


def _written(row: Listing, region: str, private: bool) -> dict[str, Any]:
    return (_of_snapshot if isinstance(row, Snapshot) else _of_row)(row, region, private)


def _of_row(row: Listing, region: str, private: bool) -> dict[str, Any]:
    """What stands in its own row, as its readers see it."""
    return {
        **_plain(row),
        **_details(row, private=private),
        "place": PlaceRead.model_validate(row),
        "tariffs": None if row.tariffs is None else [Tariff(**tariff) for tariff in row.tariffs],
        "deposit": money_read(values.deposit_of(row)),
        "limits": Limits(**row.limits),
        "quota": Quota(**row.quota) if row.quota else None,
        "hours": hours_read(row, region),
        "closures": closures_read(row, private=private),
        "cancellation": Cancellation(hours_before=row.cancellation_hours),
        "audience_organisation_id": row.audience_id,
        "wanted": _wanted(row),
        "review_note": row.review_note if private else None,
    }


_of_snapshot: Final = lru_cache(maxsize=snapshots.MOST)(_of_row)


_PLAIN: Final = (
    "id", "purpose", "kind", "title", "description", "language", "category", "tags", "units", "min_units",
    "booking_mode", "request_holds", "audience", "terms", "answer_hours", "federation", "state", "close_reason",
    "queue_turn_hours", "overdue_margin_hours", "min_age", "part_of", "vat_permille", "contract_text",
    "version", "created_at", "updated_at", "expires_at",
)  # fmt: skip
_DETAILS: Final = {Kind.SPACE: Space, Kind.KNOW_HOW: KnowHow, Kind.TIME: Time}
PRIVATE_DETAILS: Final = ("access_notes", "access")
"""What of the details only the provider's side reads here; borrowers get it with their promise."""


def _plain(row: Listing) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _PLAIN}


def _details(row: Listing, *, private: bool) -> dict[str, Any]:
    """What is special to the kind; null for the other kinds."""
    said = row.details
    if said is not None and not private:
        said = {name: value for name, value in said.items() if name not in PRIVATE_DETAILS}
    if said is not None and (sessions := values.sessions_of(row)):
        said = said | {"sessions": [values.session_document(session) for session in sessions]}
    return {
        kind.value: model(**said) if kind is row.kind and said is not None else None
        for kind, model in _DETAILS.items()
    }


def _withheld(row: Listing, photos: Sequence[PhotoRead]) -> list[WithheldRead]:
    """What of its words partners would not get to read; nothing where they read none of them."""
    if row.origin_id is not None or row.federation is Reach.NONE or row.audience is not Audience.EVERYONE:
        return []
    written = {
        **{name: getattr(row, name) for name in ("title", "description", "terms", "tags")},
        "place": {"district": row.district, "locality": row.locality},
        "photos": [{"alt": photo.alt} for photo in photos],
        row.kind.value: row.details,
    }
    return disclosing.hints(written, street=private_street(row))


def private_street(row: Listing) -> str | None:
    """The street, unless everybody may know it."""
    return None if row.show_exact else row.street


def hours_read(row: Listing, region: str) -> HoursRead:
    """The hours with their zone, and with the state whose holidays count; `region` is the instance's own."""
    return _hours_read(json.dumps(row.hours), row.zone, values.holidays_of(row, region).subdivision)


@lru_cache(maxsize=20_000)
def _hours_read(said: str, zone: str, subdivision: str | None) -> HoursRead:
    """Read once: most listings of a region share a few timetables."""
    body = HoursBody.model_validate_json(said)
    return HoursRead(**body.model_dump(), zone=zone, subdivision=subdivision)


def closures_read(row: Listing, *, private: bool) -> list[ClosureRead]:
    """The closures; their reasons only where they are public or the reader may know."""
    return [
        closure
        if private or closure.visibility is Visibility.PUBLIC
        else closure.model_copy(update={"reason": None})
        for closure in values.closures_of(row)
    ]


def money_read(money: Money | None) -> MoneyRead | None:
    return MoneyRead(amount_minor=money.amount_minor, currency=money.currency) if money else None


def _wanted(row: Listing) -> WantedRead | None:
    if row.purpose is not Purpose.WANT or row.wanted_starts_at is None or row.wanted_ends_at is None:
        return None
    return WantedRead(
        starts_at=row.wanted_starts_at,
        ends_at=row.wanted_ends_at,
        units=row.units,
        filled_units=row.filled_units or 0,
    )


def _origin(reading: Reading, row: Listing, origins: dict[UUID, Origin]) -> OriginRead:
    if row.origin_id is None:
        base = reading.settings.public_url
        return OriginRead(
            instance=urlsplit(base).netloc,
            name=reading.settings.name,
            url=f"{base}/api/v1/listings/{row.id}",
            fresh_at=None,
        )
    origin = origins[row.origin_id]
    return OriginRead(
        instance=origin.instance,
        name=origin.name,
        url=row.origin_url or origin.url,
        fresh_at=origin.fresh_at,
    )


def _provider(row: Listing, parties: dict[UUID, PartySummary]) -> ProviderRead:
    if row.provider_id is None:
        return ProviderRead.model_validate(row.provider_there)
    return _party_read(parties[row.provider_id])


@lru_cache(maxsize=snapshots.MOST)
def _party_read(party: PartySummary) -> ProviderRead:
    return ProviderRead(kind=PartyKind(party.kind), name=party.name, recognised=party.recognised)


def photo_read(photo: Photo, booking_id: UUID | None = None) -> PhotoRead:
    """A photo with where its files are: a listing's are public as it is, a booking's are for its two sides."""
    folder = f"/api/v1/bookings/{booking_id}/photos" if booking_id else "/api/v1/photos"
    return PhotoRead(
        id=photo.id,
        url=f"{folder}/{photo.id}/large.webp",
        thumbnail_url=f"{folder}/{photo.id}/thumbnail.webp",
        alt=photo.alt,
        width=photo.width,
        height=photo.height,
    )
