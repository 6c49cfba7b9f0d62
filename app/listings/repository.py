"""Every query over listings and their calendar; visibility in SQL, and the one lock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, literal, or_, true, union_all
from sqlalchemy import select as select_columns  # SQLModel types four columns at most
from sqlmodel import Session, col, select

from app.kernel.actor import Actor, ActorKind
from app.kernel.columns import plain_rows
from app.kernel.intervals import Interval, Segment
from app.listings import policy
from app.listings.rules.eligibility import Audience
from app.listings.rules.kinds import Reach
from app.listings.rules.lifecycle import PUBLIC_STATES, State
from app.listings.tables import (
    ExternalCalendar,
    Listing,
    Occupancy,
    Origin,
    PartnerPicture,
    Photo,
    UseSegment,
    WantedPicture,
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """What this actor may see: what is public to them, and what they or their organisations have."""
    if policy.is_house(actor):
        return true()
    shown = select(Origin.id).where(col(Origin.shown))
    public = and_(
        col(Listing.state).in_(PUBLIC_STATES),
        or_(col(Listing.origin_id).is_(None), col(Listing.origin_id).in_(shown)),
        or_(
            col(Listing.audience) != Audience.MEMBERS_OF,
            col(Listing.audience_id).in_(list(actor.memberships)),
        ),
    )
    if actor.kind is ActorKind.PARTNER:
        return and_(public, col(Listing.origin_id).is_(None), col(Listing.federation) != Reach.NONE)
    return or_(public, col(Listing.provider_id).in_(list(actor.parties)))


def find_visible(session: Session, listing_id: UUID, *, to: Actor) -> Listing | None:
    return session.exec(select(Listing).where(col(Listing.id) == listing_id, visible_to(to))).one_or_none()


def visible_of(session: Session, listing_ids: Collection[UUID], *, to: Actor) -> Sequence[Listing]:
    return session.exec(select(Listing).where(col(Listing.id).in_(listing_ids), visible_to(to))).all()


def lock(session: Session, listing_id: UUID) -> Listing | None:
    """The listing as it is now, and nobody else changes it or its calendar before we are done (FOR NO KEY UPDATE)."""
    return session.exec(
        select(Listing)
        .where(col(Listing.id) == listing_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def by_ids(session: Session, listing_ids: Collection[UUID]) -> Sequence[Listing]:
    return session.exec(select(Listing).where(col(Listing.id).in_(listing_ids))).all() if listing_ids else []


def of_provider(session: Session, provider_id: UUID, *, lock: bool = False) -> Sequence[Listing]:
    """Everything a party offers or seeks, in every state; locked in the order of ids."""
    query = select(Listing).where(col(Listing.provider_id) == provider_id).order_by(col(Listing.id))
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(query).all()


def lock_of_provider(session: Session, provider_id: UUID) -> None:
    """Lock every listing of a party, in the order of ids, without reading them."""
    session.exec(
        select(Listing.id)
        .where(col(Listing.provider_id) == provider_id)
        .order_by(col(Listing.id))
        .with_for_update(key_share=True)
    ).all()


def parts_of(session: Session, listing_ids: Collection[UUID]) -> list[UUID]:
    """The listings that are parts of these, one step down."""
    return list(session.exec(select(Listing.id).where(col(Listing.part_of).in_(listing_ids))).all())


def by_external_refs(session: Session, refs: Collection[str]) -> dict[str, UUID]:
    rows = session.exec(
        select(Listing.external_ref, Listing.id).where(col(Listing.external_ref).in_(refs))
    ).all()
    return {ref: listing_id for ref, listing_id in rows if ref is not None}


def origins(session: Session, origin_ids: Collection[UUID]) -> dict[UUID, Origin]:
    if not origin_ids:
        return {}
    found = session.exec(select(Origin).where(col(Origin.id).in_(origin_ids))).all()
    return {origin.id: origin for origin in found}


def shared_ids(session: Session, *, provider_id: UUID | None = None) -> Sequence[UUID]:
    """Our listings that travel to partners, all or those of a party."""
    query = select(Listing.id).where(
        col(Listing.origin_id).is_(None),
        col(Listing.state) == State.PUBLISHED,
        col(Listing.federation) != Reach.NONE,
        col(Listing.audience) == Audience.EVERYONE,
    )
    return session.exec(query.where(col(Listing.provider_id) == provider_id) if provider_id else query).all()


def due_to_expire(session: Session, *, before: datetime, unreminded: bool = False) -> Sequence[UUID]:
    """Our listings that expire by then; with `unreminded`, those whose provider has not heard of it."""
    conditions = [
        col(Listing.origin_id).is_(None),
        col(Listing.state).in_(PUBLIC_STATES),
        col(Listing.expires_at) <= before,
    ]
    if unreminded:
        conditions.append(col(Listing.reminded_at).is_(None))
    return session.exec(select(Listing.id).where(*conditions).order_by(col(Listing.id)).limit(1_000)).all()


def held_by(session: Session, holder_id: UUID) -> dict[UUID, Occupancy]:
    """What this holder holds, as it is now, by the listing of which; what is derived too."""
    found = session.exec(
        select(Occupancy)
        .where(col(Occupancy.holder_id) == holder_id)
        .execution_options(populate_existing=True)
    ).all()
    return {one.listing_id: one for one in found}


def occupancies(session: Session, listing_id: UUID, within: Interval) -> Sequence[Occupancy]:
    """What is busy at some time in the stretch, buffers included."""
    return session.exec(
        select(Occupancy)
        .where(
            col(Occupancy.listing_id) == listing_id,
            col(Occupancy.busy_until) > within.start,
            col(Occupancy.starts_at) < within.end,
        )
        .execution_options(populate_existing=True)
    ).all()


def calendar_seen(
    session: Session, listing_id: UUID, within: Interval
) -> tuple[int | None, Sequence[Occupancy]]:
    """The same, and the version of the calendar of which it is; None where nothing is busy."""
    found = session.exec(
        select(Occupancy, Listing.calendar_version)
        .join(Listing, col(Listing.id) == col(Occupancy.listing_id))
        .where(
            col(Occupancy.listing_id) == listing_id,
            col(Occupancy.busy_until) > within.start,
            col(Occupancy.starts_at) < within.end,
        )
        .execution_options(populate_existing=True)
    ).all()
    return (found[0][1] if found else None), [held for held, _ in found]


def occupancies_of(
    session: Session, listing_ids: Collection[UUID], within: Interval
) -> dict[UUID, list[Occupancy]]:
    """What of many listings is busy at some time in the stretch, buffers included."""
    found: dict[UUID, list[Occupancy]] = {listing_id: [] for listing_id in listing_ids}
    rows = session.exec(
        select(Occupancy).where(
            col(Occupancy.listing_id).in_(listing_ids),
            col(Occupancy.busy_until) > within.start,
            col(Occupancy.starts_at) < within.end,
        )
    ).all()
    for row in rows:
        found[row.listing_id].append(row)
    return found


def last_busy_until(session: Session, listing_id: UUID) -> datetime | None:
    return session.exec(
        select(Occupancy.busy_until)
        .where(col(Occupancy.listing_id) == listing_id)
        .order_by(col(Occupancy.busy_until).desc())
        .limit(1)
    ).one_or_none()


def segments(session: Session, listing_id: UUID, within: Interval) -> list[Segment]:
    """The segments that overlap or touch the stretch, ascending."""
    rows = session.exec(
        select(UseSegment.starts_at, UseSegment.ends_at, UseSegment.used)
        .where(
            col(UseSegment.listing_id) == listing_id,
            col(UseSegment.ends_at) >= within.start,
            col(UseSegment.starts_at) <= within.end,
        )
        .order_by(col(UseSegment.starts_at))
    ).all()
    return [Segment(*row) for row in rows]


_SEGMENTS_OF = select(UseSegment.listing_id, UseSegment.starts_at, UseSegment.ends_at, UseSegment.used).where(
    col(UseSegment.listing_id).in_(bindparam("ids", expanding=True)),
    col(UseSegment.ends_at) > bindparam("starts_at"),
    col(UseSegment.starts_at) < bindparam("ends_at"),
)


def segments_of(
    session: Session, listing_ids: Collection[UUID], within: Interval
) -> dict[UUID, list[Segment]]:
    """The segments of many listings that overlap the stretch."""
    found: dict[UUID, list[Segment]] = {listing_id: [] for listing_id in listing_ids}
    asked = {"ids": list(listing_ids), "starts_at": within.start, "ends_at": within.end}
    for listing_id, starts_at, ends_at, used in plain_rows(session, _SEGMENTS_OF, asked):
        found[listing_id].append(Segment(starts_at, ends_at, used))
    return found


def replace_segments(session: Session, listing_id: UUID, within: Interval, made: Sequence[Segment]) -> None:
    """Forget the segments inside the stretch and write these; as plain rows, for nobody keeps them as objects."""
    session.connection().execute(
        delete(UseSegment).where(
            col(UseSegment.listing_id) == listing_id,
            col(UseSegment.starts_at) >= within.start,
            col(UseSegment.ends_at) <= within.end,
        )
    )
    _write_segments(session, listing_id, made)


def replace_all_segments(session: Session, listing_id: UUID, made: Sequence[Segment]) -> None:
    """Forget every segment of the listing and write these."""
    session.connection().execute(delete(UseSegment).where(col(UseSegment.listing_id) == listing_id))
    _write_segments(session, listing_id, made)


def _write_segments(session: Session, listing_id: UUID, made: Sequence[Segment]) -> None:
    if made:
        session.connection().execute(
            insert(UseSegment),
            [
                {"listing_id": listing_id, "starts_at": one.start, "ends_at": one.end, "used": one.used}
                for one in made
            ],
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """An occupancy, or a segment of use, of a listing."""

    is_segment: bool
    listing_id: UUID
    interval: Interval
    units: int
    derived: bool
    holder_id: UUID | None


def calendars(session: Session) -> list[Stretch]:
    """Every occupancy and every segment in one statement, so that both are of one moment."""
    occupied = select_columns(
        literal(value=False),
        col(Occupancy.listing_id),
        col(Occupancy.starts_at),
        col(Occupancy.busy_until),
        col(Occupancy.units),
        col(Occupancy.derived),
        col(Occupancy.holder_id),
    )
    used = select_columns(
        literal(value=True),
        col(UseSegment.listing_id),
        col(UseSegment.starts_at),
        col(UseSegment.ends_at),
        col(UseSegment.used),
        literal(value=False),
        col(UseSegment.listing_id),
    )
    rows = session.connection().execute(union_all(occupied, used))
    return [
        Stretch(
            bool(is_segment), listing_id, Interval(starts_at, ends_at), units, bool(derived),
            None if is_segment else holder_id,
        )
        for is_segment, listing_id, starts_at, ends_at, units, derived, holder_id in rows
    ]  # fmt: skip


def photos(
    session: Session, *, listing_ids: Collection[UUID] = (), booking_id: UUID | None = None
) -> Sequence[Photo]:
    """The photos of these listings or of this booking, in the providers' order."""
    of = col(Photo.booking_id) == booking_id if booking_id else col(Photo.listing_id).in_(listing_ids)
    return session.exec(select(Photo).where(of).order_by(col(Photo.position), col(Photo.id))).all()


