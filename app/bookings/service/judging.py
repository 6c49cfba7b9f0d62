"""The one judgement of an ask. Quote, request and confirmation call it with the same values, so they never differ."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import Standing
from app.bookings import counting, policy, queues
from app.bookings.problems import NotBookable
from app.bookings.rules.counting import HAD, PROMISES, UNDER_WAY
from app.bookings.rules.words import Role, Side
from app.bookings.tables import Booking
from app.kernel import database
from app.kernel.actor import ActorKind
from app.kernel.intervals import Interval
from app.kernel.problems import NotAllowed, Reason
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings
from app.listings.service import Tally, Verdict

_MONTH_BEFORE: Final = timedelta(days=32)
_WEEK_BEFORE: Final = timedelta(days=8)
_WEEKS_AHEAD: Final = timedelta(weeks=11)


@dataclass(frozen=True, slots=True)
class Borrower:
    """Who would have it: somebody here, or a partner's resident by the name the partner gives them, or a visitor."""

    standing: Standing | None = None
    partner_id: UUID | None = None
    ref: str | None = None

    @property
    def party_id(self) -> UUID | None:
        return self.standing.party_id if self.standing else None


VISITOR: Final = Borrower()
_PROVIDER_SUSPENDED: Final = Reason(
    "provider_suspended", message("Whoever lends this may not promise anything at the moment.")
)


def asker(reading: Reading, organisation_id: UUID | None) -> Standing | None:
    """Whoever would borrow: the acting person, or the organisation they speak for; None is a visitor.

    Raises NotAllowed in the name of somebody one does not speak for.
    """
    actor = reading.actor
    borrower_id = organisation_id or (actor.id if actor.kind is ActorKind.PERSON else None)
    if borrower_id is None and actor.kind is ActorKind.NOBODY:
        return None
    if borrower_id is None or not policy.may_ask_for(actor, borrower_id):
        raise NotAllowed(message("You cannot ask in this organisation's name."))
    return accounts.standing_of_asker(reading, borrower_id)


def borrower_of(reading: Reading, booking: Booking) -> Borrower:
    """Whose booking it is, as they stand now; for an organisation the person counts who asked in its name."""
    if booking.borrower_id is not None:
        return Borrower(accounts.standing_with(reading, booking.borrower_id, acting=booking.requested_by))
    if booking.side is Side.SUPPLIER:
        return Borrower(partner_id=booking.partner_id, ref=booking.remote_ref)
    return VISITOR


def judge(
    reading: Reading,
    listing_id: UUID,
    *,
    span: Interval,
    units: int,
    borrower: Borrower,
    holder_id: UUID | None = None,
    confirming: bool = False,
    overriding: bool = False,
    tally: Tally | None = None,
    seen: listings.Look | None = None,
) -> Verdict:
    """Everything that speaks against this ask, what is free for it, and its price.

    The booking `holder_id` does not stand in its own way. At a confirmation only promises count against quotas.
    `overriding` sets aside what the provider and staff may set aside. Whoever has tallied and `seen` the calendar
    already hands it in.
    """
    if tally is None:
        tally = tally_of(reading, listing_id, span, borrower, besides=holder_id, confirming=confirming)
    return listings.judge(
        reading,
        listing_id,
        span=span,
        units=units,
        borrower=borrower.standing,
        tally=tally,
        holder_id=holder_id,
        overriding=overriding,
        seen=seen,
    )


def tally_of(
    reading: Reading,
    listing_id: UUID,
    span: Interval,
    borrower: Borrower,
    *,
    besides: UUID | None = None,
    confirming: bool = False,
) -> Tally:
    """What counts already against quotas and against the provider's week (T18), in two queries at most."""
    return _counts(reading, listing_id, span, borrower, besides=besides, confirming=confirming).tally(span)


