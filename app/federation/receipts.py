"""Every query about what partners have read of our catalogue and signed to have forgotten."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from app.federation.tables import ErasureReceipt, FeedReceipt
from app.kernel.database import upsert


def of_partner(session: Session, partner_id: UUID) -> FeedReceipt | None:
    """How far a partner has read."""
    return session.exec(select(FeedReceipt).where(FeedReceipt.partner_id == partner_id)).one_or_none()


def keep(session: Session, partner_id: UUID, *, epoch: str, seq: int, at: datetime) -> None:
    """Note how far a partner has read; it may sign several pages at once, the first ones too."""
    row = {"partner_id": partner_id, "epoch": epoch, "seq": seq, "at": at}
    upsert(session, FeedReceipt, [row], key=["partner_id"])


def all_positions(session: Session) -> dict[UUID, FeedReceipt]:
    """How far every partner has read."""
    return {row.partner_id: row for row in session.exec(select(FeedReceipt))}


def erasure(session: Session, item_id: str, partner_id: UUID) -> ErasureReceipt | None:
    return session.get(ErasureReceipt, (item_id, partner_id))


def confirm(session: Session, partner_id: UUID, *, up_to: int, now: datetime) -> None:
    """A partner has read everything up to this number: what was erased there is forgotten."""
    session.exec(
        update(ErasureReceipt)
        .where(
            col(ErasureReceipt.partner_id) == partner_id,
            col(ErasureReceipt.confirmed_at).is_(None),
            col(ErasureReceipt.seq) <= up_to,
        )
        .values(confirmed_at=now)
        .execution_options(synchronize_session=False)
    )


def unconfirmed(session: Session, partner_id: UUID, *, up_to: int | None = None) -> int:
    """How much a partner has still to forget; with a number, of what was erased up to it."""
    query = select(func.count()).where(
        ErasureReceipt.partner_id == partner_id, col(ErasureReceipt.confirmed_at).is_(None)
    )
    return session.exec(query if up_to is None else query.where(ErasureReceipt.seq <= up_to)).one()


def overdue(session: Session, *, before: datetime, alarms: int) -> Sequence[ErasureReceipt]:
    """What was to be forgotten by then, is not confirmed, and of which people were told no more than so often."""
    query = select(ErasureReceipt).where(
        col(ErasureReceipt.confirmed_at).is_(None),
        ErasureReceipt.erased_at < before,
        ErasureReceipt.alarms < alarms,
    )
    return session.exec(query.order_by(col(ErasureReceipt.partner_id), col(ErasureReceipt.item_id))).all()


def ledger(session: Session, partner_id: UUID, *, limit: int) -> Sequence[ErasureReceipt]:
    """What a partner had to forget: first what is not confirmed, then the newest."""
    query = (
        select(ErasureReceipt)
        .where(ErasureReceipt.partner_id == partner_id)
        .order_by(
            col(ErasureReceipt.confirmed_at).is_not(None),
            col(ErasureReceipt.erased_at).desc(),
            col(ErasureReceipt.item_id),
        )
        .limit(limit)
    )
    return session.exec(query).all()
