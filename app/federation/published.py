"""Every query over what we publish: feeds, their entries, and what waits to get a number."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import and_, delete, insert, null
from sqlalchemy import select as select_columns  # SQLModel types four columns at most
from sqlmodel import Session, col, select

from app.federation.protocol.v1 import EntryState
from app.federation.tables import Feed, FeedDirty, FeedEntry
from app.kernel.database import hold, upsert
from app.kernel.places import Box

_AT_ONCE: Final = 10_000


def number_alone(session: Session) -> None:
    """Be the one who gives numbers, until this transaction ends."""
    hold(session, "feed numbers")


def mark(session: Session, feed: str, item_ids: Sequence[UUID]) -> None:
    """Have these looked at anew. Plain rows, some thousands at a time: there may be a million of them."""
    for at in range(0, len(item_ids), _AT_ONCE):
        rows = [{"feed": feed, "item_id": item_id} for item_id in item_ids[at : at + _AT_ONCE]]
        session.connection().execute(insert(FeedDirty), rows)


def take_dirty(session: Session, limit: int) -> list[tuple[str, UUID]]:
    """The oldest marks, feed and item, taken off the list; those that somebody else is just taking stay theirs."""
    oldest = (
        select(FeedDirty.n)
        .order_by(col(FeedDirty.n))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .subquery()
    )
    taken = session.exec(
        delete(FeedDirty)
        .where(col(FeedDirty.n).in_(select(oldest.c.n)))
        .returning(col(FeedDirty.n), col(FeedDirty.feed), col(FeedDirty.item_id))
        .execution_options(synchronize_session=False)
    ).all()
    return [(feed, item_id) for _, feed, item_id in sorted(taken)]


def feeds(session: Session) -> Sequence[Feed]:
    """All feeds we publish."""
    return session.exec(select(Feed).order_by(col(Feed.name))).all()


def locked_feed(session: Session, name: str) -> Feed | None:
    query = select(Feed).where(Feed.name == name).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one_or_none()


def entries(session: Session, feed: str, ids: Collection[str]) -> dict[str, FeedEntry]:
    """These things as last published."""
    query = select(FeedEntry).where(FeedEntry.feed == feed, col(FeedEntry.item_id).in_(ids))
    return {entry.item_id: entry for entry in session.exec(query)}


def active_ids(session: Session, feed: str) -> Sequence[str]:
    """What a feed says is there."""
    return session.exec(
        select(FeedEntry.item_id).where(FeedEntry.feed == feed, FeedEntry.state == EntryState.ACTIVE)
    ).all()


class Standing(NamedTuple):
    """How an entry was last published, without what it says."""

    revision: int
    state: EntryState
    reason: str | None
    fingerprint: str


class Moved(NamedTuple):
    """An entry that has got a new number."""

    item_id: str
    seq: int
    reason: str | None
    at: datetime


_STANDING: Final = [getattr(FeedEntry, name) for name in ("item_id", *Standing._fields)]


def standing(session: Session, feed: str, ids: Collection[str]) -> dict[str, Standing]:
    """How these things were last published."""
    query = select_columns(*_STANDING).where(col(FeedEntry.feed) == feed, col(FeedEntry.item_id).in_(ids))
    return {item_id: Standing(*known) for item_id, *known in session.execute(query)}


def keep_entries(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write entries, each in the place of what was published of the thing before."""
    upsert(session, FeedEntry, rows, key=["feed", "item_id"])


class Published(NamedTuple):
    """An entry as it is served: plain values, because a page has hundreds."""

    seq: int
    item_id: str
    revision: int
    state: EntryState
    reason: str | None
    at: datetime
    body: str | None
    category: str | None
    lat: float | None
    lon: float | None
    listed_at: datetime | None


_PUBLISHED: Final = [getattr(FeedEntry, name) for name in Published._fields]


def feed(session: Session, name: str) -> Feed | None:
    return session.exec(select(Feed).where(Feed.name == name)).one_or_none()


