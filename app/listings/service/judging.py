"""Judging an ask: could somebody have it, what would it cost, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from app.accounts.schemas import Standing
from app.kernel.actor import ActorKind
from app.kernel.intervals import Interval, hull
from app.kernel.unit_of_work import Reading
from app.listings import repository
from app.listings.rules.capacity import Buffers, capacity, free_for
from app.listings.rules.capacity import Occupancy as Taken
from app.listings.rules.eligibility import NOTHING, Tally
from app.listings.rules.verdict import Ask, Verdict, occupancy_of
from app.listings.rules.verdict import judge as judge_ask
from app.listings.service import values
from app.listings.service.looking import find, known
from app.listings.tables import Listing, Occupancy


@dataclass(frozen=True, slots=True)
class Look:
    """A listing and what is taken of it around a stretch, both of one moment: it decides on every ask within."""

    row: Listing
    held: tuple[tuple[UUID, Taken], ...]

    def around(self, span: Interval, *, but: UUID | None = None) -> list[Taken]:
        """What could be in the way then, but for what this holder holds."""
        near = values.around(span, values.limits_of(self.row))
        return [one for holder_id, one in self.held if holder_id != but and one.busy.overlaps(near)]

    def buffers_of(self, reading: Reading, holder_id: UUID) -> Buffers | None:
        """Those that what this holder holds was promised with; it may lie elsewhere. None where it holds nothing."""
        near = next((one.buffers for holder, one in self.held if holder == holder_id), None)
        row = None if near else reading.session.get(Occupancy, (holder_id, self.row.id))
        return values.frozen_buffers(row) if row else near

    def plus(self, holder_id: UUID, span: Interval, units: int, *, region: str) -> "Look":
        """How it will look once this is taken, too."""
        taken = occupancy_of(values.offer_of(self.row, span, region=region), Ask(span, units))
        return replace(self, held=(*self.held, (holder_id, taken)))


def look(reading: Reading, listing_id: UUID, within: Interval, *, visible: bool = True) -> Look:
    """Look at a listing and its calendar; NotFound where it must be `visible` to the actor and is not."""
    row = find(reading, listing_id) if visible else known(reading, listing_id)
    held = _taken_now(reading, row, within)
    return Look(row, tuple(zip((one.holder_id for one in held), values.taken(held), strict=True)))


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
    seen: Look | None = None,
) -> Verdict:
    """Everything that speaks against this ask, what is free for it, and its price (quote and request alike).

    `borrower` is None for a visitor or somebody at a partner, `tally` what they have already; who is `overriding` sets
    aside what the provider and staff may. What `holder_id` already holds is not counted, and whoever has something to
    do with the listing already is judged even when they cannot see it any more. Whoever has looked already hands in
    what was `seen`.
    """
    seen = seen or look(reading, listing_id, span, visible=holder_id is None)
    row = seen.row
    offer = values.offer_of(
        row, span, region=reading.settings.subdivision, from_afar=reading.actor.kind is ActorKind.PARTNER
    )
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
        buffers=seen.buffers_of(reading, holder_id) if holder_id else None,
    )
    verdict = judge_ask(offer, ask, seen.around(span, but=holder_id), reading.now)
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


def free_at(
    reading: Reading, listing_id: UUID, spans: Sequence[Interval], *, seen: Look | None = None
) -> list[int]:
    """How many units the calendar has free at each of these times, as it is now; a look at it once for all of them."""
    within = hull(spans)
    seen = seen or look(reading, listing_id, within, visible=False)
    offer = values.offer_of(seen.row, within, region=reading.settings.subdivision)
    all_units = capacity(offer.units, offer.closures)
    return [free_for(occupancy_of(offer, Ask(span, 1)), all_units, seen.around(span)) for span in spans]


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
