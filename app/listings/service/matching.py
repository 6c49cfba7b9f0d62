"""Offers that fit a want, and wants that fit an offer: the same rules from both sides, the best first."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from app.accounts import service as accounts
from app.api.schemas import ListQuery, ReasonRead
from app.kernel.intervals import Interval
from app.kernel.languages import translate
from app.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor, fingerprint
from app.kernel.places import Point, distance_km
from app.kernel.problems import NotAllowed, NotFound
from app.kernel.unit_of_work import Reading
from app.listings import categories, matches, policy, repository
from app.listings.finding import Search
from app.listings.rules.eligibility import Asker, in_public
from app.listings.rules.kinds import Purpose
from app.listings.rules.lifecycle import State
from app.listings.rules.matching import NEARBY_KM, Match, Pair, match, together
from app.listings.rules.reasons import Ground
from app.listings.rules.verdict import SCARCITY, Ask, judge
from app.listings.schemas.matches import MatchesRead, MatchRead, TogetherRead
from app.listings.schemas.views import ListingFound, ListingQuery, ListingRead
from app.listings.service import describing, searching, values
from app.listings.service.looking import find
from app.listings.service.wanting import missing_units
from app.listings.tables import Listing, Occupancy


class Fit(NamedTuple):
    """A row that fits, how well, and how far away it is."""

    row: Listing
    match: Match
    distance: float | None

    @property
    def order(self) -> tuple[int, float, str]:
        """The best first; of equals the nearest, then by id."""
        return -self.match.points, self.distance or 0.0, str(self.row.id)


def answers(reading: Reading, want_id: UUID, query: ListQuery, *, language: str) -> MatchesRead:
    """The offers, as far as the actor may see them, that fit a want; NotFound unless it is one that they may see.

    A few queries, however many there are; at most `matches.LOOKED_AT` candidates are weighed. Only whoever speaks for
    the want sees what follows from their age or suspension: for others it is weighed by what everybody may know of its
    owner.
    """
    want = find(reading, want_id)
    if want.purpose is not Purpose.WANT:
        raise NotFound
    fits = offers_that_fit(reading, want) if is_open(want) else []
    chosen, units = together(((fit.row.id, fit.match.units) for fit in fits), missing_units(want))
    page = _page(reading, fits, query, filters=fingerprint(("answers", want_id)), language=language)
    return MatchesRead(
        items=list(page.items),
        next=page.next,
        missing_units=missing_units(want),
        together=TogetherRead(listing_ids=chosen, units=units),
    )


def sought(reading: Reading, listing_id: UUID, query: ListQuery, *, language: str) -> Page[MatchRead]:
    """The open wants that an offer could fill, for its provider's side; NotAllowed for others."""
    offer = find(reading, listing_id)
    if offer.origin_id is not None or not policy.may_see_private(reading.actor, offer.provider_id):
        raise NotAllowed
    fits = wants_that_fit(reading, offer)
    return _page(reading, fits, query, filters=fingerprint(("sought", listing_id)), language=language)


def offers_that_fit(reading: Reading, want: Listing) -> list[Fit]:
    """Every offer that the actor may see and that fits this want, the best first."""
    found = matches.offers_for(reading.session, _search(reading, want, Purpose.OFFER), want)
    weighed = weigh(reading, [(want, offer) for offer in found])
    return _best(Fit(offer, *how) for offer, how in zip(found, weighed, strict=True) if how)


def wants_that_fit(reading: Reading, offer: Listing) -> list[Fit]:
    """Every open want that the actor may see and that this offer could fill, the best first."""
    if offer.purpose is not Purpose.OFFER or offer.state is not State.PUBLISHED:
        return []
    found = matches.wants_for(reading.session, _search(reading, offer, Purpose.WANT), offer)
    open_ones = [want for want in found if is_open(want)]
    weighed = weigh(reading, [(want, offer) for want in open_ones])
    return _best(Fit(want, *how) for want, how in zip(open_ones, weighed, strict=True) if how)


def weigh(
    reading: Reading, pairs: Sequence[tuple[Listing, Listing]]
) -> list[tuple[Match, float | None] | None]:
    """How well each offer fits each want, and how far apart they are; None where it does not. A fixed number of
    queries. Nobody else learns what follows from the age, the memberships or a suspension of who is looking.
    """
    spans = [_span(want) for want, _ in pairs]
    if not spans:
        return []
    askers = _askers(reading, [want for want, _ in pairs])
    around = [values.around(span, values.limits_of(one)) for span, (_, one) in zip(spans, pairs, strict=True)]
    hull = Interval(min(one.start for one in around), max(one.end for one in around))
    ours = {offer.id for _, offer in pairs if offer.origin_id is None}
    held = repository.occupancies_of(reading.session, ours, hull)
    house = values.house_of(reading.settings)
    return [
        _weighed(
            reading, want, offer, Ask(span, missing_units(want), asker=askers[want.id], house=house), held
        )
        for span, (want, offer) in zip(spans, pairs, strict=True)
    ]