def heads(session: Session) -> dict[str, int]:
    """The highest number of each feed that has given out any."""
    rows = session.exec(select(Feed.name, Feed.head).where(Feed.head > 0)).all()
    return dict(rows)


def head(session: Session, name: str) -> int | None:
    """The last number given out, as it is now."""
    return session.exec(select(Feed.head).where(Feed.name == name)).one_or_none()


def page_of(
    session: Session, feed: str, *, after_seq: int, limit: int
) -> tuple[Feed | None, list[Published]]:
    """A feed's position and the entries after a number, in one statement: one look, one truth.

    Under READ COMMITTED two statements could see two states, and head, count and digest would not fit the page.
    """
    query = (
        select_columns(Feed, *_PUBLISHED)
        .outerjoin(FeedEntry, and_(col(FeedEntry.feed) == col(Feed.name), col(FeedEntry.seq) > after_seq))
        .where(col(Feed.name) == feed)
        .order_by(col(FeedEntry.seq))
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    rows = session.execute(query).all()
    found = [Published(*columns) for _, *columns in rows if columns[0] is not None]
    return (rows[0][0] if rows else None), found


def entry(session: Session, feed: str, item_id: str) -> Published | None:
    """One thing as last published, or its tombstone."""
    query = select_columns(*_PUBLISHED).where(col(FeedEntry.feed) == feed, col(FeedEntry.item_id) == item_id)
    found = session.execute(query).one_or_none()
    return None if found is None else Published(*found)


def active_entries(
    session: Session,
    feed: str,
    *,
    within: Box | None = None,
    categories: Collection[str] | None = None,
) -> list[Published]:
    """What is there, without its data: all of it, or in a box, of some categories."""
    columns = [null() if name == "body" else getattr(FeedEntry, name) for name in Published._fields]
    query = _chosen(select_columns(*columns), feed, within=within, categories=categories)
    return [Published(*row) for row in session.execute(query)]


def _chosen(query: Any, feed: str, *, within: Box | None, categories: Collection[str] | None) -> Any:
    """What is there of a feed, in a box, of some categories."""
    query = query.where(col(FeedEntry.feed) == feed, col(FeedEntry.state) == EntryState.ACTIVE)
    if within is not None:
        query = query.where(
            col(FeedEntry.lat).between(within.south, within.north),
            col(FeedEntry.lon).between(within.west, within.east),
        )
    return query if categories is None else query.where(col(FeedEntry.category).in_(categories))


def purge_tombstones(session: Session, feed: str, *, before: datetime) -> int | None:
    """Drop old tombstones; the highest number among them, or None when there were none."""
    gone = session.exec(
        delete(FeedEntry)
        .where(
            col(FeedEntry.feed) == feed,
            col(FeedEntry.state) == EntryState.DELETED,
            col(FeedEntry.at) < before,
        )
        .returning(col(FeedEntry.seq))
    ).all()
    return max((row[0] for row in gone), default=None)


def newest_entries(
    session: Session, feed: str, *, within: Box | None, categories: Collection[str] | None, limit: int
) -> list[Published]:
    """What was listed last, with its data."""
    query = _chosen(select_columns(*_PUBLISHED), feed, within=within, categories=categories)
    query = query.order_by(col(FeedEntry.listed_at).desc(), col(FeedEntry.item_id).desc()).limit(limit)
    return [Published(*row) for row in session.execute(query)]


def active_dates(session: Session, feed: str, *, skip: int, limit: int) -> list[tuple[str, datetime]]:
    """What is there and when each was published last, in the order of ids."""
    query = (
        select(FeedEntry.item_id, FeedEntry.at)
        .where(FeedEntry.feed == feed, FeedEntry.state == EntryState.ACTIVE)
        .order_by(col(FeedEntry.item_id))
    )
    return list(session.exec(query.offset(skip).limit(limit)).all())
