"""What else could be had: another time or fewer units of the same, something similar nearby, something at a partner."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from sqlalchemy import and_, or_

from app.accounts.schemas import Standing
from app.kernel.actor import Actor
from app.kernel.intervals import Interval
from app.kernel.places import Point, distance_km
from app.kernel.unit_of_work import Reading
from app.listings import categories, finding, repository
from app.listings.finding import Search
from app.listings.rules import ways
from app.listings.rules.eligibility import Tally
from app.listings.rules.kinds import Purpose, Reach
from app.listings.rules.verdict import Ask, asker_reasons
from app.listings.schemas.values import Alternative, Alternatives, OtherTerms
from app.listings.schemas.views import ListingQuery, Sort
from app.listings.search_words import sought
from app.listings.service import values
from app.listings.service.looking import known
from app.listings.service.searching import that_can_be_had
from app.listings.tables import Listing
from app.listings.text_match import ENTRY, Match
from app.listings.walking import Leg, Walk

LOOK_AHEAD_DAYS: Final = 60
LONGER_DAYS: Final = 14
NEARBY_KM: Final = 50
_LOOKED_AT: Final = 50
_TELLING: Final = 5  # a shorter word of a title tells little


def other_terms(
    reading: Reading,
    listing_id: UUID,
    *,
    span: Interval,
    units: int,
    borrower: Standing | None,
    tally: Tally,
    holder_id: UUID | None = None,
) -> OtherTerms:
    """The next time within 60 days at which this ask would do, and how many units would do now. One query."""
    row = known(reading, listing_id)
    ahead = Interval(span.start, span.end + timedelta(days=LOOK_AHEAD_DAYS + 1))
    offer = values.offer_of(row, ahead, region=reading.settings.subdivision)
    held = repository.occupancies(reading.session, row.id, values.around(ahead, offer.limits))
    taken = values.taken(one for one in held if one.holder_id != holder_id)
    house = values.house_of(reading.settings)
    wish = Ask(span, units, asker=values.asker_of(borrower), tally=tally, house=house)
    return OtherTerms(
        next_free=ways.next_free(offer, wish, taken, reading.now, days=LOOK_AHEAD_DAYS),
        fewer_units=ways.fewer_units(offer, wish, taken, reading.now),
    )


def longer(
    reading: Reading, listing_id: UUID, *, span: Interval, units: int, holder_id: UUID
) -> Interval | None:
    """Until when the holder, who has it, could keep it at the next: within two weeks, or None. One query."""
    row = known(reading, listing_id)
    ahead = Interval(span.start, max(span.end, reading.now) + timedelta(days=LONGER_DAYS + 1))
    offer = values.offer_of(row, ahead, region=reading.settings.subdivision)
    held = repository.occupancies(reading.session, row.id, values.around(ahead, offer.limits))
    taken = values.taken(one for one in held if one.holder_id != holder_id)
    ask = Ask(span, units, house=values.house_of(reading.settings))
    days = LONGER_DAYS + max(0, (reading.now - span.end).days)
    return ways.longer(offer, ask, taken, reading.now, days=days)


def alternatives(
    reading: Reading,
    listing_id: UUID,
    *,
    span: Interval,
    units: int,
    borrower: Standing | None,
    viewer: Actor,
) -> Alternatives:
    """The nearest similar listing that is free then, ours and at a partner, as far as the viewer may see and have it.

    Similar is what stands in the same category or in one beside it, and where it stands in none, what has a word of
    its title. A fixed number of queries.
    """
    row = known(reading, listing_id)
    ask = Ask(span, units, asker=values.asker_of(borrower), house=values.house_of(reading.settings))
    hidden, _ = finding.quiet_origins(reading.session, heard_before=reading.now)
    found = {
        origin: next(_similar(reading, row, ask, viewer=viewer, origin=origin, hidden=hidden), None)
        for origin in ("ours", "partners")
    }
    return Alternatives(similar=found["ours"], at_partner=found["partners"])


def _similar(
    reading: Reading, row: Listing, ask: Ask, *, viewer: Actor, origin: str, hidden: tuple[UUID, ...]
) -> Iterator[Alternative]:
    span, units = ask.interval, ask.units
    near = None if row.lat is None or row.lon is None else Point(row.lat, row.lon)
    query = ListingQuery(
        purpose=Purpose.OFFER,
        kind=row.kind,
        units=units,
        origin=origin,
        free_from=span.start,
        free_until=span.end,
        near=f"{row.lat},{row.lon}" if near else None,
        radius_km=NEARBY_KM if near else None,
    )
    search = Search(query, viewer, reading.now, Sort.NEWEST, near, span, hidden=hidden)
    rows = _looked_at(reading, search, row)
    for one in that_can_be_had(reading, search, rows):
        if not any(asker_reasons(values.offer_of(one, span, region=reading.settings.subdivision), ask)):
            origins = repository.origins(reading.session, {one.origin_id} if one.origin_id else ())
            name = origins[one.origin_id].name if one.origin_id else None
            yield Alternative(id=one.id, title=one.title, distance_km=_distance(near, one), origin=name)


def _looked_at(reading: Reading, search: Search, row: Listing) -> list[Listing]:
    """The nearest of its own category and then of those beside it; without any, those with a word of its title. At a
    partner only what can be booked from here.
    """
    possible = and_(
        ENTRY.listing_id != row.id, or_(ENTRY.origin_id.is_(None), ENTRY.federation == Reach.BOOKABLE)
    )
    beside = _categories(row.category)
    telling = tuple(word for word in sought(row.title) or () if len(word.exactly[0]) >= _TELLING)
    if beside:
        legs = [
            Leg(None, near=search.near, beside=(possible, category))
            for category in (
                ENTRY.category == row.category,
                ENTRY.category.in_(sorted(beside - {row.category or ""})),
            )
        ]
    else:
        words = Match(telling, where="title", any_of=True)
        legs = [Leg(words, near=search.near, beside=(possible,))] if telling else []
    hits = (hit for leg in legs for hit in Walk(reading.session, search, leg, want=_LOOKED_AT).hits())
    ids = [hit.listing_id for hit in islice(hits, _LOOKED_AT)]
    rows = {one.id: one for one in repository.by_ids(reading.session, ids)}
    return [rows[one] for one in ids]


def _categories(slug: str | None) -> frozenset[str]:
    """The category and those beside it, with all below them. Beside a top stands everything, which is not similar."""
    category = categories.get(slug or "")
    if category is None:
        return frozenset()
    return categories.with_descendants(category.parent or category.slug) - {category.parent}


def _distance(near: Point | None, row: Listing) -> float | None:
    if near is None or row.lat is None or row.lon is None:
        return None
    return round(distance_km(near, Point(row.lat, row.lon)), 3)
