"""Every query of the federation; locks where numbers or states are decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, update
from sqlalchemy import select as select_columns  # SQLModel types four columns at most
from sqlmodel import Session, col, select

from app.federation.protocol.v1 import EntryState, Kind
from app.federation.tables import (
    Answered,
    Asked,
    AskStatus,
    MirrorEntry,
    Partner,
    PartnerFeed,
    PartnerInvite,
)
from app.kernel.database import upsert


def partner_by_instance(session: Session, instance: str, *, lock: bool = False) -> Partner | None:
    query = select(Partner).where(Partner.instance == instance)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(query).one_or_none()


def partners(session: Session) -> Sequence[Partner]:
    """All partners, in the order of their names."""
    return session.exec(select(Partner).order_by(col(Partner.name), col(Partner.id))).all()


def locked_partner(session: Session, partner_id: UUID) -> Partner | None:
    query = select(Partner).where(Partner.id == partner_id).with_for_update(key_share=True)
    return session.exec(query.execution_options(populate_existing=True)).one_or_none()


def heard_from(session: Session, netloc: str) -> datetime | None:
    """When we last heard from the partner that lives there, whom we did not reach."""
    rows = session.exec(select(Partner.base, Partner.heard_at).where(col(Partner.heard_at).is_not(None)))
    return max((at for base, at in rows if at and urlsplit(base).netloc.lower() == netloc), default=None)


def locked_invite(session: Session, token_hash: str) -> PartnerInvite | None:
    query = select(PartnerInvite).where(PartnerInvite.token_hash == token_hash).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one_or_none()


def has_answered(session: Session, instance: str) -> bool:
    """Whether this instance has answered an invite of ours."""
    query = select(PartnerInvite.id).where(PartnerInvite.used_by == instance).limit(1)
    return session.exec(query).first() is not None


def reading_of(session: Session, partner_id: UUID) -> Sequence[PartnerFeed]:
    """How far each of a partner's feeds has been read."""
    query = select(PartnerFeed).where(PartnerFeed.partner_id == partner_id)
    return session.exec(query.order_by(col(PartnerFeed.kind))).all()


def locked_reading(session: Session, partner_id: UUID, kind: Kind) -> PartnerFeed | None:
    query = select(PartnerFeed).where(PartnerFeed.partner_id == partner_id, PartnerFeed.kind == kind)
    return session.exec(query.with_for_update().execution_options(populate_existing=True)).one_or_none()


class Mirrored(NamedTuple):
    """What we know of one entry: plain values, because a page has hundreds."""

    revision: int
    state: EntryState
    walk: int
    fingerprint: str | None
    refused_since: datetime | None


_MIRRORED: Final = [getattr(MirrorEntry, name) for name in ("item_id", *Mirrored._fields)]


def mirrored(session: Session, partner_id: UUID, kind: Kind, ids: Iterable[str]) -> dict[str, Mirrored]:
    """What we know of these entries."""
    query = select_columns(*_MIRRORED).where(*_these(partner_id, kind, ids))
    return {item_id: Mirrored(*known) for item_id, *known in session.execute(query)}


def meet(session: Session, partner_id: UUID, kind: Kind, ids: Sequence[str], *, walk: int) -> None:
    """Note that a walk has met these entries."""
    if ids:
        session.connection().execute(
            update(MirrorEntry).where(*_these(partner_id, kind, ids)).values(walk=walk)
        )


