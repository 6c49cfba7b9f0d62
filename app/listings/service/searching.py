"""Search: "a beamer, within 5 km, free on Saturday from 10 to 14" is one call, partners' listings included."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from app.kernel.intervals import Interval
from app.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor, fingerprint
from app.kernel.places import Point, distance_km
from app.kernel.problems import FieldError, Invalid, SignInNeeded
from app.kernel.text import message
from app.kernel.unit_of_work import Reading
from app.listings import finding, repository
from app.listings.finding import Search
from app.listings.rules.verdict import Ask, judge_time
from app.listings.schemas.views import ListingFound, ListingQuery, Sort
from app.listings.service import describing, looking, values
from app.listings.tables import Listing

Found = tuple[Sequence[Any], Listing, float | None]
"""The key to continue after, the row, and its distance."""


def search(reading: Reading, query: ListingQuery) -> Page[ListingFound]:
    """The listings for which all conditions hold, page by page."""
    asked = _read(reading, query)
    filters = fingerprint(query.model_copy(update={"after": None, "limit": 0}))
    rows = _by_distance if asked.sort is Sort.DISTANCE else _by_rank
    fitting = (
        found
        for chunk in _chunks(rows(reading, asked, query.after, filters))
        for found in that_can_be_had(reading, asked, chunk)
    )
    page = list(islice(fitting, query.limit + 1))
    items = page[: query.limit]
    shown = describing.describe(reading, [row for _, row, _ in items])
    return Page(
        items=[
            ListingFound(**dict(listing), distance_km=None if distance is None else round(distance, 3))
            for listing, (_, _, distance) in zip(shown, items, strict=True)
        ],
        next=encode_cursor(items[-1][0], filters=filters) if len(page) > query.limit else None,
    )


def _read(reading: Reading, query: ListingQuery) -> Search:
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
    return Search(query, reading.actor, reading.now, query.sort or usual, near, span)


def _by_rank(reading: Reading, asked: Search, after: str | None, filters: str) -> Iterator[Found]:
    start = None
    if after is not None:
        place, created_at, listing_id = decode_cursor(after, filters=filters, length=3)
        try:
            start = (1 if place else 0, datetime.fromisoformat(created_at).astimezone(UTC), UUID(listing_id))
        except (TypeError, ValueError, OverflowError) as error:
            raise BadCursor from error
    for (place, created_at, listing_id), row in finding.in_order(reading.session, asked, start):
        distance = _distance(asked, row.lat, row.lon)
        if asked.query.radius_km is None or (distance is not None and distance <= asked.query.radius_km):
            yield (place, created_at.isoformat(), str(listing_id)), row, distance


def _by_distance(reading: Reading, asked: Search, after: str | None, filters: str) -> Iterator[Found]:
    start: tuple[float, str] | None = None
    if after is not None:
        far, listing_id = decode_cursor(after, filters=filters, length=2)
        if not isinstance(far, (int, float)) or not isinstance(listing_id, str):
            raise BadCursor
        start = (far, listing_id)
    keys = sorted(
        (distance, str(listing_id))
        for listing_id, lat, lon in finding.points(reading.session, asked)
        if (distance := _distance(asked, lat, lon)) is not None
        and (asked.query.radius_km is None or distance <= asked.query.radius_km)
    )
    for chunk in _chunks(key for key in keys if start is None or key > start):
        rows = {
            str(row.id): row for row in repository.by_ids(reading.session, [UUID(key[1]) for key in chunk])
        }
        for distance, listing_id in chunk:
            yield (distance, listing_id), rows[listing_id], distance


def _distance(asked: Search, lat: float | None, lon: float | None) -> float | None:
    if asked.near is None or lat is None or lon is None:
        return None
    return distance_km(asked.near, Point(lat, lon))


def that_can_be_had(reading: Reading, asked: Search, chunk: Sequence[Found]) -> Iterator[Found]:
    """Those that would be bookable then, as a quote would judge, whoever asks."""
    span = asked.span
    if span is None:
        yield from chunk
        return
    ids = [row.id for _, row, _ in chunk]
    widest = max((values.around(span, values.limits_of(row)).end for _, row, _ in chunk), default=span.end)
    use = repository.segments_of(reading.session, ids, Interval(span.start, widest))
    for found in chunk:
        row = found[1]
        offer = values.offer_of(row, span, region=reading.settings.subdivision)
        busy = [(segment.interval, segment.used) for segment in use[row.id]]
        if not judge_time(offer, Ask(span, asked.query.units), busy, reading.now):
            yield found


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, finding.CHUNK)):
        yield chunk
