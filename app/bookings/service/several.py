"""Several asks in one: each is judged and taken by the same functions as a single one (T15, T16)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.bookings.problems import NotBookable
from app.bookings.rules.words import State
from app.bookings.schemas import Said
from app.bookings.service.asking import Wish, begin, hold_all, judged
from app.bookings.service.judging import sit
from app.bookings.service.reasons import reasons_of
from app.bookings.service.stepping import holds_units, take_together
from app.bookings.tables import Booking
from app.kernel.intervals import hull
from app.kernel.problems import NotNow, Reason
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.problems import SlotTaken
from app.listings.schemas import Terms


@dataclass(frozen=True, slots=True)
class Tried:
    """One ask, and what came of it: a booking, or the reasons why not."""

    wish: Wish
    booking: Booking | None = None
    reasons: tuple[Reason, ...] = ()


def try_all(
    work: UnitOfWork, wishes: Sequence[Wish], terms: Mapping[UUID, Terms], *, all_or_nothing: bool = False
) -> list[Tried]:
    """Take what can be had of these, or where one fails nothing, which is for the caller to undo.

    All are judged first, so that those who get nothing keep nobody waiting; then every listing is locked once, in
    the order of ids, and each ask judged again, because what came before may have changed what it may have.
    """
    looked = [_look(work, terms[wish.listing_id], wish) for wish in wishes]
    enough = all if all_or_nothing else any
    if not enough(one.booking for one in looked):
        return looked
    borrowers = {wish.whose.party_id for wish in wishes}
    if not hold_all(work, terms.values(), borrowers):  # one was changed while we looked; now nobody can
        return try_all(
            work, wishes, {one: listings.terms(work, one) for one in terms}, all_or_nothing=all_or_nothing
        )
    return [_take(work, terms[one.wish.listing_id], one.wish) if one.booking else one for one in looked]


def try_dates(work: UnitOfWork, wishes: Sequence[Wish], terms: Terms) -> list[Tried]:
    """The same for many dates of one listing: what decides is read once, and what is had is written together."""
    if terms.origin_id is not None or terms.form == "recorded":  # these have no calendar here
        return try_all(work, wishes, {terms.listing_id: terms})
    looked = _in_one_sitting(work, wishes, terms)
    if not any(one.booking for one in looked):
        return looked
    if not hold_all(work, [terms], {wishes[0].whose.party_id}):  # it was changed while we looked
        return try_dates(work, wishes, listings.terms(work, terms.listing_id))
    tried = _in_one_sitting(work, wishes, terms)
    begun = [one.booking for one in tried if one.booking]
    if begun:
        take_together(work, begun, Said(together=begun[0].series_id))
    return tried


def _in_one_sitting(work: UnitOfWork, wishes: Sequence[Wish], terms: Terms) -> list[Tried]:
    """Judge each as if those before it had been asked for already. Nothing is taken yet."""
    within = hull([wish.span for wish in wishes])
    sitting = sit(work, terms.listing_id, within, wishes[0].whose)
    tried: list[Tried] = []
    for wish in wishes:
        try:
            booking = judged(work, terms, wish, sitting=sitting)
        except NotBookable as refused:
            tried.append(Tried(wish, None, reasons_of(refused)))
        else:
            tried.append(Tried(wish, booking))
            target = State.CONFIRMED if booking.instant else State.REQUESTED
            region = work.settings.subdivision
            sitting = sitting.plus(booking, holds=holds_units(booking, target), region=region)
    return tried


def _look(work: UnitOfWork, terms: Terms, wish: Wish) -> Tried:
    try:
        return Tried(wish, judged(work, terms, wish))
    except NotNow as refused:
        return Tried(wish, None, reasons_of(refused))


def _take(work: UnitOfWork, terms: Terms, wish: Wish) -> Tried:
    try:
        with work.attempt():
            booking = judged(work, terms, wish)
            begin(work, booking, terms)
    except (NotNow, SlotTaken) as refused:
        return Tried(wish, None, reasons_of(refused))
    return Tried(wish, booking)