@dataclass(frozen=True, slots=True)
class Counts:
    """What may count against any ask for a listing within a stretch; `reach` is how far back a chain goes (T8)."""

    listing_id: UUID
    found: tuple[counting.Counted, ...]
    asked_for: tuple[datetime, ...]
    reach: timedelta

    def tally(self, span: Interval) -> Tally:
        """What of it counts against an ask for this time."""
        since, weeks = span.start - max(_MONTH_BEFORE, self.reach), _weeks_around(span)
        found = [one for one in self.found if one.under_way or one.span.end > since]
        here = [one for one in found if one.listing_id == self.listing_id]
        return Tally(
            active=sum(one.under_way for one in found),
            here=tuple(sorted(one.span for one in here if one.under_way)),
            used=tuple(sorted(one.span for one in here)),
            asked_for=tuple(sorted(at for at in self.asked_for if weeks.start <= at < weeks.end)),
        )

    def plus(self, span: Interval) -> "Counts":
        """The same once this is asked for, too."""
        found = (*self.found, counting.Counted(self.listing_id, span, under_way=True))
        return replace(self, found=found, asked_for=(*self.asked_for, span.start))


def _counts(
    reading: Reading,
    listing_id: UUID,
    within: Interval,
    borrower: Borrower,
    *,
    besides: UUID | None = None,
    confirming: bool = False,
) -> Counts:
    under_way = PROMISES if confirming else UNDER_WAY
    found: list[counting.Counted] = []
    reach = listings.chain_reach(reading, listing_id)
    if borrower != VISITOR:
        found = counting.counted(
            reading.session,
            party_id=borrower.party_id,
            remote=(borrower.partner_id, borrower.ref),
            listing_id=listing_id,
            under_way=under_way,
            had_since=within.start - max(_MONTH_BEFORE, reach),
            besides=besides,
        )
    asked_for: list[datetime] = []
    if listings.asks_per_week(reading, listing_id) is not None:
        asked_for = counting.asked_for(
            reading.session, listing_id, _weeks_around(within), states=under_way | HAD, besides=besides
        )
    return Counts(listing_id, tuple(found), tuple(asked_for), reach)


def _weeks_around(span: Interval) -> Interval:
    return Interval(span.start - _WEEK_BEFORE, span.end + _WEEKS_AHEAD)


@dataclass(frozen=True, slots=True)
class Sitting:
    """All that decides on asks of one borrower for one listing within a stretch, read once for all of them (T15).

    What is asked for here is added with `plus`, as if it had been read again.
    """

    seen: listings.Look
    counts: Counts
    waiting: tuple[Booking, ...]

    def line(self, span: Interval) -> list[Booking]:
        """Who waits for a time that overlaps, first come first."""
        return [one for one in self.waiting if one.starts_at < span.end and one.ends_at > span.start]

    def plus(self, booking: Booking, *, holds: bool, region: str) -> "Sitting":
        """The same once this is asked for, too; where it `holds` its units, they are taken."""
        span = Interval(booking.starts_at, booking.ends_at)
        seen = self.seen.plus(booking.id, span, booking.units, region=region) if holds else self.seen
        return replace(self, seen=seen, counts=self.counts.plus(span))


def sit(reading: Reading, listing_id: UUID, within: Interval, borrower: Borrower) -> Sitting:
    """Read what decides on asks within this stretch, in a fixed number of queries."""
    return Sitting(
        listings.look(reading, listing_id, within),
        _counts(reading, listing_id, within, borrower),
        tuple(queues.waiting_beside(reading.session, listing_id, within)),
    )


def require_may_promise(work: UnitOfWork, booking: Booking, role: Role) -> None:
    """Who is suspended promises nothing new, also in no organisation's name; what was promised stands."""
    acting = work.actor.id if role is Role.PROVIDER else None
    parties = {party for party in (booking.provider_id, acting) if party is not None}
    if any(accounts.standing(work, party).suspended for party in parties):
        raise NotBookable(reasons=[_PROVIDER_SUSPENDED])


def hold_borrower(work: UnitOfWork, booking: Booking) -> None:
    """Let nobody else count what its borrower has before this transaction ends; comes before any listing's lock."""
    if booking.borrower_id is not None:
        accounts.hold_still(work, booking.borrower_id)
    elif booking.side is Side.SUPPLIER:
        database.hold(work.session, f"{booking.partner_id}/{booking.remote_ref}")