def _weighed(
    reading: Reading, want: Listing, offer: Listing, ask: Ask, held: Mapping[UUID, Sequence[Occupancy]]
) -> tuple[Match, float | None] | None:
    is_known, distance = offer.origin_id is None, _distance(want, offer)
    terms = values.offer_of(offer, ask.interval, region=reading.settings.subdivision)
    verdict = judge(terms, ask, values.taken(held.get(offer.id, ())), reading.now)
    against = {reason.code for reason in verdict.reasons} - SCARCITY
    if not policy.may_see_private(reading.actor, want.provider_id):
        against -= {Ground.AGE_UNKNOWN}  # that nobody else knows it says nothing
    how = match(
        Pair(
            category=want.category,
            categories=categories.with_descendants(want.category or ""),
            offered_as=offer.category,
            words=len(matches.sought_words(want.title)),
            shared_words=matches.shared_words(want, offer),
            missing_units=ask.units,
            free_units=verdict.free_units,
            is_known=is_known,
            distance_km=distance,
            against=frozenset(against),
        )
    )
    return None if how is None else (how, distance)


def _askers(reading: Reading, wants: Iterable[Listing]) -> dict[UUID, Asker]:
    """Who is looking, by the want; as everybody may know them where the actor does not belong to them."""
    owners = {want.id: want.provider_id for want in wants}
    known = accounts.standings(reading, {owner for owner in owners.values() if owner is not None})
    askers = {party_id: values.asker_of(standing) for party_id, standing in known.items()}
    return {
        want_id: Asker()
        if owner is None or owner not in askers
        else askers[owner]
        if policy.may_see_private(reading.actor, owner)
        else in_public(askers[owner])
        for want_id, owner in owners.items()
    }


def is_open(want: Listing) -> bool:
    """Whether anything is still to be found for it."""
    return want.state is State.PUBLISHED and want.wanted_starts_at is not None and missing_units(want) > 0


def _span(want: Listing) -> Interval:
    assert want.wanted_starts_at is not None
    assert want.wanted_ends_at is not None
    return Interval(want.wanted_starts_at, want.wanted_ends_at)


def _search(reading: Reading, to: Listing, purpose: Purpose) -> Search:
    near = None if to.lat is None or to.lon is None else f"{to.lat:.7f},{to.lon:.7f}"
    radius = None if near is None else NEARBY_KM
    return searching.read(reading, ListingQuery(purpose=purpose, kind=to.kind, near=near, radius_km=radius))


def _distance(one: Listing, other: Listing) -> float | None:
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    return distance_km(Point(one.lat, one.lon), Point(other.lat, other.lon))


def _best(fits: Iterable[Fit]) -> list[Fit]:
    return sorted(fits, key=lambda fit: fit.order)


def _page(
    reading: Reading, fits: Sequence[Fit], query: ListQuery, *, filters: str, language: str
) -> Page[MatchRead]:
    """What follows the cursor, which names the place of the last one read: all of it is weighed anew each time."""
    after = _cursor(query.after, filters) if query.after else None
    rest = [fit for fit in fits if after is None or fit.order > after]
    shown = rest[: query.limit]
    more = encode_cursor(shown[-1].order, filters=filters) if len(rest) > query.limit else None
    listings = describing.describe(reading, [fit.row for fit in shown])
    items = [_read(fit, listing, language) for fit, listing in zip(shown, listings, strict=True)]
    return Page(items, more)


def _read(fit: Fit, listing: ListingRead, language: str) -> MatchRead:
    far = None if fit.distance is None else round(fit.distance, 3)
    return MatchRead(
        listing=ListingFound(**dict(listing), distance_km=far, snippet=None),
        units=fit.match.units,
        share=round(fit.match.share, 3),
        reasons=[
            ReasonRead.model_validate(
                {"code": one.code, "detail": translate(one.detail, language), **one.facts}
            )
            for one in fit.match.reasons
        ],
    )


def _cursor(cursor: str, filters: str) -> tuple[int, float, str]:
    points, distance, listing_id = decode_cursor(cursor, filters=filters, length=3)
    if not (isinstance(points, int) and isinstance(distance, (int, float)) and isinstance(listing_id, str)):
        raise BadCursor
    return points, distance, listing_id
