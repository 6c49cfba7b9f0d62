"""Judging an ask: could somebody have it, what would it cost, and why not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app.accounts.schemas import Standing
from app.kernel.actor import ActorKind
from app.kernel.intervals import Interval
from app.kernel.unit_of_work import Reading
from app.listings import repository
from app.listings.rules.capacity import capacity, free_for
from app.listings.rules.eligibility import NOTHING, Tally
from app.listings.rules.verdict import Ask, Verdict, occupancy_of
from app.listings.rules.verdict import judge as judge_ask
from app.listings.service import values
from app.listings.service.looking import find, known
from app.listings.tables import Listing, Occupancy


def judge(
    reading: Reading,
    listing_id: UUID,
    *,
    span: Interval,
    units: int,
    borrower: Standing | None,
    tally: Tally = NOTHING,
    holder_id: UUID | None = None,
    overriding: bool = False,
) -> Verdict:
    """Everything that speaks against this ask, what is free for it, and its price (quote and request alike).

    `borrower` is None for a visitor or somebody at a partner, `tally` what they have already; who is `overriding` sets
    aside what the provider and staff may. What `holder_id` already holds is not counted, and whoever has something to
    do with the listing already is judged even when they cannot see it any more.
    """
    row = find(reading, listing_id) if holder_id is None else known(reading, listing_id)
    others = _taken_now(reading, row, span)
    offer = values.offer_of(
        row, span, region=reading.settings.subdivision, from_afar=reading.actor.kind is ActorKind.PARTNER
    )
    taken = values.taken(other for other in others if other.holder_id != holder_id)
    own = reading.session.get(Occupancy, (holder_id, listing_id)) if holder_id else None
    asker = values.asker_of(borrower)
    if row.origin_id is not None:
        asker = replace(asker, recognised=False)  # a recognition counts where it was given
    ask = Ask(
        span,
        units,
        asker=asker,
        tally=tally,
        house=values.house_of(reading.settings),
        overriding=overriding,
        buffers=values.frozen_buffers(own) if own else None,
    )
    verdict = judge_ask(offer, ask, taken, reading.now)
    return replace(verdict, calendar_version=row.calendar_version)


def free_as_they_end(
    reading: Reading, listing_id: UUID, *, span: Interval, units: int, holders: Sequence[UUID]
) -> list[int]:
    """How many units are free for this time once the first of the holders, the first two, … have given back what they
    hold. At all of the time at once (T3): two loans that follow each other give back one unit, not two.
    """
    row = known(reading, listing_id)
    offer = values.offer_of(row, span, region=reading.settings.subdivision)
    newcomer, all_units = occupancy_of(offer, Ask(span, units)), capacity(offer.units, offer.closures)
    held = _taken_now(reading, row, span)
    return [
        free_for(newcomer, all_units, values.taken(one for one in held if one.holder_id not in gone))
        for gone in (frozenset(holders[: number + 1]) for number in range(len(holders)))
    ]


def free_at(reading: Reading, listing_id: UUID, spans: Sequence[Interval]) -> list[int]:
    """How many units the calendar has free at each of these times, as it is now; a look at it once for all of them."""
    row = known(reading, listing_id)
    hull = Interval(min(span.start for span in spans), max(span.end for span in spans))
    offer = values.offer_of(row, hull, region=reading.settings.subdivision)
    taken, all_units = values.taken(_taken_now(reading, row, hull)), capacity(offer.units, offer.closures)
    return [free_for(occupancy_of(offer, Ask(span, 1)), all_units, taken) for span in spans]


def asks_per_week(reading: Reading, listing_id: UUID) -> int | None:
    """How many asks a week its provider wants; None is any number."""
    return values.asks_per_week_of(known(reading, listing_id))


def chain_reach(reading: Reading, listing_id: UUID) -> timedelta:
    """How long before a time another booking of the same borrower may have ended and still count with it (T8)."""
    limits = values.limits_of(known(reading, listing_id))
    return timedelta(minutes=limits.chain_gap_minutes and limits.chain_gap_minutes + limits.max_minutes)


def _taken_now(reading: Reading, row: Listing, span: Interval) -> Sequence[Occupancy]:
    """What is taken around the span, and the row as of the same moment: of one version of the calendar."""
    while True:
        around = values.around(span, values.limits_of(row))
        version, others = repository.calendar_seen(reading.session, row.id, around)
        if version in {None, row.calendar_version}:
            return others
        reading.session.refresh(row)  # the calendar moved between the two looks