_PHOTOS_SEEN = (
    select_columns(col(Photo.listing_id), col(Photo.id), col(Photo.alt), col(Photo.width), col(Photo.height))
    .where(col(Photo.listing_id).in_(bindparam("ids", expanding=True)))
    .order_by(col(Photo.position), col(Photo.id))
)


def photos_seen(session: Session, listing_ids: Collection[UUID]) -> Sequence[Any]:
    """What is seen of the photos of these listings, but for the pictures, in the providers' order."""
    return plain_rows(session, _PHOTOS_SEEN, {"ids": list(listing_ids)})


def photos_of_bookings(session: Session, booking_ids: Collection[UUID]) -> Sequence[Photo]:
    return session.exec(select(Photo).where(col(Photo.booking_id).in_(booking_ids))).all()


def known_photos(session: Session, photo_ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these photos, and pictures of partners, have a row."""
    ours = session.exec(select(Photo.id).where(col(Photo.id).in_(photo_ids))).all()
    theirs = session.exec(select(PartnerPicture.id).where(col(PartnerPicture.id).in_(photo_ids))).all()
    return frozenset([*ours, *theirs])


def lock_picture(
    session: Session, *, digest: str | None = None, picture_id: UUID | None = None
) -> PartnerPicture | None:
    """A partner's picture, and nobody else begins or ends to show it before we are done."""
    is_it = PartnerPicture.digest == digest if digest else PartnerPicture.id == picture_id
    query = select(PartnerPicture).where(is_it).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one_or_none()


def is_shown(session: Session, picture_id: UUID) -> bool:
    """Whether any listing shows a partner's picture."""
    return session.exec(select(Photo.id).where(Photo.picture_id == picture_id).limit(1)).first() is not None


def count_pictures(session: Session, origin_id: UUID) -> int:
    """How many pictures are shown with a partner's listings."""
    query = select(func.count()).select_from(Photo).join(Listing, col(Listing.id) == col(Photo.listing_id))
    return session.exec(query.where(Listing.origin_id == origin_id)).one()


def wanted_pictures_of(session: Session, listing_ids: Collection[UUID]) -> Sequence[WantedPicture]:
    return session.exec(select(WantedPicture).where(col(WantedPicture.listing_id).in_(listing_ids))).all()


def want_pictures(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note pictures that are to be fetched."""
    if rows:
        session.connection().execute(insert(WantedPicture), rows)


def wanted_pictures(
    session: Session, origin_id: UUID, *, now: datetime, limit: int
) -> Sequence[WantedPicture]:
    """A partner's pictures that are to be fetched by now, the longest due first."""
    return session.exec(
        select(WantedPicture)
        .where(WantedPicture.origin_id == origin_id, col(WantedPicture.due_at) <= now)
        .order_by(col(WantedPicture.due_at), col(WantedPicture.id))
        .limit(limit)
    ).all()


def photos_sent_by(session: Session, person_id: UUID) -> Sequence[Photo]:
    return session.exec(select(Photo).where(col(Photo.sent_by) == person_id)).all()


def external_calendars(session: Session, listing_id: UUID) -> Sequence[ExternalCalendar]:
    """The calendars that close a listing, the oldest first."""
    return session.exec(
        select(ExternalCalendar)
        .where(col(ExternalCalendar.listing_id) == listing_id)
        .order_by(col(ExternalCalendar.id))
        .execution_options(populate_existing=True)
    ).all()


def external_calendars_due(session: Session, *, now: datetime, limit: int) -> Sequence[ExternalCalendar]:
    """The calendars to be read again, of listings that are not over, the longest due first."""
    return session.exec(
        select(ExternalCalendar)
        .join(Listing, col(Listing.id) == col(ExternalCalendar.listing_id))
        .where(col(ExternalCalendar.due_at) <= now, col(Listing.state) != State.CLOSED)
        .order_by(col(ExternalCalendar.due_at), col(ExternalCalendar.id))
        .limit(limit)
    ).all()
