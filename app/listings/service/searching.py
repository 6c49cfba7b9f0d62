"""Search: "a beamer, within 5 km, free on Saturday from 10 to 14" is one call, partners' listings included."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final
from uuid import UUID

from app.accounts import service as accounts
from app.kernel import secrets
from app.kernel.intervals import Interval
from app.kernel.paging import BadCursor, fingerprint, opened_cursor, sealed_cursor
from app.kernel.places import Point, distance_km
from app.kernel.problems import FieldError, Invalid, SignInNeeded
from app.kernel.text import message
from app.kernel.unit_of_work import Reading
from app.listings import finding, repository, search_words, snapshots
from app.listings.finding import Only, Search
from app.listings.rules.verdict import Ask, could_be_had
from app.listings.schemas.views import FoundPage, ListingFound, ListingQuery, Sort
from app.listings.service import describing, facets, looking, own, snippets, suggesting, values
from app.listings.tables import Listing
from app.listings.walking import After, Hit, Leg, Walk

if TYPE_CHECKING:
    from app.listings.text_match import Match

CURSORS: Final = "cursors"
STALE_AFTER: Final = timedelta(hours=48)
"""How long a partner may be silent before what it shares comes after the rest (federation.md §2.6)."""
_MORE: Final = 2
"""How many hits are fetched for each that is shown, where hours are looked at."""


@dataclass(frozen=True, slots=True)
class Found:
    """A listing that fits: on which leg of the search, and where its walk would go on."""

    row: Listing
    leg: int
    after: After
    distance_km: float | None


def search(reading: Reading, query: ListingQuery) -> FoundPage:
    """The listings for which all conditions hold, page by page."""
    asked = read(reading, query)
    filters = fingerprint(query.model_copy(update={"after": None, "limit": 0, "facets": False}))
    start = None if query.after is None else _decoded(reading, query.after, filters)
    sought = own.fitting if query.mine else fitting
    found = list(islice(sought(reading, asked, start), query.limit + 1))
    shown = found[: query.limit]
    return FoundPage(
        items=_described(reading, asked, shown),
        next=_encoded(reading, shown[-1], filters) if len(found) > query.limit else None,
        suggestion=None if found or start or query.mine else suggesting.suggest(reading, asked),
        facets=facets.count(reading, asked) if query.facets and not query.mine else None,
    )


def fitting(reading: Reading, asked: Search, start: tuple[int, After] | None = None) -> Iterator[Found]:
    """Everything that fits, in order, as far as somebody looks; from where they stopped."""
    if asked.words == ():
        return
    first, after = start or (0, None)
    want = asked.query.limit + 1 if asked.span is None else _MORE * (asked.query.limit + 1)
    for number, leg in enumerate(legs(asked)):
        if leg is None or number < first:
            continue
        seen = after.seen if after and number == first else 0
        hits = Walk(reading.session, asked, leg, want=want).hits(after if number == first else None)
        for some in _chunks(hits, asked.query.limit + 1):
            rows = {
                row.id: row for row in snapshots.by_ids(reading.session, [hit.listing_id for hit in some])
            }
            places = {hit.listing_id: (at, hit) for at, hit in enumerate(some, start=seen + 1)}
            there = [rows[hit.listing_id] for hit in some if hit.listing_id in rows]
            for row in that_can_be_had(reading, asked, there):
                at, hit = places[row.id]
                after = After(hit.listing_id, hit.created_at, hit.chord2 or 0.0, at)
                yield Found(row, number, after, distance(asked, row))
            seen += len(some)
        after = None


def legs(asked: Search) -> list[Leg | None]:
    """The parts of the order, always as many; None where there is certainly nothing."""
    words = asked.match
    near = asked.near if asked.sort is not Sort.NEWEST else None
    parts: list[tuple[Match | None, tuple[Only, ...] | None]]
    match asked.sort:
        case Sort.DISTANCE:
            return [Leg(words, near=near)]
        case Sort.NEWEST:
            return [Leg(words)]
        case Sort.AVAILABLE:
            parts = [(words, (Only.FREE,)), (words, (Only.TAKEN,))]
        case Sort.RELEVANCE:
            split = [replace(words, where="title"), replace(words, where="text")] if words else [None]
            ages = [(Only.FRESH,), (Only.STALE,)] if asked.stale else [(), None]
            parts = [(part, which) for part in split for which in ages]
    placed: list[Leg | None] = [None if which is None else Leg(part, which, near) for part, which in parts]
    if near is None or asked.query.radius_km is not None:
        return placed
    # what has no place comes after what has one
    return [
        *placed,
        *(None if which is None else Leg(part, (*which, Only.NOWHERE)) for part, which in parts),
    ]


def read(reading: Reading, query: ListingQuery) -> Search:
    """A query with its parameters read. Invalid for what makes no sense together."""
    if query.mine and not reading.actor.is_somebody:
        raise SignInNeeded
    if query.state is not None and not query.mine:
        raise Invalid(FieldError("state", message("States can only be asked for with mine=true.")))
    if query.near is None and (query.radius_km is not None or query.sort is Sort.DISTANCE):
        raise Invalid(FieldError("near", message("Say near which point.")))
    if (query.free_from is None) != (query.free_until is None):
        raise Invalid(FieldError("free_until", message("free_from and free_until belong together.")))
    near = Point(*map(float, query.near.split(","))) if query.near else None
    usual = Sort.RELEVANCE if query.q else Sort.DISTANCE if near else Sort.NEWEST
    span = None
    if query.free_from is not None and query.free_until is not None:
        span = looking.span_of(reading, query.free_from, query.free_until, names=("free_from", "free_until"))
    words = search_words.sought(query.q or "")
    hidden, stale = finding.quiet_origins(reading.session, heard_before=reading.now - STALE_AFTER)
    return Search(
        query,
        reading.actor,
        reading.now,
        query.sort or usual,
        near,
        span,
        words=words,
        terms=finding.spelled_out(reading.session, words) if words and not query.mine else words,
        recognised=_is_recognised(reading, query),
        hidden=hidden,
        stale=stale,
    )


def _is_recognised(reading: Reading, query: ListingQuery) -> bool:
    """Whether the asker belongs to a recognised organisation, where that makes a difference."""
    groups = reading.actor.memberships
    if not groups or (query.max_price, query.free_of_charge, query.audience) == (None, None, None):
        return False
    return any(party.recognised for party in accounts.party_summaries(reading, groups.keys()).values())


def distance(asked: Search, row: Listing) -> float | None:
    """How far it is from the point asked for, in kilometres."""
    if asked.near is None or row.lat is None or row.lon is None:
        return None
    return distance_km(asked.near, Point(row.lat, row.lon))


def that_can_be_had(reading: Reading, asked: Search, rows: Sequence[Listing]) -> Iterator[Listing]:
    """Those that would be bookable then, as a quote would judge, whoever asks."""
    span = asked.span
    if span is None or not rows:
        yield from rows
        return
    widest = max(values.around(span, values.limits_of(row)).end for row in rows)
    use = repository.segments_of(reading.session, [row.id for row in rows], Interval(span.start, widest))
    for row in rows:
        offer = values.offer_of(row, span, region=reading.settings.subdivision)
        busy = [(segment.interval, segment.used) for segment in use[row.id]]
        if could_be_had(offer, Ask(span, asked.query.units), busy, reading.now):
            yield row


def _described(reading: Reading, asked: Search, found: Sequence[Found]) -> list[ListingFound]:
    shown = describing.describe(reading, [one.row for one in found])
    return [
        ListingFound.of_checked(
            {
                **listing.__dict__,
                "distance_km": None if one.distance_km is None else round(one.distance_km, 3),
                "snippet": snippets.snippet(listing.description, asked.words) if asked.words else None,
            }
        )
        for listing, one in zip(shown, found, strict=True)
    ]


def _encoded(reading: Reading, last: Found, filters: str) -> str:
    after = last.after
    when = after.created_at.isoformat() if after.created_at else None
    key: list[str | int | float | None] = [last.leg, str(after.listing_id), when, after.chord2, after.seen]
    return sealed_cursor(key, filters=filters, secret=secrets.get(reading.session, CURSORS))


def _decoded(reading: Reading, cursor: str, filters: str) -> tuple[int, After]:
    leg, listing_id, when, chord2, seen = opened_cursor(
        cursor, filters=filters, length=5, secret=secrets.get(reading.session, CURSORS)
    )
    try:
        created_at = datetime.fromisoformat(when).astimezone(UTC)
        return int(leg), After(UUID(listing_id), created_at, float(chord2), int(seen))
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise BadCursor from error


def _chunks(items: Iterable[Hit], size: int) -> Iterator[list[Hit]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
