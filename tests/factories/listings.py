"""Listings that are already there.

drill = offer(instance, anna, units=5)
chairs = offer(instance, anna, kind="space", hours={"opening": OFFICE_HOURS})
"""

from typing import Any
from uuid import UUID

from app.kernel.actor import SYSTEM
from app.listings import service as listings
from app.listings.schemas import ListingCreate, ListingRead
from app.wiring import Instance
from tests.factories.accounts import Neighbour

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def weekly(*windows: tuple[str, str], days: tuple[str, ...] = DAYS) -> dict[str, Any]:
    """A timetable with these windows on each of the days."""
    return {
        "weekly": [
            {"weekday": day, "opens": opens, "closes": closes} for day in days for opens, closes in windows
        ]
    }


def draft(instance: Instance, provider: Neighbour, **fields: Any) -> ListingRead:
    """A draft of this person: equipment called Beamer unless the fields say otherwise."""
    with instance.transactions.writing(provider.actor_in(instance)) as work:
        return listings.create(
            work, ListingCreate.model_validate({"kind": "equipment", "title": "Beamer", **fields})
        )


def offer(instance: Instance, provider: Neighbour, **fields: Any) -> ListingRead:
    """The same, published."""
    made = draft(instance, provider, **fields)
    with instance.transactions.writing(provider.actor_in(instance)) as work:
        return listings.publish(work, made.id)


def mirrored(
    instance: Instance, origin_id: UUID, there: str = "1", *, shown: bool = True, **fields: Any
) -> UUID:
    """A listing of the partner Halle, as its feed told it."""
    data = {
        "purpose": "offer",
        "kind": "equipment",
        "title": "Lastenrad",
        "provider": {"kind": "organisation", "name": "Radhaus Halle", "recognised": True},
        "created_at": "2026-11-01T10:00:00Z",
        "updated_at": "2026-11-01T10:00:00Z",
        "url": "https://halle.example/api/v1/listings/1",
        **fields,
    }
    with instance.transactions.writing(SYSTEM) as work:
        listings.keep_origin(
            work,
            origin_id,
            instance="halle.example",
            name="Halle",
            url="https://halle.example",
            fresh_at=work.now,
            shown=shown,
        )
        made = listings.mirror(work, origin_id, {there: data})
        for wrong in made.refused.values():
            raise wrong
        return made.kept[there]
