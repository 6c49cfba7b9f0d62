"""Serving our feeds: one page, as text that was rendered when it was published."""

import json
from dataclasses import dataclass
from typing import Any, Final

from app.federation import cursor, repository
from app.federation.cursor import Cursor, FeedPosition
from app.federation.problems import ResyncRequired, Unknown
from app.federation.protocol import v1
from app.federation.protocol.v1 import Kind
from app.federation.service import identity, partners, publishing
from app.federation.tables import Feed, FeedEntry, Partner
from app.kernel.unit_of_work import Reading

DEFAULT_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """What a partner asks for: continue after a cursor, at most so many entries."""

    after: str = ""
    limit: int = DEFAULT_LIMIT


def page(reading: Reading, partner: Partner, kind: str, query: FeedQuery) -> bytes:
    """The next entries of a feed. Raises BadCursor, ResyncRequired, the refusals of trust, Unknown for other kinds."""
    match kind:
        case Kind.LISTING.value:
            partners.require_catalogue(partner)
            name = publishing.LISTINGS
        case Kind.REQUEST.value:
            partners.require_running_loans(partner)
            name = publishing.requests_of(partner.id)
        case _:
            raise Unknown
    since = cursor.parse(query.after) if query.after else None
    limit = min(max(query.limit, 1), v1.PAGE_ITEMS)
    feed, found = repository.page_of(
        reading.session, name, after_seq=since.seq if since else 0, limit=limit + 1
    )
    if feed is None:
        raise ResyncRequired
    position = FeedPosition(feed.epoch, feed.floor, feed.head)
    begun = cursor.continue_from(query.after, position)
    entries, more = _fitting(found, limit)
    envelope = {
        "kind": kind,
        "after": query.after,
        "cursor": str(Cursor(feed.epoch, begun.floor0, entries[-1].seq if more else feed.head)),
        "more": more,
        "ttl": reading.settings.federation_poll_seconds,
    }
    return _written(identity.own(reading).instance, feed, entries, envelope)


def _fitting(found: list[FeedEntry], limit: int) -> tuple[list[FeedEntry], bool]:
    """As many entries as a page may hold, in number and in bytes; at least one."""
    entries: list[FeedEntry] = []
    size = 0
    for entry in found[:limit]:
        size += len((entry.body or "").encode()) + 300
        if entries and size > v1.PAGE_BYTES * 3 // 4:
            break
        entries.append(entry)
    return entries, len(entries) < len(found)


def _written(instance: str, feed: Feed, entries: list[FeedEntry], envelope: dict[str, Any]) -> bytes:
    head: dict[str, Any] = {
        "dfp": v1.VERSION,
        "instance": instance,
        "epoch": feed.epoch,
        "head": feed.head,
        **envelope,
    }
    if not envelope["more"]:
        head |= {"count": feed.count, "digest": feed.digest}
    items = ",".join(_item(entry) for entry in entries)
    return f'{json.dumps(head)[:-1]},"items":[{items}]}}'.encode()


def _item(entry: FeedEntry) -> str:
    head: dict[str, Any] = {
        "seq": entry.seq,
        "id": entry.item_id,
        "rev": entry.revision,
        "state": entry.state.value,
        "at": entry.at.isoformat().replace("+00:00", "Z"),
    }
    if entry.body is None:
        return json.dumps(head | {"reason": entry.reason})
    return f'{json.dumps(head)[:-1]},"data":{entry.body}}}'
