"""Serving our feeds: one page, as text that was rendered when it was published.

A page is told by the feed's position alone: the same question at the same position has the same answer. So a reader
that has it is told so without a look at any entry, and pages are put together once for all who ask.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.federation import cursor, published
from app.federation.choosing import EVERYTHING, Choice
from app.federation.cursor import Cursor, FeedPosition
from app.federation.problems import Deleted, NotPartner, ResyncRequired, Unknown
from app.federation.protocol import v1
from app.federation.protocol.v1 import EntryState, Gone, Kind
from app.federation.published import Published
from app.federation.service import identity, partners, publishing
from app.federation.service.rendering import LISTINGS
from app.federation.tables import Feed, Partner
from app.kernel.unit_of_work import Reading
from app.listings import categories

DEFAULT_LIMIT: Final = 500
_ROOM: Final = v1.PAGE_BYTES * 3 // 4


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """What a partner asks for: continue after a cursor, at most so many entries, of its choice."""

    after: str = ""
    limit: int = DEFAULT_LIMIT
    choice: Choice = EVERYTHING


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page; `body` is None for who has the page of this tag already. `at_end`: there is nothing after the cursor."""

    feed: str
    position: FeedPosition
    tag: str
    body: bytes | None
    at_end: bool


def page(
    reading: Reading,
    partner: Partner,
    kind: str,
    query: FeedQuery,
    *,
    has: Callable[[str], bool] = lambda _tag: False,
) -> FeedPage:
    """The next entries of a feed. Raises BadCursor, ResyncRequired, the refusals of trust, Unknown for other kinds.

    `has` says whether the page of a tag is at hand.
    """
    name = _name(partner, kind)
    if query.after:
        cursor.parse(query.after)  # what cannot be read is not worth a look
    feed = published.feed(reading.session, name)
    made = _page(reading, kind, query, feed, [], has=has)
    if made.body is not None:
        begun = cursor.parse(query.after) if query.after else None
        feed, found = published.page_of(
            reading.session, name, after_seq=begun.seq if begun else 0, limit=_limit(query) + 1
        )
        made = _page(reading, kind, query, feed, found)
    return made


def entry(reading: Reading, partner: Partner, item_id: str) -> bytes:
    """One listing as last published. Raises Deleted with its tombstone, Unknown, and the refusals of trust."""
    partners.require_catalogue(partner)
    found = published.entry(reading.session, LISTINGS, item_id)
    if found is None:
        raise Unknown
    if found.state is EntryState.DELETED:
        raise Deleted.leaving(json.loads(_item(found)))
    return _item(found).encode()


def reader(reading: Reading, partner_id: UUID) -> Partner:
    """A partner that signed a moment ago, as it stands now. Raises NotPartner when it has gone."""
    partner = reading.session.get(Partner, partner_id)
    if partner is None:
        raise NotPartner
    reading.actor = partners.actor_of(partner)
    return partner


def positions(reading: Reading) -> dict[str, FeedPosition]:
    """Where every feed stands."""
    return {feed.name: _position(feed) for feed in published.feeds(reading.session)}


def _name(partner: Partner, kind: str) -> str:
    match kind:
        case Kind.LISTING.value:
            partners.require_catalogue(partner)
            return LISTINGS
        case Kind.REQUEST.value:
            partners.require_running_loans(partner)
            return publishing.requests_of(partner.id)
        case _:
            raise Unknown


def _page(
    reading: Reading,
    kind: str,
    query: FeedQuery,
    feed: Feed | None,
    found: list[Published],
    *,
    has: Callable[[str], bool] = lambda _tag: False,
) -> FeedPage:
    if feed is None:
        raise ResyncRequired
    position = _position(feed)
    choice = query.choice if kind == Kind.LISTING else EVERYTHING
    begun = cursor.continue_from(query.after, position, choice.name)
    ttl = reading.settings.federation_poll_seconds
    tag = _tag(feed, query, choice, ttl)
    at_end = begun.seq >= feed.head
    if has(tag):
        return FeedPage(feed.name, position, tag, None, at_end)
    entries, more = _fitting(found, _limit(query))
    reached = entries[-1].seq if more else feed.head
    envelope = {
        "dfp": v1.VERSION,
        "instance": identity.own(reading).instance,
        "kind": kind,
        "epoch": feed.epoch,
        "after": query.after,
        "cursor": str(Cursor(feed.epoch, begun.floor0, reached, choice.name)),
        "more": more,
        "head": feed.head,
        "ttl": ttl,
    }
    if not more:
        envelope |= _sum(reading, feed, choice)
    admits = _admits(choice)
    items = ",".join(_item(one) if admits(one) else _item(one, filtered=True) for one in entries)
    body = f'{json.dumps(envelope)[:-1]},"items":[{items}]}}'.encode()
    return FeedPage(feed.name, position, tag, body, at_end)


def _position(feed: Feed) -> FeedPosition:
    return FeedPosition(feed.epoch, feed.floor, feed.head)


def _limit(query: FeedQuery) -> int:
    return min(max(query.limit, 1), v1.PAGE_ITEMS)


def _tag(feed: Feed, query: FeedQuery, choice: Choice, ttl: int) -> str:
    """The name of an answer: entries move by new numbers and go by a new floor, so these tell them all."""
    asked = (feed.name, feed.epoch, feed.floor, feed.head, query.after, _limit(query), choice.name, ttl)
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:20]


def _fitting(found: list[Published], limit: int) -> tuple[list[Published], bool]:
    """As many entries as a page may hold, in number and in bytes; at least one."""
    entries: list[Published] = []
    size = 0
    for one in found[:limit]:
        size += 4 * len(one.body or "") + 300  # UTF-8 has at most four bytes for a letter
        if entries and size > _ROOM:
            break
        entries.append(one)
    return entries, len(entries) < len(found)


def _sum(reading: Reading, feed: Feed, choice: Choice) -> dict[str, Any]:
    """How many entries are there and their digest, of all or of the choice; of that only while the feed holds still."""
    if not choice:
        return {"count": feed.count, "digest": feed.digest}
    admits = _admits(choice)
    marks = [
        (one.item_id, one.revision)
        for one in published.active_entries(
            reading.session, feed.name, within=choice.box, categories=wanted_categories(choice)
        )
        if admits(one)
    ]
    if published.head(reading.session, feed.name) != feed.head:
        return {}
    return {"count": len(marks), "digest": cursor.digest_of(marks)}


def wanted_categories(choice: Choice) -> frozenset[str] | None:
    """The category and all below it; one that is not in our tree by itself, for a partner may run a newer one."""
    if choice.category is None:
        return None
    return categories.with_descendants(choice.category) | {choice.category}


def _admits(choice: Choice) -> Callable[[Published], bool]:
    wanted = wanted_categories(choice)

    def admits(one: Published) -> bool:
        in_category = wanted is None or one.category in wanted
        return one.state is EntryState.DELETED or (in_category and choice.reaches(one.lat, one.lon))

    return admits


def _item(one: Published, *, filtered: bool = False) -> str:
    at = one.at.isoformat().replace("+00:00", "Z")
    head = f'{{"seq":{one.seq},"id":{json.dumps(one.item_id)},"rev":{one.revision},"at":"{at}","state":'
    if one.state is EntryState.ACTIVE and not filtered:
        return f'{head}"active","data":{one.body}}}'
    return f'{head}"deleted","reason":"{Gone.FILTERED.value if filtered else one.reason}"}}'
