"""What we share, for programs that do not speak DFP: harvesters, search engines, feed readers.

All of it is the same table that partners read, so that it is as careful with people, and as quick to forget. Listings
of partners are not in it: who wants them asks there.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.federation import cursor, published
from app.federation.choosing import EVERYTHING, Choice
from app.federation.cursor import FeedPosition
from app.federation.problems import ResyncRequired
from app.federation.protocol.v1 import EntryState
from app.federation.service.feeds import wanted_categories
from app.federation.service.rendering import LISTINGS
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading

HARVESTED_AT_ONCE: Final = 500
NEWEST: Final = 50
SITEMAP_PART: Final = 50_000
_LOOKED_AT: Final = 500
"""How many of the newest in a rectangle are looked at for those in a circle."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """A page of an RPDE feed: items as text, and the address of the next page."""

    items: list[str]
    next: str


@dataclass(frozen=True, slots=True)
class Told:
    """A listing as published, and when it was published last."""

    id: str
    data: dict[str, Any]
    changed_at: datetime


def harvest(reading: Reading, *, after: int, walk: str | None) -> Harvest:
    """The changes after a number (Realtime Paged Data Exchange). Raises BadCursor, and ResyncRequired for who has to
    begin again: `walk` is what the feed was when the reader began. A number that is not given out yet is waited for.
    """
    feed, found = published.page_of(reading.session, LISTINGS, after_seq=after, limit=HARVESTED_AT_ONCE)
    if feed is None:
        raise ResyncRequired
    begun = cursor.start(FeedPosition(feed.epoch, feed.floor, feed.head))
    if walk is not None:
        position = FeedPosition(feed.epoch, feed.floor, max(feed.head, after))
        begun = cursor.continue_from(f"{walk}.{after}", position)
    reached = found[-1].seq if found else after
    return Harvest(
        [_rpde(one) for one in found],
        f"{reading.settings.public_url}/rpde/listings"
        f"?afterChangeNumber={reached}&walk={begun.epoch}.{begun.floor0}",
    )


def told(reading: Reading, listing_id: UUID) -> Told:
    """One listing as published; NotFound for what is not, and for those of partners."""
    entry = published.entry(reading.session, LISTINGS, str(listing_id))
    if entry is None or entry.state is not EntryState.ACTIVE:
        raise NotFound
    return _told(entry)


def newest(reading: Reading, choice: Choice = EVERYTHING) -> list[Told]:
    """What was listed last, of everything or of a choice, the newest first."""
    found = published.newest_entries(
        reading.session,
        LISTINGS,
        within=choice.box,
        categories=wanted_categories(choice),
        limit=_LOOKED_AT if choice.near else NEWEST,
    )
    return [_told(one) for one in found if choice.reaches(one.lat, one.lon)][:NEWEST]


def sitemap_parts(reading: Reading) -> int:
    """Of how many parts the sitemap consists; one at least."""
    feed = published.feed(reading.session, LISTINGS)
    return max(1, -(-(feed.count if feed else 0) // SITEMAP_PART))


def sitemap(reading: Reading, part: int) -> list[tuple[str, datetime]]:
    """The pages of one part of the sitemap, counted from 1, and when each changed. NotFound beyond the last."""
    if not 1 <= part <= sitemap_parts(reading):
        raise NotFound
    found = published.active_dates(
        reading.session, LISTINGS, skip=(part - 1) * SITEMAP_PART, limit=SITEMAP_PART
    )
    base = reading.settings.public_url
    return [(f"{base}/listings/{item_id}", at) for item_id, at in found]


def _told(entry: published.Published) -> Told:
    return Told(entry.item_id, json.loads(entry.body or "{}"), entry.at)


def _rpde(entry: published.Published) -> str:
    head = f'{{"kind":"Listing","id":{json.dumps(entry.item_id)},"modified":{entry.seq},"state":'
    if entry.state is EntryState.ACTIVE:
        return f'{head}"updated","data":{entry.body}}}'
    return f'{head}"deleted"}}'