def keep_entries(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note what was told of entries, of one feed."""
    upsert(session, MirrorEntry, rows, key=["partner_id", "kind", "item_id"])


def _these(partner_id: UUID, kind: Kind, ids: Iterable[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        col(MirrorEntry.partner_id) == partner_id,
        col(MirrorEntry.kind) == kind,
        col(MirrorEntry.item_id).in_(list(ids)),
    )


def left_behind(session: Session, partner_id: UUID, kind: Kind, walk: int) -> Sequence[MirrorEntry]:
    """Entries that a finished walk did not meet."""
    query = select(MirrorEntry).where(
        MirrorEntry.partner_id == partner_id, MirrorEntry.kind == kind, MirrorEntry.walk != walk
    )
    return session.exec(query).all()


def quarantined(
    session: Session, partner_id: UUID, kind: Kind, *, limit: int
) -> tuple[Sequence[MirrorEntry], int]:
    """Entries that are not shown because something is wrong with them, the newest first; and how many there are."""
    aside = (
        MirrorEntry.partner_id == partner_id,
        MirrorEntry.kind == kind,
        col(MirrorEntry.refused).is_not(None),
    )
    newest = select(MirrorEntry).where(*aside).order_by(col(MirrorEntry.revision).desc()).limit(limit)
    found = session.exec(newest).all()
    if len(found) < limit:
        return found, len(found)
    return found, session.exec(select(func.count()).select_from(MirrorEntry).where(*aside)).one()


def count_left_behind(session: Session, partner_id: UUID, kind: Kind, walk: int) -> int:
    """How many active entries a finished walk did not meet."""
    query = (
        select(func.count())
        .select_from(MirrorEntry)
        .where(
            MirrorEntry.partner_id == partner_id,
            MirrorEntry.kind == kind,
            MirrorEntry.walk != walk,
            MirrorEntry.state == EntryState.ACTIVE,
        )
    )
    return session.exec(query).one()


def active_marks(session: Session, partner_id: UUID, kind: Kind) -> Sequence[tuple[str, int]]:
    """Id and revision of every active entry we hold."""
    query = select(MirrorEntry.item_id, MirrorEntry.revision).where(
        MirrorEntry.partner_id == partner_id,
        MirrorEntry.kind == kind,
        MirrorEntry.state == EntryState.ACTIVE,
    )
    return session.exec(query).all()


def knows_entries(session: Session, partner_id: UUID) -> bool:
    """Whether anything is known of what a partner publishes."""
    query = select(MirrorEntry.item_id).where(MirrorEntry.partner_id == partner_id).limit(1)
    return session.exec(query).first() is not None


def forget_fingerprints(session: Session, partner_id: UUID) -> None:
    """Let everything look new that is read again."""
    session.exec(
        update(MirrorEntry).where(col(MirrorEntry.partner_id) == partner_id).values(fingerprint=None)
    )


def was_read(session: Session, partner_id: UUID) -> bool:
    """Whether any feed of a partner has ever been read to its end."""
    query = select(PartnerFeed.kind).where(
        PartnerFeed.partner_id == partner_id, col(PartnerFeed.read_at).is_not(None)
    )
    return session.exec(query.limit(1)).first() is not None


def forget_mirror(session: Session, partner_id: UUID) -> None:
    """Drop all that we know of a partner's entries."""
    session.exec(delete(MirrorEntry).where(col(MirrorEntry.partner_id) == partner_id))


def waiting_asks(session: Session, booking_id: UUID) -> Sequence[Asked]:
    """What is still to be asked about a booking, in the order in which it was asked."""
    query = select(Asked).where(Asked.booking_id == booking_id, Asked.status == AskStatus.PENDING)
    return session.exec(query.order_by(col(Asked.id))).all()


def put_aside(session: Session, kind: Kind, *, limit: int) -> Sequence[tuple[UUID, str]]:
    """Partner and id of what could not be understood when it came."""
    query = select(MirrorEntry.partner_id, MirrorEntry.item_id).where(
        MirrorEntry.kind == kind,
        MirrorEntry.state == EntryState.ACTIVE,
        col(MirrorEntry.refused).is_not(None),
    )
    return session.exec(query.limit(limit)).all()


def not_put_aside(session: Session, partner_id: UUID, kind: Kind, item_id: str) -> None:
    """It has been understood after all."""
    row = session.get(MirrorEntry, (partner_id, kind, item_id))
    if row is not None:
        row.refused = None
        session.add(row)


def old_answers(session: Session, *, before: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """Partner and request of what was carried out so long ago."""
    query = select(Answered.partner_id, Answered.request_id).where(col(Answered.created_at) < before)
    return session.exec(query.distinct().limit(limit)).all()


def forget_asked(session: Session, *, before: datetime) -> None:
    """Drop what we asked so long ago and no longer wait for."""
    session.exec(
        delete(Asked).where(Asked.status != AskStatus.PENDING, col(Asked.created_at) < before)  # type: ignore[arg-type]
    )


def answered_since(session: Session, partner_id: UUID, since: datetime) -> int:
    """How many commands of a partner were carried out since then."""
    query = select(func.count()).where(
        col(Answered.partner_id) == partner_id, col(Answered.created_at) > since
    )
    return session.exec(query).one()


def forget_answers(session: Session, keys: Iterable[tuple[UUID, UUID]]) -> None:
    """Drop what repetitions of these requests would have been answered."""
    for partner_id, request_id in keys:
        session.exec(
            delete(Answered).where(
                col(Answered.partner_id) == partner_id, col(Answered.request_id) == request_id
            )
        )


def hurry(session: Session, partner_id: UUID, *, now: datetime) -> None:
    """What waits to be asked of this partner is due."""
    query = update(Asked).where(col(Asked.partner_id) == partner_id, col(Asked.next_try_at) > now)
    session.exec(query.where(col(Asked.status) == AskStatus.PENDING).values(next_try_at=now))


def waiting_bookings(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Bookings about which something is still to be asked, and due."""
    query = select(Asked.booking_id).where(Asked.status == AskStatus.PENDING, Asked.next_try_at <= now)
    return session.exec(query.distinct()).all()
