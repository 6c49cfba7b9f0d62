"""Listings of partners, kept here as they are told. Their calendar stays where they come from."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from app.kernel.ids import new_id
from app.kernel.unit_of_work import UnitOfWork
from app.listings import indexing, repository
from app.listings.rules.kinds import DEFAULTS, Kind
from app.listings.rules.lifecycle import State
from app.listings.schemas.calendar import HoursBody
from app.listings.schemas.mirrored import MirroredListing
from app.listings.schemas.parts import Limits
from app.listings.service import appearing, describing, picturing
from app.listings.service.leaving import wipe
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


class Mirrored:
    """What is here of some of a partner's listings, looked up at once: a page of news is about hundreds."""

    def __init__(self, work: UnitOfWork, origin_id: UUID, ids_there: Collection[str]) -> None:
        self._work, self._origin_id = work, origin_id
        self._rows = {
            row.origin_listing_id: row for row in repository.mirrored(work.session, origin_id, ids_there)
        }
        self._pictured = repository.pictured(work.session, [row.id for row in self._rows.values()])
        self._kept: dict[UUID, None] = {}

    def keep(self, listing_id_there: str, data: Mapping[str, Any]) -> UUID:
        """Keep a listing as the partner tells it, new or anew, and answer its id here. Bad data raises Invalid."""
        try:
            told = MirroredListing.model_validate(data, extra="ignore")
        except ValidationError as error:
            raise invalid(error) from error
        columns, row = _columns(self._work, told), self._rows.get(listing_id_there)
        if row is None:
            row = self._rows[listing_id_there] = Listing(
                id=new_id(),
                origin_id=self._origin_id,
                origin_listing_id=listing_id_there,
                created_at=told.created_at,
                closures=[],
                external_busy=[],  # said, because working out the default takes longer than all the rest
                **columns,
            )
            appearing.note(row, was=None, now=self._work.now)
        else:
            if row.state is State.IN_REVIEW:  # our staff took it from view, whatever its partner says of it
                del columns["state"]
            was = row.state
            for name, value in columns.items():
                setattr(row, name, value)
            row.version += 1
            appearing.note(row, was=was, now=self._work.now)
        self._work.session.add(row)
        if told.photos or row.id in self._pictured:
            self._work.session.flush()  # its pictures refer to it
            picturing.keep_told(self._work, row, self._origin_id, told.photos)
            self._pictured.add(row.id)
        indexing.index(self._work.session, [row])
        self._kept[row.id] = None
        return row.id

    def forget(self, listing_id_there: str) -> None:
        """Forget a listing. Where something here still refers to it, an empty shell stays."""
        row = self._rows.pop(listing_id_there, None)
        if row is not None:
            self._kept.pop(row.id, None)
            picturing.forget_all(self._work, row)
            wipe(self._work, row)

    def announce(self) -> None:
        """Have those told who wait for one of those that were kept; after the last of them."""
        appearing.look(self._work, self._kept)
        self._kept = {}


def forget_origin(work: UnitOfWork, origin_id: UUID) -> None:
    """Forget every listing of a partner, and the partner itself unless a shell still names it."""
    for row in repository.all_mirrored(work.session, origin_id):
        picturing.forget_all(work, row)
        wipe(work, row)
    origin = work.session.get(Origin, origin_id)
    if origin is not None and not repository.all_mirrored(work.session, origin_id):
        work.session.delete(origin)


def _columns(work: UnitOfWork, told: MirroredListing) -> dict[str, Any]:
    details = getattr(told, told.kind.value, None) if told.kind is not Kind.EQUIPMENT else None
    usual = DEFAULTS[told.kind]
    limits = told.limits or Limits.model_validate(usual.limits)
    hours = told.hours or HoursBody()
    wanted = told.wanted
    return {
        **told.model_dump(
            include={"purpose", "kind", "title", "description", "language", "category", "tags"}
        ),
        **told.model_dump(
            include={"min_units", "booking_mode", "request_holds", "audience", "terms", "vat_permille"}
        ),
        **told.model_dump(include={"answer_hours", "federation", "updated_at", "expires_at"}),
        **told.place.model_dump(),
        "state": State(told.state),
        "close_reason": None,
        "origin_url": told.url,
        "provider_there": told.provider.model_dump(mode="json"),
        "units": max(told.units, told.min_units),
        "subdivision": getattr(hours, "subdivision", None),
        "zone": _zone(getattr(hours, "zone", ""), work.settings.time_zone),
        "audience_id": told.audience_organisation_id,
        "tariffs": None
        if told.tariffs is None
        else [tariff.model_dump(mode="json") for tariff in told.tariffs],
        "price_minor": price_minor(told.tariffs),
        "deposit_minor": told.deposit and told.deposit.amount_minor,
        "deposit_currency": told.deposit and told.deposit.currency,
        "limits": limits.model_dump(),
        "hours": hours.model_dump(mode="json", exclude={"zone", "subdivision"}),
        "cancellation_hours": told.cancellation.hours_before,
        "details": details and details.model_dump(mode="json", exclude=set(describing.PRIVATE_DETAILS)),
        "queue_turn_hours": usual.queue_turn_hours,
        "overdue_margin_hours": usual.overdue_margin_hours,
        "wanted_starts_at": wanted and wanted.starts_at,
        "wanted_ends_at": wanted and wanted.ends_at,
        "filled_units": wanted and wanted.filled_units,
    }


def _zone(name: str, ours: str) -> str:
    """The partner's zone where this machine knows it, else ours."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ours
