"""Listings of partners, kept here as they are told. Their calendar stays where they come from."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from app.kernel.ids import new_id
from app.kernel.problems import Invalid
from app.kernel.unit_of_work import UnitOfWork
from app.listings import indexing, mirrors, repository
from app.listings.rules.kinds import DEFAULTS, Kind
from app.listings.rules.lifecycle import State
from app.listings.schemas.calendar import HoursBody, HoursRead
from app.listings.schemas.mirrored import MirroredListing, MirroredPhoto, MirroredPlace
from app.listings.schemas.parts import Limits
from app.listings.service import appearing, describing, picturing
from app.listings.service.leaving import wipe_together
from app.listings.service.writing import invalid, price_minor
from app.listings.tables import Listing, Origin


def keep_origin(
    work: UnitOfWork,
    origin_id: UUID,
    *,
    instance: str,
    name: str,
    url: str,
    fresh_at: datetime,
    shown: bool,
) -> None:
    """Know a partner, or know it anew: when it was last heard, and whether its listings are shown."""
    origin = work.session.get(Origin, origin_id)
    if origin is None:
        origin = Origin(id=origin_id, instance=instance, name=name, url=url, fresh_at=fresh_at, shown=shown)
        work.session.add(origin)
        work.session.flush()  # its listings follow in this transaction
        return
    origin.instance, origin.name, origin.url = instance, name, url
    origin.fresh_at, origin.shown = fresh_at, shown


_AT_ONCE: Final = 1_000


class Mirroring(NamedTuple):
    """What came of keeping some of a partner's listings, by its ids: their ids here, and what was refused and why."""

    kept: dict[str, UUID]
    refused: dict[str, Invalid]


def mirror(work: UnitOfWork, origin_id: UUID, told: Mapping[str, Mapping[str, Any] | None]) -> Mirroring:
    """Keep a partner's listings as it tells them, new or anew, by its own ids; those of which it tells None are gone.

    What is told badly is refused, and what was told of it before is not shown either. A page of news is about hundreds:
    the database is asked as often for all of them as for one.
    """
    there = mirrors.known(work.session, origin_id, told)
    good: dict[str, MirroredListing] = {}
    rows, refused = [], {}
    for id_there, data in told.items():
        if data is None:
            continue
        try:
            one = MirroredListing.model_validate(data, extra="ignore")
            rows.append(_row(work, origin_id, id_there, one, there.get(id_there)))
            good[id_there] = one
        except ValidationError as error:
            refused[id_there] = invalid(error)
        except Invalid as error:
            refused[id_there] = error
    _forget(work, [there[id_there].id for id_there in told.keys() & there.keys() if id_there not in good])
    mirrors.keep(work.session, rows, once=_NEW)
    indexing.index(work.session, rows)
    kept = {row["origin_listing_id"]: row["id"] for row in rows}
    photos = {kept[id_there]: good[id_there].photos for id_there in kept}
    _picture(work, origin_id, photos, [known.id for known in there.values()])
    appearing.look(work, kept.values())
    return Mirroring(kept, refused)


def _row(
    work: UnitOfWork, origin_id: UUID, id_there: str, told: MirroredListing, known: mirrors.Known | None
) -> dict[str, Any]:
    """A listing as it is written."""
    row = _NEW | _columns(work, told)
    row |= {"id": known.id if known else new_id(), "provider_id": None, "created_at": told.created_at}
    row |= {"origin_id": origin_id, "origin_listing_id": id_there}
    if known and known.state is State.IN_REVIEW:
        row["state"] = known.state  # our staff took it from view, whatever its partner says of it
    was, seen = (known.state, known.appeared_at) if known else (None, None)
    row["appeared_at"] = appearing.since(row["state"], was=was, seen=seen, now=work.now)
    return row


def _picture(
    work: UnitOfWork,
    origin_id: UUID,
    told: Mapping[UUID, Sequence[MirroredPhoto]],
    known: Collection[UUID],
) -> None:
    """See to the pictures of those listings that have any, or had."""
    had = mirrors.pictured(work.session, known) if known else set()
    shown = {listing_id: photos for listing_id, photos in told.items() if photos or listing_id in had}
    if shown:
        picturing.keep_told(work, origin_id, shown)


