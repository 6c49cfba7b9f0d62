"""Telling what is new: to those who keep a search, to those who want something, and to those whose offers are wanted.

When a listing appears or is edited, a job looks who waits for it. What it finds is written down first, one row for each
listing and finder, for ever: that is why it is told once, however often the job runs. Ten minutes later, when others
may have followed, a second job tells it all in one fact, and a letter for the day's digest comes of it.

What it costs, for each listing: one query over an index for the searches that may fit, and for each of those two at
most (the search itself, asked of the listings of this job alone); one query for the wants that an offer may answer, a
fixed number to weigh all of them, and four for each that fits; for a want, a fixed number for all offers. Nobody's
search runs over everything, and a booking makes nobody look.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.jobs.runner import Handler
from app.kernel.actor import SYSTEM, Actor, ActorKind, MemberRole
from app.kernel.events import Event
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork
from app.listings import repository, saved
from app.listings.events import OffersSought, SearchAnswered, WantAnswerable
from app.listings.rules.eligibility import Audience
from app.listings.rules.kinds import Purpose
from app.listings.rules.lifecycle import State
from app.listings.service import fitting, matching
from app.listings.service.appearing import FIND_JOB
from app.listings.service.saving import query_of
from app.listings.tables import Listing, SavedSearch

TELL_JOB: Final = "listings.tell"
TOGETHER: Final = timedelta(minutes=10)
"""What follows so soon is told together."""
RARELY: Final = timedelta(days=1)
"""Who offers something hears of new wants no more often."""
_NAMED: Final = 5
"""So many listings are named in a letter."""
_ASKED: Final = 50
"""So many of the best offers are told of one want."""

Pairs = Iterator[tuple[str, UUID, UUID]]
"""For whom something was found: which of `_TOLD`, the finder, the listing."""


def handlers(transactions: Transactions) -> Mapping[str, Handler]:
    """The jobs of this module by their names."""
    return {
        FIND_JOB: lambda payload: find(transactions, [UUID(one) for one in payload["listing_ids"]]),
        TELL_JOB: lambda payload: tell(transactions, payload["whom"], UUID(payload["finder_id"])),
    }


def find(transactions: Transactions, listing_ids: Sequence[UUID]) -> None:
    """Write down who waits for one of these listings, and have them told."""
    with transactions.reading(SYSTEM) as reading:
        rows = [
            row for row in repository.by_ids(reading.session, listing_ids) if row.state is State.PUBLISHED
        ]
        found = [*_for_searches(reading, rows), *_for_wants(reading, rows), *_for_providers(reading, rows)]
    if not found:
        return
    by_finder: dict[tuple[str, UUID], list[UUID]] = {}
    for whom, finder_id, listing_id in found:
        by_finder.setdefault((whom, finder_id), []).append(listing_id)
    with transactions.writing(SYSTEM) as work:
        for (whom, finder_id), ids in by_finder.items():
            if saved.keep(work.session, finder_id, ids, now=work.now):
                _have_told(work, whom, finder_id, after=TOGETHER)


def tell(transactions: Transactions, whom: str, finder_id: UUID) -> None:
    """Tell what was found for one finder and still fits, once; what does not fit any more is never told."""
    with transactions.writing(SYSTEM) as work:
        ids = saved.untold(work.session, finder_id)
        last = saved.last_told(work.session, finder_id) if ids and whom == "provider" else None
        if last is not None and last + RARELY > work.now:
            _have_told(work, whom, finder_id, after=last + RARELY - work.now)
            return
        if ids:
            told = _TOLD[whom](work, finder_id, ids)
            saved.note_told(work.session, finder_id, ids, now=work.now)
            if told is not None:
                work.record(told)


def _have_told(work: UnitOfWork, whom: str, finder_id: UUID, *, after: timedelta) -> None:
    payload = {"whom": whom, "finder_id": str(finder_id)}
    work.enqueue(TELL_JOB, payload, run_at=work.now + after, key=f"{TELL_JOB} {finder_id}")


# Finding


def _for_searches(reading: Reading, rows: Sequence[Listing]) -> Pairs:
    if not saved.anybody_waits(reading.session):
        return
    possible: dict[UUID, tuple[SavedSearch, list[Listing]]] = {}
    for row in rows:
        for search in saved.candidates(reading.session, row, now=reading.now):
            possible.setdefault(search.id, (search, []))[1].append(row)
    actors = accounts.actors(reading, {search.person_id for search, _ in possible.values()})
    for search, some in possible.values():
        actor = actors.get(search.person_id)
        if actor is not None:
            ids = [row.id for row in some if row.provider_id not in actor.parties]
            for listing_id in _that_fit(reading, search, actor, ids):
                yield "search", search.id, listing_id


def _that_fit(reading: Reading, search: SavedSearch, actor: Actor, ids: Sequence[UUID]) -> list[UUID]:
    return fitting.among(_as(reading, actor), query_of(search), ids) if ids else []


def _for_wants(reading: Reading, rows: Sequence[Listing]) -> Pairs:
    """The wants here that a new offer may answer."""
    for offer in rows:
        if offer.purpose is Purpose.OFFER:
            for want in [fit.row for fit in matching.wants_that_fit(reading, offer)]:
                if _is_seen(reading, offer, want.provider_id) and not _appeared_before(offer, want):
                    yield "want", want.id, offer.id


def _for_providers(reading: Reading, rows: Sequence[Listing]) -> Pairs:
    """Those whose offers a new want of ours asks for; each want is theirs once, however many offers they have."""
    for want in rows:
        if (
            want.purpose is Purpose.WANT
            and want.provider_id is not None
            and want.audience is Audience.EVERYONE
        ):
            actor = _actor_of(reading, want.provider_id)
            if actor is None or not matching.is_open(want):
                continue
            best = matching.offers_that_fit(_as(reading, actor), want)[:_ASKED]
            for provider_id in {fit.row.provider_id for fit in best if fit.row.provider_id is not None}:
                yield "provider", provider_id, want.id


def _appeared_before(offer: Listing, want: Listing) -> bool:
    """What was there already when the want appeared is found by looking, not told as news."""
    if offer.appeared_at is None or want.appeared_at is None:
        return offer.appeared_at is None
    return offer.appeared_at < want.appeared_at


def _is_seen(reading: Reading, offer: Listing, by: UUID | None) -> bool:
    actor = _actor_of(reading, by) if by is not None else None
    return actor is not None and bool(repository.visible_of(reading.session, [offer.id], to=actor))


def _actor_of(reading: Reading, party_id: UUID) -> Actor | None:
    """The person, or anybody of the organisation; None for who is gone or suspended."""
    standing = accounts.standings(reading, [party_id]).get(party_id)
    if standing is None or standing.suspended:
        return None
    if standing.kind is accounts.PartyKind.ORGANISATION:
        return Actor(ActorKind.PERSON, memberships={party_id: MemberRole.MEMBER})
    return accounts.actors(reading, [party_id]).get(party_id)


def _as(reading: Reading, actor: Actor) -> Reading:
    """The same look at things, as this actor has it."""
    return Reading(actor=actor, now=reading.now, session=reading.session, settings=reading.settings)


# Telling


def _tell_search(work: UnitOfWork, search_id: UUID, ids: Sequence[UUID]) -> Event | None:
    search = work.session.get(SavedSearch, search_id)
    actor = accounts.actors(work, [search.person_id]).get(search.person_id) if search else None
    if search is None or actor is None or not search.alert:
        return None
    still = _in_order(ids, _that_fit(work, search, actor, ids))
    if not still:
        return None
    return SearchAnswered(
        search_id=search_id, person_id=search.person_id, count=len(still), listing_ids=tuple(still[:_NAMED])
    )


def _in_order(ids: Sequence[UUID], among: Iterable[UUID]) -> list[UUID]:
    kept = set(among)
    return [one for one in ids if one in kept]


def _tell_want(work: UnitOfWork, want_id: UUID, ids: Sequence[UUID]) -> Event | None:
    want = work.session.get(Listing, want_id)
    owner_id = want.provider_id if want else None
    actor = _actor_of(work, owner_id) if owner_id else None
    if want is None or owner_id is None or actor is None or not matching.is_open(want):
        return None
    offers = [row for row in repository.by_ids(work.session, ids) if row.state is State.PUBLISHED]
    weighed = matching.weigh(_as(work, actor), [(want, offer) for offer in offers])
    fit = [offer.id for offer, how in zip(offers, weighed, strict=True) if how is not None]
    still = _in_order(ids, fit)
    if not still:
        return None
    return WantAnswerable(
        want_id=want_id, owner_id=owner_id, count=len(still), listing_ids=tuple(still[:_NAMED])
    )


def _tell_provider(work: UnitOfWork, provider_id: UUID, ids: Sequence[UUID]) -> Event | None:
    wants = [row for row in repository.by_ids(work.session, ids) if matching.is_open(row)]
    to_come = [
        row.id for row in wants if row.wanted_starts_at is not None and row.wanted_starts_at > work.now
    ]
    still = _in_order(ids, to_come)
    if not still:
        return None
    return OffersSought(provider_id=provider_id, count=len(still), listing_ids=tuple(still[:_NAMED]))


_TOLD: Final[Mapping[str, Any]] = {"search": _tell_search, "want": _tell_want, "provider": _tell_provider}
"""What is told to whom: a fact made of what still fits, or None."""
