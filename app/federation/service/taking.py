"""Taking the entries of a page, in the caller's one transaction: what is news, and what cannot be taken (§2.6).

A page is taken together, with as many questions to the database as one entry takes. What cannot be taken is put aside
alone, and the feed goes on.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError

from app.bookings.schemas import Source
from app.federation import reading, repository
from app.federation.protocol import v1
from app.federation.protocol.listing import ListingData
from app.federation.protocol.loan import RequestState
from app.federation.protocol.v1 import Entry, EntryState, Kind
from app.federation.reading import OverQuota, Page, ReadingMode, Stand
from app.federation.repository import Mirrored
from app.federation.service import borrowing, loans, picturing
from app.federation.tables import Partner, PartnerFeed
from app.kernel.problems import NotFound
from app.kernel.text import clean_line
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

_canonical: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode

log = structlog.get_logger("depot.federation")


class _PutAside(Exception):
    """This one entry cannot be taken; the feed goes on."""


class _News(NamedTuple):
    """An entry to be taken: what tells a change from a repetition, how long it is at most, what was known of it."""

    entry: Entry
    fingerprint: str
    most_bytes: int
    known: Mirrored | None


_Take = Callable[[Mapping[str, _News]], Mapping[str, str]]
"""Takes news by its ids, and answers which of it was put aside, and why."""


def take_page(work: UnitOfWork, partner: Partner, feed: PartnerFeed, page: Page, stand: Stand) -> int:
    """Take what is news where our reading stands; answers how much was. Raises OverQuota."""
    ids = [entry.id for entry in page.entries]
    known = repository.mirrored(work.session, partner.id, feed.kind, ids)
    _keep_quota(feed, known, page, most=work.settings.partner_entries)
    news, met, changed = _sorted_out(partner, page, known, stand)
    repository.meet(work.session, partner.id, feed.kind, met, walk=feed.walk)
    aside = _taken(work, partner, feed, news)
    rows = [_row(work, partner, feed, one, aside.get(item_id)) for item_id, one in news.items()]
    repository.keep_entries(work.session, rows)
    return changed


def _keep_quota(feed: PartnerFeed, known: Mapping[str, Mirrored], page: Page, *, most: int) -> None:
    """Count what the page adds. Nothing is cut off silently: a page that leads beyond is not taken at all."""
    more = 0
    for entry in page.entries:
        row = known.get(entry.id)
        was = row is not None and row.state is EntryState.ACTIVE
        more += (entry.state == EntryState.ACTIVE) - was
    if more > 0 and feed.active + more > most:
        raise OverQuota(f"The partner publishes more than {most} entries.")


def _sorted_out(
    partner: Partner, page: Page, known: Mapping[str, Mirrored], stand: Stand
) -> tuple[dict[str, _News], list[str], int]:
    """What is to be taken, what a walk only meets, and how often something changed: a thing told twice in one page
    counts twice, and is what was told last.
    """
    news, met, changed = dict[str, _News](), list[str](), 0
    latest = dict(known)
    for entry in page.entries:
        text, row = _canonical([entry.state, entry.data]), latest.get(entry.id)
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        if reading.is_news(entry.rev, fingerprint, row, stand):
            if row is not None and row.revision == entry.rev and row.fingerprint is not None:
                log.warning("partner_changed_a_revision", partner=partner.name, id=entry.id)
            changed += 1
            # Its text has escapes where there are letters, and so is never shorter than its bytes.
            news[entry.id] = _News(entry, fingerprint, len(text), known.get(entry.id))
            latest[entry.id] = Mirrored(entry.rev, EntryState(entry.state), stand.walk, fingerprint, None)
        elif row is not None and row.walk != stand.walk:
            met.append(entry.id)
    return news, met, changed


def _row(
    work: UnitOfWork, partner: Partner, feed: PartnerFeed, one: _News, why: str | None
) -> dict[str, Any]:
    """What is noted of an entry that was taken, or put aside for this reason."""
    entry, was = one.entry, one.known
    feed.active += (entry.state == EntryState.ACTIVE) - (was is not None and was.state is EntryState.ACTIVE)
    if why is not None:
        log.warning("entry_put_aside", partner=partner.name, kind=feed.kind.value, id=entry.id, why=why)
    return {
        "partner_id": partner.id,
        "kind": feed.kind,
        "item_id": entry.id,
        "revision": entry.rev,
        "state": EntryState(entry.state),
        "walk": feed.walk,
        "fingerprint": one.fingerprint,
        "refused": why and why[:500],
        "refused_what": why and _calls_itself(entry),
        "refused_since": why and ((was and was.refused_since) or work.now),
    }


def _calls_itself(entry: Entry) -> str | None:
    """The title of a listing, for the people who look into it; other things are known by their id."""
    title = (entry.data or {}).get("title")
    if not isinstance(title, str):
        return None
    return clean_line(title.encode("utf-8", "replace").decode()[:200]) or None


def _taken(
    work: UnitOfWork, partner: Partner, feed: PartnerFeed, news: Mapping[str, _News]
) -> dict[str, str]:
    """Take the things themselves; answers which of them are put aside, and why.

    Listings are taken together. When the database refuses something of them, and with loans always, each is taken for
    itself, so that what cannot be taken is put aside alone.
    """
    take: _Take = partial(_take_requests, work, partner, feed.mode)
    if feed.kind is Kind.LISTING:
        with suppress(DataError, IntegrityError), work.session.begin_nested():
            return _take_listings(work, partner, news)
        take = partial(_take_listings, work, partner)
    aside: dict[str, str] = {}
    for item_id, one in news.items():
        try:
            with work.session.begin_nested():
                aside |= take({item_id: one})
        except (DataError, IntegrityError):
            # What slips through and only the database refuses is told without its text: that repeats what was sent.
            aside[item_id] = "no database can hold it"
            if feed.kind is Kind.LISTING:
                listings.mirror(work, partner.id, {item_id: None})
        except _PutAside as reason:
            aside[item_id] = str(reason)
    return aside


def _take_listings(work: UnitOfWork, partner: Partner, news: Mapping[str, _News]) -> dict[str, str]:
    """Show them as they are told; of what cannot be shown so, what was told before is not shown either."""
    told: dict[str, Mapping[str, Any] | None] = {}
    aside: dict[str, str] = {}
    for item_id, one in news.items():
        told[item_id] = None
        if one.entry.state == EntryState.ACTIVE:
            try:
                told[item_id] = _told(partner, one)
            except _PutAside as reason:
                aside[item_id] = str(reason)
    refused = listings.mirror(work, partner.id, told).refused
    return aside | {item_id: str(why) for item_id, why in refused.items()}


def _told(partner: Partner, one: _News) -> dict[str, Any]:
    """What the entry says of a listing; _PutAside for what is none, or lives elsewhere."""
    try:
        data = ListingData.model_validate(_data(one))
    except ValidationError as error:
        raise _PutAside(reading.refusal_of(error)) from None
    if picturing.origin_of(data.url) != picturing.origin_of(partner.base):
        raise _PutAside("url: not at the partner's own address")
    return data.model_dump(exclude={"hours"}, exclude_unset=True) | {"hours": data.hours}


def _take_requests(
    work: UnitOfWork, partner: Partner, mode: ReadingMode, news: Mapping[str, _News]
) -> dict[str, str]:
    """Believe what the partner says of loans. What we know of a deleted one is our resident's story: that stays."""
    for item_id, one in news.items():
        if one.entry.state == EntryState.DELETED:
            continue
        try:
            state = RequestState.model_validate(_data(one))
            source = Source.WALK if mode is ReadingMode.WALK else Source.FEED
            borrowing.believe(work, partner.id, UUID(item_id), loans.from_wire(state), source)
        except ValidationError as error:
            raise _PutAside(reading.refusal_of(error)) from None
        except (NotFound, ValueError):
            raise _PutAside("nobody here has asked for this") from None
    return {}


def _data(one: _News) -> dict[str, Any]:
    if one.entry.data is None:
        raise _PutAside("without data")
    if one.most_bytes > v1.ENTRY_BYTES:
        text = json.dumps(one.entry.data, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode("utf-8", "surrogatepass")) > v1.ENTRY_BYTES:
            raise _PutAside(f"more than {v1.ENTRY_BYTES} bytes")
    return one.entry.data