def _forget(work: UnitOfWork, listing_ids: Collection[UUID]) -> None:
    """Forget these. Where something here still refers to one, an empty shell stays."""
    rows = repository.by_ids(work.session, listing_ids)
    picturing.forget_all(work, [row.id for row in rows])
    wipe_together(work, rows)


def forget_origin(work: UnitOfWork, origin_id: UUID) -> None:
    """Forget every listing of a partner, and the partner itself unless a shell still names it."""
    everything = mirrors.everything(work.session, origin_id)
    for first in range(0, len(everything), _AT_ONCE):
        _forget(work, everything[first : first + _AT_ONCE])
    origin = work.session.get(Origin, origin_id)
    if origin is not None and not mirrors.everything(work.session, origin_id):
        work.session.delete(origin)


_NEW: Final[dict[str, Any]] = {
    name: field.get_default(call_default_factory=True)
    for name, field in Listing.model_fields.items()
    if not field.is_required() and field.get_default(call_default_factory=True) is not None
} | {"closures": []}
"""What a new row has beside what was told, and keeps when it is told anew."""
_AS_TOLD: Final = (
    "purpose", "kind", "title", "description", "language", "category", "tags", "min_units", "booking_mode",
    "request_holds", "audience", "terms", "vat_permille", "answer_hours", "federation", "updated_at", "expires_at",
)  # fmt: skip
_PLACE: Final = tuple(MirroredPlace.model_fields)
_REMEMBERED: Final = 512
_WORTH_REMEMBERING: Final = 8_192
"""Letters of hours: more differ from all others."""


def _columns(work: UnitOfWork, told: MirroredListing) -> dict[str, Any]:
    details = getattr(told, told.kind.value, None) if told.kind is not Kind.EQUIPMENT else None
    usual = DEFAULTS[told.kind]
    limits = told.limits or Limits.model_validate(usual.limits)
    hours, wanted = _hours(told.hours), told.wanted
    return {
        **{name: getattr(told, name) for name in _AS_TOLD},
        **{name: getattr(told.place, name) for name in _PLACE},
        "state": State(told.state),
        "close_reason": None,
        "origin_url": told.url,
        "provider_there": told.provider.model_dump(mode="json"),
        "units": max(told.units, told.min_units),
        "subdivision": hours.subdivision,
        "zone": _zone(hours.zone, work.settings.time_zone),
        "audience_id": told.audience_organisation_id,
        "tariffs": told.tariffs and [tariff.model_dump(mode="json") for tariff in told.tariffs],
        "price_minor": price_minor(told.tariffs),
        "deposit_minor": told.deposit and told.deposit.amount_minor,
        "deposit_currency": told.deposit and told.deposit.currency,
        "limits": limits.model_dump(),
        "hours": hours.body,
        "cancellation_hours": told.cancellation.hours_before,
        "details": details and details.model_dump(mode="json", exclude=set(describing.PRIVATE_DETAILS)),
        "queue_turn_hours": usual.queue_turn_hours,
        "overdue_margin_hours": usual.overdue_margin_hours,
        "wanted_starts_at": wanted and wanted.starts_at,
        "wanted_ends_at": wanted and wanted.ends_at,
        "filled_units": wanted and wanted.filled_units,
    }


class _Hours(NamedTuple):
    """Hours as they are stored."""

    body: dict[str, Any]
    zone: str
    subdivision: str | None


_NO_HOURS: Final = _Hours(HoursBody().model_dump(mode="json"), "", None)


def _hours(told: Mapping[str, Any] | None) -> _Hours:
    """Hours are long, and most listings have those of others: each is looked at once. Bad ones raise Invalid."""
    if told is None:
        return _NO_HOURS
    text = json.dumps(told, sort_keys=True)
    try:
        return _known_hours(text) if len(text) <= _WORTH_REMEMBERING else _hours_in(text)
    except ValidationError as error:
        raise invalid(error, "/hours") from None


def _hours_in(text: str) -> _Hours:
    hours = HoursRead.model_validate(json.loads(text), extra="ignore")
    body = hours.model_dump(mode="json", exclude={"zone", "subdivision"})
    return _Hours(body, hours.zone, hours.subdivision)


_known_hours: Final = lru_cache(maxsize=_REMEMBERED)(_hours_in)


@lru_cache(maxsize=1_000)
def _zone(name: str, ours: str) -> str:
    """The partner's zone where this machine knows it, else ours."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ours
